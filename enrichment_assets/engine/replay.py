"""One artifact of one company made again from stored answers alone: nobody is called, and nothing is written."""

from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import SecretStr

from enrichment_assets.artifacts.base import Artifact, ProduceContext, Value
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.call.answers import Answers
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import Providers, open_providers
from enrichment_assets.storage.history.labels import OfCompany


@dataclass(frozen=True)
class Situation:
    """All that an artifact of a company was made from, besides answers. ``inputs`` and ``ages`` are by artifact."""

    company: Company
    inputs: Mapping[str, Value]
    ages: Mapping[str, datetime]
    now: datetime
    labels: OfCompany = field(default_factory=dict)


@asynccontextmanager
async def offline_providers(settings: Settings, *modules: str) -> AsyncIterator[tuple[Providers, Settings]]:
    """Clients that reach nobody, and settings in which no key is missing: none is needed."""
    unset = [name for name in type(settings).model_fields if name.endswith("_api_key") and not getattr(settings, name)]
    without_keys = settings.model_copy(update=dict.fromkeys(unset, SecretStr("not-needed")))
    async with open_providers(without_keys, modules, offline=True) as providers:
        yield providers, without_keys


async def replay(
    artifact: Artifact[Any], situation: Situation, answers: Answers, providers: Providers, settings: Settings
) -> tuple[Value, Collection[str]]:
    """The value, and the keys of the answers that it was made from.

    Raises NotStoredError where somebody would have to be asked, and what the artifact raises.
    """
    domain = situation.company.domain
    scope = Ledger(run_cap_usd=0.0, company_cap_usd=0.0).scope(domain, artifact.name, answers.of(domain, artifact.name))
    value: Value = await artifact.produce(
        ProduceContext(
            company=situation.company,
            inputs=situation.inputs,
            computed_at=situation.ages,
            previous=None,
            providers=providers,
            outbox=None,  # type: ignore[arg-type] # nothing is pushed
            scope=scope,
            settings=settings,
            now=situation.now,
            run_id="replay",
            labels=situation.labels,
        )
    )
    return value, () if scope.answers is None else scope.answers.used.keys()
