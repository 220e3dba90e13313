"""A file that several processes may make at once: each sees it complete or not at all."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def made_aside(path: Path) -> Iterator[Path]:
    """Where to make the file, alone in a folder; it is linked to ``path`` afterwards, unless another was quicker."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as scratch:
        beside = Path(scratch) / path.name
        yield beside
        with contextlib.suppress(FileExistsError):
            os.link(beside, path)
