"""Push intents and acknowledgements: at least once, with a key.

One row per (company, content, destination), written before the POST and again after it. The key is unique, so of two
runs that want to push the same content to the same place only one gets to; an intent without an acknowledgement is
what a kill leaves behind, and is pushed again under the same key, marked as a redelivery.

Destinations are known by ``destination_id``, a hash: their URLs are secrets.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal
from urllib.parse import urlsplit

import orjson
from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    func,
    select,
    update,
)

from enrichment_assets.storage.batches import Transactions
from enrichment_assets.storage.database import run_sql, transact
from enrichment_assets.storage.history.changes import fields_since

metadata = MetaData()

pushes = Table(
    "push",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("domain", Text, nullable=False),
    Column("destination", String(16), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("sections", Text, nullable=False),
    Column("state", String(8), nullable=False),
    Column("owner", Text, nullable=False),
    Column("intents", Integer, nullable=False),
    Column("updated_at", Text, nullable=False),
    Index("push_by_company", "destination", "domain"),
)
submissions = Table(
    "submission",
    metadata,
    Column("destination", String(16), primary_key=True),
    Column("count", Integer, nullable=False),
)

# As text, on SQLite and Postgres alike: there are four of these per company, and SQLAlchemy's own take twice as long.
_HISTORY: Final = """SELECT key, content_hash, sections, state, owner, updated_at FROM push
    WHERE destination = ? AND domain = ? ORDER BY updated_at DESC"""
_INTEND: Final = """INSERT INTO push
    (key, domain, destination, content_hash, sections, state, owner, intents, updated_at)
    VALUES (?, ?, ?, ?, ?, 'intent', ?, 1, ?) ON CONFLICT (key) DO NOTHING"""
_COUNT: Final = """INSERT INTO submission (destination, count) VALUES (?, 1)
    ON CONFLICT (destination) DO UPDATE SET count = submission.count + 1
    WHERE ? = 0 OR submission.count < ? RETURNING count"""
_MARK: Final = "UPDATE push SET state = ?, updated_at = ? WHERE key = ?"

State = Literal["intent", "sent", "held", "waiting", "again"]
"""What became of a push.

``intent``: written down, no word since; a kill leaves it so. ``sent``: acknowledged. ``held``: a person has to decide.
``waiting``: it did not arrive and nobody is at it. ``again``: it may have arrived, and is to be repeated.
"""
MAY_SHOW: Final = frozenset({"sent", "intent", "again"})
"""The newest of these is what the destination shows, for certain or perhaps."""
UNTOUCHED: Final = frozenset({"waiting", "held"})
"""These go on under their key whatever came since: the one is not there, of the other a person will say so. What may
have arrived does only while it is the newest: once other content may stand above it, a repeat would be no news."""


def destination_id(url: str) -> str:
    """A short hash of a webhook's URL."""
    return hashlib.sha256(url.encode()).hexdigest()[:12]


def destination_label(url: str) -> str:
    """A destination as a person may see it: its host and the hash, never its path."""
    return f"{urlsplit(url).hostname or 'unknown'}#{destination_id(url)}"


@dataclass(frozen=True, slots=True)
class Push:
    """What one run wants to be somewhere: a company's content at a destination. ``sections`` are content hashes."""

    domain: str
    destination: str
    content_hash: str
    sections: Mapping[str, str]
    run_id: str


def push_key(push: Push) -> str:
    """The key of one push: domain + content hash + destination, hashed."""
    return hashlib.sha256(f"{push.domain}\n{push.content_hash}\n{push.destination}".encode()).hexdigest()[:32]


Verdict = Literal["push", "sent", "held", "taken"]


@dataclass(frozen=True, slots=True)
class Intent:
    """What ``intend`` found and wrote.

    ``verdict``: push it; it is there already; a person has to decide; another live run (``owner``) is at it.
    ``redelivery``: an earlier push of this key may have arrived.
    ``changed``: sections that differ from what this company last had there, for certain or perhaps; None when it never
    had anything there. ``fields`` are those of them that are known to have changed since: ``icp.verdict``.
    """

    verdict: Verdict
    key: str
    owner: str
    redelivery: bool = False
    changed: tuple[str, ...] | None = ()
    fields: tuple[str, ...] = ()


