"""The event loop to serve on: uvloop, or asyncio's own where there is no uvloop (Windows)."""

import asyncio
from collections.abc import Coroutine
from importlib import import_module
from importlib.util import find_spec
from typing import Any


def run(main: Coroutine[Any, Any, None]) -> None:
    """Run until done."""
    (import_module("uvloop") if find_spec("uvloop") else asyncio).run(main)
