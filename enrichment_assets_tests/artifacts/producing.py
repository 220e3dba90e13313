"""Producing one artifact of one company through the real clients, as the engine does."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from enrichment_assets.artifacts.base import Artifact, ProduceContext, V, Value
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import Providers, open_providers
from enrichment_assets_tests.builtin import CATALOG, EXAMPLES

NOTHING: Mapping[str, Value] = MappingProxyType({})


@dataclass
class Bench:
    """The providers of one run, and its ledger."""

    settings: Settings
    providers: Providers
    ledger: Ledger

    async def produce(
        self, artifact: Artifact[V], domain: str, name: str = "Acme", *, inputs: Mapping[str, Value] | None = None
    ) -> V:
        return await artifact.produce(self.context(artifact.name, domain, name, inputs or {}))

    def context(
        self, artifact: str, domain: str, name: str = "Acme", inputs: Mapping[str, Value] = NOTHING
    ) -> ProduceContext:
        return ProduceContext(
            company=Company(domain, name), inputs=inputs, computed_at={}, previous=None,
            providers=self.providers, outbox=None, scope=self.ledger.scope(domain, artifact),  # type: ignore[arg-type]
            settings=self.settings, now=datetime.now(UTC), run_id="r1",
        )  # fmt: skip


@asynccontextmanager
async def bench(settings: Settings) -> AsyncIterator[Bench]:
    async with open_providers(settings, CATALOG.reading) as providers:
        yield Bench(settings, providers, Ledger(run_cap_usd=None, company_cap_usd=10.0))


def website_like(**changes: Any) -> Value:
    return EXAMPLES["website"].model_copy(update=changes)
