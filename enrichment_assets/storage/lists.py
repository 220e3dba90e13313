"""Stored lists: a set of companies travels as one id, so that 16,000 of them are not 16,000 lines of run config."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, String, Table, Text, select

from enrichment_assets.companies.company import Company
from enrichment_assets.storage.database import insert_into, pages, transact

metadata = MetaData()

lists = Table(
    "list",
    metadata,
    Column("list_id", String(16), primary_key=True),
    Column("source", Text, nullable=False),
    Column("companies", Integer, nullable=False),
    Column("stored_at", Text, nullable=False),
)
list_companies = Table(
    "list_company",
    metadata,
    Column("list_id", String(16), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("domain", String(253), nullable=False),
    Column("name", Text, nullable=False),
)

PAGE = 1_000


@dataclass(frozen=True, slots=True)
class StoredList:
    """A reference to a set of companies. ``source`` is the name of the file they came from."""

    list_id: str
    source: str
    companies: int


class Lists:
    """The stored lists of one state database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = insert_into(engine)

    def store(self, companies: Iterable[Company], source: str) -> StoredList:
        """Keep the companies in their order. The id is their content hash: storing them again changes nothing."""
        rows = [(company.domain, company.name) for company in companies]
        digest = hashlib.sha256()
        for domain, name in rows:
            digest.update(f"{domain}\t{name}\n".encode())
        stored = StoredList(digest.hexdigest()[:16], source, len(rows))
        described = {
            "list_id": stored.list_id,
            "source": source,
            "companies": len(rows),
            "stored_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }

        def write(connection: Connection) -> None:
            if connection.execute(select(lists.c.list_id).where(lists.c.list_id == stored.list_id)).first():
                return
            for page in pages(enumerate(rows), PAGE):
                listed = [
                    {"list_id": stored.list_id, "position": position, "domain": domain, "name": name}
                    for position, (domain, name) in page
                ]
                connection.execute(self._insert(list_companies).on_conflict_do_nothing(), listed)
            connection.execute(self._insert(lists).on_conflict_do_nothing(), [described])

        transact(self._engine, write)
        return stored

    def describe(self, list_id: str) -> StoredList:
        """What a list is. Raises LookupError when there is none of that id."""
        with self._engine.connect() as connection:
            row = connection.execute(select(lists).where(lists.c.list_id == list_id)).first()
        if row is None:
            raise LookupError(f"There is no stored list {list_id!r} in this state database.")
        return StoredList(row.list_id, row.source, row.companies)

    def companies(self, list_id: str) -> Iterator[Company]:
        """The companies in their order, read page by page. Raises LookupError when there is no such list."""
        self.describe(list_id)
        return self._companies(list_id)

    def _companies(self, list_id: str) -> Iterator[Company]:
        position = -1
        columns = list_companies.c
        while True:
            page = (
                select(columns.position, columns.domain, columns.name)
                .where(columns.list_id == list_id, columns.position > position)
                .order_by(columns.position)
                .limit(PAGE)
            )
            with self._engine.connect() as connection:
                rows = connection.execute(page).all()
            if not rows:
                return
            for row in rows:
                yield Company(row.domain, row.name)
            position = rows[-1].position
