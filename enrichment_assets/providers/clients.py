"""The providers of one run, as the settings choose them, opened and closed together."""

import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

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
from enrichment_assets.providers.protocols import Destination, LanguageModel, PageFetcher, Search
from enrichment_assets.providers.registry import SETTINGS, Kind, Opening, Provider, chosen

if TYPE_CHECKING:
    import httpx

    from enrichment_assets.providers.web import Web

MAX_READERS = 4


class Providers(Protocol):
    """What artifacts call."""

    @property
    def dns(self) -> Dns:
        """Mail exchangers and addresses."""

    @property
    def web(self) -> "Web":
        """Public addresses fetched directly, whatever the ladder is: job boards, robots.txt."""

    @property
    def pages(self) -> tuple[PageFetcher, ...]:
        """A ladder: the next one is asked only where the one before met a wall, an empty shell or an error."""

    @property
    def search(self) -> Search:
        """Search results and news."""

    @property
    def llm(self) -> LanguageModel:
        """A language model."""

    @property
    def destination(self) -> Destination:
        """Where payloads are pushed to."""

    @property
    def readers(self) -> Readers:
        """The processes that read what strangers wrote."""


@dataclass(eq=False)
class _Clients:
    """What speaks HTTP is made when it is first asked for: the first DNS question need not wait until it is loaded."""

    settings: Settings
    dns: Dns
    readers: Readers
    pipeline: Callable[..., CallPipeline]
    chosen: Mapping[Kind, Sequence[Provider]]
    stack: AsyncExitStack
    offline: bool

    @cached_property
    def web(self) -> "Web":
        from enrichment_assets.providers.web import Web  # noqa: PLC0415 - loads aiohttp

        s = self.settings
        own = open_pipeline("web", s, rate=s.web_requests_per_s, in_flight=s.web_in_flight)
        return Web(
            self._transports[1],
            own,
            lambda board: self.pipeline(board, s.board_requests_per_s, s.board_in_flight, account=boot_id()),
            s,
            self.readers,
        )

    @cached_property
    def pages(self) -> tuple[PageFetcher, ...]:
        return tuple(provider.open(self._opening) for provider in self.chosen["pages"])

    @cached_property
    def search(self) -> Search:
        opened: Search = self._one("search")
        return opened

    @cached_property
    def llm(self) -> LanguageModel:
        opened: LanguageModel = self._one("llm")
        return opened

    @cached_property
    def destination(self) -> Destination:
        opened: Destination = self._one("destination")
        return opened

    def _one(self, kind: Kind) -> Any:
        (provider,) = self.chosen[kind]
        return provider.open(self._opening)

    @cached_property
    def _opening(self) -> Opening:
        return Opening(self.settings, self._transports[0], self.web, self.pipeline)

    @cached_property
    def _transports(self) -> "tuple[httpx.AsyncBaseTransport, httpx.AsyncBaseTransport]":
        """To the addresses in the settings, and to those that come from data."""
        from enrichment_assets.providers.http import transport  # noqa: PLC0415 - loads aiohttp
        from enrichment_assets.providers.http.public_connector import (  # noqa: PLC0415 - the same
            loopback_connector,
            public_connector,
            sandbox_connector,
        )

        if self.offline:
            return transport.NoNetwork(), transport.NoNetwork()
        if sandbox := self.settings.enrichment_sandbox:
            connectors = loopback_connector(0), sandbox_connector(0, sandbox)
        else:
            connectors = transport.api_connector(0), public_connector(0, self.dns)
        api, public = map(transport.open_transport, connectors)
        self.stack.push_async_callback(api.aclose)
        self.stack.push_async_callback(public.aclose)
        return api, public


@asynccontextmanager
async def open_providers(
    settings: Settings, reading: Sequence[str] = (), *, offline: bool = False, book: AccountBook | None = None
) -> AsyncIterator[Providers]:
    """The clients; their connections are closed at the end. Calls nobody.

    ``reading`` names the modules of what the readers will be asked for, so that they are loaded once. ``offline``:
    every request is refused before it leaves. ``book``: where runs share the limits of accounts; None to be alone.
    Raises MisconfiguredError for a provider there is not.
    """
    clients = {kind: chosen(kind, settings) for kind in SETTINGS}
    async with AsyncExitStack() as stack:
        sharing = await stack.enter_async_context(shared(book))

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

        own = open_pipeline("dns", settings, rate=settings.dns_requests_per_s, in_flight=settings.dns_in_flight)
        dns = Dns(own, settings)
        stack.push_async_callback(dns.close)
        readers = open_readers(settings, reading)
        stack.push_async_callback(readers.aclose)
        yield _Clients(settings, dns, readers, pipeline, clients, stack, offline)


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
