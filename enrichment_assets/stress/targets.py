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
"""Calls per second that the limiter starts with: above what any provider gives, so that the provider alone decides."""
PAGE: Final = "https://example.com/"
"""Small, and there to be fetched (RFC 2606)."""
QUERY: Final = "example"
TOKENS: Final = 20
"""Room for the shortest answer of a model."""
NOT_THESE: Final = {"direct": "it fetches from the sites themselves, and nobody's site is there to be stressed"}

Ask = Callable[[CostScope], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Target:
    """One provider's cheapest request, and the limiter that its answers teach."""

    provider: str
    ask: Ask
    limiter: Limiter


def can_be_stressed(settings: Settings) -> list[str]:
    """Names for ``--provider``; a destination only where it is the sandbox's, because each request makes a row."""
    names = [name for kind, name in providers() if kind != "destination" and name not in NOT_THESE]
    return [*names, *(["webhook"] if _on_loopback(settings) else [])]


@asynccontextmanager
async def open_target(settings: Settings, provider: str, in_flight: int) -> AsyncIterator[Target]:
    """Raises MisconfiguredError for a provider that there is not, that lacks a key or is not to be stressed."""
    if provider not in can_be_stressed(settings):
        why = NOT_THESE.get(provider) or ("each request makes a row" if provider == "webhook" else "there is no such")
        there_are = ", ".join(can_be_stressed(settings))
        raise MisconfiguredError(provider, f"--provider {provider}: {why}; there are {there_are}")
    limiter = Limiter(rate=FASTEST, in_flight=in_flight)

    def pipeline(name: str, *_: object, **__: object) -> CallPipeline:
        return CallPipeline(name, limiter, Circuit(name, failures=10**9), RetryPolicy(attempts=1))

    async with AsyncExitStack() as stack:
        kind, chosen = next((kind, one) for (kind, name), one in providers().items() if name == provider)
        if problem := chosen.missing(settings):
            raise MisconfiguredError(provider, problem)
        connector = loopback_connector(0) if settings.enrichment_sandbox else api_connector(0)
        transport = open_transport(connector)
        stack.push_async_callback(transport.aclose)
        once = settings.model_copy(update={"webhook_retries": 0})
        opening = Opening(once, transport, None, pipeline)  # type: ignore[arg-type] # ``web`` is for direct fetches
        client = chosen.open(opening)
        yield Target(provider, _ask(kind, client), limiter)


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
