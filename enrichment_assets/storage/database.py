"""Engines and transactions of the databases we keep, on SQLite and on Postgres."""

import random
import sqlite3
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final, TypeVar

from sqlalchemy import (
    URL,
    ColumnElement,
    Connection,
    CursorResult,
    Engine,
    Float,
    Table,
    create_engine,
    event,
    literal_column,
    make_url,
    select,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.exc import DBAPIError, DisconnectionError, OperationalError

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
ROWS: Final = 1_000
"""Written or fetched together: SQLite binds 32,766 values at most, and fetching one by one takes twice as long."""
PAGE_BYTES: Final = 8192
"""Of new SQLite files: two records of 2 to 4 KB do not fit into the usual 4096 bytes; half of each page is empty."""
IDLE_S = 5.0
"""A connection that lay idle for longer is asked whether it still stands."""
MIGRATION_LOCK = 6_702_651_138
"""Key of our advisory lock on Postgres: any number, always the same."""

T = TypeVar("T")


def database_engine(database_url: str | URL) -> Engine:
    """An engine for any SQLAlchemy URL. On SQLite: WAL, so that readers never wait for a writer.

    On Postgres each statement is a transaction by itself; ``transact``, ``briefly`` and ``exclusive`` make longer ones.
    """
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        return postgres_engine(url)
    if url.database:
        keep_private(Path(url.database).expanduser())
        Path(url.database).expanduser().parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S}, max_overflow=-1)

    @event.listens_for(engine, "connect")
    def _tune(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA page_size={PAGE_BYTES}")
        _log_ahead(cursor)
        # A power cut may lose the last commits but never corrupts; a killed process loses nothing.
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    return engine


def _log_ahead(cursor: sqlite3.Cursor) -> None:
    """Where two connections make a new file's log at once, SQLite refuses one of them without waiting."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
        else:
            return


def postgres_engine(url: URL, make: Callable[..., Engine] = create_engine, **more: Any) -> Engine:
    """An engine whose statements are transactions by themselves. ``make`` is called like ``create_engine``."""
    known = url.get_backend_name() == "postgresql" and "connect_timeout" not in url.query
    connecting = {"connect_args": {"connect_timeout": CONNECT_S}} if known else {}
    engine = make(url, isolation_level="AUTOCOMMIT", **connecting, **more)

    # SQLAlchemy's own pool_pre_ping costs a round trip for each statement.
    @event.listens_for(engine, "checkin")
    def _idle(_: Any, record: Any) -> None:
        record.info["idle_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _ping(connection: Any, record: Any, _: object) -> None:
        if time.monotonic() - record.info.get("idle_since", time.monotonic()) > IDLE_S:
            try:
                engine.dialect.do_ping(connection)
            except engine.dialect.loaded_dbapi.Error as error:
                raise DisconnectionError from error  # the pool opens another

    return engine


@contextmanager
def exclusive(engine: Engine, lock: int = MIGRATION_LOCK) -> Iterator[Connection]:
    """A transaction that overlaps no other with this lock, in whatever process; on SQLite it overlaps no write."""
    with _transaction(engine) as connection:
        _take(connection, lock)
        yield connection


@contextmanager
def briefly(engine: Engine, *, lock: int | None = None, synced: bool = True) -> Iterator[Connection]:
    """A transaction that others may wait for: Postgres ends it when it hears nothing for ``SILENT_S``.

    So a machine that sleeps in the middle of one holds up nobody. With ``synced=False`` a server that crashes may lose
    what was written in the last half second, and a killed run does not: for what would only be read or agreed again,
    never for what was paid. On SQLite all commits are like that.
    """
    unsynced = "" if synced else "; SET LOCAL synchronous_commit = off"
    with _transaction(
        engine, f"; SET LOCAL idle_in_transaction_session_timeout = '{SILENT_S}s'{unsynced}"
    ) as connection:
        if lock is not None:
            _take(connection, lock)
        yield connection


@contextmanager
def _transaction(engine: Engine, settings: str = "") -> Iterator[Connection]:
    """``settings``: what Postgres hears together with BEGIN."""
    if engine.dialect.name == "sqlite":
        with engine.begin() as connection:
            yield connection
        return
    with engine.connect() as connection:
        connection.exec_driver_sql(f"BEGIN{settings}")
        try:
            yield connection
            connection.exec_driver_sql("COMMIT")
        except BaseException:
            _roll_back(connection)
            raise


def _roll_back(connection: Connection) -> None:
    """The server does it itself where the connection broke."""
    if connection.invalidated:
        return
    try:
        connection.exec_driver_sql("ROLLBACK")
    except DBAPIError:
        connection.invalidate()


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

    def once() -> T:
        with briefly(engine, lock=lock, synced=synced) as connection:
            return write(connection)

    return retried(once, engine)


def by_itself(engine: Engine, statement: Callable[[Connection], T]) -> T:
    """The same for one statement on Postgres, which is a transaction by itself: one round trip instead of three."""

    def once() -> T:
        with engine.connect() as connection:
            return statement(connection)

    return retried(once, engine)


def retried(write: Callable[[], T], engine: Engine | None = None) -> T:
    """The result of a transaction that may be done twice; again where Postgres rolled it back.

    ``engine``: also while its Postgres is away, for ``OUTAGE_S`` at most.
    """
    attempt, since = 0, time.monotonic()
    while True:
        try:
            return write()
        except DBAPIError as error:
            attempt += 1
            again = getattr(error.orig, "pgcode", None) in WORTH_ANOTHER_TRY and attempt < ATTEMPTS
            away = engine is not None and is_away(engine, error) and time.monotonic() - since < OUTAGE_S
            if not again and not away:
                raise
        _pause(attempt)


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


NO_TEXT: Final = "''"
"""For NOT IN: no version, no run is empty."""


def run_sql(connection: Connection, statement: str, parameters: Sequence[Any] = ()) -> CursorResult[Any]:
    """A statement in which question marks stand for parameters, on SQLite or Postgres; it has no others, and no %."""
    if connection.dialect.name == "postgresql":
        statement = statement.replace("?", "%s")
    return connection.exec_driver_sql(statement, tuple(parameters))


def marks(values: Collection[Any], none: str = "NULL") -> str:
    """A question mark each, for IN; ``none`` where there are none: Postgres takes no empty brackets."""
    return ", ".join("?" * len(values)) or none


def pages(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """So many at a time: SQLite binds 32,766 values to one statement at most."""
    iterator = iter(items)
    while page := list(islice(iterator, size)):
        yield page


def insert_arrays(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], otherwise: str = "") -> int:
    """Insert rows into Postgres by one statement with an array for each column; how many. ``otherwise``: ON CONFLICT …

    The driver writes it, and SQLAlchemy compiles nothing.
    """
    if not rows:
        return 0
    types = [column.type.compile(connection.dialect) for column in (table.c[name] for name in rows[0])]
    arrays = ", ".join(f"%s::{'bigint' if kind == 'INTEGER' else kind}[]" for kind in types)
    statement = f"INSERT INTO {table.name} ({', '.join(rows[0])}) SELECT * FROM unnest({arrays}) {otherwise}"  # noqa: S608
    return connection.exec_driver_sql(statement, tuple([row[name] for row in rows] for name in rows[0])).rowcount


def insert_rows(connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]], otherwise: str = "") -> None:
    """The same on SQLite as well, by question marks: SQLAlchemy compiles an insert with ON CONFLICT each time anew."""
    for page in pages(rows, ROWS):
        names = tuple(page[0])
        values = ", ".join([f"({marks(names)})"] * len(page))
        statement = f"INSERT INTO {table.name} ({', '.join(names)}) VALUES {values} {otherwise}"  # noqa: S608 - own columns
        run_sql(connection, statement, [row[name] for row in page for name in names])


def upsert(
    connection: Connection,
    table: Table,
    rows: Iterable[Mapping[str, Any]],
    *,
    added: Collection[str] = (),
    where: str = "",
) -> None:
    """Replace what the rows have, but add up the columns named in ``added``. ``where``: of the row that is there.

    Each key comes once, in order: Postgres takes none twice in a statement, and runs at the same time do not deadlock.
    """
    keys = [column.name for column in table.primary_key]
    once: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        before = once.get(key)
        once[key] = row if before is None else {**row, **{name: before[name] + row[name] for name in added}}
    if not once:
        return
    others = [name for name in row if name not in keys]
    new = (f"{name} = excluded.{name}{f' + {table.name}.{name}' if name in added else ''}" for name in others)
    otherwise = f"ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {', '.join(new)} {where}"
    insert_rows(connection, table, [once[key] for key in sorted(once)], otherwise)


def insert_into(engine: Engine) -> Callable[[Any], Any]:
    """The dialect's ``insert``, which knows ``on_conflict_do_update`` and ``on_conflict_do_nothing``."""
    return postgresql_insert if engine.dialect.name == "postgresql" else sqlite_insert
