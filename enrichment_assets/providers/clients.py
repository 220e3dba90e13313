"""The providers of one run, opened and closed together. A new provider is one file and one line here."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.call.circuit import Circuit
from enrichment_assets.providers.call.limiter import Limiter
from enrichment_assets.providers.call.pipeline import Line
from enrichment_assets.providers.call.retry import RetryPolicy
from enrichment_assets.providers.dns import Dns
from enrichment_assets.providers.http.public_connector import loopback_connector, public_connector, sandbox_connector
from enrichment_assets.providers.http.transport import api_connector, open_transport
from enrichment_assets.providers.llm.chat import LOCAL_IN_FLIGHT, Llm
from enrichment_assets.providers.llm.endpoint import endpoint_of
from enrichment_assets.providers.serper import Serper
from enrichment_assets.providers.spider import Spider
from enrichment_assets.providers.web import Web
from enrichment_assets.providers.webhook import Webhook

BURST_USED = 0.9
"""Part of the webhook's burst that is used: its bucket starts to fill when a push arrives, ours when it leaves."""


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
    """Connect all clients; close their connections at the end. Calls nobody."""

    def line(provider: str, rate: float, in_flight: int, burst: float | None = None) -> Line:
        return open_line(provider, settings, rate=rate, in_flight=in_flight, burst=burst)

    async with AsyncExitStack() as stack:
        s = settings
        api = open_transport(loopback_connector(0) if s.enrichment_sandbox else api_connector(0))
        stack.push_async_callback(api.aclose)
        dns = Dns(line("dns", s.dns_requests_per_s, s.dns_in_flight), s)
        stack.callback(dns.close)
        if s.enrichment_sandbox:
            web = open_transport(sandbox_connector(0, s.enrichment_sandbox))
        else:
            web = open_transport(public_connector(0, dns))
        stack.push_async_callback(web.aclose)
        yield Providers(
            dns=dns,
            spider=Spider(api, line("spider", s.spider_requests_per_s, s.spider_in_flight), s),
            llm=Llm(api, line("openrouter", s.openrouter_requests_per_s, _llm_in_flight(s)), s),
            serper=Serper(api, line("serper", s.serper_requests_per_s, s.serper_in_flight), s),
            web=Web(
                web,
                line("web", s.web_requests_per_s, s.web_in_flight),
                lambda board: line(board, s.board_requests_per_s, s.board_in_flight),
                s,
            ),
            webhook=Webhook(api, _webhook_line(s), s),
        )


def open_line(provider: str, settings: Settings, *, rate: float, in_flight: int, burst: float | None = None) -> Line:
    """A provider's line with the settings' patience."""
    return Line(
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


def _llm_in_flight(settings: Settings) -> int:
    endpoint = endpoint_of(settings)
    if endpoint.is_local and not endpoint.is_openrouter and "openrouter_in_flight" not in settings.model_fields_set:
        return min(LOCAL_IN_FLIGHT, settings.openrouter_in_flight)
    return settings.openrouter_in_flight


def _webhook_line(settings: Settings) -> Line:
    """The webhook has a patience of its own: what it receives twice may become two rows."""
    line = open_line(
        "webhook",
        settings,
        rate=settings.webhook_requests_per_s,
        in_flight=settings.webhook_in_flight,
        burst=max(1.0, settings.webhook_burst * BURST_USED),
    )
    pause_s = settings.webhook_retry_delay_s
    line.retry = RetryPolicy(
        attempts=settings.webhook_retries + 1,
        base_delay_s=pause_s,
        max_delay_s=pause_s,
        max_retry_after_s=max(pause_s, settings.retry_after_max_s),
        jitter=0.0,
    )
    return line
