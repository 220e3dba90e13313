"""What strangers wrote is decoded, parsed and matched by functions that run in a few processes of their own.

The functions are pure, stand at the top of a module and return something small. One task has a limit of processor
time, so that a busy machine punishes nobody, a limit of memory, and a generous limit of wall time. Whoever goes over is
killed and replaced, and its error names what was too much.

Nobody waits for a slow one: a task that has run for ``ASIDE_AFTER_S`` gives its place to the next worker and goes on
at low priority.
"""

import asyncio
import atexit
import contextlib
import io
import os
import pickle
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar

from enrichment_assets.core.errors import PermanentError, TransientError
from enrichment_assets.core.reader_process import ANSWER, LENGTH, ORDER, OutOfMemoryError, ReadingError

READER: Final = "reader"
"""What its errors call it."""
WALL_FACTOR: Final = 15
"""Wall time of a task against its processor time: for a machine that is busy, and for a task set aside."""
ASIDE_AFTER_S: Final = 0.25
ASIDE_NICENESS: Final = 5
MAX_ANSWER_BYTES: Final = 64_000_000
_PASSED_ON: Final = ("PATH", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "TZ")
"""A worker has no other part of the environment: keys are none of its business."""

_START: Final = "import sys; from enrichment_assets.core.reader_process import main; main(sys.argv[1:])"

P = ParamSpec("P")
T = TypeVar("T")


