"""A company's site and boards over loopback, and what careers says of them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from enrichment_assets.artifacts.base import ProduceContext
from enrichment_assets.artifacts.careers.artifact import Careers
from enrichment_assets.artifacts.careers.declaration import CAREERS
from enrichment_assets.artifacts.website.declaration import WEBSITE
from enrichment_assets.companies.company import Company
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import open_providers
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.builtin import CATALOG

Produce = Callable[..., Awaitable[Careers]]
TODAY = datetime.now(UTC)
FILLER = "<p>Acme builds robots for warehouses and retailers, and ships them all over the world since 2011.</p>"


def page(*body: str, title: str = "Acme Robotics") -> str:
    head = f'<html lang="en"><head><title>{title}</title></head>'
    return f"{head}<body><h1>{title}</h1>{FILLER}{''.join(body)}</body></html>"


def lever_job(number: int, title: str = "Account Executive", days: int = 5) -> dict[str, Any]:
    posted = int((TODAY - timedelta(days=days)).timestamp() * 1000)
    return {"id": str(number), "text": title, "createdAt": posted, "hostedUrl": f"https://jobs.lever.co/acme/{number}"}


@pytest.fixture
async def produce(sandbox: Sandbox) -> AsyncIterator[Produce]:
    settings = sandbox.settings(board_requests_per_s=10_000.0)
    async with open_providers(settings, CATALOG.reading) as providers:

        async def run(
            domain: str = "acme.com", name: str = "Acme", previous: Careers | None = None, **changed: Any
        ) -> Careers:
            scope = Ledger(run_cap_usd=None, company_cap_usd=1).scope(domain, "careers")
            context = ProduceContext(
                company=Company(domain, name), inputs={}, computed_at={}, previous=None, providers=providers,
                outbox=None, scope=scope, settings=settings.model_copy(update=changed), now=TODAY, run_id="r",
            )  # type: ignore[arg-type]  # fmt: skip
            website = await WEBSITE.produce(context)
            return await CAREERS.produce(replace(context, inputs={"website": website}, previous=previous))

        yield run
