"""Finding the sites of many names: what is known is taken from the store, what is not is planned, capped and kept."""

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from enrichment_assets.artifacts import sources
from enrichment_assets.core.errors import BudgetReachedError, MisconfiguredError, OutOfCreditError, ProviderError
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import Providers, open_providers
from enrichment_assets.providers.registry import chosen
from enrichment_assets.site_search.finding import MAX_CANDIDATES, find_site
from enrichment_assets.site_search.named import Named
from enrichment_assets.storage.found_sites import FoundSite, FoundSites, Key
from enrichment_assets.storage.state import open_state
from enrichment_assets.storage.together.limits import AccountLimits

FOUND_TTL: Final = timedelta(days=90)
OPEN_TTL: Final = timedelta(days=14)
"""A company whose site is not found today may have one that is, or that says more, in two weeks."""
ARTIFACT: Final = "resolve"
"""Whom the ledger books the calls to."""
USUAL_PAGES: Final = 2.5
"""Home pages that one name takes on average."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be asked for and what that costs, in US dollars: usually, and at the worst."""

    known: Mapping[Key, FoundSite]
    wanted: tuple[Named, ...]
    usual_usd: float
    worst_usd: float


@dataclass
class Searched:
    """What became of the names. ``failed`` says why of those that no answer was had for: asking again may help."""

    found: dict[Key, FoundSite]
    failed: dict[Key, str] = field(default_factory=dict)
    out_of_budget: set[Key] = field(default_factory=set)
    spent_at: dict[str, tuple[int, float]] = field(default_factory=dict)


def plan(names: Iterable[Named], settings: Settings, *, refresh: bool = False, now: datetime | None = None) -> Plan:
    """Look into the store. Calls nobody."""
    by_key = {named.key: named for named in names}
    state = open_state(settings)
    try:
        kept = {} if refresh else FoundSites(state).get(by_key)
    finally:
        state.dispose()
    moment = now or datetime.now(UTC)
    known = {key: site for key, site in kept.items() if _is_fresh(site, moment)}
    wanted = tuple(named for key, named in by_key.items() if key not in known)
    (page_usd, _), *_ = rungs = [fetcher.call_usd(settings) for fetcher in chosen("pages", settings)]
    worst_page_usd = sum(worst for _, worst in rungs)
    ((search_usd, worst_search_usd),) = (search.call_usd(settings) for search in chosen("search", settings))
    return Plan(
        known,
        wanted,
        usual_usd=len(wanted) * (search_usd + USUAL_PAGES * page_usd),
        worst_usd=len(wanted) * (worst_search_usd + (MAX_CANDIDATES + 1) * worst_page_usd),
    )


def search_all(
    planned: Plan, settings: Settings, *, budget_usd: float | None, on_done: Callable[[], None] = lambda: None
) -> Searched:
    """Ask for what is wanted, many names at once, within the budget; each answer is kept when it is there.

    Raises MisconfiguredError and OutOfCreditError: no further name could be asked for.
    """
    searched = Searched(dict(planned.known))
    if planned.wanted:
        asyncio.run(_search(planned.wanted, settings, budget_usd, searched, on_done))
    return searched


async def _search(
    wanted: Collection[Named],
    settings: Settings,
    budget_usd: float | None,
    searched: Searched,
    on_done: Callable[[], None],
) -> None:
    ledger = Ledger(run_cap_usd=budget_usd, company_cap_usd=settings.enrichment_company_budget_usd)
    state = open_state(settings)
    sites, turns, now = FoundSites(state), asyncio.Semaphore(settings.enrichment_parallel), datetime.now(UTC)

    async def one(named: Named, providers: Providers) -> None:
        scope = ledger.scope("\t".join(named.key), ARTIFACT)
        async with turns:
            try:
                pages, search = providers.pages[0], providers.search
                finding = await find_site(named, search.search, pages.fetch, providers.readers, scope)
            except BudgetReachedError:
                searched.out_of_budget.add(named.key)
            except (MisconfiguredError, OutOfCreditError):
                raise
            except ProviderError as error:
                searched.failed[named.key] = str(error)
            else:
                listed = tuple((site.domain, site.confidence) for site in finding.candidates)
                site = FoundSite(finding.domain, finding.confidence, finding.reason, listed, version(), now)
                sites.put(named.key, site)
                searched.found[named.key] = site
            finally:
                ledger.close_company(scope.company)
                on_done()

    try:
        async with (
            open_providers(settings, [find_site.__module__], book=AccountLimits(state)) as providers,
            asyncio.TaskGroup() as tasks,
        ):
            for named in wanted:
                tasks.create_task(one(named, providers))
    except* (MisconfiguredError, OutOfCreditError) as errors:
        raise errors.exceptions[0] from None
    finally:
        state.dispose()
        for (_, provider), (attempts, usd) in ledger.totals().items():
            searched.spent_at[provider] = (attempts, usd)


def version() -> str:
    """What decides besides the answers of search and sites."""
    return sources.version(find_site.__module__)


def _is_fresh(site: FoundSite, now: datetime) -> bool:
    return site.version == version() and now - site.asked_at < (FOUND_TTL if site.domain else OPEN_TTL)
