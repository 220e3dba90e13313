"""What a reader is given in tests: work that is honest, slow, large, or the end of its process."""

import os
import re
import signal
import time
from pathlib import Path

from enrichment_assets.core.errors import PermanentError


def doubled(text: str) -> str:
    return text * 2


def who() -> tuple[int, dict[str, str]]:
    return os.getpid(), dict(os.environ)


def endless_in_python(pid_file: str = "") -> None:
    if pid_file:
        Path(pid_file).write_text(str(os.getpid()))
    while True:
        pass


def endless_in_c() -> None:
    re.match(r"(a+)+$", "a" * 60 + "b")


def computing(seconds: float) -> float:
    start = time.process_time()
    while time.process_time() - start < seconds:
        pass
    return seconds


def asleep(seconds: float) -> None:
    time.sleep(seconds)


def bomb() -> int:
    return len([bytearray(10_000_000) for _ in range(1_000)])


def refused() -> None:
    raise PermanentError("board", "not a feed", 200)


def broken() -> None:
    raise KeyError("x")


def killed_from_outside(marker: str) -> str:
    """Dies the first time, as by ``kill -9``."""
    if not Path(marker).exists():
        Path(marker).touch()
        killed()
    return "read"


def killed() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def crashing() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


class _Order:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.system, ("touch /tmp/taken-over",)


def taken_over() -> object:
    """What a page that runs its own code in a worker would send."""
    return _Order()