class Readers:
    """The workers of one run. They are started when something is to be read; ``aclose`` ends them.

    The process that forks them stays for the next run of this process: loading the modules takes it a second.
    """

    def __init__(self, *, workers: int, cpu_s: float, memory_mb: int, modules: Sequence[str]) -> None:
        """``modules`` hold the functions: loaded once, not by each worker."""
        self._cpu_s = cpu_s
        self._memory_mb = memory_mb
        self._nursery = _nursery(f"{cpu_s}", f"{memory_mb * 1_000_000}", *modules)
        self._turns = asyncio.Semaphore(workers)
        self._room_aside = workers
        self._idle: list[_Worker] = []
        self._all: dict[int, _Worker] = {}

    def load(self) -> None:
        """Let the process that forks workers load its modules in the meantime: something will be read soon."""
        self._nursery.start()

    async def read(self, what: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The function's result. ``what`` names to people what is read: "the page of acme.com".

        Raises PermanentError when it took too much, TransientError when the machine was too busy or the worker was
        killed twice from outside, and whatever ProviderError the function raised.
        """
        if kwargs:
            raise TypeError("tasks take no keyword arguments")
        task = pickle.dumps((function, args), pickle.HIGHEST_PROTOCOL)
        message = LENGTH.pack(len(task)) + task
        for _ in range(2):
            answer = await self._answer(what, message)
            if answer is not None:
                break
        else:
            raise TransientError(READER, f"{what} was not read: its reader was killed twice", cause="subject")
        done, result = _unpickled(answer)
        if done:
            value: T = result
            return value
        if isinstance(result, OutOfMemoryError):
            raise PermanentError(READER, f"{what} took more than {self._memory_mb} MB to read")
        raise result

    async def _answer(self, what: str, message: bytes) -> bytes | None:
        """One attempt; None when somebody else has ended the worker."""
        await self._turns.acquire()
        worker = None
        try:
            worker = self._idle.pop() if self._idle else await self._new()
            patience = asyncio.get_running_loop().call_later(ASIDE_AFTER_S, self._set_aside, worker)
            try:
                async with asyncio.timeout(self._cpu_s * WALL_FACTOR):
                    answer = await worker.ask(message)
            finally:
                patience.cancel()
        except TimeoutError:
            await self._end(worker)
            raise TransientError(
                READER, f"{what} was not read within {self._cpu_s * WALL_FACTOR:g} s", cause="subject"
            ) from None
        except (asyncio.IncompleteReadError, OSError):
            self._raise_why(what, await self._end(worker))
            return None
        except asyncio.CancelledError:
            if worker is not None:
                worker.close()
                asyncio.get_running_loop().run_in_executor(None, self._nursery.end, worker.pid)
            raise
        else:
            if worker.aside:
                await self._end(worker)
            else:
                self._idle.append(worker)
            return answer
        finally:
            if worker is not None and worker.aside:
                self._room_aside += 1
            else:
                self._turns.release()

    async def _new(self) -> "_Worker":
        worker = await self._nursery.worker()
        self._all[worker.pid] = worker
        return worker

    async def _end(self, worker: "_Worker | None") -> int:
        """Kill a worker; its wait status, 0 where nobody knows it."""
        if worker is None:
            return 0
        worker.close()
        self._all.pop(worker.pid, None)
        return await asyncio.to_thread(self._nursery.end, worker.pid)

    def _set_aside(self, worker: "_Worker") -> None:
        if self._room_aside > 0:
            self._room_aside -= 1
            worker.aside = True
            self._turns.release()
            worker.slow_down()

    def _raise_why(self, what: str, status: int) -> None:
        """An error for a worker that its task has ended; nothing for one that ended otherwise."""
        killed_by = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
        if killed_by == signal.SIGPROF:
            raise PermanentError(READER, f"{what} took more than {self._cpu_s:g} s to read")
        if killed_by not in (0, signal.SIGKILL, signal.SIGTERM):
            raise PermanentError(READER, f"{what} broke its reader ({signal.Signals(killed_by).name})")

    async def aclose(self) -> None:
        """End all workers, whatever they do."""
        while self._all:
            await self._end(next(iter(self._all.values())))
        self._idle.clear()


@dataclass(slots=True)
class _Worker:
    pid: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    aside: bool = False

    async def ask(self, message: bytes) -> bytes:
        self.writer.write(message)
        await self.writer.drain()
        (length,) = LENGTH.unpack(await self.reader.readexactly(LENGTH.size))
        if length > MAX_ANSWER_BYTES:
            raise OSError("an answer that no reader gives")
        return await self.reader.readexactly(length)

    def slow_down(self) -> None:
        try:
            os.setpriority(os.PRIO_PROCESS, self.pid, ASIDE_NICENESS)
        except OSError:  # it has just ended
            return

    def close(self) -> None:
        self.writer.close()


class _Nursery:
    """The process that forks workers. Orders are short but wait for it, so they are given in threads."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self._arguments = arguments
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._orders: socket.socket | None = None

    def start(self) -> None:
        """Do not wait until it is there; where it cannot be started, whoever needs it is told."""
        with contextlib.suppress(OSError), self._lock:
            if self._orders is None:
                self._started()

    async def worker(self) -> _Worker:
        """A fresh worker. Raises TransientError when the system has no room for one."""
        ours, its = socket.socketpair()
        try:
            pid = await asyncio.to_thread(self._forked, its)
            reader, writer = await asyncio.open_connection(sock=ours, limit=1_000_000)
        except BaseException as error:
            ours.close()
            if isinstance(error, OSError):
                raise TransientError(READER, f"no process for reading could be started: {error}") from error
            raise
        return _Worker(pid, reader, writer)

    def end(self, pid: int) -> int:
        """Kill a worker; its wait status, 0 where nobody knows it."""
        with self._lock:
            if self._orders is None:
                return 0
            try:
                self._orders.sendall(ORDER.pack(b"e", pid))
                return self._answered(self._orders)
            except OSError:
                self._lost()
                return 0

    def close(self) -> None:
        """The process kills its workers when its orders end."""
        with self._lock:
            if self._orders is not None and self._process is not None:
                self._orders.close()
                try:
                    self._process.wait(5)
                except subprocess.TimeoutExpired:
                    self._process.kill()
                    self._process.wait()
            self._orders = None

    def _forked(self, end: socket.socket) -> int:
        with end, self._lock:
            for attempt in (1, 2):
                orders = self._orders or self._started()
                try:
                    socket.send_fds(orders, [ORDER.pack(b"f", 0)], [end.fileno()])
                    return self._answered(orders)
                except OSError:
                    self._lost()
                    if attempt == 2:
                        raise
        raise AssertionError

    def _answered(self, orders: socket.socket) -> int:
        answer = orders.recv(ANSWER.size, socket.MSG_WAITALL)
        if len(answer) < ANSWER.size:
            raise OSError("the process that starts readers is gone")
        status: int = ANSWER.unpack(answer)[0]
        return status

    def _lost(self) -> None:
        """It was killed: its workers end with their sockets, and the next order starts another."""
        if self._orders is not None and self._process is not None:
            self._orders.close()
            self._process.kill()
            self._process.wait()
        self._orders = None

    def _started(self) -> socket.socket:
        ours, its = socket.socketpair()
        with its:
            path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
            environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter
                [sys.executable, "-P", "-c", _START, str(its.fileno()), *self._arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[its.fileno()],
                start_new_session=True,  # Ctrl-C is the run's to hear
                env={**environment, "PYTHONPATH": path},
            )
        self._orders = ours
        return ours


_NURSERIES: Final[dict[tuple[str, ...], _Nursery]] = {}


def _nursery(*arguments: str) -> _Nursery:
    """The one of this process for these arguments; closed when the process ends."""
    key = (str(Path.cwd()), *sys.path, *arguments)
    if key not in _NURSERIES:
        _NURSERIES[key] = _Nursery(arguments)
        atexit.register(_NURSERIES[key].close)
    return _NURSERIES[key]


_TAKEN: Final[dict[tuple[str, str], type[Any]]] = {}


class _Unpickler(pickle.Unpickler):
    """Takes our own classes and dates only: a worker that a page has taken over cannot make the run call anything."""

    def find_class(self, module: str, name: str) -> Any:
        if known := _TAKEN.get((module, name)):
            return known
        if module == "datetime" or module.startswith("enrichment_assets"):
            found = super().find_class(module, name)
            if isinstance(found, type) and (module == "datetime" or found.__module__.startswith("enrichment_assets")):
                _TAKEN[module, name] = found
                return found
        raise ReadingError(f"an answer holds {module}.{name}")


def _unpickled(answer: bytes) -> tuple[bool, Any]:
    done, result = _Unpickler(io.BytesIO(answer)).load()
    return done, result
