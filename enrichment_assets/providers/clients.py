"""The providers of one run, as the settings choose them, opened and closed together."""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from pydantic import SecretStr

from enrichment_assets.core.readers import Readers
from enrichment_assets.core.settings import Settings
from enrichment_assets.core.together.account_shares import AccountBook
from enrichment_assets.core.together.process_identity import boot_id
from enrichment_assets.providers.call.circuit import Circuit
from enrichment_assets.providers.call.limiter import Limiter
from enrichment_assets.providers.call.pipeline import CallPipeline
from enrichment_assets.providers.call.retry import RetryPolicy
from enrichment_assets.providers.call.sharing import shared
from enrichment_assets.providers.dns import Dns
from enrichment_assets.providers.http.public_connector import loopback_connector, public_connector, sandbox_connector
from enrichment_assets.providers.http.transport import NoNetwork, api_connector, open_transport
from enrichment_assets.providers.protocols import Destination, LanguageModel, PageFetcher, Search
from enrichment_assets.providers.registry import Kind, Opening, chosen
from enrichment_assets.providers.web import Web

MAX_READERS = 4


@dataclass(frozen=True)
class Providers:
    """What artifacts call.

    ``pages`` is a ladder: the next one is asked only where the one before met a wall, an empty shell or an error.
    ``web`` fetches public addresses directly, whatever the ladder is: job boards, robots.txt.
    """

    dns: Dns
    web: Web
    pages: tuple[PageFetcher, ...]
    search: Search
    llm: LanguageModel
    destination: Destination
    readers: Readers


@asynccontextmanager
async def open_providers(
    settings: Settings, reading: Sequence[str] = (), *, offline: bool = False, book: AccountBook | None = None
) -> AsyncIterator[Providers]:
    """Connect all clients; close their connections at the end. Calls nobody.

    ``reading`` names the modules of what the readers will be asked for, so that they are loaded once. ``offline``:
    every request is refused before it leaves. ``book``: where runs share the limits of accounts; None to be alone.
    Raises MisconfiguredError for a provider there is not.
    """
    async with AsyncExitStack() as stack:
        sharing = await stack.enter_async_context(shared(book))

        def own(provider: str, rate: float, in_flight: int) -> CallPipeline:
            return open_pipeline(provider, settings, rate=rate, in_flight=in_flight)

        def pipeline(
            provider: str,
            rate: float,
            in_flight: int,
            burst: float | None = None,
            account: SecretStr | str | None = None,
        ) -> CallPipeline:
            line = open_pipeline(provider, settings, rate=rate, in_flight=in_flight, burst=burst)
            if sharing is not None:
                sharing.join(line, account.get_secret_value() if isinstance(account, SecretStr) else account or "")
            return line

        s = settings
        dns = Dns(own("dns", s.dns_requests_per_s, s.dns_in_flight), s)
        stack.push_async_callback(dns.close)
        api, public = (NoNetwork(), NoNetwork()) if offline else _transports(s, dns)
        stack.push_async_callback(api.aclose)
        stack.push_async_callback(public.aclose)
        readers = open_readers(s, reading)
        stack.push_async_callback(readers.aclose)
        web = Web(
            public,
            own("web", s.web_requests_per_s, s.web_in_flight),
            lambda board: pipeline(board, s.board_requests_per_s, s.board_in_flight, account=boot_id()),
            s,
            readers,
        )
        opening = Opening(settings, api, web, pipeline)

        def opened(kind: Kind) -> tuple[Any, ...]:
            return tuple(provider.open(opening) for provider in chosen(kind, settings))

        (search,), (llm,), (destination,) = opened("search"), opened("llm"), opened("destination")
        yield Providers(dns, web, opened("pages"), search, llm, destination, readers)


def _transports(settings: Settings, dns: Dns) -> tuple[httpx.AsyncBaseTransport, httpx.AsyncBaseTransport]:
    """To the addresses in the settings, and to those that come from data."""
    if settings.enrichment_sandbox:
        sandbox = settings.enrichment_sandbox
        return open_transport(loopback_connector(0)), open_transport(sandbox_connector(0, sandbox))
    return open_transport(api_connector(0)), open_transport(public_connector(0, dns))


def open_readers(settings: Settings, reading: Sequence[str]) -> Readers:
    """The processes that read pages, feeds and results; none is started before there is something to read."""
    return Readers(
        workers=settings.enrichment_readers or min(os.cpu_count() or 1, MAX_READERS),
        cpu_s=settings.enrichment_reader_s,
        memory_mb=settings.enrichment_reader_mb,
        modules=reading,
    )


def open_pipeline(
    provider: str, settings: Settings, *, rate: float, in_flight: int, burst: float | None = None
) -> CallPipeline:
    """A provider's line with the settings' patience."""
    return CallPipeline(
        provider,
        Limiter(rate=rate, in_flight=in_flight, burst=burst),
        Circuit(
            provider,
            failures=settings.circuit_failures,
            after_s=settings.circuit_after_s,
            probe_s=settings.circuit_probe_s,
        ),
        RetryPolicy(
            attempts=settings.retry_attempts,
            base_delay_s=settings.retry_base_delay_s,
            max_retry_after_s=settings.retry_after_max_s,
        ),
    )
