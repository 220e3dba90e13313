"""Which files in a directory are new, finished and worth reading: a pure comparison of two looks.

What belongs here: nothing that knows of Dagster or of what is in the files. What does not: reading them and starting
runs (``csv_sensor``).
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict

SETTLE_S = 3.0
"""A file that was written to within the last seconds may not be complete."""


class Look(BaseModel):
    """One file as it was seen: size in bytes, modification time in ns since the epoch."""

    model_config = ConfigDict(frozen=True)
    size: int
    mtime_ns: int


class Seen(BaseModel):
    """What the sensor remembers between ticks; its cursor.

    ``waiting``: files looked at once that may still be written. ``handled``: files as they were when they were taken or
    refused. ``contents``: hashes of what was taken, so that a copy or a touched file starts nothing.
    """

    model_config = ConfigDict(frozen=True)
    waiting: Mapping[str, Look] = {}
    handled: Mapping[str, Look] = {}
    contents: frozenset[str] = frozenset()

    def handle(self, name: str, looked: Look) -> "Seen":
        """This file needs no further look until it changes."""
        return self.model_copy(update={"handled": {**self.handled, name: looked}})

    def taken(self, digest: str) -> "Seen":
        """This content is being run."""
        return self.model_copy(update={"contents": self.contents | {digest}})


def look(directory: Path) -> dict[str, Look]:
    """The CSV files lying in a directory itself, by name. A directory that is not there holds none."""
    looks = {}
    for path in sorted(directory.glob("*.csv")) if directory.is_dir() else ():
        try:
            stat = path.stat()
        except FileNotFoundError:  # moved away between the two calls
            continue
        if path.is_file():
            looks[path.name] = Look(size=stat.st_size, mtime_ns=stat.st_mtime_ns)
    return looks


def compare(seen: Seen, now: Mapping[str, Look], now_ns: int) -> tuple[list[str], Seen]:
    """The files to read now, and what to remember. A file is read when two looks saw the same and it has settled.

    Files that are gone are forgotten, their contents are not.
    """
    ready: list[str] = []
    waiting: dict[str, Look] = {}
    for name, looked in now.items():
        if seen.handled.get(name) == looked:
            continue
        settled = now_ns - looked.mtime_ns >= SETTLE_S * 1e9
        if settled and seen.waiting.get(name) == looked:
            ready.append(name)
        else:
            waiting[name] = looked
    handled = {name: looked for name, looked in seen.handled.items() if name in now and name not in waiting}
    return ready, Seen(waiting=waiting, handled=handled, contents=seen.contents)


def content_hash(path: Path) -> str:
    """SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
