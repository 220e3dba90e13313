"""Engines and transactions of the databases we keep, on SQLite and on Postgres."""

import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    Engine,
    Float,
    create_engine,
    event,
    literal_column,
    make_url,
    select,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError, OperationalError

from enrichment_assets.core.private import keep_private

BUSY_TIMEOUT_S = 60
"""How long a writer waits for another process's commit before "database is locked"."""
ATTEMPTS = 6
RETRY_AFTER_S = 0.05
WORTH_ANOTHER_TRY = frozenset({"40001", "40P01", "25P03"})
"""Postgres's serialization_failure, deadlock_detected and idle_in_transaction_session_timeout
(https://www.postgresql.org/docs/current/errcodes-appendix.html)."""
SILENT_S = 2
"""Less than a part of a rate is leased for, so that the others have renewed theirs before it ends."""
AWAY = ("08", "57P")
"""How the codes begin that a server gives which cannot be reached or is being restarted; most failures have none."""
OUTAGE_S = 30.0
"""For so long a write waits for a Postgres that is away. Less than a lease lasts."""
CONNECT_S = 10
MIGRATION_LOCK = 6_702_651_138
"""Key of our advisory lock on Postgres: any number, always the same."""

T = TypeVar("T")


def database_engine(database_url: str | URL) -> Engine:
    """An engine for any SQLAlchemy URL. On SQLite: WAL, so that readers never wait for a writer."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, connect_args=_connecting(url))
    if url.database:
        keep_private(Path(url.database).expanduser())
        Path(url.database).expanduser().parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S}, max_overflow=-1)

    @event.listens_for(engine, "connect")
    def _tune(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        # A power cut may lose the last commits but never corrupts; a killed process loses nothing.
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    return engine


@contextmanager
def exclusive(engine: Engine, lock: int = MIGRATION_LOCK) -> Iterator[Connection]:
    """A transaction that overlaps no other with this lock, in whatever process; on SQLite it overlaps no write."""
    with engine.connect() as connection:
        _take(connection, lock)
        yield connection
        connection.commit()


@contextmanager
def briefly(engine: Engine, *, lock: int | None = None, synced: bool = True) -> Iterator[Connection]:
    """A transaction that others may wait for: Postgres ends it when it hears nothing for ``SILENT_S``.

    So a machine that sleeps in the middle of one holds up nobody. With ``synced=False`` a server that crashes may lose
    what was written in the last half second, and a killed run does not: for what would only be read or agreed again,
    never for what was paid. On SQLite all commits are like that.
    """
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            said = [f"SET LOCAL idle_in_transaction_session_timeout = '{SILENT_S}s'"]
            if not synced:
                said.append("SET LOCAL synchronous_commit = off")
            connection.exec_driver_sql("; ".join(said))
        if lock is not None:
            _take(connection, lock)
        yield connection


def _take(connection: Connection, lock: int) -> None:
    on_sqlite = connection.dialect.name == "sqlite"
    connection.exec_driver_sql("BEGIN IMMEDIATE" if on_sqlite else f"SELECT pg_advisory_xact_lock({lock})")


def database_clock(engine: Engine) -> ColumnElement[float]:
    """The time by the database's clock, seconds since 1970: the same for all machines that share it."""
    sql = (
        "((julianday('now') - 2440587.5) * 86400.0)"
        if engine.dialect.name == "sqlite"
        else "CAST(EXTRACT(EPOCH FROM clock_timestamp()) AS DOUBLE PRECISION)"
    )
    return literal_column(sql, Float)


def database_now(connection: Connection) -> float:
    """That time."""
    return float(connection.execute(select(database_clock(connection.engine))).scalar_one())


def transact(engine: Engine, write: Callable[[Connection], T], *, lock: int | None = None, synced: bool = True) -> T:
    """The function's result, once its transaction (``briefly``) is committed; called again when it was rolled back.

    Also when the connection broke, for ``OUTAGE_S`` at most: the function must bear being committed twice.
    Rows are to be written in the order of their keys: two transactions that take them in different orders deadlock.
    """
    attempt, since = 0, time.monotonic()
    while True:
        try:
            with briefly(engine, lock=lock, synced=synced) as connection:
                return write(connection)
        except DBAPIError as error:
            attempt += 1
            again = getattr(error.orig, "pgcode", None) in WORTH_ANOTHER_TRY and attempt < ATTEMPTS
            if not again and not (is_away(engine, error) and time.monotonic() - since < OUTAGE_S):
                raise
        _pause(attempt)


def retried(write: Callable[[], T]) -> T:
    """The result of somebody else's transaction, which may be done twice; again where Postgres rolled it back."""
    for attempt in range(1, ATTEMPTS):
        try:
            return write()
        except DBAPIError as error:
            if getattr(error.orig, "pgcode", None) not in WORTH_ANOTHER_TRY:
                raise
        _pause(attempt)
    return write()


def _pause(attempt: int) -> None:
    """At random, so that the two do not meet again."""
    time.sleep(RETRY_AFTER_S * 2 ** min(attempt, ATTEMPTS) * random.random())  # noqa: S311


def is_away(engine: Engine, error: DBAPIError) -> bool:
    """Whether Postgres could not be reached, or broke the connection; SQLite's errors say something else."""
    if engine.dialect.name != "postgresql":
        return False
    code = getattr(error.orig, "pgcode", None)
    broken = error.connection_invalidated or (isinstance(error, OperationalError) and code is None)
    return broken or (code or "").startswith(AWAY)


def _connecting(url: URL) -> dict[str, Any]:
    known = url.get_backend_name() == "postgresql" and "connect_timeout" not in url.query
    return {"connect_timeout": CONNECT_S} if known else {}


def pages(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """So many at a time: SQLite binds 32,766 values to one statement at most."""
    iterator = iter(items)
    while page := list(islice(iterator, size)):
        yield page


def insert_into(engine: Engine) -> Callable[[Any], Any]:
    """The dialect's ``insert``, which knows ``on_conflict_do_update`` and ``on_conflict_do_nothing``."""
    return postgresql_insert if engine.dialect.name == "postgresql" else sqlite_insert
