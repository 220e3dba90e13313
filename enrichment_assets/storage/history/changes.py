"""What changed of which company, when: one row for each time that a value of an artifact became another one.

A row is written before the value is replaced. Where a kill comes between the two the value is made again, and then the
row that told of the same value before is written over: a change is told once.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import orjson
from sqlalchemy import Column, Connection, Engine, Index, Integer, MetaData, String, Table, Text, delete, select

from enrichment_assets.storage.batches import Transactions
from enrichment_assets.storage.database import insert_into, pages, transact

metadata = MetaData()
changes = Table(
    "change",
    metadata,
    Column("domain", String(253), primary_key=True),
    Column("artifact", String(100), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("noted_at", String(40), nullable=False),
    Column("run_id", String(64), nullable=False),
    Column("cause", String(8), nullable=False),
    Column("data_version_before", String(16), nullable=False),
    Column("data_version", String(16), nullable=False),
    Column("fields", Text, nullable=False),
    Index("change_by_time", "noted_at"),
)
PAGE = 500

Cause = Literal["company", "rules"]
"""``rules``: made by other rules from the same answers; the company has not changed."""


@dataclass(frozen=True, slots=True)
class Change:
    """One value that became another. ``fields``: each with ``field``, ``before``, ``after``."""

    domain: str
    artifact: str
    noted_at: datetime
    run_id: str
    cause: Cause
    data_version_before: str
    data_version: str
    fields: Sequence[Mapping[str, Any]]


class Changes:
    """The changes of one state database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = insert_into(engine)
        self._transactions = Transactions(engine, "changes")

    async def note(self, change: Change) -> None:
        """Durable on return."""
        await self._transactions.commit(lambda connection: self._note(connection, change))

    def _note(self, connection: Connection, change: Change) -> None:
        columns = changes.c
        newest = connection.execute(
            select(columns.number, columns.data_version_before)
            .where(columns.domain == change.domain, columns.artifact == change.artifact)
            .order_by(columns.number.desc())
            .limit(1)
        ).first()
        # What the newest row told of has not come about where the value is still the one before it.
        again = newest is not None and newest.data_version_before == change.data_version_before
        number = 1 if newest is None else newest.number + (not again)
        values = {
            "noted_at": change.noted_at.astimezone(UTC).isoformat(),
            "run_id": change.run_id,
            "cause": change.cause,
            "data_version_before": change.data_version_before,
            "data_version": change.data_version,
            "fields": orjson.dumps(change.fields).decode(),
        }
        statement = self._insert(changes).values(
            domain=change.domain, artifact=change.artifact, number=number, **values
        )
        connection.execute(
            statement.on_conflict_do_update(index_elements=["domain", "artifact", "number"], set_=values)
        )

    def since(self, moment: datetime, domains: Collection[str] | None = None) -> Iterator[Change]:
        """Those noted from a moment on, of these companies or of all; the oldest first."""
        after = changes.c.noted_at >= moment.astimezone(UTC).isoformat()
        wanted = [None] if domains is None else list(pages(domains, PAGE))
        with self._engine.connect() as connection:
            rows = [
                row
                for page in wanted
                for row in connection.execute(
                    select(changes).where(after, *([] if page is None else [changes.c.domain.in_(page)]))
                )
            ]
        return map(_change, sorted(rows, key=lambda row: (row.noted_at, row.domain, row.artifact)))

    def prune(self, before: datetime) -> int:
        """Forget those noted before a moment; how many."""
        old = delete(changes).where(changes.c.noted_at < before.astimezone(UTC).isoformat())
        return transact(self._engine, lambda connection: connection.execute(old).rowcount)

    def close(self) -> None:
        """Wait for what is under way."""
        self._transactions.close()


def fields_since(connection: Connection, domain: str, artifacts: Collection[str], noted_after: str) -> tuple[str, ...]:
    """``icp.verdict`` and so on: what has changed of one company since a moment, as the outbox writes moments."""
    rows = connection.execute(
        select(changes.c.artifact, changes.c.fields)
        .where(changes.c.domain == domain, changes.c.artifact.in_(artifacts), changes.c.noted_at > noted_after)
        .order_by(changes.c.artifact, changes.c.number)
    )
    found = [f"{row.artifact}.{each['field']}" for row in rows for each in orjson.loads(row.fields)]
    return tuple(dict.fromkeys(found))


def _change(row: Any) -> Change:
    return Change(
        row.domain,
        row.artifact,
        datetime.fromisoformat(row.noted_at),
        row.run_id,
        row.cause,
        row.data_version_before,
        row.data_version,
        orjson.loads(row.fields),
    )
