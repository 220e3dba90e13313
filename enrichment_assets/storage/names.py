"""Company names by domain: a backfill of partition keys knows domains only."""

from collections.abc import Iterable, Iterator
from operator import itemgetter

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, Text, select

from enrichment_assets.companies.company import Company
from enrichment_assets.storage.database import insert_into, pages, transact

metadata = MetaData()

company_names = Table(
    "company_name",
    metadata,
    Column("domain", String(253), primary_key=True),
    Column("name", Text, nullable=False),
)

PAGE = 1_000
"""Rows of one statement."""


class Names:
    """The names of one state database. The first list that brings a company names it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = insert_into(engine)

    def register(self, companies: Iterable[Company]) -> None:
        """Remember names of companies that have none yet."""
        rows = [{"domain": company.domain, "name": company.name} for company in companies]
        rows.sort(key=itemgetter("domain"))

        def write(connection: Connection) -> None:
            for page in pages(rows, PAGE):
                connection.execute(self._insert(company_names).on_conflict_do_nothing(), page)

        transact(self._engine, write)

    def companies(self, domains: Iterable[str]) -> Iterator[Company]:
        """A company per domain, in the given order; one without a known name is called after its domain."""
        for page in pages(domains, PAGE):
            with self._engine.connect() as connection:
                rows = connection.execute(select(company_names).where(company_names.c.domain.in_(page)))
                names = {row.domain: row.name for row in rows}
            for domain in page:
                yield Company.named(domain, names.get(domain))

    def everyone(self) -> list[Company]:
        """Every company that was ever registered, by domain."""
        with self._engine.connect() as connection:
            return [
                Company.named(row.domain, row.name)
                for row in connection.execute(select(company_names).order_by(company_names.c.domain))
            ]
