"""All values of a local store in one SQLite file: making a file costs more than ten times what a row does.

A write is in its place once it is committed; ``commit`` ends what was written since. Readers see the old value or the
new one and never wait for a writer (WAL, https://sqlite.org/wal.html). Commits are not synced one by one: a killed
process loses nothing, a power cut may lose the last seconds.
"""

import contextlib
import logging
import sqlite3
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import Final

import orjson
from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError

from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.private import keep_private
from enrichment_assets.storage.database import BUSY_TIMEOUT_S, database_engine
from enrichment_assets.storage.migrations import Schema, migrate
from enrichment_assets.storage.values.at_once import AtOnce
from enrichment_assets.storage.values.packing import packed

log = logging.getLogger(__name__)

FILE = "values.db"

VALUES: Final = Schema(
    "values",
    (
        (
            """CREATE TABLE IF NOT EXISTS value (domain TEXT NOT NULL, artifact TEXT NOT NULL, content BLOB NOT NULL,
            PRIMARY KEY (domain, artifact))""",
        ),
        (),  # contents may be gzipped from here on
    ),
)
_PUT = """INSERT INTO value VALUES (?, ?, ?)
    ON CONFLICT (domain, artifact) DO UPDATE SET content = excluded.content"""
_GET = "SELECT content FROM value WHERE domain = ? AND artifact = ?"
_THERE = "SELECT domain, artifact FROM value WHERE domain IN (SELECT value FROM json_each(?))"


class ValueFile:
    """The values in a folder's ``values.db``, which is made at the first write. Every thread has its own connection."""

    threads = 1
    """A hop between threads costs more than a row: what comes while the thread is busy shares its next commit."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        keep_private(self._path)
        self._of_thread = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._at_once = AtOnce(self._path, _PUT)
        try:
            self.missing((), ())
        except OSError as error:
            raise MisconfiguredError(
                "settings",
                f"{error}. If it is damaged, move it away: its values are then made again, and paid again",
            ) from error

    def missing(self, domains: Collection[str], artifacts: Iterable[str]) -> set[tuple[str, str]]:
        """(domain, artifact) without a value. Raises OSError when the file cannot be read."""
        asked = set(product(domains, artifacts))
        with self._file_named():
            connection = self._connection()
            if connection is None:
                return asked
            there: Iterable[tuple[str, str]] = connection.execute(_THERE, (orjson.dumps([*domains]).decode(),))
            return asked.difference(there)

    def read(self, artifact: str, domain: str) -> bytes | None:
        """The value; None where there is none, or the file is damaged just there. Raises OSError when it is away."""
        with self._file_named():
            try:
                connection = self._connection()
                found = None if connection is None else connection.execute(_GET, (domain, artifact)).fetchone()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                log.warning("%s of %s is unreadable in %s (%s): missing", artifact, domain, self._path, error)
                return None
        return None if found is None else bytes(found[0])

    def read_many(self, artifact: str, domains: Sequence[str]) -> Mapping[str, bytes]:
        """The values that there are, by domain: on this machine, one costs no more by itself."""
        found = {domain: self.read(artifact, domain) for domain in domains}
        return {domain: content for domain, content in found.items() if content is not None}

    def write(self, artifact: str, domain: str, content: bytes) -> None:
        """Replace the value, as of the next ``commit``. Raises OSError; then what was written since is gone as well."""
        with self._file_named():
            connection = self._connection() or self._opened()
            try:
                if not connection.in_transaction:
                    connection.execute("BEGIN IMMEDIATE")
                connection.execute(_PUT, (domain, artifact, packed(content)))
            except sqlite3.Error:
                _undo(connection)
                raise

    def write_at_once(self, artifact: str, domain: str, content: bytes) -> bool:
        """In a file that is open, and nobody else writes to just now."""
        return bool(self._connections) and self._at_once.write((domain, artifact, packed(content)))

    def commit(self) -> None:
        """What this thread wrote is in its place on return. Raises OSError; then none of it is."""
        with self._file_named():
            connection = self._connection()
            if connection is None or not connection.in_transaction:
                return
            try:
                connection.execute("COMMIT")
            except sqlite3.Error:
                _undo(connection)
                raise

    def close(self) -> None:
        """Close all connections. Call when no thread reads or writes any more."""
        self._at_once.close()
        for connection in self._connections:
            connection.close()

    @contextlib.contextmanager
    def _file_named(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise OSError(f"{self._path}: {error}") from error

    def _connection(self) -> sqlite3.Connection | None:
        """This thread's; None while nobody has written anything."""
        connection: sqlite3.Connection | None = getattr(self._of_thread, "connection", None)
        if connection is None and self._path.exists():
            connection = self._opened()
        return connection

    def _opened(self) -> sqlite3.Connection:
        self._migrate()
        # Closed by another thread than the one that uses it.
        connection = sqlite3.connect(self._path, BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous=NORMAL")
        self._connections.append(connection)
        self._of_thread.connection = connection
        return connection

    def _migrate(self) -> None:
        """Make the file, or bring it up to date; whoever finds it half made waits here for the other half."""
        engine = database_engine(URL.create("sqlite", database=str(self._path)))
        try:
            migrate(engine, VALUES)
        except DBAPIError as error:
            raise OSError(f"{self._path}: {error.orig}") from error
        finally:
            engine.dispose()


def _undo(connection: sqlite3.Connection) -> None:
    """SQLite has undone some failed transactions by itself."""
    if connection.in_transaction:
        connection.execute("ROLLBACK")
