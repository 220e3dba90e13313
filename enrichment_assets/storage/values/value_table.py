"""All values in a table of Postgres, for runs on several machines that have a database and no object store."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from itertools import product
from typing import Any, Final

from sqlalchemy import Column, Connection, Executable, LargeBinary, MetaData, Table, Text, delete, make_url, select
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.storage.database import by_itself, database_engine, insert_arrays, pages
from enrichment_assets.storage.migrations import Schema, migrate
from enrichment_assets.storage.together.remedies import remedy
from enrichment_assets.storage.values.packing import packed

metadata = MetaData()
values = Table(
    "value",
    metadata,
    Column("domain", Text, primary_key=True),
    Column("artifact", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
VALUES: Final = Schema(
    "values",
    (
        (
            """CREATE TABLE value (domain TEXT NOT NULL, artifact TEXT NOT NULL, content BYTEA NOT NULL,
            PRIMARY KEY (domain, artifact))""",
        ),
        (),  # contents may be gzipped from here on
    ),
)
PAGE: Final = 1_000
_REPLACE: Final = "ON CONFLICT (domain, artifact) DO UPDATE SET content = excluded.content"


class ValueTable:
    """``Backend`` of values in one Postgres. What one batch writes is one statement."""

    threads = 1
    """What comes while the thread is busy shares its next commit."""

    def __init__(self, url: str) -> None:
        try:
            self._engine = database_engine(make_url(url))
            migrate(self._engine, VALUES)
        except (SQLAlchemyError, ImportError) as error:
            raise MisconfiguredError("settings", f"ENRICHMENT_STORE cannot be opened: {remedy(error)}") from error
        self._written: dict[tuple[str, str], bytes] = {}

    def missing(self, domains: Collection[str], artifacts: Iterable[str]) -> set[tuple[str, str]]:
        """(domain, artifact) without a value. Raises OSError when the database cannot be read."""
        there: set[tuple[str, str]] = set()
        for page in pages(domains, PAGE):
            query = select(values.c.domain, values.c.artifact).where(values.c.domain.in_(page))
            there.update((domain, artifact) for domain, artifact in self._do(partial(_rows, query)))
        return set(product(domains, artifacts)) - there

    def read(self, artifact: str, domain: str) -> bytes | None:
        """The value; None where there is none. Raises OSError when the database cannot be read."""
        query = select(values.c.content).where(values.c.domain == domain, values.c.artifact == artifact)
        found = self._do(partial(_rows, query))
        return bytes(found[0][0]) if found else None

    def read_many(self, artifact: str, domains: Sequence[str]) -> Mapping[str, bytes]:
        """The values that there are, by domain. Raises OSError when the database cannot be read."""
        found: dict[str, bytes] = {}
        for page in pages(domains, PAGE):
            query = select(values.c.domain, values.c.content).where(
                values.c.domain.in_(page), values.c.artifact == artifact
            )
            found.update((domain, bytes(content)) for domain, content in self._do(partial(_rows, query)))
        return found

    def write(self, artifact: str, domain: str, content: bytes) -> None:
        """Replace the value, as of the next ``commit``."""
        self._written[domain, artifact] = packed(content)

    def write_at_once(self, artifact: str, domain: str, content: bytes) -> bool:  # noqa: ARG002
        """Not over a network."""
        return False

    def commit(self) -> None:
        """What was written since is in its place on return. Raises OSError; then none of it is."""
        written, self._written = self._written, {}
        rows = [{"domain": key[0], "artifact": key[1], "content": written[key]} for key in sorted(written)]
        if rows:
            self._do(lambda connection: [insert_arrays(connection, values, rows, _REPLACE)])

    def delete(self, artifact: str, domain: str) -> bool:
        """Remove a value; whether it was there."""
        gone = delete(values).where(values.c.domain == domain, values.c.artifact == artifact).returning(values.c.domain)
        return bool(self._do(partial(_rows, gone)))

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    def _do(self, work: Callable[[Connection], Sequence[Any]]) -> Sequence[Any]:
        try:
            return by_itself(self._engine, work)
        except DBAPIError as error:
            raise OSError(f"the values in Postgres: {remedy(error)}") from error


def _rows(query: Executable, connection: Connection) -> Sequence[Any]:
    return connection.execute(query).all()
