"""Pushing payloads as a run does: the real outbox on disk, the real client, the sandbox's Clay."""

import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from enrichment_assets.artifacts.base import DELIVERY, ProduceContext
from enrichment_assets.artifacts.delivery.artifact import Delivery
from enrichment_assets.artifacts.payload.schema import Payload
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import Providers, open_providers
from enrichment_assets.storage.outbox import Outbox
from enrichment_assets.storage.state import open_state
from enrichment_assets_tests.builtin import CATALOG, EXAMPLES

STEPS = ("before intent", "after intent", "after POST", "after acknowledgement")


def payload(domain: str, **changes: Any) -> Payload:
    """The example's payload for another company; its content hash is what changed."""
    content = changes.pop("content_hash", sha256(repr(sorted(changes.items())).encode()).hexdigest()[:16])
    example = EXAMPLES["webhook_payload"]
    assert isinstance(example, Payload)
    return example.model_copy(update={"domain": domain, "content_hash": content, **changes})


@dataclass
class Run:
    """One run's deliveries."""

    settings: Settings
    providers: Providers
    outbox: Outbox
    run_id: str

    async def push(self, domain: str, **changes: Any) -> Delivery:
        context = ProduceContext(
            company=Company.named(domain, None),
            inputs={"webhook_payload": payload(domain, **changes)},
            computed_at={},
            previous=None,
            providers=self.providers,
            outbox=self.outbox,
            scope=Ledger(run_cap_usd=None, company_cap_usd=1.0).scope(domain, "webhook_delivery"),
            settings=self.settings,
            now=datetime.now(UTC),
            run_id=self.run_id,
        )
        return await CATALOG[DELIVERY].produce(context)


@asynccontextmanager
async def running(
    settings: Settings, run_id: str = "run-1", alive: Callable[[str], bool] = lambda _: False
) -> AsyncIterator[Run]:
    state = open_state(settings)
    outbox = Outbox(state, alive)
    async with open_providers(settings, CATALOG.reading) as providers:
        yield Run(settings, providers, outbox, run_id)
    outbox.close()
    state.dispose()


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def push_until_killed(settings: Settings, step: str, companies: int, victim: int) -> None:
    """Push ``companies`` payloads, one after the other; die at a step of the ``victim``-th."""
    async with running(settings, "killed") as run:
        for number in range(companies):
            if number == victim:
                _arm(run, step)
            await run.push(f"company-{number}.example")


def _arm(run: Run, step: str) -> None:
    intend, settle, webhook = run.outbox.intend, run.outbox.mark, run.providers.destination
    post = webhook.push

    async def intend_then_die(*args: Any, **options: Any) -> Any:
        if step == "before intent":
            die()
        await intend(*args, **options)
        die()

    async def post_then_die(*args: Any, **options: Any) -> Any:
        await post(*args, **options)
        die()

    async def settle_then_die(*args: Any, **options: Any) -> Any:
        await settle(*args, **options)
        die()

    if step in ("before intent", "after intent"):
        run.outbox.intend = intend_then_die  # type: ignore[method-assign]
    elif step == "after POST":
        webhook.push = post_then_die  # type: ignore[method-assign]
    else:
        run.outbox.mark = settle_then_die  # type: ignore[method-assign]


if __name__ == "__main__":
    import asyncio

    home, step, companies, victim = sys.argv[1:]
    asyncio.run(push_until_killed(Settings(dagster_home=Path(home)), step, int(companies), int(victim)))
