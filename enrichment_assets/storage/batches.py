"""Jobs for a few threads, handed over in batches that share a commit: the event loop waits for no disk or network."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from enrichment_assets.storage.database import transact
from enrichment_assets.storage.values.at_once import CHECKPOINT_EVERY

T = TypeVar("T")

PAGE = 64
"""Jobs one thread handles before it answers."""


class Batches:
    """The asynchronous calls of one store. ``commit`` is called in the thread, after each batch."""

    def __init__(self, threads: int, commit: Callable[[], None], name: str) -> None:
        self._threads = threads
        self._commit = commit
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._waiting: list[tuple[Callable[..., Any], asyncio.Future[Any]]] = []
        self._scheduled = False
        self._busy = 0

    def close(self) -> None:
        """Wait for what is under way."""
        self._pool.shutdown(wait=True)

    async def submit(self, job: Callable[..., Any]) -> Any:
        """The job's result once its batch is committed; raises what the job or the commit raises."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._waiting.append((job, future))
        if not self._scheduled and self._busy < self._threads:
            self._scheduled = True
            loop.call_soon(self._dispatch, loop)
        return await future

    def _dispatch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hand over all that was asked for by now; what comes while the threads are busy goes together later."""
        self._scheduled = False
        free = self._threads - self._busy
        size = max(1, min(PAGE, -(-len(self._waiting) // max(1, free))))
        while self._waiting and self._busy < self._threads:
            batch, self._waiting = self._waiting[:size], self._waiting[size:]
            self._busy += 1
            self._pool.submit(self._work_off, batch, loop)

    def _work_off(
        self, batch: Sequence[tuple[Callable[..., Any], asyncio.Future[Any]]], loop: asyncio.AbstractEventLoop
    ) -> None:
        jobs = [job for job, _ in batch]
        try:
            results = self._together(jobs)
        except Exception:  # noqa: BLE001 - found again, and raised where its call was made
            results = [self._alone(job) for job in jobs]
        answers = [(future, result) for (_, future), result in zip(batch, results, strict=True)]
        loop.call_soon_threadsafe(self._answer, answers, loop)

    def _together(self, jobs: Sequence[Callable[..., Any]]) -> list[Any]:
        results = [job() for job in jobs]
        self._commit()
        return results

    def _alone(self, job: Callable[..., Any]) -> Any:
        """So that one that fails spoils no other. Its result, or the exception."""
        try:
            return self._together([job])[0]
        except Exception as error:  # noqa: BLE001 - raised where the call was made
            return error

    def _answer(self, answers: Sequence[tuple[asyncio.Future[Any], Any]], loop: asyncio.AbstractEventLoop) -> None:
        self._busy -= 1
        self._dispatch(loop)
        for future, result in answers:
            if future.done():
                continue
            if isinstance(result, Exception):
                future.set_exception(result)
            else:
                future.set_result(result)


class Transactions(Batches):
    """Writes to a database, one transaction at a time: SQLite has one writer.

    On SQLite the event loop commits itself where nobody else writes at the moment: that takes less than waking the
    thread that would do it.
    """

    def __init__(self, engine: Engine, name: str) -> None:
        super().__init__(1, lambda: None, name)
        self._engine = engine
        self._own: Connection | None = None
        self._commits = 0

    async def commit(self, write: Callable[[Connection], T]) -> T:
        """The function's result, committed. It is called again when its transaction was rolled back."""
        if self._engine.dialect.name == "sqlite" and not self._busy and not self._waiting:
            self._commits += 1
            if self._commits % CHECKPOINT_EVERY and (done := self._at_once(write)):
                return done[0]
        result: T = await self.submit(write)
        return result

    def close(self) -> None:
        """Wait for what is under way."""
        super().close()
        if self._own is not None:
            self._own.close()

    def _at_once(self, write: Callable[[Connection], T]) -> tuple[T, ...]:
        """The result, committed; nothing where somebody else writes just now."""
        try:
            if self._own is None:
                self._own = self._engine.connect()
                self._own.detach()  # with settings of its own it is nobody else's
                self._own.exec_driver_sql("PRAGMA busy_timeout=0")
                self._own.exec_driver_sql("PRAGMA wal_autocheckpoint=0")  # it syncs, and the event loop would wait
                self._own.rollback()
            with self._own.begin():
                return (write(self._own),)
        except DBAPIError:
            return ()

    def _together(self, jobs: Sequence[Callable[..., Any]]) -> list[Any]:
        return transact(self._engine, lambda connection: [job(connection) for job in jobs])
