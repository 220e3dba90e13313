"""Answers in a SQL database: one SQLite file, or Postgres.

Spoken to below SQLAlchemy's statements, which cost more than the rows. On SQLite a commit is not synced by itself: a
killed process loses nothing, a power cut may lose the last seconds.
"""

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError, NoSuchModuleError

from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.storage.answers.answer import Bought, StoredAnswer, moment
from enrichment_assets.storage.database import database_engine, marks
from enrichment_assets.storage.migrations import Schema, migrate
from enrichment_assets.storage.together.remedies import remedy
from enrichment_assets.storage.values.at_once import AtOnce

log = logging.getLogger(__name__)


def _make(connection: Connection) -> None:
    content = "BLOB" if connection.dialect.name == "sqlite" else "BYTEA"
    connection.exec_driver_sql(
        f"""CREATE TABLE IF NOT EXISTS answer (domain TEXT NOT NULL, "key" VARCHAR(32) NOT NULL, provider TEXT NOT NULL,
            artifact TEXT NOT NULL, answered_at DOUBLE PRECISION NOT NULL, expires_at DOUBLE PRECISION NOT NULL,
            cost_usd DOUBLE PRECISION NOT NULL, content {content} NOT NULL, PRIMARY KEY (domain, "key"))"""
    )


ANSWERS: Final = Schema("answers", (_make,))
_COLUMNS = 'domain, "key", provider, artifact, answered_at, expires_at, cost_usd, content'
_ROW = f"({marks(_COLUMNS.split(','))})"
_REPLACE = """ON CONFLICT (domain, "key") DO UPDATE SET
    provider = excluded.provider, artifact = excluded.artifact, answered_at = excluded.answered_at,
    expires_at = excluded.expires_at, cost_usd = excluded.cost_usd, content = excluded.content"""
_PUT = f"INSERT INTO answer ({_COLUMNS}) VALUES {_ROW} {_REPLACE}"  # noqa: S608
_GET = f'SELECT {_COLUMNS} FROM answer WHERE domain = ? AND "key" = ?'  # noqa: S608
_OF = f"SELECT {_COLUMNS} FROM answer WHERE domain = ?"  # noqa: S608
_EXTEND = 'UPDATE answer SET expires_at = ? WHERE domain = ? AND "key" = ? AND expires_at < ?'
_DELETE = 'DELETE FROM answer WHERE domain = ? AND "key" IN ({})'
_PRUNE = "DELETE FROM answer WHERE expires_at <= ? OR answered_at < ?"
_KNOWN = 'SELECT domain, "key" FROM answer WHERE domain IN ({})'
_BOUGHT = """SELECT artifact, count(DISTINCT domain), count(*), sum(cost_usd), sum(length(content))
    FROM (SELECT artifact, domain, cost_usd, content FROM answer ORDER BY domain LIMIT 50000) AS looked_at
    GROUP BY artifact"""