class Outbox:
    """The outbox of one state database. ``alive`` tells whether a run that owns an intent is still running."""

    def __init__(self, engine: Engine, alive: Callable[[str], bool]) -> None:
        self._engine = engine
        self._alive = alive
        self._transactions = Transactions(engine, "outbox")

    async def intend(self, push: Push, *, hold_unknown: bool = False) -> Intent:
        """Store the intent to push, unless the content is there, is held, or another live run is at it.

        ``hold_unknown``: a push that a kill left without an answer is held for a person.
        """
        return await self._transactions.commit(
            lambda connection: self._intend(connection, push, hold_unknown=hold_unknown)
        )

    async def submitting(self, destination: str, limit: int) -> int | None:
        """Count one submission, before it is sent. The count with it; None where ``limit`` (0: none) is reached."""

        def write(connection: Connection) -> int | None:
            counted: int | None = run_sql(connection, _COUNT, (destination, limit, limit)).scalar()
            return counted

        return await self._transactions.commit(write)

    async def not_submitted(self, destination: str) -> None:
        """Take back one counted submission that the destination did not take."""

        def write(connection: Connection) -> None:
            connection.execute(
                update(submissions)
                .where(submissions.c.destination == destination)
                .values(count=submissions.c.count - 1)
            )

        await self._transactions.commit(write)

    async def mark(self, key: str, state: State) -> None:
        """What became of a push. Anything but ``intent`` leaves the next step to whoever comes, in whatever run."""

        def write(connection: Connection) -> None:
            run_sql(connection, _MARK, (state, _now(), key))

        await self._transactions.commit(write)

    def held(self, destination: str) -> list[tuple[str, str]]:
        """(domain, key) of the pushes to a destination that wait for a person."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(pushes.c.domain, pushes.c.key)
                .where(pushes.c.destination == destination, pushes.c.state == "held")
                .order_by(pushes.c.domain)
            )
            return [(row.domain, row.key) for row in rows]

    def decide_held(self, destination: str, *, arrived: bool) -> int:
        """A person looked: the held pushes arrived, or are to be pushed again. How many there were.

        Their time stays that of the push: what was pushed since is what the destination shows.
        """
        state: State = "sent" if arrived else "again"
        held = update(pushes).where(pushes.c.destination == destination, pushes.c.state == "held")
        return transact(self._engine, lambda connection: connection.execute(held.values(state=state)).rowcount)

    def submitted(self, destination: str) -> int:
        """Submissions a destination has had in its life."""
        with self._engine.connect() as connection:
            return _submitted(connection, destination)

    def counts(self, destination: str) -> Mapping[str, int]:
        """Pushes to a destination by state."""
        with self._engine.connect() as connection:
            rows = connection.execute(
                select(pushes.c.state, func.count()).where(pushes.c.destination == destination).group_by(pushes.c.state)
            )
            return {row[0]: row[1] for row in rows}

    def close(self) -> None:
        """Wait for the write under way."""
        self._transactions.close()

    def _intend(self, connection: Connection, push: Push, *, hold_unknown: bool) -> Intent:
        history = run_sql(connection, _HISTORY, (push.destination, push.domain)).all()
        same = [row for row in history if row.content_hash == push.content_hash]
        there = next((row for row in history if row.state == "sent"), None)
        newest = next((row for row in history if row.state in MAY_SHOW), None)
        if there is not None and there is newest and there in same:
            return Intent("sent", there.key, there.owner)
        shown = newest if there in same else there
        changed = _changed(shown.sections, push.sections) if there is not None and shown is not None else None
        fields = fields_since(connection, push.domain, changed, shown.updated_at) if changed and shown else ()
        open_row = next(
            (row for row in same if row.state in UNTOUCHED or (row.state != "sent" and row is newest)), None
        )
        if open_row is None:
            return self._insert_intent(connection, push, turn=len(same), changed=changed, fields=fields)
        if open_row.state == "held":
            return Intent("held", open_row.key, open_row.owner, redelivery=True, changed=changed)
        left_alone = open_row.state == "intent"
        if left_alone and open_row.owner != push.run_id and self._alive(open_row.owner):
            return Intent("taken", open_row.key, open_row.owner, changed=changed)
        hold = left_alone and hold_unknown
        taken_over = connection.execute(
            update(pushes)
            .where(pushes.c.key == open_row.key, pushes.c.owner == open_row.owner, pushes.c.state == open_row.state)
            .values(
                state="held" if hold else "intent",
                owner=push.run_id,
                intents=pushes.c.intents + 1,
                updated_at=_now(),
            )
        ).rowcount
        verdict: Verdict = "taken" if taken_over != 1 else "held" if hold else "push"
        return Intent(verdict, open_row.key, push.run_id, open_row.state != "waiting", changed, fields)

    def _insert_intent(
        self,
        connection: Connection,
        push: Push,
        *,
        turn: int,
        changed: tuple[str, ...] | None,
        fields: tuple[str, ...],
    ) -> Intent:
        """``turn`` counts how often the destination had this content before it had another: each is a new push."""
        key = push_key(push) if turn == 0 else f"{push_key(push)}-{turn + 1}"
        sections = orjson.dumps(dict(push.sections)).decode()
        row = (key, push.domain, push.destination, push.content_hash, sections, push.run_id, _now())
        created = run_sql(connection, _INTEND, row).rowcount == 1
        return Intent("push" if created else "taken", key, push.run_id, changed=changed, fields=fields)


def _submitted(connection: Connection, destination: str) -> int:
    return int(connection.scalar(select(submissions.c.count).where(submissions.c.destination == destination)) or 0)


def _changed(sections: str, now: Mapping[str, str]) -> tuple[str, ...]:
    before: Mapping[str, str] = orjson.loads(sections)
    return tuple(sorted(name for name in {*before, *now} if before.get(name) != now.get(name)))


def _now() -> str:
    return datetime.now(UTC).isoformat()
