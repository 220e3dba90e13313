"""The latest record and failure of every company and artifact, and what each run did and paid, in small tables.

They lie in our event log's own database and are written in the transaction that stores the events, so they are never
ahead of them nor behind. Reading 4,000 records from here costs what reading a few hundred events would.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, groupby
from typing import Any, Literal

from sqlalchemy import REAL, Column, Connection, Integer, Table, Text

from enrichment_assets.cache.record import Failure, Record
from enrichment_assets.cache.spending import spent_as_text, spent_of_text
from enrichment_assets.cache.standing import table as standings
from enrichment_assets.storage.database import ROWS, marks, run_sql, upsert

metadata = standings.metadata
latest = Table(
    "enrichment_latest",
    metadata,
    Column("domain", Text, primary_key=True),
    Column("artifact", Text, primary_key=True),
    Column("event_id", Integer),
    Column("run_id", Text),
    Column("status", Text),
    Column("computed_at", REAL),
    Column("version", Text),
    Column("data_version", Text),
    Column("answer", Text),
    Column("cost_usd", REAL),
    Column("latency_s", REAL),
    Column("failed_at", REAL),
    Column("failed_run_id", Text),
    Column("failed_outcome", Text),
    Column("failed_reason", Text),
    Column("failed_cost_usd", REAL),
    Column("failed_latency_s", REAL),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("spent", Text),
    Column("failed_spent", Text),
)
tally = Table(
    "enrichment_tally",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("artifact", Text, primary_key=True),
    Column("outcome", Text, primary_key=True),
    Column("events", Integer, nullable=False),
    Column("cost_usd", REAL, nullable=False),
)
spending = Table(
    "enrichment_spending",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("day", Text, primary_key=True),
    Column("artifact", Text, primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("attempts", Integer, nullable=False),
    Column("cost_usd", REAL, nullable=False),
    Column("stored", Integer, nullable=False, server_default="0"),
)
_OF_FAILURES = tuple(name for name in latest.c.keys() if name.startswith("failed_"))  # noqa: SIM118 - a collection
_RECORD_COLUMNS = (
    "domain, artifact, status, computed_at, version, data_version, answer, run_id, cost_usd, latency_s, spent"
)
_FAILURE_COLUMNS = (
    "failed_outcome, failed_reason, failed_at, failed_run_id, failed_cost_usd, failed_latency_s, failures, failed_spent"
)

Outcome = Literal["OK", "SKIP", "CACHE", "FAIL", "BUDGET"]


@dataclass(frozen=True, slots=True)
class IndexedEvent:
    """One event as these tables see it. ``repeated``: a cache hit written down again, which cost nothing."""

    event_id: int
    at: float
    run_id: str
    what: Record | Failure
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class LatestStatus:
    """What is known of one artifact of one company: its latest record, and the failure since, if there was one."""

    domain: str
    artifact: str
    record: Record | None
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class Tally:
    """What one run did with one artifact on one day (UTC)."""

    day: str
    run_id: str
    artifact: str
    outcome: Outcome
    events: int
    cost_usd: float


@dataclass(frozen=True, slots=True)
class Spending:
    """What one run spent at one provider for one artifact on one day (UTC): attempts, failed ones included, and USD.

    ``stored``: answers that came from the store instead.
    """

    day: str
    run_id: str
    artifact: str
    provider: str
    attempts: int
    cost_usd: float
    stored: int = 0


def write(connection: Connection, events: Sequence[IndexedEvent]) -> None:
    """Take in events in the order they are stored."""
    standings.touch(connection, (event.what.domain for event in events))
    tallies: dict[tuple[str, ...], tuple[float, ...]] = {}
    spendings: dict[tuple[str, ...], tuple[float, ...]] = {}
    # Consecutive events of one kind go together; their order decides what is latest.
    for failed, together in groupby(events, key=lambda event: isinstance(event.what, Failure)):
        rows = [_row(event.event_id, event.what) for event in together]
        upsert(connection, latest, rows, added=("failures",) if failed else ())
    for event in events:
        what = event.what
        outcome = "CACHE" if event.repeated else what.status if isinstance(what, Record) else what.outcome
        whose = event.run_id, datetime.fromtimestamp(event.at, UTC).date().isoformat(), what.artifact
        _add(tallies, (*whose, outcome), 1, 0.0 if event.repeated else what.cost_usd)
        for paid in () if event.repeated else what.spent:
            _add(spendings, (*whose, paid.provider), paid.attempts, paid.usd, paid.stored)
    for table, sums in ((tally, tallies), (spending, spendings)):
        names = table.c.keys()
        rows = [dict(zip(names, (*key, *sum_), strict=True)) for key, sum_ in sorted(sums.items())]
        upsert(connection, table, rows, added=names[4:])


def _add(sums: dict[tuple[str, ...], tuple[float, ...]], key: tuple[str, ...], *numbers: float) -> None:
    before = sums.get(key, (0,) * len(numbers))
    sums[key] = tuple(old + new for old, new in zip(before, numbers, strict=True))


def rewrite_record(connection: Connection, event_id: int, record: Record) -> None:
    """What is latest now that later events were deleted."""
    standings.touch(connection, [record.domain])
    upsert(connection, latest, [_row(event_id, record)])


def _row(event_id: int, what: Record | Failure) -> dict[str, Any]:
    """A record forgets the failures before it; a failure leaves the record before it."""
    if isinstance(what, Failure):
        return {
            "domain": what.domain,
            "artifact": what.artifact,
            "failed_at": what.at.timestamp(),
            "failed_run_id": what.run_id,
            "failed_outcome": what.outcome,
            "failed_reason": what.reason,
            "failed_cost_usd": what.cost_usd,
            "failed_latency_s": what.latency_s,
            "failed_spent": spent_as_text(what.spent) or None,
            "failures": int(what.outcome == "FAIL"),
        }
    return {
        "domain": what.domain,
        "artifact": what.artifact,
        "event_id": event_id,
        "run_id": what.run_id,
        "status": what.status,
        "computed_at": what.computed_at.timestamp(),
        "version": what.version,
        "data_version": what.data_version,
        "answer": what.summary,
        "cost_usd": what.cost_usd,
        "latency_s": what.latency_s,
        "spent": spent_as_text(what.spent) or None,
        "failures": 0,
        **dict.fromkeys(_OF_FAILURES),
    }


def records(connection: Connection, domains: Sequence[str]) -> list[Record]:
    """The latest records of these companies, all artifacts."""
    query = f"SELECT {_RECORD_COLUMNS} FROM enrichment_latest WHERE status IS NOT NULL AND domain IN ({marks(domains)})"  # noqa: S608 - only question marks
    return [_record(row) for row in run_sql(connection, query, tuple(domains)).all()]


def latest_statuses(connection: Connection, domains: Sequence[str] | None = None) -> Iterator[LatestStatus]:
    """What is known, of all companies or of a few hundred, company by company."""
    chosen = "" if domains is None else f"WHERE domain IN ({marks(domains)})"
    query = f"SELECT {_RECORD_COLUMNS}, {_FAILURE_COLUMNS} FROM enrichment_latest {chosen} ORDER BY domain, artifact"  # noqa: S608 - only question marks
    for row in chain.from_iterable(run_sql(connection, query, tuple(domains or ())).partitions(ROWS)):
        yield LatestStatus(
            row[0],
            row[1],
            None if row[2] is None else _record(row[:11]),
            None if row[11] is None else _failure(row[0], row[1], row[11:]),
        )


def tallies(connection: Connection) -> list[Tally]:
    """What every run did and paid, oldest first."""
    query = (
        "SELECT day, run_id, artifact, outcome, events, cost_usd FROM enrichment_tally ORDER BY day, run_id, artifact"
    )
    return [Tally(*row) for row in run_sql(connection, query)]


def spendings(connection: Connection) -> list[Spending]:
    """What every run spent at which provider, oldest first."""
    query = (
        "SELECT day, run_id, artifact, provider, attempts, cost_usd, stored FROM enrichment_spending "
        "ORDER BY day, run_id"
    )
    return [Spending(*row) for row in run_sql(connection, query)]


def _record(row: Sequence[Any]) -> Record:
    domain, artifact, status, computed_at, version, data_version, answer, run_id, cost_usd, latency_s, spent = row
    return Record(
        domain,
        artifact,
        status,
        datetime.fromtimestamp(computed_at, UTC),
        version,
        data_version,
        answer,
        run_id,
        cost_usd,
        latency_s,
        spent_of_text(spent),
    )


def _failure(domain: str, artifact: str, row: Sequence[Any]) -> Failure:
    outcome, reason, at, run_id, cost_usd, latency_s, in_a_row, spent = row
    return Failure(
        domain,
        artifact,
        outcome,
        reason,
        datetime.fromtimestamp(at, UTC),
        run_id,
        cost_usd,
        latency_s,
        in_a_row,
        spent_of_text(spent),
    )


def wipe(
    connection: Connection, artifact: str, last_id: int, at: datetime, domains: Sequence[str] | None = None
) -> None:
    """Drop what is latest of an asset, or of some companies: no event up to ``last_id`` counts, nor a stored value.

    What stays is a row that says when it was wiped; the next record takes its place.
    """
    named = tuple(column.name for column in latest.c if column.name not in ("domain", "artifact", "failures"))
    emptied = ", ".join(f"{name} = NULL" for name in named if name not in ("computed_at", "event_id"))
    for page in [None] if domains is None else [domains[start : start + 500] for start in range(0, len(domains), 500)]:
        chosen = "" if page is None else f"AND domain IN ({marks(page)})"
        values = f"{emptied}, failures = 0, event_id = ?, computed_at = ?"
        statement = f"UPDATE enrichment_latest SET {values} WHERE artifact = ? {chosen}"  # noqa: S608 - our own columns
        run_sql(connection, statement, (last_id, at.timestamp(), artifact, *(page or ())))
        standings.touch_where(connection, f"artifact = ? {chosen}", (artifact, *(page or ())))


def wiped(connection: Connection, domains: Sequence[str]) -> set[tuple[str, str]]:
    """(domain, artifact) that were wiped and have no record since."""
    query = f"""SELECT domain, artifact FROM enrichment_latest
        WHERE status IS NULL AND computed_at IS NOT NULL AND domain IN ({marks(domains)})"""  # noqa: S608 - only question marks
    return {(domain, artifact) for domain, artifact in run_sql(connection, query, tuple(domains))}


def forget(connection: Connection, where: str, parameters: tuple[Any, ...]) -> int:
    """Drop what is latest, as when an asset is wiped. How many rows."""
    standings.touch_where(connection, where, parameters)
    statement = f"DELETE FROM enrichment_latest WHERE {where}"  # noqa: S608 - our own constants
    return run_sql(connection, statement, parameters).rowcount
