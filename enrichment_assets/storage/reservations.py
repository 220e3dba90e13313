"""Money set aside for runs that were asked for and do not exist yet."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy import Column, Connection, Engine, Float, MetaData, String, Table, delete, select

from enrichment_assets.storage.database import exclusive, insert_into

metadata = MetaData()

reservations = Table(
    "reservation",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("usd", Float, nullable=False),
    Column("made_at", Float, nullable=False),
)

LAUNCH_S = 300.0
"""A run that does not exist after this time was not started."""


class Reservations:
    """The reservations of one state database. Whoever holds ``locked`` is the only one to read and write them."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = insert_into(engine)

    @contextmanager
    def locked(self) -> Iterator[Connection]:
        """A transaction that no other process's overlaps, so that two sensors cannot give out the same money."""
        with exclusive(self._engine) as connection:
            connection.execute(delete(reservations).where(reservations.c.made_at < time.time() - LAUNCH_S))
            yield connection

    def open(self, connection: Connection) -> Mapping[str, float]:
        """Key to US dollars, of the last minutes."""
        return {row.key: row.usd for row in connection.execute(select(reservations))}

    def add(self, connection: Connection, key: str, usd: float) -> None:
        """Set money aside under a key; the same key again replaces it."""
        row = {"key": key, "usd": usd, "made_at": time.time()}
        statement = self._insert(reservations).values(row)
        connection.execute(statement.on_conflict_do_update(index_elements=[reservations.c.key], set_=row))
