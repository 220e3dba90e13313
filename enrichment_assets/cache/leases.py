"""Leases: of two live runs with the same company, one enriches it and the other waits and then finds it done.

A lease lasts as long as its run renews it, by the database's clock: clocks of machines differ. A run that could not
renew for nearly as long makes no further call, and one that was asleep asks which of its companies are still its own.
Leases of processes that are gone are taken over at once where that can be seen; others' once their heartbeat is old and
has been seen standing still, so that a clock that jumps ends nobody.

Companies in flight are noted as well, and those of a run that was killed stay noted until they are done: one that was
in flight in two dead runs may be what killed them.
"""

import logging
import os
import socket
import threading
from collections.abc import Collection, Sequence
from functools import partial

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
    delete,
    func,
    or_,
    select,
)
from sqlalchemy.exc import DBAPIError

from enrichment_assets.core.together.process_identity import is_gone, is_here, seconds_since_boot, this_process
from enrichment_assets.storage.database import database_clock, insert_into, pages, run_sql, transact

log = logging.getLogger(__name__)
metadata = MetaData()

leases = Table(
    "claim",
    metadata,
    Column("domain", String(253), primary_key=True),
    Column("run_id", String(64), nullable=False, index=True),
)
live_runs = Table(
    "live_run",
    metadata,
    Column("run_id", String(64), primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("heartbeat_at", Float, nullable=False),
    Column("owner", Text, nullable=False, server_default=""),
)
"""``heartbeat_at`` is the database's time; ``owner`` a process identity, empty of versions before 0.2."""

in_flight = Table(
    "in_flight",
    metadata,
    Column("domain", String(253), primary_key=True),
    Column("run_id", String(64), primary_key=True),
)

_BEGIN = "INSERT INTO in_flight (domain, run_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
"""As text: SQLAlchemy compiles an insert with ON CONFLICT each time anew."""

DEADLY = 2
"""Dead runs in which a company was in flight, from which on a resume leaves it out."""
HEARTBEAT_S = 10.0
AGAIN_S = 1.0
"""After a heartbeat that did not get through."""
STALE_S = 60.0
"""A lease that has not been renewed for so long may be taken over."""
STOP_S = 50.0
"""A run that has not renewed for so long makes no further call: it stops before its lease ends."""
STILL_S = 15.0
"""For so long a stale heartbeat has to be seen standing still: more than a heartbeat takes."""
GONE_S = 600.0
"""A run of another machine that has been silent for so long is dead for good."""
PAGE = 500


class Leases:
    """The leases of one run. A thread keeps its heartbeat until ``close``, however busy the event loop is."""

    def __init__(self, engine: Engine, run_id: str) -> None:
        self._engine = engine
        self._insert = insert_into(engine)
        self._now = database_clock(engine)
        self._run_id = run_id
        self._held: set[str] = set()
        self._lost: set[str] = set()
        self._changing = threading.Lock()
        self._seen: dict[str, tuple[float, float]] = {}  # run: heartbeat, and since when it has been that
        self._closed = threading.Event()
        self._good_until = 0.0
        self._beat()
        self._thread = threading.Thread(target=self._keep_beating, name="leases-heartbeat", daemon=True)
        self._thread.start()

    def take(self, domains: Sequence[str]) -> Collection[str]:
        """Lease companies; those that no other live run holds. Two runs asking at once get disjoint answers."""
        mine: set[str] = set()
        for page in pages(sorted(domains), PAGE):
            mine.update(transact(self._engine, partial(self._take, page)))
        with self._changing:
            self._held |= mine
            self._lost -= mine
        return mine

    def holds(self, domain: str) -> bool:
        """Whether a leased company is this run's own beyond doubt, without asking the database."""
        return seconds_since_boot() < self._good_until and domain not in self._lost

    def elsewhere(self, domains: Collection[str]) -> set[str]:
        """Those of these companies that another run holds, or held when it died."""
        found: set[str] = set()
        with self._engine.connect() as connection:
            for page in pages(domains, PAGE):
                held = select(leases.c.domain).where(leases.c.domain.in_(page), leases.c.run_id != self._run_id)
                found.update(connection.execute(held).scalars())
        return found

    def is_alive(self, run_id: str) -> bool:
        """Whether a run still is at what it has begun."""
        with self._engine.connect() as connection:
            there = connection.scalar(select(live_runs.c.run_id).where(live_runs.c.run_id == run_id))
            return there is not None and run_id not in self._dead(connection)

    def begin(self, domains: Sequence[str], connection: Connection) -> None:
        """These companies are being worked on from now on."""
        for domain in sorted(domains):
            run_sql(connection, _BEGIN, (domain, self._run_id))

    def _take(self, page: Sequence[str], connection: Connection) -> Sequence[str]:
        statement = self._insert(leases).values([{"domain": domain, "run_id": self._run_id} for domain in page])
        dead = self._dead(connection)
        # A run that begins at this moment is among the live ones before it leases anything.
        ended = or_(leases.c.run_id.in_(dead), leases.c.run_id.not_in(select(live_runs.c.run_id)))
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[leases.c.domain], set_={"run_id": self._run_id}, where=ended
            )
        )
        held = select(leases.c.domain).where(leases.c.run_id == self._run_id, leases.c.domain.in_(page))
        return connection.execute(held).scalars().all()

    def _dead(self, connection: Connection) -> list[str]:
        """Runs whose process is gone from this machine, and those whose heartbeat is old and stands still."""
        age = self._now - live_runs.c.heartbeat_at
        rows = connection.execute(
            select(live_runs.c.run_id, live_runs.c.owner, live_runs.c.heartbeat_at, age.label("age_s")).where(
                live_runs.c.run_id != self._run_id
            )
        ).all()
        seen, now = {}, seconds_since_boot()
        for row in rows:
            beat, since = self._seen.get(row.run_id, (None, now))
            seen[row.run_id] = (row.heartbeat_at, since if beat == row.heartbeat_at else now)
        self._seen = seen
        return [
            row.run_id
            for row in rows
            if is_gone(row.owner) or (row.age_s > STALE_S and now - seen[row.run_id][1] >= STILL_S)
        ]

    def give_back(self, domains: Sequence[str]) -> None:
        """These companies are done and their records written."""
        with self._changing:
            self._held.difference_update(domains)
            self._lost.difference_update(domains)
        for page in pages(sorted(domains), PAGE):
            transact(self._engine, partial(self._give_back, page))

    def _give_back(self, page: Sequence[str], connection: Connection) -> None:
        connection.execute(delete(leases).where(leases.c.run_id == self._run_id, leases.c.domain.in_(page)))
        connection.execute(delete(in_flight).where(in_flight.c.domain.in_(page)))

    def close(self) -> None:
        """The run is over: give everything back."""
        self._closed.set()
        self._thread.join()
        ended = delete(in_flight).where(in_flight.c.run_id == self._run_id)
        transact(self._engine, lambda connection: connection.execute(ended))
        forget_run(self._engine, self._run_id)

    def _keep_beating(self) -> None:
        wait_s = HEARTBEAT_S
        while not self._closed.wait(wait_s):
            try:
                self._beat()
                wait_s = HEARTBEAT_S
            except (DBAPIError, OSError) as error:
                left_s = self._good_until - seconds_since_boot()
                log.warning("the leases could not be renewed, %.0f s are left: %s", left_s, error)
                wait_s = AGAIN_S

    def _beat(self) -> None:
        """Renew, and learn what is no longer held: a run that was asleep for long finds others at its companies."""
        began = seconds_since_boot()
        with self._changing:
            held = frozenset(self._held)
        kept = transact(self._engine, self._renew)
        with self._changing:
            self._lost |= (held - kept) & self._held
        self._good_until = began + STOP_S

    def _renew(self, connection: Connection) -> frozenset[str]:
        mine = this_process()
        row = {
            "run_id": self._run_id,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "heartbeat_at": self._now,
            "owner": str(mine),
        }
        statement = self._insert(live_runs).values(row)
        connection.execute(statement.on_conflict_do_update(index_elements=[live_runs.c.run_id], set_=row))
        kept = select(leases.c.domain).where(leases.c.run_id == self._run_id)
        return frozenset(connection.execute(kept).scalars())


