"""DNS, clock, provider accounts and the webhook. A key is tried by the cheapest call its provider has, mostly free."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AsyncExitStack, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlsplit

from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.core.errors import MisconfiguredError, OutOfCreditError, ProviderError
from enrichment_assets.core.settings import Settings
from enrichment_assets.diagnosis.finding import Finding, fail, ok, warn
from enrichment_assets.engine.preflight import preflight
from enrichment_assets.engine.trial import TRIAL, clients_of
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import Providers, open_providers
from enrichment_assets.providers.http.reply import NetworkError
from enrichment_assets.providers.http.transport import api_connector, fetch, open_transport
from enrichment_assets.providers.registry import Kind, chosen
from enrichment_assets.storage.state import limits_of_runs
from enrichment_assets.storage.together.limits import AccountLimits

KNOWN: Final = "gmail.com"
"""Takes mail since 2004: whoever gets no answer about it has no DNS."""
CLOCK_S: Final = 30.0
"""A clock that is off by more than this makes fresh what is old; webhook receivers refuse signatures."""
FAR_OFF_S: Final = 300.0
CONNECT_S: Final = 10.0
PAID_KINDS: Final[tuple[Kind, ...]] = ("pages", "search", "llm")

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """This machine's clock."""
    return datetime.now(UTC)


async def look_at_network(
    settings: Settings, catalog: Catalog, left_out: Collection[str], clock: Clock = utc_now
) -> AsyncIterator[Finding]:
    """What a run needs that looks for all but ``left_out``, a line each. Raises MisconfiguredError for a bad name."""
    selected = [name for name in catalog if name not in left_out]
    book: AccountLimits | None = None
    for problem in preflight(catalog, settings, selected):
        yield fail("missing", problem, "Put it into .env, or leave it out: enrich run --without NAME")
    async with AsyncExitStack() as stack:
        with suppress(MisconfiguredError):  # said by those who look at the state
            book = stack.enter_context(limits_of_runs(settings))
        providers = await stack.enter_async_context(open_providers(settings, book=book))
        ledger = Ledger(run_cap_usd=None, company_cap_usd=settings.enrichment_company_budget_usd)
        yield await _dns(providers, ledger)
        for finding in await _accounts(settings, providers, ledger):
            yield finding
    yield await _clock(settings, clock)
    if settings.clay_webhook_url:
        yield await _webhook(settings.clay_webhook_url)


async def _dns(providers: Providers, ledger: Ledger) -> Finding:
    try:
        await providers.dns.mx(KNOWN, ledger.scope("", TRIAL))
    except ProviderError as error:
        return fail("DNS", error.message, "Set DNS_NAMESERVERS to a resolver that answers, such as 9.9.9.9")
    return ok("DNS", f"answers about {KNOWN}")


async def _accounts(settings: Settings, providers: Providers, ledger: Ledger) -> Sequence[Finding]:
    pairs = [
        (provider, client)
        for kind in PAID_KINDS
        for provider, client in zip(chosen(kind, settings), clients_of(providers, kind), strict=True)
        if provider.missing(settings) is None and hasattr(client, "try_out")
    ]
    return await asyncio.gather(*(_account(provider.name, client, ledger) for provider, client in pairs))


async def _account(name: str, client: Any, ledger: Ledger) -> Finding:
    try:
        await client.try_out(ledger.scope("", TRIAL))
    except OutOfCreditError as error:
        return fail(name, error.message, f"Add credit to the account of {name}")
    except MisconfiguredError as error:
        return fail(name, error.message, f"Make a key at {name} and put it into .env")
    except ProviderError as error:
        return warn(name, f"did not answer: {error.message}", "Try again; a proxy or a firewall may be in between")
    return ok(name, "the key works")


async def _clock(settings: Settings, clock: Clock) -> Finding:
    """This clock against the one in an answer's ``Date`` (RFC 9110 §6.6.1), whose second has passed half on average."""
    transport = open_transport(api_connector(0))
    try:
        reply = await fetch(
            transport, "HEAD", settings.openrouter_base_url, headers={}, timeout_s=CONNECT_S, max_bytes=100_000
        )
        told = parsedate_to_datetime(reply.headers["date"])
    except (TimeoutError, KeyError, ValueError, NetworkError):
        return warn("clock", "nobody told the time to compare it with", "Look at it: `date -u`")
    finally:
        await transport.aclose()
    off = (clock() - told).total_seconds()
    said = f"{abs(off):.0f} s {'ahead' if off > 0 else 'behind'}"
    remedy = "Set it: `timedatectl set-ntp true`, or chrony. Freshness, leases and signatures go by it"
    if abs(off) > FAR_OFF_S:
        return fail("clock", said, remedy)
    return warn("clock", said, remedy) if abs(off) > CLOCK_S else ok("clock", "agrees with the world's")


async def _webhook(url: str) -> Finding:
    """Connected to, with its certificate looked at; no request is sent, so no row is made."""
    parts = urlsplit(url)
    host, tls = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if tls else 80)
    try:
        async with asyncio.timeout(CONNECT_S):
            _, writer = await asyncio.open_connection(host, port, ssl=ssl.create_default_context() if tls else None)
        writer.close()
    except (OSError, TimeoutError) as error:
        why = "no answer" if isinstance(error, TimeoutError) else (error.strerror or type(error).__name__)
        return fail("webhook", f"{host}:{port} is not reached: {why}", "See CLAY_WEBHOOK_URL, and the way out of here")
    return ok("webhook", f"{host} is reached; nothing was sent")
