"""The event loop of whatever makes many calls: uvloop, or asyncio's own on Windows, where there is no uvloop."""

import asyncio
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def open_runner() -> asyncio.Runner:
    """A runner on that loop."""
    if sys.platform == "win32":
        return asyncio.Runner()
    import uvloop  # noqa: PLC0415 - not on Windows

    return asyncio.Runner(loop_factory=uvloop.new_event_loop)


def run(main: Coroutine[Any, Any, T]) -> T:
    """``asyncio.run`` on that loop."""
    with open_runner() as runner:
        return runner.run(main)
