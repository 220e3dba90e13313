"""The cheapest request of each provider, made by the client that runs use."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.settings import Settings, is_loopback
from enrichment_assets.providers.call.circuit import Circuit
from enrichment_assets.providers.call.ledger import CostScope
from enrichment_assets.providers.call.limiter import Limiter
from enrichment_assets.providers.call.pipeline import CallPipeline
from enrichment_assets.providers.call.retry import RetryPolicy
from enrichment_assets.providers.http.public_connector import loopback_connector
from enrichment_assets.providers.http.transport import api_connector, open_transport
from enrichment_assets.providers.llm.chat import READY, Ready
from enrichment_assets.providers.protocols import Attempts, Meter
from enrichment_assets.providers.registry import Kind, Opening, providers

FASTEST: Final = 5_000.0
"""Calls per second of a pacer that has not been told otherwise: above what any provider gives."""
GROWTH_PER_S: Final = 0.01
"""A pacer never feels for more slower than this, sure or not: a run has the time to wait, a stress has not."""
MANY: Final = 100_000
"""Calls in flight of a pacer: the callers alone limit them."""
PAGE: Final = "https://example.com/"
"""Small, and there to be fetched (RFC 2606)."""
QUERY: Final = "example"
TOKENS: Final = 20
"""Room for the shortest answer of a model."""
NOT_THESE: Final = {"direct": "it fetches from the sites themselves, and nobody's site is there to be stressed"}

Ask = Callable[[CostScope], Awaitable[object]]


class Pacer(Limiter):
    """The limiter of a run, which a 429 makes slower but never narrower: how many call at once is what is tried out."""

    def __init__(self, rate: float = FASTEST) -> None:
        super().__init__(rate=rate, in_flight=MANY)
        self.was_limited = False

    def limited(self, started: float, retry_after_s: float | None = None) -> None:
        """A 429."""
        super().limited(started, retry_after_s)
        self.was_limited = True
        self._window = float(MANY)
        self._growth_per_s = max(self._growth_per_s, GROWTH_PER_S)


@dataclass(slots=True)
class Target:
    """One provider's cheapest request, and the line that its calls go through."""

    provider: str
    ask: Ask
    line: CallPipeline
    pacer: Pacer

    def pace(self, rate: float) -> None:
        """Not much faster than this, as long as the provider has not said how fast: a flood of calls proves nothing."""
        if not self.pacer.was_limited:
            self.pacer = Pacer(min(FASTEST, rate))
            self.line.limiter = self.pacer


def can_be_stressed(settings: Settings) -> list[str]:
    """Names for ``--provider``; a destination only where it is the sandbox's, because each request makes a row."""
    names = [name for kind, name in providers() if kind != "destination" and name not in NOT_THESE]
    return [*names, *(["webhook"] if _on_loopback(settings) else [])]


@asynccontextmanager
async def open_target(settings: Settings, provider: str) -> AsyncIterator[Target]:
    """Raises MisconfiguredError for a provider that there is not, that lacks a key or is not to be stressed."""
    if provider not in can_be_stressed(settings):
        why = NOT_THESE.get(provider) or ("each request makes a row" if provider == "webhook" else "there is no such")
        there_are = ", ".join(can_be_stressed(settings))
        raise MisconfiguredError(provider, f"--provider {provider}: {why}; there are {there_are}")
    pacer = Pacer()
    line = CallPipeline(provider, pacer, Circuit(provider, failures=10**9), RetryPolicy(attempts=1))

    async with AsyncExitStack() as stack:
        kind, chosen = next((kind, one) for (kind, name), one in providers().items() if name == provider)
        if problem := chosen.missing(settings):
            raise MisconfiguredError(provider, problem)
        connector = loopback_connector(0) if settings.enrichment_sandbox else api_connector(0)
        transport = open_transport(connector)
        stack.push_async_callback(transport.aclose)
        opening = Opening(settings, transport, None, lambda *_, **__: line)  # type: ignore[arg-type] # nobody fetches directly
        client = chosen.open(opening)
        line.retry = RetryPolicy(attempts=1)
        yield Target(provider, _ask(kind, client), line, pacer)


def _on_loopback(settings: Settings) -> bool:
    return is_loopback(urlsplit(settings.clay_webhook_url or "").hostname or "")


def _ask(kind: Kind, client: Any) -> Ask:
    match kind:
        case "pages":
            return lambda scope: client.fetch(PAGE, scope)
        case "search":
            return lambda scope: client.search(QUERY, scope, num=1)
        case "llm":
            return lambda scope: client.ask(lambda _wrong: READY, Ready, scope, max_tokens=TOKENS)
        case "destination":
            return lambda scope: client.push(lambda _again: b'{"stress": true}', "stress", scope, _NO_METER, Attempts())


async def _nothing() -> None:
    return None


_NO_METER: Final = Meter(_nothing, _nothing)
