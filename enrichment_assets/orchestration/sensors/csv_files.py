"""Which files in a directory are new, finished and worth reading: a pure comparison of two looks.

What belongs here: nothing that knows of Dagster or of what is in the files. What does not: reading them and starting
runs (``csv_sensor``).
"""

import hashlib
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

SETTLE_S = 3.0
"""A file that was written to within the last seconds may not be complete."""
REMEMBERED = 1_000
"""Contents that are known again. Dagster stores the cursor with every tick, so it must not grow for ever."""


class Look(NamedTuple):
    """One file as it was seen: size in bytes, modification time in ns since the epoch."""

    size: int
    mtime_ns: int


class Seen(BaseModel):
    """What the sensor remembers between ticks; its cursor.

    ``waiting``: files looked at once that may still be written. ``handled``: files as they were when they were taken or
    refused. ``contents``: hashes of what was taken last, so that a copy or a touched file starts nothing.
    """

    model_config = ConfigDict(frozen=True)
    waiting: Mapping[str, Look] = {}
    handled: Mapping[str, Look] = {}
    contents: tuple[str, ...] = ()

    def handle(self, name: str, looked: Look) -> "Seen":
        """This file needs no further look until it changes."""
        return self.model_copy(update={"handled": {**self.handled, name: looked}})

    def taken(self, digest: str) -> "Seen":
        """This content is being run."""
        return self.model_copy(update={"contents": (*self.contents, digest)[-REMEMBERED:]})

    def put_off(self, looks: Mapping[str, Look]) -> "Seen":
        """These files are read at the next look, unless they have changed by then."""
        return self.model_copy(update={"waiting": {**self.waiting, **looks}})


def look(directory: Path) -> dict[str, Look]:
    """The CSV files lying in a directory itself, by name, without hidden ones. A missing directory holds none."""
    names = sorted(path.name for path in directory.glob("*")) if directory.is_dir() else []
    wanted = [name for name in names if name.lower().endswith(".csv") and not name.startswith(".")]
    looks = {name: look_at(directory / name) for name in wanted}
    return {name: found for name, found in looks.items() if found is not None}


def look_at(path: Path) -> Look | None:
    """One file as it is now; None for what is no file or has gone."""
    try:
        found = path.stat()
    except OSError:
        return None
    return Look(found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


def compare(seen: Seen, now: Mapping[str, Look], now_ns: int) -> tuple[list[str], Seen]:
    """The files to read now, and what to remember. A file is read when two looks saw the same and it has settled.

    Files that are gone are forgotten, their contents are not.
    """
    ready: list[str] = []
    waiting: dict[str, Look] = {}
    for name, looked in now.items():
        if seen.handled.get(name) == looked:
            continue
        # A time that lies ahead was copied from another clock and says nothing.
        settled = not 0 <= now_ns - looked.mtime_ns < SETTLE_S * 1e9
        if settled and seen.waiting.get(name) == looked:
            ready.append(name)
        else:
            waiting[name] = looked
    handled = {name: looked for name, looked in seen.handled.items() if name in now and name not in waiting}
    return ready, Seen(waiting=waiting, handled=handled, contents=seen.contents)


def content_hash(path: Path) -> str:
    """Hash of a file's bytes, 16 hex digits. Raises OSError when it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
