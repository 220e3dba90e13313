"""A file that several processes may make at once: each sees it complete or not at all."""

import contextlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

PREFIX = ".making-"
ABANDONED_S = 3600.0
"""Making a file takes a second."""


@contextlib.contextmanager
def made_aside(path: Path) -> Iterator[Path]:
    """Where to make the file, alone in a folder; it is linked to ``path`` afterwards, unless another was quicker.

    What a killed process has left of its own is removed by a later one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    for left in path.parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(FileNotFoundError):  # another process's, which is done by now
            if time.time() - left.stat().st_mtime > ABANDONED_S:
                shutil.rmtree(left)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=PREFIX) as scratch:
        beside = Path(scratch) / path.name
        yield beside
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
