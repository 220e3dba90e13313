"""Many companies go through the catalog at once; none waits for another."""

import asyncio
import itertools
import logging
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.cache.standing.stand import Standing
from enrichment_assets.companies.company import Company
from enrichment_assets.core.errors import LeaseLostError, ProviderError
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.company_state import RunContext
from enrichment_assets.engine.graph import graph
from enrichment_assets.engine.known.ended import ended
from enrichment_assets.engine.results import CompanyResult
from enrichment_assets.engine.run_cache import RunCache
from enrichment_assets.engine.run_company import run_company
from enrichment_assets.engine.stop import Stop
from enrichment_assets.engine.trial import TRIAL, RefusedError, Trial
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import Providers
from enrichment_assets.storage.outbox import Outbox

log = logging.getLogger(__name__)

PAGE = 500
"""Companies whose records are looked up together."""
LOOKED_UP = 10 * PAGE
"""Companies of which it is asked together whether there is anything to do for them."""
CLAIM_RETRY_S = 1.0
"""How often companies held by another run are asked for again."""


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class RunResult:
    """How many companies ended how, and what was spent.

    ``unreached``: not taken, or dropped in flight, when the run was stopped. ``spent``: (artifact, provider) to
    (attempts, US dollars), failed attempts included. ``out_of_money``: the run's own cap refused some of them.
    ``refused``: kind of provider to what is wrong with its account; the run then ended before it bought anything.
    ``ended``: provider to the account error that stopped it in the middle of the run.
    """

    finished: int
    failed: int
    budget: int
    unreached: int
    interrupted: bool
    spent: Mapping[tuple[str, str], tuple[int, float]]
    out_of_money: bool = False
    refused: Mapping[str, ProviderError] = field(default_factory=dict)
    ended: Mapping[str, ProviderError] = field(default_factory=dict)

    @property
    def spent_at(self) -> dict[str, tuple[int, float]]:
        """Provider to (attempts, US dollars): also for companies dropped in flight. The most expensive first."""
        totals: dict[str, tuple[int, float]] = {}
        for (_, provider), (attempts, usd) in self.spent.items():
            before = totals.get(provider, (0, 0.0))
            totals[provider] = before[0] + attempts, before[1] + usd
        return dict(sorted(totals.items(), key=lambda item: (-item[1][1], item[0])))


async def run_companies(
    companies: Iterable[Company],
    *,
    catalog: Catalog,
    selected: frozenset[str],
    run_cache: RunCache,
    providers: Providers,
    outbox: Outbox,
    ledger: Ledger,
    settings: Settings,
    run_id: str,
    parallel: int,
    stop: Stop,
    on_finished: Callable[[CompanyResult], None],
    left_out: frozenset[str] = frozenset(),
    clock: Callable[[], datetime] = utc_now,
) -> RunResult:
    """Take every company through the selected artifacts, ``parallel`` of them at the same time.

    ``left_out``: artifacts that this run does without by choice.

    ``on_finished`` is called once per company, in the order they finish. Raises only when records cannot be read or
    written: what a provider does to one company never ends the run.
    """
    kinds = {kind for name in selected for kind in catalog[name].providers}
    trial = Trial(providers, kinds, ledger.scope("", TRIAL))
    run = RunContext(
        graph(catalog, settings, selected, left_out),
        run_cache,
        providers,
        outbox,
        ledger,
        settings,
        run_id,
        clock,
        trial,
    )
    queue: asyncio.Queue[Company | None] = asyncio.Queue(maxsize=PAGE)
    all_companies = _Counter(companies)
    outcomes: Counter[str] = Counter()

    def over(company: CompanyResult) -> None:
        outcomes[company.outcome] += 1
        on_finished(company)

    async def feed() -> None:
        async for company in _offered(_unsettled(all_companies, run, stop, over), run_cache, stop):
            await queue.put(company)
        for _ in range(parallel):
            await queue.put(None)

    async def work() -> None:
        while (company := await queue.get()) is not None:
            try:
                finished = await _while_held(company, run, stop)
            finally:
                ledger.close_company(company.domain)
                await run_cache.release(company.domain)
            if finished is not None:
                over(finished)

    refused: Mapping[str, ProviderError] = {}
    try:
        await _run_until_stopped([feed(), *(work() for _ in range(parallel))], stop, settings.enrichment_grace_s)
    except RefusedError as error:
        refused = error.errors
    unreached = all_companies.drain() - outcomes.total()
    interrupted = stop.requested and unreached > 0
    return RunResult(
        finished=outcomes.total(),
        failed=outcomes["failed"],
        budget=outcomes["budget"],
        unreached=unreached,
        interrupted=interrupted,
        spent=ledger.totals(),
        out_of_money=ledger.run_is_out,
        refused=refused,
        ended=trial.ended,
    )


