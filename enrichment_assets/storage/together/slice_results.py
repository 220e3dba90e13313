"""What the slices of one list tell whoever follows them: each company's result as it finishes, and how each run ended.

A slice is a run in another process, often on another machine; the state database is where the two meet. What was read
is deleted at once, and what nobody has read within a day is forgotten.
"""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    and_,
    delete,
    false,
    or_,
    select,
)

from enrichment_assets.storage.database import database_clock, insert_into, pages, transact

metadata = MetaData()
results = Table(
    "slice_result",
    metadata,
    Column("together", String(64), primary_key=True),
    Column("run_id", String(64), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("domain", String(253), nullable=False),
    Column("document", Text, nullable=False),
    Column("told_at", Float, nullable=False),
)
"""``domain``: empty where the document says how the run ended."""

KEPT_S = 86_400.0
PAGE = 1_000


class Told(NamedTuple):
    """One document of one run, numbered in the order in which the run told them."""

    run_id: str
    number: int
    domain: str
    document: str


class SliceResults:
    """The results of the slices that carry one name together."""

    def __init__(self, engine: Engine, together: str) -> None:
        self._engine = engine
        self._insert = insert_into(engine)
        self._together = together

    def tell(self, told: Sequence[Told]) -> None:
        """Write documents down. The same ones again change nothing."""
        now = database_clock(self._engine)

        def write(connection: Connection) -> None:
            for page in pages(told, PAGE):
                rows = [{"together": self._together, **one._asdict(), "told_at": now} for one in page]
                connection.execute(self._insert(results).values(rows).on_conflict_do_nothing())

        if told:
            transact(self._engine, write)

    def read(self) -> list[Told]:
        """The next documents in their order, at most ``PAGE``; none when there is nothing new."""
        wanted = select(results.c.run_id, results.c.number, results.c.domain, results.c.document)
        mine = wanted.where(results.c.together == self._together).order_by(results.c.number, results.c.run_id)
        with self._engine.connect() as connection:
            return [Told(*row) for row in connection.execute(mine.limit(PAGE))]

    def forget(self, read: Sequence[Told]) -> None:
        """Delete what was read, and what nobody will read any more."""
        last = {one.run_id: one.number for one in read}
        mine = [and_(results.c.run_id == run_id, results.c.number <= number) for run_id, number in last.items()]
        done = and_(results.c.together == self._together, or_(false(), *mine))
        old = results.c.told_at < database_clock(self._engine) - KEPT_S
        transact(self._engine, lambda connection: connection.execute(delete(results).where(or_(done, old))))
