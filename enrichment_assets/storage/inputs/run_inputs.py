"""What each run had to go by: its companies as a stored list, and the document of its profile, questions and settings.

A document is kept once under its hash, however many runs had it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, Text, delete, select

from enrichment_assets.core.digest import digest
from enrichment_assets.storage.database import insert_into, pages, transact

FOLDER: Final = "run_inputs"
"""In Dagster's home: profile and questions by the hash of their document, as files to be read again."""

PAGE: Final = 500

metadata = MetaData()

run_inputs = Table(
    "run_input",
    metadata,
    Column("owner", String(64), primary_key=True),
    Column("list_id", String(16)),
    Column("document", String(16), nullable=False),
    Column("kept_at", String(40), nullable=False),
)
documents = Table(
    "run_document",
    metadata,
    Column("hash", String(16), primary_key=True),
    Column("content", Text, nullable=False),
)


@dataclass(frozen=True, slots=True)
class RunInput:
    """``list_id`` names the run's companies in ``storage.lists``; None for what several runs share (a backfill)."""

    list_id: str | None
    document: str


class RunInputs:
    """The inputs of runs in one state database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = insert_into(engine)

    def keep_document(self, content: str) -> str:
        """Keep a document; its hash."""
        found = digest(content)

        def write(connection: Connection) -> None:
            row = {"hash": found, "content": content}
            connection.execute(self._insert(documents).values(row).on_conflict_do_nothing())

        transact(self._engine, write)
        return found

    def document(self, hashed: str) -> str:
        """The document of that hash. Raises LookupError when there is none."""
        with self._engine.connect() as connection:
            content = connection.scalar(select(documents.c.content).where(documents.c.hash == hashed))
        if content is None:
            raise LookupError(f"There are no run inputs {hashed!r} in this state database.")
        return str(content)

    def keep(self, owner: str, given: RunInput) -> RunInput:
        """Say what a run, or a backfill, has. What was said first stands, and is returned."""
        now = datetime.now(UTC).isoformat(timespec="seconds")

        def write(connection: Connection) -> None:
            row = {"owner": owner, "list_id": given.list_id, "document": given.document, "kept_at": now}
            connection.execute(self._insert(run_inputs).values(row).on_conflict_do_nothing())

        transact(self._engine, write)
        return self.of(owner) or given

    def of(self, owner: str) -> RunInput | None:
        """What a run or backfill had; None where nothing was kept: it is from before 0.3, or ended before its start."""
        with self._engine.connect() as connection:
            row = connection.execute(select(run_inputs).where(run_inputs.c.owner == owner)).first()
        return None if row is None else RunInput(row.list_id, row.document)

    def prune(self, before: datetime, kept: Collection[str]) -> int:
        """Forget what was kept before a moment of runs and backfills other than these, and documents of nobody."""
        moment = before.astimezone(UTC).isoformat(timespec="seconds")
        older = select(run_inputs.c.owner, run_inputs.c.document).where(run_inputs.c.kept_at < moment)
        with self._engine.connect() as connection:
            gone = {row.owner: row.document for row in connection.execute(older) if row.owner not in kept}

        def forget(connection: Connection) -> None:
            for page in pages(sorted(gone), PAGE):
                connection.execute(delete(run_inputs).where(run_inputs.c.owner.in_(page)))
            for page in pages(sorted(set(gone.values())), PAGE):
                unused = documents.c.hash.not_in(select(run_inputs.c.document))
                connection.execute(delete(documents).where(documents.c.hash.in_(page), unused))

        transact(self._engine, forget)
        return len(gone)
