"""Leases: of two live runs with the same company, one enriches it and the other waits and then finds it done.

A lease lasts as long as its run lives: the run's heartbeat in the state database, or its process on this host. Leases
of the dead are taken over. Losing a lease costs money, never data, so nothing here is exact to the second.

Companies in flight are noted as well, and those of a run that was killed stay noted until they are done: one that was
in flight in two dead runs may be what killed them.
"""

import os
import socket
import threading
import time
from collections.abc import Callable, Collection, Sequence
from functools import partial

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Float,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    delete,
    func,
    select,
)

from enrichment_assets.storage.database import insert_into, pages, transact

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
)

in_flight = Table(
    "in_flight",
    metadata,
    Column("domain", String(253), primary_key=True),
    Column("run_id", String(64), primary_key=True),
)

DEADLY = 2
"""Dead runs in which a company was in flight, from which on a resume leaves it out."""
HEARTBEAT_S = 10.0
STALE_S = 60.0
"""A run whose heartbeat is older is dead, wherever it ran."""
ASLEEP_S = 86_400.0
"""On this host a process without a heartbeat is believed for that long; then its id belongs to another one."""
PAGE = 500


class Leases:
    """The leases of one run. A thread keeps its heartbeat until ``close``, however busy the event loop is."""

    def __init__(self, engine: Engine, run_id: str, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._insert = insert_into(engine)
        self._run_id = run_id
        self._clock = clock
        self._closed = threading.Event()
        self._beat()
        self._thread = threading.Thread(target=self._keep_beating, name="leases-heartbeat", daemon=True)
        self._thread.start()

    def take(self, domains: Sequence[str]) -> Collection[str]:
        """Lease companies; those that no other live run holds. Two runs asking at once get disjoint answers."""
        mine: set[str] = set()
        for page in pages(sorted(domains), PAGE):
            mine.update(transact(self._engine, partial(self._take, page)))
        return mine

    def begin(self, domains: Sequence[str]) -> None:
        """These companies are being worked on from now on."""
        rows = [{"domain": domain, "run_id": self._run_id} for domain in sorted(domains)]
        statement = self._insert(in_flight).values(rows).on_conflict_do_nothing()
        transact(self._engine, lambda connection: connection.execute(statement))

    def _take(self, page: Sequence[str], connection: Connection) -> Sequence[str]:
        statement = self._insert(leases).values([{"domain": domain, "run_id": self._run_id} for domain in page])
        dead = _dead_here(connection)
        connection.execute(
            statement.on_conflict_do_update(
                index_elements=[leases.c.domain],
                set_={"run_id": self._run_id},
                where=leases.c.run_id.not_in(_beating(self._clock()).where(live_runs.c.run_id.not_in(dead))),
            )
        )
        held = select(leases.c.domain).where(leases.c.run_id == self._run_id, leases.c.domain.in_(page))
        return connection.execute(held).scalars().all()

    def give_back(self, domains: Sequence[str]) -> None:
        """These companies are done and their records written."""
        for page in pages(domains, PAGE):
            transact(self._engine, partial(self._give_back, page))

    def _give_back(self, page: Sequence[str], connection: Connection) -> None:
        connection.execute(delete(leases).where(leases.c.run_id == self._run_id, leases.c.domain.in_(page)))
        connection.execute(delete(in_flight).where(in_flight.c.domain.in_(page)))

    def close(self) -> None:
        """The run is over: give everything back."""
        self._closed.set()
        self._thread.join()
        with self._engine.begin() as connection:
            connection.execute(delete(in_flight).where(in_flight.c.run_id == self._run_id))
        forget_run(self._engine, self._run_id)

    def _keep_beating(self) -> None:
        while not self._closed.wait(HEARTBEAT_S):
            self._beat()

    def _beat(self) -> None:
        row = {
            "run_id": self._run_id,
            "host": socket.gethostname(),
            "pid": os.getpid(),
            "heartbeat_at": self._clock(),
        }
        statement = self._insert(live_runs).values(row)
        beat = statement.on_conflict_do_update(index_elements=[live_runs.c.run_id], set_=row)
        transact(self._engine, lambda connection: connection.execute(beat))


def is_alive(engine: Engine, run_id: str) -> bool:
    """Whether a run holds a heartbeat and its process exists: what it has begun is still its own."""
    with engine.connect() as connection:
        beating = connection.execute(_beating(time.time()).where(live_runs.c.run_id == run_id)).first()
        return beating is not None and run_id not in _dead_here(connection)


def dead_runs(engine: Engine) -> list[str]:
    """Runs that neither ended properly nor live any more.

    Here a process that exists is believed even without a heartbeat: the computer may just have woken up.
    """
    host, now = socket.gethostname(), time.time()
    with engine.connect() as connection:
        rows = connection.execute(select(live_runs)).all()
    return [
        row.run_id
        for row in rows
        if row.heartbeat_at < now - (ASLEEP_S if row.host == host else STALE_S)
        or (row.host == host and not _exists(row.pid))
    ]


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


def _beating(now: float) -> Select[tuple[str]]:
    return select(live_runs.c.run_id).where(live_runs.c.heartbeat_at > now - STALE_S)


def _dead_here(connection: Connection) -> list[str]:
    """Runs of this host whose process is gone."""
    rows = connection.execute(select(live_runs).where(live_runs.c.host == socket.gethostname())).all()
    return [row.run_id for row in rows if not _exists(row.pid)]


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
