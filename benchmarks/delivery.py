"""Payloads to a Clay with Clay's limits, through the outbox on disk and the webhook client: each once, at its rate."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import perf_counter
from typing import Any

from benchmarks.figure import Figure
from benchmarks.world import companies, home
from enrichment_assets.artifacts.base import DELIVERY, PAYLOAD, ProduceContext
from enrichment_assets.artifacts.catalog import load_catalog
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import open_providers
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.outbox import Outbox
from enrichment_assets.storage.state import open_state

RATE, BURST, IN_FLIGHT = 10, 20, 30


@dataclass(frozen=True)
class Arrived:
    """What Clay has to show for it. ``late_429s``: refused after the first second."""

    took_s: float
    rows: list[dict[str, Any]]
    refused: int
    late_429s: int


def measure(quick: bool, full: bool = False) -> list[Figure]:
    wanted = companies(40 if quick else 3_000 if full else 400)
    arrived = _deliver(wanted)
    best_s = (len(wanted) - BURST) / RATE
    rows = Counter(row["body"]["domain"] for row in arrived.rows)
    once = sum(rows[company.domain] == 1 for company in wanted)
    keys = len({row["headers"]["idempotency-key"] for row in arrived.rows})
    what = f"{len(wanted):,} payloads, Clay takes {RATE}/s, {BURST} at once"
    return [
        Figure(
            "delivery: Clay's rate",
            f"{len(wanted):,} in {arrived.took_s:.1f} s",
            f"{best_s:.1f} s at {RATE}/s after {BURST} at once",
            best_s / arrived.took_s,
            "of the limit",
            0.97,
        ),
        Figure(
            "delivery: refused",
            f"{arrived.refused} answers 429, {arrived.late_429s} of them after the first second",
            what,
            arrived.late_429s,
            "429s after the first second",
            0,
            at_most=True,
        ),
        Figure(
            "delivery: each exactly once",
            f"{len(arrived.rows):,} rows, {len(rows):,} companies, {keys:,} keys",
            what,
            once / len(wanted),
            "arrived once",
            1,
        ),
    ]


def _deliver(wanted: Sequence[Company]) -> Arrived:
    with home() as folder, Sandbox.start(profile="realistic") as clay:
        clay.limits({"clay": {"rate": RATE, "burst": BURST}})
        settings = clay.settings(dagster_home=folder, webhook_requests_per_s=RATE, webhook_burst=BURST)
        started = perf_counter()
        asyncio.run(_push_all(wanted, settings))
        took_s = perf_counter() - started
        traffic = clay.traffic()["clay"]
        return Arrived(took_s, clay.received(), traffic["refused"], sum(traffic["refused_by_second"][1:]))


async def _push_all(wanted: Sequence[Company], settings: Settings) -> None:
    """As many in flight as in a run. Raises what a push raises: on a Clay without faults none may fail."""
    ledger = Ledger(run_cap_usd=None, company_cap_usd=1.0)
    state = open_state(settings)
    outbox = Outbox(state, lambda _run_id: False)
    queue = iter(wanted)
    catalog = load_catalog(settings)

    async with open_providers(settings) as providers:

        async def push_on() -> None:
            for company in queue:
                payload = catalog[PAYLOAD].example().model_copy(update={"domain": company.domain})
                await catalog[DELIVERY].produce(
                    ProduceContext(
                        company=company,
                        inputs={PAYLOAD: payload},
                        computed_at={},
                        previous=None,
                        providers=providers,
                        outbox=outbox,
                        scope=ledger.scope(company.domain, "webhook_delivery"),
                        settings=settings,
                        now=datetime.now(UTC),
                        run_id="benchmark",
                    )
                )

        await asyncio.gather(*(push_on() for _ in range(IN_FLIGHT)))
    outbox.close()
    state.dispose()
