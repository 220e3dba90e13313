"""Budgets that several runs share: of a backfill, of a list's day, of a day.

A run takes money out of a purse in blocks before it spends it, and gives back what it did not need at its end. The sum
of what was taken never exceeds the cap, whoever spends it at once. What a run that was killed had taken counts as
spent: what its last calls cost nobody knows. A block is a fiftieth of the cap, or one call where that costs more.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Engine,
    Float,
    MetaData,
    String,
    Table,
    case,
    delete,
    func,
    select,
    update,
)

from enrichment_assets.storage.database import database_clock, database_now, insert_into, transact

metadata = MetaData()
purses = Table(
    "purse",
    metadata,
    Column("purse", String(120), primary_key=True),
    Column("run_id", String(64), primary_key=True),
    Column("nano", BigInteger, nullable=False),
    Column("changed_at", Float, nullable=False),
)
"""``nano``: what a run has taken and not given back, nano-dollars."""

BLOCKS: Final = 50
KEPT_S: Final = 40 * 86_400.0
"""A purse that nobody has touched for so long is forgotten."""
BUDGET_LOCK: Final = 6_702_651_140
"""Key of the advisory lock on Postgres."""


class SharedBudget:
    """What one run may take out of its purses. ``caps`` names them with their caps in nano-dollars at a time.

    The time is the database's, seconds since 1970.
    """

    def __init__(self, engine: Engine, run_id: str, caps: Callable[[float], Mapping[str, int]]) -> None:
        self._engine = engine
        self._run_id = run_id
        self._caps = caps
        self._taken_from: tuple[str, ...] = ()
        self.emptied = ""
        """The purse that could not give the last time."""

    async def more(self, least: int) -> int:
        """Take at least so many nano-dollars out of every purse. How many; 0 where one of them has not so many."""
        return await asyncio.to_thread(self.take, least)

    def take(self, least: int) -> int:
        """The same, blocking."""
        return transact(self._engine, lambda connection: self._take(connection, least), lock=BUDGET_LOCK)

    def _take(self, connection: Connection, least: int) -> int:
        caps = self._caps(database_now(connection))
        sums = self._sums(connection, caps)
        name = min(caps, key=lambda name: caps[name] - sums[name])
        left = caps[name] - sums[name]
        if left < least:
            self.emptied = name
            return 0
        nano = min(left, max(least, min(caps.values()) // BLOCKS))
        for name in sorted(caps):
            self._add(connection, name, nano)
        self._taken_from = tuple(sorted(caps))
        return nano

    def give_back(self, nano: int) -> None:
        """So much of what was taken was not spent. Blocks."""
        mine = (purses.c.purse.in_(self._taken_from), purses.c.run_id == self._run_id)
        kept = case((purses.c.nano > nano, purses.c.nano - nano), else_=0)
        if nano > 0:
            returned = update(purses).where(*mine).values(nano=kept)
            transact(self._engine, lambda connection: connection.execute(returned))

    def taken(self) -> dict[str, int]:
        """Purse to nano-dollars that all runs together have taken out of it."""
        with self._engine.connect() as connection:
            return self._sums(connection, self._caps(database_now(connection)))

    def _sums(self, connection: Connection, caps: Mapping[str, int]) -> dict[str, int]:
        query = select(purses.c.purse, func.sum(purses.c.nano)).where(purses.c.purse.in_(sorted(caps)))
        found = connection.execute(query.group_by(purses.c.purse))
        return dict.fromkeys(caps, 0) | {name: int(nano) for name, nano in found}

    def _add(self, connection: Connection, name: str, nano: int) -> None:
        now = database_clock(self._engine)
        row = {"purse": name, "run_id": self._run_id, "nano": nano, "changed_at": now}
        statement = insert_into(self._engine)(purses).values(row)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=["purse", "run_id"], set_={"nano": purses.c.nano + nano, "changed_at": now}
            )
        )
        connection.execute(delete(purses).where(purses.c.changed_at < now - KEPT_S))
