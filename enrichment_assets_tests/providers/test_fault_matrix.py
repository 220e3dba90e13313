"""Every provider x every fault: retried and then right, or FAIL with the reason, and never booked wrongly."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pydantic import BaseModel

from enrichment_assets.core.errors import (
    MisconfiguredError,
    OutOfCreditError,
    PermanentError,
    ProviderError,
    TransientError,
    UnsafeAddressError,
)
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.boards.board import BoardRef
from enrichment_assets.providers.boards.catalog import BOARDS
from enrichment_assets.providers.call.ledger import CostScope, Ledger
from enrichment_assets.providers.clients import Providers, open_providers
from enrichment_assets.providers.http.robots import RefusedByRobotsError
from enrichment_assets.providers.prices import SPIDER_SCRAPE_USD
from enrichment_assets.sandbox.process import SECRETS, Sandbox
from enrichment_assets.sandbox.trouble.faults import kinds_of
from enrichment_assets_tests.builtin import CATALOG

DOMAIN, SLUG = "acme-matrix.com", "acme--matrix"
LLM_LOST_USD = 0.0005
LOST = {"spider": SPIDER_SCRAPE_USD, "serper": 0.001, "openrouter": LLM_LOST_USD}
FAST: dict[str, Any] = {
    "retry_base_delay_s": 0.01,
    "openrouter_lost_usd": LLM_LOST_USD,
    "spider_timeout_s": 1.0,
    "openrouter_timeout_s": 1.0,
    "serper_timeout_s": 1.0,
    "web_timeout_s": 1.0,
    "dns_timeout_s": 0.8,
    "web_max_bytes": 300_000,
    "board_requests_per_s": 1_000.0,
    "web_requests_per_s": 1_000.0,
}


class Verdict(BaseModel):
    verdict: str
    score: int


async def scrape(providers: Providers, scope: CostScope, _settings: Settings) -> object:
    page = await providers.pages[0].fetch(f"https://{DOMAIN}/", scope)
    return f"page {page.status}"


async def ask(providers: Providers, scope: CostScope, _settings: Settings) -> object:
    def prompt(_wrong: str | None) -> Any:
        return [{"role": "user", "content": f"Judge {DOMAIN}."}]

    answered = await providers.llm.ask(prompt, Verdict, scope)
    return "verdict" if answered.value.verdict else "no verdict"


async def news(providers: Providers, scope: CostScope, _settings: Settings) -> object:
    return "news" if await providers.search.news(f'"{DOMAIN}"', scope) else "no news"


async def fetch_page(providers: Providers, scope: CostScope, _settings: Settings) -> object:
    page = await providers.web.page(f"https://{DOMAIN}/", scope)
    return f"page {page.status}"


async def mx(providers: Providers, scope: CostScope, _settings: Settings) -> object:
    return (await providers.dns.mx(DOMAIN, scope)).kind


HOSTED = {
    "comeet": (f"{SLUG}/4F.00B", ""),
    "successfactors": (SLUG, "career5.successfactors.eu"),
    "workday": (f"{SLUG}/Careers", "wd3"),
}
"""Boards whose name has more parts."""
MAY_HAVE_NO_FEED = frozenset({"successfactors", "join"})
"""A page in the feed's place says that it is off, or that the company is gone: openings are unknown then."""


async def openings(providers: Providers, scope: CostScope, settings: Settings, board: str = "greenhouse") -> object:
    slug, region = HOSTED.get(board, (SLUG, ""))
    found = await BOARDS[board].read(providers.web, BoardRef(board, slug, region), settings, scope)
    return "no board" if found is None else "board"


CALLS: dict[str, Callable[[Providers, CostScope, Settings], Awaitable[object]]] = {
    "spider": scrape,
    "openrouter": ask,
    "serper": news,
    "sites": fetch_page,
    "greenhouse": openings,
    "dns": mx,
}
RIGHT = {
    "spider": "page 200",
    "openrouter": "verdict",
    "serper": "news",
    "sites": "page 200",
    "greenhouse": "board",
    "dns": "mx",
}
PASSING = [
    *("http_408", "http_429", "http_429_retry_after", "http_500", "http_502", "http_503", "http_503_retry_after"),
    *("http_504", "http_524", "http_529", "hang", "reset", "reset_mid_body", "slow_drip"),
]
SPOILT = ["truncated_json", "malformed_json", "html", "empty_body", "error_in_200", "wrong_content_type"]

