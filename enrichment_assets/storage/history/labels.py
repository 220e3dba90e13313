"""What people said of verdicts and answers, each with the evidence that lay before them when they said it.

One label per company and artifact, the latest. It is a person's work: no command deletes it for its age.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import orjson
from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, Text, delete, select

from enrichment_assets.core.settings import Settings
from enrichment_assets.storage.database import insert_into, pages, transact
from enrichment_assets.storage.state import open_state

metadata = MetaData()
labels = Table(
    "label",
    metadata,
    Column("domain", String(253), primary_key=True),
    Column("artifact", String(100), primary_key=True),
    Column("label", String(40), nullable=False),
    Column("note", Text, nullable=False),
    Column("given_by", String(100), nullable=False),
    Column("given_at", String(40), nullable=False),
    Column("evidence", String(16), nullable=False),
    Column("said", Text, nullable=False),
    Column("quotes", Text, nullable=False),
)
PAGE = 500


@dataclass(frozen=True, slots=True)
class Label:
    """What one person said of one artifact of one company; ``label`` is "" where they only left a note.

    ``said`` is what the value that they saw said (a verdict or an answer, JSON), ``quotes`` the words it stood on,
    ``evidence`` the hash of both; "" where there was none.
    """

    domain: str
    artifact: str
    label: str
    note: str
    by: str
    at: datetime
    evidence: str = ""
    said: Any = None
    quotes: tuple[str, ...] = ()

    def given_on(self, evidence: str) -> str:
        """How it stands to the evidence of now, for a person; "" where it is the same."""
        if self.evidence == evidence:
            return ""
        return "given on older evidence" if self.evidence else "given without evidence"


OfCompany = Mapping[str, Label]
"""By artifact."""
NO_LABELS: Mapping[str, Any] = MappingProxyType({})


class Labels:
    """The labels of one state database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = insert_into(engine)

    def put(self, given: Iterable[Label]) -> None:
        """Keep labels, each in the place of an earlier one."""
        rows = [_row(label) for label in sorted(given, key=lambda each: (each.domain, each.artifact))]
        changed = [column.name for column in labels.columns if not column.primary_key]

        def write(connection: Connection) -> None:
            for page in pages(rows, PAGE):
                statement = self._insert(labels).values(page)
                connection.execute(
                    statement.on_conflict_do_update(
                        index_elements=["domain", "artifact"],
                        set_={name: statement.excluded[name] for name in changed},
                    )
                )

        transact(self._engine, write)

    def remove(self, domain: str, artifact: str) -> bool:
        """Take a label back; whether there was one."""
        mine = delete(labels).where(labels.c.domain == domain, labels.c.artifact == artifact)
        return transact(self._engine, lambda connection: connection.execute(mine).rowcount > 0)

    def all(self, domains: Collection[str] | None = None) -> dict[str, dict[str, Label]]:
        """Domain to artifact to label, of these companies or of everyone."""
        found: dict[str, dict[str, Label]] = {}
        ordered = select(labels).order_by(labels.c.domain, labels.c.artifact)
        wanted = [None] if domains is None else list(pages(domains, PAGE))
        with self._engine.connect() as connection:
            for page in wanted:
                chosen = ordered if page is None else ordered.where(labels.c.domain.in_(page))
                for row in connection.execute(chosen):
                    found.setdefault(row.domain, {})[row.artifact] = _label(row)
        return found


def heeded(label: Label | None, summary: str) -> str:
    """What gates go by: what a person said, else what the machine did."""
    return (label and label.label) or summary


def all_labels(settings: Settings) -> dict[str, dict[str, Label]]:
    """Domain to artifact to label, of everyone in this state. Raises MisconfiguredError where it cannot be opened."""
    state = open_state(settings)
    try:
        return Labels(state).all()
    finally:
        state.dispose()


def _row(label: Label) -> dict[str, Any]:
    return {
        "domain": label.domain,
        "artifact": label.artifact,
        "label": label.label,
        "note": label.note,
        "given_by": label.by,
        "given_at": label.at.astimezone(UTC).isoformat(),
        "evidence": label.evidence,
        "said": orjson.dumps(label.said).decode(),
        "quotes": orjson.dumps(label.quotes).decode(),
    }


def _label(row: Any) -> Label:
    return Label(
        row.domain,
        row.artifact,
        row.label,
        row.note,
        row.given_by,
        datetime.fromisoformat(row.given_at),
        row.evidence,
        orjson.loads(row.said),
        tuple(orjson.loads(row.quotes)),
    )
