"""Which process on which machine: an identity that is never given to another, and whether it still exists.

A process id alone comes again, a host name may be the name of many containers. On Linux an identity is boot id, PID
namespace, process id and start time in clock ticks since boot (proc(5)). Elsewhere the host's name stands for the first
two, and nothing for the last.
"""

import os
import socket
import time
from functools import cache
from pathlib import Path
from typing import NamedTuple


class ProcessIdentity(NamedTuple):
    """``machine`` is boot id and PID namespace: only from there can be seen whether the process exists."""

    machine: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"{self.machine} {self.pid} {self.started}"


@cache
def boot_id() -> str:
    """This machine since its start, in whatever container."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return socket.gethostname().replace(" ", "")


@cache
def machine() -> str:
    """Boot and PID namespace of this process."""
    try:
        return f"{boot_id()}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return boot_id()


def this_process() -> ProcessIdentity:
    """Ours; after a fork, the child's."""
    return ProcessIdentity(machine(), os.getpid(), _started(os.getpid()))


def is_gone(identity: str) -> bool:
    """Whether a process of this machine exists no more. False for one elsewhere: it cannot be seen from here."""
    where, _, rest = identity.partition(" ")
    pid, _, started = rest.partition(" ")
    if where != machine() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    return _started(int(pid)) != started


def is_here(identity: str) -> bool:
    """Whether it is a process of this machine that exists."""
    return identity.partition(" ")[0] == machine() and not is_gone(identity)


def seconds_since_boot() -> float:
    """A clock that nobody sets and that goes on while the machine sleeps or the process is stopped."""
    for name in ("CLOCK_BOOTTIME", "CLOCK_MONOTONIC"):  # macOS's monotonic clock counts sleep
        if (clock := getattr(time, name, None)) is not None:
            return time.clock_gettime(clock)
    return time.monotonic()


def _started(pid: int) -> str:
    try:
        # The second field is the program's name in brackets and may hold anything.
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
