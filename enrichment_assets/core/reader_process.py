"""The processes that read what strangers wrote: one that loads the modules once, and the workers it forks.

``main(FD, CPU_S, MEMORY_BYTES, MODULE ...)`` takes orders on the socket FD: ``f`` with a socket forks a worker that
serves it and answers its process id; ``e`` ends a worker and answers its wait status. Single-threaded, so that forking
is safe. When the socket closes, the run is gone: all workers are killed. A module's function ``prepare``, where it has
one, is called once, before any worker is forked: it loads the tables that every worker needs.

A worker answers one task after the other: messages of 4 bytes of length (big-endian) and a pickle; a task is
``(function, arguments)``, an answer ``(True, value)`` or ``(False, error)``. The kernel kills it when one task has
used CPU_S of processor time (SIGPROF, which stops any C code too), and refuses it memory beyond MEMORY_BYTES.
"""

import contextlib
import importlib
import os
import pickle
import resource
import signal
import socket
import struct
from typing import Any, Final

from enrichment_assets.core.errors import ProviderError
from enrichment_assets.core.gc_tuning import hold_collection, spare_what_is_loaded

LENGTH: Final = struct.Struct("!I")
ORDER: Final = struct.Struct("!ci")
ANSWER: Final = struct.Struct("!i")


class OutOfMemoryError(Exception):
    """One task needed more memory than a worker may have."""


class ReadingError(Exception):
    """A bug: a function that reads raised what it should not."""


def main(arguments: list[str]) -> None:
    """Take orders until the socket closes."""
    orders = socket.socket(fileno=int(arguments[0]))
    cpu_s, memory_bytes = float(arguments[1]), int(arguments[2])
    # Whoever has the run says when it ends, by closing the socket; service managers signal every process.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    hold_collection()
    for module in map(importlib.import_module, arguments[3:]):
        if prepare := getattr(module, "prepare", None):
            prepare()
    spare_what_is_loaded()
    children: set[int] = set()
    try:
        while True:
            message, sockets, _, _ = socket.recv_fds(orders, ORDER.size, 1)
            if len(message) < ORDER.size:
                return
            order, pid = ORDER.unpack(message)
            if order == b"f":
                pid = os.fork()
                if not pid:
                    orders.close()
                    _serve(socket.socket(fileno=sockets[0]), cpu_s, memory_bytes)
                os.close(sockets[0])
                children.add(pid)
                orders.sendall(ANSWER.pack(pid))
            else:
                children.discard(pid)
                orders.sendall(ANSWER.pack(_ended(pid)))
    finally:
        for pid in children:
            _ended(pid)


def _ended(pid: int) -> int:
    """Kill a worker if it still lives; its wait status."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)  # until it is waited for, its id is nobody else's
    try:
        return os.waitpid(pid, 0)[1]
    except ChildProcessError:
        return 0


def _serve(tasks: socket.socket, cpu_s: float, memory_bytes: int) -> None:
    """A worker's life. Never returns."""
    try:
        statm = _opened_statm()
        start = _size_bytes(statm)
        if statm is not None:
            resource.setrlimit(resource.RLIMIT_AS, (start + memory_bytes, start + memory_bytes))
        if hasattr(os, "SCHED_BATCH"):  # it takes its turn: waking it does not stop the run in the middle of a call
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        # Memory that the allocator does not give back counts too: a worker that grew is replaced between two tasks.
        while _size_bytes(statm) < start + memory_bytes // 2 and (message := _received(tasks)) is not None:
            function, arguments = pickle.loads(message)  # noqa: S301 - written by the run that started us
            signal.setitimer(signal.ITIMER_PROF, cpu_s)
            answer = _answer(function, arguments)
            signal.setitimer(signal.ITIMER_PROF, 0)
            tasks.sendall(LENGTH.pack(len(answer)) + answer)
    except (OSError, MemoryError):
        pass
    finally:
        os._exit(0)


def _answer(function: Any, arguments: tuple[Any, ...]) -> bytes:
    try:
        return pickle.dumps((True, function(*arguments)), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        error: Exception = OutOfMemoryError()
    except ProviderError as known:
        error = known
    except Exception as bug:  # noqa: BLE001 - told to the run, which reports it as an error of this company
        error = ReadingError(f"{type(bug).__name__}: {str(bug)[:300]}")
    return pickle.dumps((False, error), pickle.HIGHEST_PROTOCOL)


def _received(tasks: socket.socket) -> bytes | None:
    """One message; None when the run has closed the socket."""
    head = tasks.recv(LENGTH.size, socket.MSG_WAITALL)
    if len(head) < LENGTH.size:
        return None
    (length,) = LENGTH.unpack(head)
    body = tasks.recv(length, socket.MSG_WAITALL)
    return body if len(body) == length else None


def _opened_statm() -> int | None:
    """Where the kernel tells the size of this process; None where it does not."""
    try:
        return os.open("/proc/self/statm", os.O_RDONLY)
    except OSError:
        return None


def _size_bytes(statm: int | None) -> int:
    """Virtual size of this process, as RLIMIT_AS counts it; 0 where the kernel does not tell."""
    return 0 if statm is None else int(os.pread(statm, 200, 0).split()[0]) * resource.getpagesize()
