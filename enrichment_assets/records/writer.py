"""Records are written in batches by a thread of their own, a fraction of a second after the work is done.

The event loop never waits for a commit, only for room: a full queue holds the walk back. Nothing is lost silently: when
a batch cannot be stored, every later call raises, which ends the run, and what was not written is done again by the
next one.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import dagster as dg

MAX_BATCH = 400
"""Events in one transaction."""
MAX_DELAY_S = 0.2
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
    """Takes records from the event loop and stores them with ``store``, which gets them in order, in batches."""

    def __init__(self, store: Callable[[Sequence[Item]], None]) -> None:
        self._store = store
        self._queue: queue.Queue[Item | None] = queue.Queue(maxsize=QUEUE_SIZE)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._work, name="record-writer", daemon=True)
        self._thread.start()

    async def put(self, item: Item) -> None:
        """Hand an event over; waits while the queue is full. Raises RecordsLostError once a batch was not stored."""
        self._check()
        try:
            self._queue.put_nowait(item)
        except queue.Full:
            await self._put_when_there_is_room(item)

    async def _put_when_there_is_room(self, item: Item) -> None:
        while True:
            await asyncio.sleep(0.01)
            self._check()
            try:
                self._queue.put_nowait(item)
            except queue.Full:
                continue
            return

    def close(self) -> None:
        """Store what is waiting and end. Raises RecordsLostError when something was not stored."""
        while self._thread.is_alive():
            try:
                self._queue.put(None, timeout=0.1)
            except queue.Full:
                continue
            break
        self._thread.join()
        self._check()

    def _check(self) -> None:
        if self._error is not None:
            raise RecordsLostError(f"records could not be stored: {self._error}") from self._error

    def _work(self) -> None:
        ending = False
        while not ending:
            batch, ending = self._next_batch()
            if not batch:
                continue
            try:
                self._store(batch)
            except BaseException as error:  # noqa: BLE001 - raised in the event loop by the next call
                self._error = error
                return

    def _next_batch(self) -> tuple[list[Item], bool]:
        first = self._queue.get()
        if first is None:
            return [], True
        batch = [first]
        until = time.monotonic() + MAX_DELAY_S
        while len(batch) < MAX_BATCH:
            try:
                item = self._queue.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                return batch, False
            if item is None:
                return batch, True
            batch.append(item)
        return batch, False
