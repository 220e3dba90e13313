"""Rows that the event loop writes itself into a SQLite file: one costs less than waking the thread that would do it."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final

LARGEST: Final = 100_000
"""Bytes up to which a content is compressed and written where it came in, which takes less than a millisecond."""
CHECKPOINT_EVERY: Final = 1_000
"""Rows after which one goes another way: whoever writes it moves SQLite's log into the file with its commit."""


class AtOnce:
    """Rows for one statement, each in its place on return."""

    def __init__(self, file: Path, statement: str) -> None:
        self._file = file
        self._statement = statement
        self._connection: sqlite3.Connection | None = None
        self._rows = 0

    def write(self, row: Sequence[object]) -> bool:
        """False where somebody else writes just now, or it is time for a checkpoint; nothing is written then."""
        self._rows += 1
        if self._rows % CHECKPOINT_EVERY == 0:
            return False
        try:
            if self._connection is None:
                self._connection = sqlite3.connect(self._file, timeout=0, isolation_level=None, check_same_thread=False)
                self._connection.execute("PRAGMA synchronous=NORMAL")
                self._connection.execute("PRAGMA wal_autocheckpoint=0")  # it syncs, and the event loop would wait
            self._connection.execute(self._statement, row)
        except sqlite3.Error:
            return False
        return True

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()
