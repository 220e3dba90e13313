"""State is its owner's alone: what enrichment knows of companies is nobody else's on the machine."""

import logging
import os
import stat
from pathlib import Path

log = logging.getLogger(__name__)

UMASK = 0o077
OTHERS = 0o077
"""Permissions of the group and of everybody else."""


def keep_private(path: Path) -> None:
    """From now on this process makes files that only their owner can read; and ``path`` is such a one from now on.

    A folder that was open, as earlier versions made them, is closed, which closes all that is in it; the log says so.
    Where that is not ours to do, the log says what to do.
    """
    os.umask(UMASK)
    if os.name != "posix" or not path.exists() or not path.stat().st_mode & OTHERS:
        return
    try:
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~OTHERS)
    except OSError as error:
        log.warning("%s can be read by others on this machine (%s): chmod go= %s", path, error.strerror, path)
    else:
        log.warning("%s could be read by others on this machine: now only by its owner", path)