async def _while_held(company: Company, run: RunContext, stop: Stop) -> CompanyResult | None:
    """Take a company through; once more when it was another run's in between. None when the run is stopped before."""
    while not stop.requested:
        if not run.run_cache.holds(company.domain):
            mine, _ = await _claimed([company], run.run_cache)
            if not mine:
                await asyncio.sleep(CLAIM_RETRY_S)
                continue
        try:
            return await run_company(company, run)
        except LeaseLostError:
            log.warning("%s: its lease was not renewed in time, so it is claimed again", company.domain)
    return None


async def _run_until_stopped(jobs: Sequence[Coroutine[None, None, None]], stop: Stop, grace_s: float) -> None:
    """Wait for all jobs; raise what one of them raises; drop those left when the run is cancelled."""
    tasks = [asyncio.create_task(job) for job in jobs]
    together = asyncio.gather(*tasks)
    dropping = asyncio.create_task(stop.wait(grace_s))
    try:
        await asyncio.wait((together, dropping), return_when=asyncio.FIRST_COMPLETED)
        if together.done():
            await together
    finally:
        dropping.cancel()
        for task in tasks:
            task.cancel()
        await asyncio.gather(together, dropping, *tasks, return_exceptions=True)


class _Counter:
    """Counts the companies that pass, and those that were left when the run stopped."""

    def __init__(self, companies: Iterable[Company]) -> None:
        self._iterator = iter(companies)
        self._passed = 0

    def __iter__(self) -> "_Counter":
        return self

    def __next__(self) -> Company:
        company = next(self._iterator)
        self._passed += 1
        return company

    def drain(self) -> int:
        """All companies there were, taken or not."""
        self._passed += sum(1 for _ in self._iterator)
        return self._passed


async def _unsettled(
    companies: Iterable[Company], run: RunContext, stop: Stop, over: Callable[[CompanyResult], None]
) -> AsyncIterator[Sequence[Company]]:
    """Pages of companies that there is something to do for. The others are over: most of a list that was run before."""
    ends: dict[Standing, CompanyResult | None] = {}

    def ends_so(standing: Standing) -> bool:
        if standing not in ends:
            ends[standing] = ended(standing, Company("", ""), run)
        return ends[standing] is not None

    iterator = iter(companies)
    while not stop.requested and (many := list(itertools.islice(iterator, LOOKED_UP))):
        settled = await run.run_cache.settled([company.domain for company in many], ends_so)
        left: list[Company] = []
        for company in many:
            standing = settled.get(company.domain)
            end = None if standing is None else ends[standing]
            if standing is None or end is None:
                left.append(company)
            else:
                ends[standing] = finished = end.of(company)
                over(finished)
        for start in range(0, len(left), PAGE):
            yield left[start : start + PAGE]


async def _offered(
    unsettled: AsyncIterator[Sequence[Company]], run_cache: RunCache, stop: Stop
) -> AsyncIterator[Company]:
    """Companies this run has claimed, with their records paged in; those of other live runs later, when given back."""
    held_elsewhere: list[Company] = []
    async for page in unsettled:
        mine, others = await _claimed(page, run_cache)
        held_elsewhere += others
        for company in mine:
            yield company
    if held_elsewhere and not stop.requested:
        log.warning("%d companies are being enriched by another run: waiting for them", len(held_elsewhere))
    while held_elsewhere and not stop.requested:
        mine, held_elsewhere = await _claimed(held_elsewhere, run_cache)
        for company in mine:
            yield company
        if held_elsewhere:
            await asyncio.sleep(CLAIM_RETRY_S)


async def _claimed(page: Sequence[Company], run_cache: RunCache) -> tuple[list[Company], list[Company]]:
    claimed = await run_cache.claim(page)
    mine = [company for company in page if company.domain in claimed]
    others = [company for company in page if company.domain not in claimed]
    await run_cache.prepare([company.domain for company in mine])
    return mine, others
