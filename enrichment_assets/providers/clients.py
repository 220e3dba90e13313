"""The providers of one run, opened and closed together. A new provider is one file and one line here."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from enrichment_assets.providers.dns import Dns
from enrichment_assets.providers.openrouter import Llm
from enrichment_assets.providers.serper import Serper
from enrichment_assets.providers.spider import Spider
from enrichment_assets.providers.web import Web
from enrichment_assets.providers.webhook import Webhook
from enrichment_assets.settings import Settings


@dataclass(frozen=True)
class Providers:
    """One client per provider."""

    dns: Dns
    spider: Spider
    llm: Llm
    serper: Serper
    web: Web
    webhook: Webhook


@asynccontextmanager
async def open_providers(settings: Settings) -> AsyncIterator[Providers]:
    """Connect all clients; close their connections at the end."""
    raise NotImplementedError
    yield
