"""Everything fails now and then: every row is accounted for, and the books agree with the invoices."""

import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

import dagster as dg
import pytest

from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.queries import tallies
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.results import CompanyResult, Outcome
from enrichment_assets.orchestration.runs.launch import Ran, run_list
from enrichment_assets.providers.prices import SPIDER_SCRAPE_USD
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.sandbox.trouble.faults import PROVIDERS, kinds_of
from enrichment_assets_tests.acceptance.sizes import SIZES, TIMEOUT_S
from enrichment_assets_tests.acceptance.worlds import PAID, companies
from enrichment_assets_tests.builtin import CATALOG

pytestmark = pytest.mark.timeout(TIMEOUT_S)

SHARE = 0.1
LLM_LOST_USD = 0.0005
LOST = {"spider": SPIDER_SCRAPE_USD, "serper": 0.001, "openrouter": LLM_LOST_USD}
"""What the sandbox invoices for an answer that never arrived or cannot be read: what the product books for it.

Nobody tells a client that price, so it books the list price; a provider that charges less is paid less than booked.
"""
ENDS_A_LINE = {
    "spider": {"http_401", "http_402", "http_403", "http_404"},
    "openrouter": {"http_401", "http_402", "http_403", "http_404"},
    "serper": {"http_401", "http_402", "http_403", "http_404", "out_of_credit"},
    "clay": {"http_401", "http_403", "http_404", "redirect_loop", "redirect_private"},
}
"""A refused key, an empty account, a wrong address: only a person can help, so nobody is asked again in that run."""


def faults(*, ending: bool) -> dict[str, object]:
    """A tenth of all calls; and one company whose nameservers stay broken, so that chance cannot spare everybody."""
    chosen: dict[str, list[dict[str, object]]] = {}
    for provider in PROVIDERS:
        kinds = kinds_of(provider) - (frozenset() if ending else ENDS_A_LINE.get(provider, set()))
        chosen[provider] = [{"kind": kind, "probability": SHARE / len(kinds)} for kind in sorted(kinds)]
    broken = companies(1, "faulty")[0].domain
    return {**chosen, "dns": [{"kind": "servfail", "domains": [broken]}, *chosen["dns"]]}


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    sandbox.lost(LOST)
    timeouts = dict.fromkeys(("spider", "openrouter", "serper", "web", "webhook"), 3.0)
    return sandbox.settings(
        dagster_home=tmp_path,
        openrouter_lost_usd=LLM_LOST_USD,
        dns_timeout_s=2.0,
        **{f"{provider}_timeout_s": seconds for provider, seconds in timeouts.items()},
    )


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    with open_instance(settings) as instance:
        yield instance


def run(instance: dg.DagsterInstance, settings: Settings, **options: object) -> tuple[Ran, dict[str, CompanyResult]]:
    finished: dict[str, CompanyResult] = {}

    def remember(company: CompanyResult) -> None:
        assert company.company.domain not in finished
        finished[company.company.domain] = company

    listed = companies(SIZES.faulty, "faulty")
    return run_list(instance, listed, settings=settings, on_finished=remember, **options), finished


def booked(ran: Ran) -> dict[str, tuple[int, float]]:
    """By paid provider: attempts and US dollars, as the run's ledger has them."""
    assert ran.result is not None
    totals: dict[str, tuple[int, float]] = defaultdict(lambda: (0, 0.0))
    for (_artifact, provider), (attempts, usd) in ran.result.spent.items():
        totals[provider] = totals[provider][0] + attempts, totals[provider][1] + usd
    return {provider: totals[provider] for provider in PAID}


def invoiced(sandbox: Sandbox) -> dict[str, tuple[int, float]]:
    bill, before = sandbox.bill(), None
    while bill != before:  # the last connections that were given up are noticed
        time.sleep(0.3)
        bill, before = sandbox.bill(), bill
    return {provider: (bill[provider]["calls"], bill[provider]["usd"]) for provider in PAID}


def agree(books: Mapping[str, tuple[int, float]], invoices: Mapping[str, tuple[int, float]]) -> None:
    for provider, (attempts, usd) in invoices.items():
        assert books[provider][0] == attempts, provider
        assert books[provider][1] == pytest.approx(usd, abs=1e-6), provider


@pytest.mark.parametrize("ending", [False, True], ids=["passing faults", "faults that end a provider's line too"])
def test_a_tenth_of_all_calls_fails_and_the_books_agree_and_the_next_run_finishes_the_failed(
    instance: dg.DagsterInstance, settings: Settings, sandbox: Sandbox, ending: bool
) -> None:
    sandbox.faults(faults(ending=ending), seed=7)
    started = time.monotonic()
    first, seen = run(instance, settings)
    first_s = time.monotonic() - started
    happened = sandbox.faults_happened()
    assert first.result is not None
    assert (first.result.finished, first.result.unreached) == (SIZES.faulty, 0)
    assert len(seen) == SIZES.faulty
    assert all(set(company.nodes) == set(CATALOG) for company in seen.values())
    failed = {domain for domain, company in seen.items() if company.outcome == "failed"}
    assert failed
    books, invoices = booked(first), invoiced(sandbox)
    agree(books, invoices)
    assert sum(company.cost_usd for company in seen.values()) == pytest.approx(sum(u for _, u in books.values()))
    written = sum(tally.cost_usd for tally in tallies(instance) if tally.run_id == first.run_id)
    assert written == pytest.approx(sum(usd for _, usd in invoices.values()), abs=1e-6)

    sandbox.faults({})
    second, again = run(instance, settings)
    assert second.status is dg.DagsterRunStatus.SUCCESS, second.error
    paid_again = {domain for domain, company in again.items() if company.cost_usd}
    assert paid_again <= failed
    for domain, company in again.items():
        outcomes = {name for name, node in company.nodes.items() if node.outcome is Outcome.OK}
        assert bool(outcomes) == (domain in failed), domain
        assert not {name for name in outcomes if seen[domain].nodes[name].outcome is Outcome.OK}, domain
    both = {p: tuple(map(sum, zip(books[p], booked(second)[p], strict=True))) for p in PAID}
    agree(both, invoiced(sandbox))
    keys = defaultdict(set)
    for row in sandbox.received():
        keys[row["body"]["domain"]].add(row["body"]["delivery_key"])
    assert all(len(of_one) == 1 for of_one in keys.values())
    print(
        f"\n{SIZES.faulty} companies, {sum(sum(kinds.values()) for kinds in happened.values())} faults of "
        f"{sum(len(kinds) for kinds in happened.values())} kinds: {len(failed)} failed in {first_s:.0f} s; "
        f"(attempts, USD) booked {books}, invoiced {invoices}; the second run paid for {len(paid_again)} companies"
    )
