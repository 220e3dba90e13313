"""What runs did and what was paid, from the event log alone."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg

from enrichment_assets.cache import record_index
from enrichment_assets.cache.event_log import storage_of
from enrichment_assets.cache.lookup import EVENTS
from enrichment_assets.cache.materialization import failure_of, is_repeated, record_of
from enrichment_assets.cache.record import Failure, Record
from enrichment_assets.cache.record_index import Outcome, Spending, Tally


@dataclass(frozen=True, slots=True)
class RunReport:
    """One run: how it ended in Dagster, and per artifact how often it ended how, and what it cost (US dollars)."""

    run_id: str
    status: str
    outcomes: Mapping[str, Mapping[str, int]]
    cost_usd: Mapping[str, float]
    spendings: Sequence[Spending]
    failures: Sequence[tuple[str, str, str]]
    """Company, artifact, reason: of those that have not been repaired since."""


def recorded(instance: dg.DagsterInstance) -> list[str]:
    """The assets that have events."""
    return [key.to_user_string() for key in instance.get_asset_keys()]


def tallies(instance: dg.DagsterInstance) -> list[Tally]:
    """What every run did with every artifact, day by day (UTC). On other storages than ours every event is read."""
    storage = storage_of(instance)
    if storage is not None:
        with storage.read_transaction() as connection:
            return record_index.tallies(connection)
    events: Counter[tuple[str, str, str, Outcome]] = Counter()
    cost_usd: dict[tuple[str, str, str, Outcome], float] = defaultdict(float)
    for artifact in recorded(instance):
        for day, run_id, outcome, what in _events(instance, artifact):
            key = day, run_id, artifact, outcome
            events[key] += 1
            cost_usd[key] += what.cost_usd * (outcome != "CACHE")
    return [Tally(*key, events[key], cost_usd[key]) for key in sorted(events)]


def spendings(instance: dg.DagsterInstance) -> list[Spending]:
    """What every run spent at which provider, day by day (UTC). On other storages than ours every event is read."""
    storage = storage_of(instance)
    if storage is not None:
        with storage.read_transaction() as connection:
            return record_index.spendings(connection)
    attempts: Counter[tuple[str, str, str, str]] = Counter()
    stored: Counter[tuple[str, str, str, str]] = Counter()
    cost_usd: dict[tuple[str, str, str, str], float] = defaultdict(float)
    for artifact in recorded(instance):
        for day, run_id, outcome, what in _events(instance, artifact):
            for paid in what.spent if outcome != "CACHE" else ():
                key = day, run_id, artifact, paid.provider
                attempts[key] += paid.attempts
                stored[key] += paid.stored
                cost_usd[key] += paid.usd
    return [Spending(*key, attempts[key], cost_usd[key], stored[key]) for key in sorted(attempts)]


def _events(instance: dg.DagsterInstance, artifact: str) -> Iterator[tuple[str, str, Outcome, Record | Failure]]:
    """Day, run, how it ended, and the record or failure."""
    key = dg.AssetKey(artifact)
    for found in _pages(instance.fetch_materializations, key):
        made = found.asset_materialization
        record = record_of(made, found.run_id) if made is not None else None
        if made is not None and record is not None:
            yield _day(found), found.run_id, "CACHE" if is_repeated(made) else record.status, record
    for found in _pages(instance.fetch_observations, key):
        seen = found.asset_observation
        failure = failure_of(seen, found.run_id, datetime.fromtimestamp(found.timestamp, UTC)) if seen else None
        if failure is not None:
            yield _day(found), found.run_id, failure.outcome, failure


def _day(found: dg.EventLogRecord) -> str:
    return datetime.fromtimestamp(found.timestamp, UTC).date().isoformat()


def _pages(fetch: Callable[..., dg.EventRecordsResult], key: dg.AssetKey) -> Iterator[dg.EventLogRecord]:
    cursor: str | None = None
    while True:
        answer = fetch(key, limit=EVENTS, cursor=cursor)
        yield from answer.records
        if not answer.has_more:
            return
        cursor = answer.cursor


def run_report(instance: dg.DagsterInstance, run_id: str) -> RunReport:
    """What one run did. Raises LookupError when there is no such run."""
    run = instance.get_run_by_id(run_id)
    mine = [tally for tally in tallies(instance) if tally.run_id == run_id]
    if run is None and not mine:
        raise LookupError(f"There is no run {run_id!r} here. `enrich status` lists the latest runs.")
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    cost_usd: dict[str, float] = defaultdict(float)
    for tally in mine:
        outcomes[tally.artifact][tally.outcome] += tally.events
        cost_usd[tally.artifact] += tally.cost_usd
    spent = [spending for spending in spendings(instance) if spending.run_id == run_id]
    status = run.status.value if run else "PRUNED"
    failures = [(failure.domain, failure.artifact, failure.reason) for failure in failures_of(instance, run_id)]
    return RunReport(run_id, status, outcomes, cost_usd, spent, failures)


def failures_of(instance: dg.DagsterInstance, run_id: str) -> list[Failure]:
    """What failed in one run; on our own storage without what has been repaired since."""
    storage = storage_of(instance)
    if storage is None:
        return [
            failure
            for artifact in recorded(instance)
            for found in _pages(instance.fetch_observations, dg.AssetKey(artifact))
            if found.run_id == run_id and found.asset_observation is not None
            if (failure := failure_of(found.asset_observation, run_id, datetime.fromtimestamp(found.timestamp, UTC)))
        ]
    with storage.read_transaction() as connection:
        return [
            standing.failure
            for standing in record_index.latest_statuses(connection)
            if standing.failure is not None and standing.failure.run_id == run_id
        ]


def by_provider(spendings: Sequence[Spending]) -> dict[str, tuple[int, float]]:
    """Provider to attempts and US dollars: what each one's invoice should say. The most expensive first."""
    totals: dict[str, tuple[int, float]] = {}
    for spending in spendings:
        attempts, usd = totals.get(spending.provider, (0, 0.0))
        totals[spending.provider] = attempts + spending.attempts, usd + spending.cost_usd
    return dict(sorted(totals.items(), key=lambda item: (-item[1][1], item[0])))


def stored_by_provider(spendings: Sequence[Spending]) -> dict[str, int]:
    """Provider to answers that came from the store, for nothing."""
    totals: Counter[str] = Counter()
    for spending in spendings:
        totals[spending.provider] += spending.stored
    return dict(+totals)


def summed(tallies: Sequence[Tally], by: Callable[[Tally], str]) -> dict[str, float]:
    """US dollars by whatever is asked for, in the tallies' order."""
    totals: dict[str, float] = defaultdict(float)
    for tally in tallies:
        totals[by(tally)] += tally.cost_usd
    return dict(totals)
