"""Records are written in batches by a thread of their own, a fraction of a second after the work is done.

The event loop never waits for a commit, only for room: a full queue holds the run back. Nothing is lost silently: when
a batch cannot be stored, every later call raises, which ends the run, and what was not written is done again by the
next one.
"""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import dagster as dg

from enrichment_assets.storage.together.remedies import remedy

MAX_BATCH = 400
"""Events in one transaction."""
MAX_DELAY_S = 0.5
"""For how long an event waits for others."""
QUEUE_SIZE = 4_000

AssetEvent = dg.AssetMaterialization | dg.AssetObservation


@dataclass(frozen=True, slots=True)
class Done:
    """All records of a company have been handed over."""

    domain: str


Item = AssetEvent | Done


class RecordsLostError(Exception):
    """Records could not be stored. The run must end: it would pay for what nobody remembers."""


class RecordWriter:
    """Takes records from the event loop and stores them with ``store``, which gets them in order, in batches.

    The thread looks by itself every fraction of a second. Waking it for each event would cost more than the event: each
    time both threads would wait for the interpreter's lock.
    """

    def __init__(self, store: Callable[[Sequence[Item]], None]) -> None:
        self._store = store
        self._waiting: deque[Item] = deque()
        self._due = threading.Event()
        self._closing = False
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="record-writer", daemon=True)
        self._thread.start()

    async def put(self, item: Item) -> None:
        """Hand an event over; waits while too many are waiting. Raises RecordsLostError once a batch was not stored."""
        self._check()
        while len(self._waiting) >= QUEUE_SIZE:
            await asyncio.sleep(0.01)
            self._check()
        self._waiting.append(item)
        if len(self._waiting) >= MAX_BATCH and not self._due.is_set():
            self._due.set()

    def close(self) -> None:
        """Store what is waiting and end. Raises RecordsLostError when something was not stored."""
        self._closing = True
        self._due.set()
        self._thread.join()
        self._check()

    def _check(self) -> None:
        if self._error is not None:
            raise RecordsLostError(f"records could not be stored: {remedy(self._error)}") from self._error

    def _work(self) -> None:
        ending = False
        while not ending:
            self._due.wait(MAX_DELAY_S)
            self._due.clear()
            ending = self._closing
            try:
                self._store_what_waits(all_of_it=ending)
            except BaseException as error:  # noqa: BLE001 - raised in the event loop by the next call
                self._error = error
                return

    def _store_what_waits(self, *, all_of_it: bool) -> None:
        """What comes meanwhile waits for others again, or a slow database would be given a few events at a time."""
        batch = self._next_batch()
        while batch:
            self._store(batch)
            batch = self._next_batch() if all_of_it or len(self._waiting) >= MAX_BATCH else []

    def _next_batch(self) -> list[Item]:
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), MAX_BATCH))]
