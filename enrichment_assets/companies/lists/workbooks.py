"""Workbooks and Parquet: packed formats, read in a process of their own with bounded memory and time.

A few kilobytes of them can stand for gigabytes, and their readers allocate before anybody can count. The process
hands the table back as a file of plain strings.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import polars as pl

from enrichment_assets.companies.lists.errors import NEEDS, UnreadableListError
from enrichment_assets.companies.lists.table import Asked, Table, table_of

MOST_MEMORY_BYTES: Final = 512 * 1024 * 1024
MOST_SECONDS: Final = 120


def is_table_file(magic: bytes) -> bool:
    """Whether a file's first bytes are those of a zip (.xlsx, .ods), an OLE (.xls) or a Parquet file."""
    return magic.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1"))


def read_apart(path: Path, asked: Asked) -> Table:
    """A workbook's or Parquet file's table. Raises UnreadableListError."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "table.arrow"
        command = [sys.executable, "-m", "enrichment_assets.companies.lists.apart", str(path.absolute()), str(out)]
        command += [asked.sheet or "", "" if asked.records is None else str(asked.records)]
        command += [",".join(f"{kind}={name}" for kind, names in asked.columns.items() for name in names)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=MOST_SECONDS, check=False)  # noqa: S603
        except subprocess.TimeoutExpired:
            raise UnreadableListError(f"reading it takes longer than {MOST_SECONDS} s; save it as CSV.") from None
        if done.returncode == 2:
            raise UnreadableListError(done.stdout.strip())
        if done.returncode or not out.exists():
            mega = MOST_MEMORY_BYTES // 1024**2
            raise UnreadableListError(f"reading it takes more than {mega} MB of memory; save it as CSV. It {NEEDS}.")
        return table_of(pl.read_ipc(out), asked, tuple(done.stdout.splitlines()))