ONCE = [
    *[(provider, fault) for provider in ("spider", "openrouter", "serper", "sites", "greenhouse") for fault in PASSING],
    *[(provider, fault) for provider in ("spider", "openrouter", "serper") for fault in SPOILT],
    *[("openrouter", fault) for fault in ("huge_body", "gzip_bomb", "redirect_loop", "redirect_private")],
    *[("serper", fault) for fault in ("huge_body", "gzip_bomb", "redirect_loop", "redirect_private")],
    *[("spider", fault) for fault in ("redirect_loop", "empty_page")],
    *[("serper", "missing_fields"), ("openrouter", "wrong_fields"), ("openrouter", "invented_quotes")],
    *[("sites", "wrong_content_type"), ("greenhouse", "wrong_content_type")],
    *[("spider", fault) for fault in ("no_content", "missing_costs", "missing_metadata", "jsonl", "redirect_private")],
    *[("spider", fault) for fault in ("site_429", "site_500", "site_503", "page_524")],
    *[("openrouter", fault) for fault in ("http_402_in_flight", "http_429_upstream", "choice_error", "partial_error")],
    *[("openrouter", fault) for fault in ("empty_choices", "null_content", "refusal", "content_filter", "prose")],
    *[("openrouter", fault) for fault in ("blanks_then_cut", "fenced", "double_braces", "cut_at_length", "nonsense")],
    *[("openrouter", fault) for fault in ("irrelevant_quotes", "obedient", "tainted_texts")],
    *[("openrouter", fault) for fault in ("invented_values", "forged_quotes", "verbatim")],
    *[("dns", fault) for fault in ("servfail", "refused", "silence", "truncated", "malformed", "wrong_id", "lame")],
    *[("dns", fault) for fault in ("referral", "wrong_question", "slow")],
]
"""A fault that happens once: whoever asked notices nothing but the delay."""

ALWAYS: list[tuple[str, str, object]] = [
    ("spider", "http_401", MisconfiguredError),
    ("spider", "http_402", OutOfCreditError),
    ("spider", "http_403", MisconfiguredError),
    ("spider", "http_404", MisconfiguredError),
    ("spider", "http_400", PermanentError),
    ("spider", "http_429", TransientError),
    ("spider", "http_503", TransientError),
    ("spider", "hang", TransientError),
    ("spider", "html", TransientError),
    ("spider", "huge_body", PermanentError),
    ("spider", "gzip_bomb", PermanentError),
    ("spider", "site_401", "page 401"),
    ("spider", "site_402", "page 402"),
    ("spider", "site_403", "page 403"),
    ("spider", "site_404", "page 404"),
    ("spider", "site_503", TransientError),
    ("spider", "page_310", "page 310"),
    ("spider", "page_524", TransientError),
    ("spider", "page_525", "page 525"),
    ("spider", "page_526", "page 526"),
    ("spider", "block_page", "page 403"),
    ("openrouter", "http_400", PermanentError),
    ("openrouter", "http_401", MisconfiguredError),
    ("openrouter", "http_402", OutOfCreditError),
    ("openrouter", "http_402_in_flight", TransientError),
    ("openrouter", "http_403", MisconfiguredError),
    ("openrouter", "http_404", MisconfiguredError),
    ("openrouter", "http_500", TransientError),
    ("openrouter", "choice_error", TransientError),
    ("openrouter", "refusal", TransientError),
    ("openrouter", "prose", TransientError),
    ("openrouter", "nonsense", TransientError),
    ("openrouter", "cut_at_length", TransientError),
    ("openrouter", "blanks_then_cut", TransientError),
    ("serper", "http_400", PermanentError),
    ("serper", "http_401", MisconfiguredError),
    ("serper", "http_402", OutOfCreditError),
    ("serper", "http_403", MisconfiguredError),
    ("serper", "http_404", MisconfiguredError),
    ("serper", "out_of_credit", OutOfCreditError),
    ("serper", "query_pattern", PermanentError),
    ("serper", "http_429", TransientError),
    ("serper", "empty_body", TransientError),
    ("serper", "missing_list", "no news"),
    ("sites", "http_400", "page 400"),
    ("sites", "http_401", "page 401"),
    ("sites", "http_402", "page 402"),
    ("sites", "http_403", "page 403"),
    ("sites", "http_404", "page 404"),
    ("sites", "http_429", TransientError),
    ("sites", "http_503", TransientError),
    ("sites", "redirect_loop", "page 310"),
    ("sites", "redirect_private", UnsafeAddressError),
    ("sites", "huge_body", PermanentError),
    ("sites", "gzip_bomb", PermanentError),
    ("sites", "hang", TransientError),
    *[("sites", fault, "page 200") for fault in SPOILT if fault != "wrong_content_type"],
    *[("greenhouse", fault, TransientError) for fault in ("http_400", "http_401", "http_402", "http_403", "http_503")],
    *[("greenhouse", fault, TransientError) for fault in SPOILT if fault != "wrong_content_type"],
    ("greenhouse", "http_404", "no board"),
    ("greenhouse", "redirect_loop", TransientError),
    ("greenhouse", "redirect_private", UnsafeAddressError),
    ("greenhouse", "huge_body", PermanentError),
    ("greenhouse", "gzip_bomb", PermanentError),
    ("dns", "nxdomain", "nxdomain"),
    ("dns", "servfail", TransientError),
    ("dns", "refused", TransientError),
    ("dns", "silence", TransientError),
    ("dns", "truncated_no_tcp", TransientError),
    ("dns", "lame", TransientError),
    ("dns", "referral", TransientError),
    ("dns", "wrong_question", TransientError),
]
"""A fault that stays: the site's or the provider's own answer, or an error of the right kind."""