class SqlAnswers:
    """``Backend`` in one database, which is made at the first write where it is a file."""

    threads = 1
    """A hop between threads costs more than a row: what comes while the thread is busy shares its next commit."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._file = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
        self._engine: Engine | None = None
        self._open: Any = None
        self._written: dict[tuple[str, str], StoredAnswer] = {}
        self._at_once = None if self._file is None else AtOnce(self._file, _PUT)
        if self._file is None or self._file.exists():
            self._connection()

    def known(self, domains: Collection[str]) -> Mapping[str, set[str]]:
        """The keys there are, by company."""
        found: dict[str, set[str]] = {}
        if domains:
            for domain, key in self._rows(_KNOWN.format(marks(domains)), tuple(domains)):
                found.setdefault(domain, set()).add(key)
        return found

    def read(self, domain: str, key: str) -> StoredAnswer | None:
        """One answer."""
        return next((_answer(row) for row in self._rows(_GET, (domain, key))), None)

    def of(self, domain: str) -> Iterator[StoredAnswer]:
        """All of one company."""
        return map(_answer, self._rows(_OF, (domain,)))

    def write(self, answer: StoredAnswer) -> None:
        """As of the next ``commit``."""
        self._written[answer.domain, answer.key] = answer

    def write_at_once(self, answer: StoredAnswer) -> bool:
        """In a file that is open, and nobody else writes to just now."""
        return self._at_once is not None and self._open is not None and self._at_once.write(_row(answer))

    def extend(self, domain: str, key: str, expires_at: datetime) -> None:
        """It is kept until then, or longer."""
        until = expires_at.timestamp()
        self._change(_EXTEND, (until, domain, key, until))

    def delete(self, domain: str, keys: Collection[str]) -> int:
        """As of the next ``commit``; how many there were."""
        return self._change(_DELETE.format(marks(keys)), (domain, *keys)) if keys else 0

    def prune(self, now: datetime, answered_before: datetime | None) -> int:
        """Delete what has expired or is too old."""
        if not self._is_there():
            return 0
        before = answered_before.timestamp() if answered_before is not None else float("-inf")
        deleted = self._change(_PRUNE, (now.timestamp(), before))
        self.commit()
        return deleted

    def bought(self) -> Mapping[str, Bought]:
        """What the first 50,000 in store are, which averages need no more of, by the artifact that bought them."""
        rows = self._rows(_BOUGHT, ())
        return {artifact: Bought(companies, answers, usd, size) for artifact, companies, answers, usd, size in rows}

    def commit(self) -> None:
        """Durable on return. Raises OSError; then nothing since the last one is."""
        self._put()
        if self._open is not None:
            with self._named():
                self._open.commit()

    def close(self) -> None:
        """Close the connection."""
        if self._at_once is not None:
            self._at_once.close()
        if self._open is not None:
            self._open.close()
        if self._engine is not None:
            self._engine.dispose()

    def _put(self) -> None:
        """One statement for all, in the order of their keys."""
        written, self._written = self._written, {}
        if written:
            rows = [_row(written[key]) for key in sorted(written)]
            statement = f"INSERT INTO answer ({_COLUMNS}) VALUES {', '.join([_ROW] * len(rows))} {_REPLACE}"  # noqa: S608
            self._change(statement, tuple(chain.from_iterable(rows)))

    def _rows(self, statement: str, values: Sequence[object]) -> list[Any]:
        self._put()
        if not self._is_there():
            return []
        with self._named():
            cursor = self._connection().cursor()
            cursor.execute(self._dialect(statement), tuple(values))
            rows: list[Any] = cursor.fetchall()
            cursor.close()
            return rows

    def _change(self, statement: str, values: Sequence[object]) -> int:
        self._put()
        with self._named():
            cursor = self._connection().cursor()
            cursor.execute(self._dialect(statement), tuple(values))
            count: int = cursor.rowcount
            cursor.close()
            return count

    def _dialect(self, statement: str) -> str:
        return statement if self._file is not None else statement.replace("?", "%s")

    def _is_there(self) -> bool:
        return self._open is not None or self._file is None or self._file.exists()

    def _connection(self) -> Any:
        if self._open is None:
            place = self._file or self._url.render_as_string(hide_password=True)
            try:
                self._engine = database_engine(self._url)
                migrate(self._engine, ANSWERS)
                self._open = self._engine.raw_connection()
            except (DBAPIError, NoSuchModuleError, ImportError) as error:
                raise MisconfiguredError(
                    "settings", f"stored answers cannot be opened ({place}; ENRICHMENT_ANSWERS): {remedy(error)}"
                ) from error
        return self._open

    @contextmanager
    def _named(self) -> Iterator[None]:
        """The database's own errors as OSError; what the failed transaction wrote is undone."""
        try:
            yield
        except (OSError, MisconfiguredError):
            raise
        except Exception as error:
            self._undo()
            raise OSError(f"{self._file or 'the database of answers'}: {error}") from error

    def _undo(self) -> None:
        """Of a connection that broke nothing is left; the next call makes another."""
        if self._open is None:
            return
        try:
            self._open.rollback()
        except Exception:  # noqa: BLE001 - whichever driver's
            self._open.invalidate()
            self._open = None


def _row(answer: StoredAnswer) -> tuple[object, ...]:
    times = answer.answered_at.timestamp(), answer.expires_at.timestamp()
    return answer.domain, answer.key, answer.provider, answer.artifact, *times, answer.cost_usd, answer.content


def _answer(row: Sequence[Any]) -> StoredAnswer:
    domain, key, provider, artifact, answered_at, expires_at, cost_usd, content = row
    return StoredAnswer(
        domain, key, provider, artifact, moment(answered_at), moment(expires_at), cost_usd, bytes(content)
    )
