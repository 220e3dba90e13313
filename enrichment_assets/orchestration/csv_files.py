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


class NotInsideError(Exception):
    """A path that leads out of the directory of lists, or to it through a link."""


def inside(directory: Path, given: Path) -> Path:
    """The file that a path names inside a directory, links followed nowhere below it. Raises NotInsideError.

    A list is whatever lies in that directory itself: a link there, or a path that leads elsewhere, would let whoever
    names a list have any file of this machine read. The directory itself may be reached by links.
    """
    root = directory.expanduser().resolve()
    path = given.expanduser().absolute()
    real = path.resolve()
    if not real.is_relative_to(root) or real == root:
        raise NotInsideError(f"{given} is not inside ENRICHMENT_CSV_DIR ({directory}): put the list there.")
    if real != path.parent.resolve() / path.name or any(part.is_symlink() for part in _below(root, path)):
        raise NotInsideError(f"{given} is a link, or leads through one: put the list itself there.")
    return real


def _below(root: Path, path: Path) -> list[Path]:
    """The path and its parents as they were spelt, as far as they lie inside the directory."""
    return [part for part in (path, *path.parents) if part.resolve().is_relative_to(root) and part.resolve() != root]


class Part(BaseModel):
    """Companies of one file that one run takes: a stored list. ``times``: how often a run for them was asked for.

    ``list_key`` is the file's name in Dagster, ``inputs`` what all runs over one file go by.
    """

    model_config = ConfigDict(frozen=True)
    key: str
    list_id: str
    file: str
    companies: int
    list_key: str = ""
    inputs: str = ""
    times: int = 0
    under_way: bool = False

    @property
    def run_key(self) -> str:
        """Of the run that is asked for now, or was asked for last."""
        number = self.times - 1 if self.under_way else self.times
        return f"{self.key}-again-{number}" if number else self.key


class Seen(BaseModel):
    """What the sensor remembers between ticks; its cursor.

    ``waiting``: files looked at once that may still be written. ``handled``: files as they were when they were taken or
    refused. ``contents``: hashes of what was taken last, so that a copy or a touched file starts nothing. ``parts``:
    what was taken and is not done: it waits for money, or a run is at it.
    """

    model_config = ConfigDict(frozen=True)
    waiting: Mapping[str, Look] = {}
    handled: Mapping[str, Look] = {}
    contents: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()

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
    """One file as it is now; None for what is no file, is a link to one, or has gone."""
    try:
        found = path.lstat()
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
    return ready, seen.model_copy(update={"waiting": waiting, "handled": handled})


def content_hash(path: Path) -> str:
    """Hash of a file's bytes, 16 hex digits. Raises OSError when it cannot be read."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