def dead_runs(engine: Engine) -> list[str]:
    """Runs that neither ended properly nor live any more.

    Here a process that exists is believed even without a heartbeat: the computer may just have woken up.
    """
    age = database_clock(engine) - live_runs.c.heartbeat_at
    with engine.connect() as connection:
        rows = connection.execute(select(live_runs.c.run_id, live_runs.c.owner, age.label("age_s"))).all()
    return [row.run_id for row in rows if is_gone(row.owner) or (row.age_s > GONE_S and not is_here(row.owner))]


def deadly(engine: Engine) -> Collection[str]:
    """Companies that were in flight in several runs that died."""
    dead = in_flight.c.run_id.not_in(select(live_runs.c.run_id))
    counted = select(in_flight.c.domain).where(dead).group_by(in_flight.c.domain).having(func.count() >= DEADLY)
    with engine.connect() as connection:
        return set(connection.execute(counted).scalars())


def heard_of(engine: Engine) -> set[str]:
    """Runs that have a heartbeat, however old."""
    with engine.connect() as connection:
        return set(connection.execute(select(live_runs.c.run_id)).scalars())


def forget_run(engine: Engine, run_id: str) -> None:
    """Give back all that a run holds, and forget that it was there."""

    def forget(connection: Connection) -> None:
        connection.execute(delete(leases).where(leases.c.run_id == run_id))
        connection.execute(delete(live_runs).where(live_runs.c.run_id == run_id))

    transact(engine, forget)
