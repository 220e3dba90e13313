"""The latest record and failure of every company and artifact, and what each run did and paid, in small tables.

They lie in our event log's own database and are written in the transaction that stores the events, so they are never
ahead of them nor behind. Reading 4,000 records from here costs what reading a few hundred events would.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import Connection

from enrichment_assets.cache.multi_row import insert_rows
from enrichment_assets.cache.record import Failure, Record
from enrichment_assets.cache.spending import spent_as_text, spent_of_text

TABLES = (
    """CREATE TABLE IF NOT EXISTS enrichment_latest (
        domain TEXT NOT NULL, artifact TEXT NOT NULL,
        event_id INTEGER, run_id TEXT, status TEXT, computed_at REAL, version TEXT, data_version TEXT, answer TEXT,
        cost_usd REAL, latency_s REAL,
        failed_at REAL, failed_run_id TEXT, failed_outcome TEXT, failed_reason TEXT, failed_cost_usd REAL,
        failed_latency_s REAL, failures INTEGER NOT NULL DEFAULT 0, spent TEXT, failed_spent TEXT,
        PRIMARY KEY (domain, artifact)
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS enrichment_tally (
        day TEXT NOT NULL, run_id TEXT NOT NULL, artifact TEXT NOT NULL, outcome TEXT NOT NULL,
        events INTEGER NOT NULL, cost_usd REAL NOT NULL,
        PRIMARY KEY (run_id, day, artifact, outcome)
    ) WITHOUT ROWID""",
    """CREATE TABLE IF NOT EXISTS enrichment_spending (
        day TEXT NOT NULL, run_id TEXT NOT NULL, artifact TEXT NOT NULL, provider TEXT NOT NULL,
        attempts INTEGER NOT NULL, cost_usd REAL NOT NULL,
        PRIMARY KEY (run_id, day, artifact, provider)
    ) WITHOUT ROWID""",
)
NAMES = ("enrichment_latest", "enrichment_tally", "enrichment_spending")

_PUT_RECORD = """INSERT INTO enrichment_latest (domain, artifact, event_id, run_id, status, computed_at, version,
    data_version, answer, cost_usd, latency_s, spent) VALUES {rows}
    ON CONFLICT (domain, artifact) DO UPDATE SET event_id = excluded.event_id, run_id = excluded.run_id,
    status = excluded.status, computed_at = excluded.computed_at, version = excluded.version,
    data_version = excluded.data_version, answer = excluded.answer, cost_usd = excluded.cost_usd,
    latency_s = excluded.latency_s, spent = excluded.spent, failed_spent = NULL,
    failed_at = NULL, failed_run_id = NULL, failed_outcome = NULL,
    failed_reason = NULL, failed_cost_usd = NULL, failed_latency_s = NULL, failures = 0"""
_PUT_FAILURE = """INSERT INTO enrichment_latest (domain, artifact, failed_at, failed_run_id, failed_outcome,
    failed_reason, failed_cost_usd, failed_latency_s, failures, failed_spent) VALUES {rows}
    ON CONFLICT (domain, artifact) DO UPDATE SET failed_at = excluded.failed_at,
    failed_run_id = excluded.failed_run_id, failed_outcome = excluded.failed_outcome,
    failed_reason = excluded.failed_reason, failed_cost_usd = excluded.failed_cost_usd,
    failed_latency_s = excluded.failed_latency_s, failures = failures + excluded.failures,
    failed_spent = excluded.failed_spent"""
_PUT_TALLY = """INSERT INTO enrichment_tally (day, run_id, artifact, outcome, events, cost_usd)
    VALUES {rows}
    ON CONFLICT (run_id, day, artifact, outcome) DO UPDATE SET events = events + excluded.events,
    cost_usd = cost_usd + excluded.cost_usd"""
_PUT_SPENDING = """INSERT INTO enrichment_spending (day, run_id, artifact, provider, attempts, cost_usd)
    VALUES {rows}
    ON CONFLICT (run_id, day, artifact, provider) DO UPDATE SET attempts = attempts + excluded.attempts,
    cost_usd = cost_usd + excluded.cost_usd"""
_RECORD_COLUMNS = (
    "domain, artifact, status, computed_at, version, data_version, answer, run_id, cost_usd, latency_s, spent"
)
_FAILURE_COLUMNS = (
    "failed_outcome, failed_reason, failed_at, failed_run_id, failed_cost_usd, failed_latency_s, failures, failed_spent"
)

Outcome = Literal["OK", "SKIP", "CACHE", "FAIL", "BUDGET"]


@dataclass(frozen=True, slots=True)
class Recorded:
    """One event as these tables see it. ``repeated``: a cache hit written down again, which cost nothing."""

    event_id: int
    at: float
    run_id: str
    what: Record | Failure
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
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
    """What one run spent at one provider for one artifact on one day (UTC): attempts, failed ones included, and USD."""

    day: str
    run_id: str
    artifact: str
    provider: str
    attempts: int
    cost_usd: float


def create(connection: Connection) -> None:
    """Make the tables where they are missing."""
    for statement in TABLES:
        connection.exec_driver_sql(statement)


def write(connection: Connection, events: Sequence[Recorded]) -> None:
    """Take in events in the order they are stored."""
    tallies: dict[tuple[str, str, str, str], tuple[int, float]] = {}
    spendings: dict[tuple[str, str, str, str], tuple[int, float]] = {}
    # Consecutive events of one kind go together; their order decides what is latest.
    records: list[tuple[Any, ...]] = []
    failures: list[tuple[Any, ...]] = []

    def flush() -> None:
        if records:
            insert_rows(connection, _PUT_RECORD, records)
            records.clear()
        if failures:
            insert_rows(connection, _PUT_FAILURE, failures)
            failures.clear()

    for event in events:
        what = event.what
        if isinstance(what, Record):
            if failures:
                flush()
            records.append(_record_row(event.event_id, what))
            outcome, cost_usd = ("CACHE", 0.0) if event.repeated else (what.status, what.cost_usd)
        else:
            if records:
                flush()
            failures.append(_failure_row(what))
            outcome, cost_usd = what.outcome, what.cost_usd
        whose = datetime.fromtimestamp(event.at, UTC).date().isoformat(), event.run_id, what.artifact
        number, spent = tallies.get((*whose, outcome), (0, 0.0))
        tallies[*whose, outcome] = (number + 1, spent + cost_usd)
        for paid in () if event.repeated else what.spent:
            number, spent = spendings.get((*whose, paid.provider), (0, 0.0))
            spendings[*whose, paid.provider] = (number + paid.attempts, spent + paid.usd)
    flush()
    if tallies:
        insert_rows(connection, _PUT_TALLY, [(*key, *sums) for key, sums in tallies.items()])
    if spendings:
        insert_rows(connection, _PUT_SPENDING, [(*key, *sums) for key, sums in spendings.items()])


def rewrite_record(connection: Connection, event_id: int, record: Record) -> None:
    """What is latest now that later events were deleted."""
    insert_rows(connection, _PUT_RECORD, [_record_row(event_id, record)])


def _record_row(event_id: int, record: Record) -> tuple[Any, ...]:
    return (
        record.domain,
        record.artifact,
        event_id,
        record.run_id,
        record.status,
        record.computed_at.timestamp(),
        record.version,
        record.data_version,
        record.answer,
        record.cost_usd,
        record.latency_s,
        spent_as_text(record.spent) or None,
    )


def _failure_row(failure: Failure) -> tuple[Any, ...]:
    return (
        failure.domain,
        failure.artifact,
        failure.at.timestamp(),
        failure.run_id,
        failure.outcome,
        failure.reason,
        failure.cost_usd,
        failure.latency_s,
        int(failure.outcome == "FAIL"),
        spent_as_text(failure.spent) or None,
    )


def records(connection: Connection, domains: Sequence[str]) -> list[Record]:
    """The latest records of these companies, all artifacts."""
    marks = ", ".join("?" * len(domains))
    query = f"SELECT {_RECORD_COLUMNS} FROM enrichment_latest WHERE status IS NOT NULL AND domain IN ({marks})"  # noqa: S608 - only question marks
    return [_record(row) for row in connection.exec_driver_sql(query, tuple(domains))]


def standings(connection: Connection, domains: Sequence[str] | None = None) -> Iterator[Standing]:
    """What is known, of all companies or of a few hundred, company by company."""
    chosen = "" if domains is None else f"WHERE domain IN ({', '.join('?' * len(domains))})"
    query = f"SELECT {_RECORD_COLUMNS}, {_FAILURE_COLUMNS} FROM enrichment_latest {chosen} ORDER BY domain, artifact"  # noqa: S608 - only question marks
    for row in plain_rows(connection, query, domains or ()):
        yield Standing(
            row[0],
            row[1],
            None if row[2] is None else _record(row[:11]),
            None if row[11] is None else _failure(row[0], row[1], row[11:]),
        )


def candidates(
    connection: Connection,
    artifact: str,
    *,
    computed_before: datetime | None,
    version: str | None,
    closed: Mapping[str, Collection[str]],
) -> list[str]:
    """Companies whose record of an artifact may not count any more: all that do not, and perhaps some that do.

    ``version``: the one that counts; None where it depends on the inputs, and then every record may have another.
    ``closed``: answers of other artifacts that close a gate before this one. One query, no record leaves the database.
    """
    judged = " OR ".join(f"(artifact = ? AND answer IN ({', '.join('?' * len(them))}))" for them in closed.values())
    values = [value for judge, answers in closed.items() for value in (judge, *answers)]
    query = f"""WITH shut AS (SELECT DISTINCT domain FROM enrichment_latest WHERE status = 'OK' AND ({judged or 0}))
        SELECT domain FROM enrichment_latest WHERE artifact = ? AND CASE status
            WHEN 'SKIP' THEN domain NOT IN shut
            WHEN 'OK' THEN computed_at <= ? OR ? IS NULL OR version <> ? OR domain IN shut END"""  # noqa: S608 - only question marks
    before = float("-inf") if computed_before is None else computed_before.timestamp()
    return [row[0] for row in plain_rows(connection, query, (*values, artifact, before, version, version))]


def answers(connection: Connection, artifact: str) -> list[str]:
    """All answers that records of an artifact give."""
    query = "SELECT DISTINCT answer FROM enrichment_latest WHERE artifact = ? AND status = 'OK'"
    return [row[0] for row in plain_rows(connection, query, (artifact,))]


def plain_rows(connection: Connection, query: str, parameters: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    """Plain tuples from SQLite's own cursor: SQLAlchemy's rows take several times as long."""
    cursor = connection.connection.cursor()
    try:
        cursor.execute(query, tuple(parameters))
        while found := cursor.fetchmany(1_000):
            yield from found
    finally:
        cursor.close()


def tallies(connection: Connection) -> list[Tally]:
    """What every run did and paid, oldest first."""
    query = (
        "SELECT day, run_id, artifact, outcome, events, cost_usd FROM enrichment_tally ORDER BY day, run_id, artifact"
    )
    return [Tally(*row) for row in connection.exec_driver_sql(query)]


def spendings(connection: Connection) -> list[Spending]:
    """What every run spent at which provider, oldest first."""
    query = "SELECT day, run_id, artifact, provider, attempts, cost_usd FROM enrichment_spending ORDER BY day, run_id"
    return [Spending(*row) for row in connection.exec_driver_sql(query)]


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


def forget(connection: Connection, where: str, parameters: tuple[Any, ...]) -> int:
    """Drop what is latest, as when an asset is wiped. How many rows."""
    statement = f"DELETE FROM enrichment_latest WHERE {where}"  # noqa: S608 - our own constants
    return connection.exec_driver_sql(statement, parameters).rowcount
