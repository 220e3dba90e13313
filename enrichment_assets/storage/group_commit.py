"""Many small writes of an event loop, committed together by one thread.

A commit costs the same for one row as for a hundred. Callers wait until their write is durable; those that come while
a commit is under way share the next one.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

GATHER_S = 0.01
"""How long a write waits for others: a commit and two hops between threads cost milliseconds beside a busy loop."""

T = TypeVar("T")
Write = Callable[[Connection], Any]


class GroupCommit:
    """Runs functions of a connection in shared transactions, in the order they came."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: list[tuple[Write, asyncio.Future[Any]]] = []
        self._committer: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="group-commit")

    async def run(self, write: Callable[[Connection], T]) -> T:
        """The function's result, once its transaction is committed. Raises what the function or the commit raised."""
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append((write, future))
        if self._committer is None or self._committer.done():
            self._committer = asyncio.create_task(self._commit_all())
        return await future

    async def _commit_all(self) -> None:
        loop = asyncio.get_running_loop()
        while self._waiting:
            await asyncio.sleep(GATHER_S)
            batch, self._waiting = self._waiting, []
            results = await loop.run_in_executor(self._thread, self._commit, [write for write, _ in batch])
            for (_, future), result in zip(batch, results, strict=True):
                if future.done():
                    continue
                if isinstance(result, BaseException):
                    future.set_exception(result)
                else:
                    future.set_result(result)

    def _commit(self, writes: list[Write]) -> list[Any]:
        """All in one transaction; where that fails, each in its own, so that one cannot spoil the others."""
        try:
            with self._engine.begin() as connection:
                return [write(connection) for write in writes]
        except Exception as error:  # noqa: BLE001 - handed to the caller whose write it was
            if len(writes) == 1:
                return [error]
            return [result for write in writes for result in self._commit([write])]

    def close(self) -> None:
        """Wait for the commit under way. Call when nobody waits any more."""
        self._thread.shutdown(wait=True)