ATTEMPTS = {"openrouter": {2, 3, 6}, "greenhouse": {1, 3}, "sites": {3}}
"""At what stays transient. What one site asks for is not the rate of a provider.

A board's answer is read after the call: one that is not its feed is not asked for again.
"""


@pytest.fixture
def acme(sandbox: Sandbox) -> Sandbox:
    sandbox.company(DOMAIN, name="Acme Matrix", site="ok", mail="google", news=5, careers="greenhouse")
    sandbox.lost(LOST)
    return sandbox


async def outcome(sandbox: Sandbox, provider: str) -> tuple[object, Ledger, CostScope]:
    settings = sandbox.settings(**FAST)
    ledger = Ledger(run_cap_usd=1.0, company_cap_usd=1.0)
    scope = ledger.scope(DOMAIN, "test")
    async with open_providers(settings, CATALOG.reading) as providers:
        try:
            return await CALLS[provider](providers, scope, settings), ledger, scope
        except ProviderError as error:
            return error, ledger, scope


async def booked_as_billed(sandbox: Sandbox, provider: str, ledger: Ledger) -> None:
    if provider in LOST:
        await asyncio.sleep(0.02)
        billed = (await asyncio.to_thread(sandbox.bill)).get(provider, {"usd": 0.0, "calls": 0})
        assert ledger.spent_usd == pytest.approx(billed["usd"], abs=1e-8)
        assert sum(attempts for attempts, _ in ledger.totals().values()) == billed["calls"]
    assert ledger.reserved_usd == 0


@pytest.mark.parametrize(("provider", "fault"), ONCE)
async def test_a_fault_that_passes_is_retried_and_then_right(acme: Sandbox, provider: str, fault: str) -> None:
    await asyncio.to_thread(acme.faults, {provider: {"kind": fault, "times": 1}})
    result, ledger, scope = await outcome(acme, provider)
    assert result == RIGHT[provider]
    await booked_as_billed(acme, provider, ledger)
    assert scope.charges[-1].ok


@pytest.mark.parametrize(("provider", "fault", "expected"), ALWAYS)
async def test_a_fault_that_stays_is_told_as_what_it_is(
    acme: Sandbox, provider: str, fault: str, expected: object, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    await asyncio.to_thread(acme.faults, {provider: {"kind": fault}})
    result, ledger, scope = await outcome(acme, provider)
    if isinstance(expected, type):
        assert (PermanentError if isinstance(result, RefusedByRobotsError) else type(result)) is expected
        told = f"{result!s} {result!r} {getattr(result, '__cause__', None)!r}"
        assert not any(secret in told for secret in SECRETS)
        assert len(str(result)) > 12
    else:
        assert result == expected
    await booked_as_billed(acme, provider, ledger)
    assert not any(secret in caplog.text for secret in SECRETS)
    if expected is TransientError:
        most = {5} if fault == "http_429" else {3}
        assert len(scope.charges) in ATTEMPTS.get(provider, most)


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("fault", ["http_503", "html", "truncated_json", "empty_body", "error_in_200"])
async def test_a_board_that_cannot_be_read_is_never_a_board_without_openings(
    acme: Sandbox, board: str, fault: str
) -> None:
    await asyncio.to_thread(acme.faults, {board: {"kind": fault}})
    settings = acme.settings(**FAST)
    scope = Ledger(run_cap_usd=None, company_cap_usd=1.0).scope(DOMAIN, "careers")
    async with open_providers(settings, CATALOG.reading) as providers:
        try:
            found = await openings(providers, scope, settings, board)
        except TransientError:
            return
        assert (found, board in MAY_HAVE_NO_FEED) == ("no board", True)


@pytest.mark.parametrize("provider", CALLS)
def test_the_matrix_has_every_fault_that_the_sandbox_has(provider: str) -> None:
    """Clay's stand in ``delivery/test_push_faults.py``; the other boards share Greenhouse's way to the wire."""
    tried = {fault for name, fault in ONCE if name == provider} | {
        fault for name, fault, _ in ALWAYS if name == provider
    }
    assert tried == kinds_of(provider)
