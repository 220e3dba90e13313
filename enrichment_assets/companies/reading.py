"""Lists as CRMs, spreadsheets and data vendors export them, read into one table of strings.

One frame row per record, in file order; each format has its module in ``lists``, and what a file is decides its
content, not its name.
"""

import re
from pathlib import Path
from typing import Final

from enrichment_assets.companies.lists.delimited import read_delimited, read_well_formed
from enrichment_assets.companies.lists.dialect import UnsureError
from enrichment_assets.companies.lists.documents import is_html, is_json, read_html, read_json
from enrichment_assets.companies.lists.encoding import marked_encoding
from enrichment_assets.companies.lists.errors import NEEDS, UnreadableListError
from enrichment_assets.companies.lists.table import Asked, Table
from enrichment_assets.companies.lists.unpacking import is_packed, read_bytes
from enrichment_assets.companies.lists.workbooks import is_table_file, read_apart

__all__ = ["NEEDS", "READS", "Asked", "Table", "UnreadableListError", "read_table"]

READS: Final = ".csv, .tsv, .txt, .json, .jsonl (also .gz), .xlsx, .xls, .ods and .parquet"

_HEAD_BYTES: Final = 1_048_576
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0e-\x1f]")
_MAGIC: Final = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database; ask it with --query … --from sqlite:///FILE"),
    (b"7z\xbc\xaf", "a 7z archive"),
)


def read_table(path: Path, asked: Asked | None = None) -> Table:
    """The list's own columns and which of them matter; at most as many records as asked for.

    Raises ``UnreadableListError`` for a list that is missing, empty, not one, or that can be read in two ways.
    """
    asked = asked or Asked()
    try:
        table = _read(path, asked)
    except OSError as error:
        raise UnreadableListError(f"{path} cannot be read: {error.strerror or error}.") from error
    except UnreadableListError as error:
        raise UnreadableListError(f"{path}: {error}") from error
    if table.own.is_empty():
        raise UnreadableListError(f"{path} has a header but no rows below it.")
    return table


def _read(path: Path, asked: Asked) -> Table:
    if path.is_dir():
        raise UnreadableListError(f"it is a directory; give one file: {READS}.")
    with path.open("rb") as file:
        magic = file.read(8)
    if is_table_file(magic):
        return read_apart(path, asked)
    head = read_bytes(path, _HEAD_BYTES)
    for start, kind in _MAGIC:
        if head.startswith(start):
            raise UnreadableListError(f"it is {kind}. It {NEEDS}. Readable: {READS}.")
    if _is_binary(head):
        raise UnreadableListError(f"it is a binary file. It {NEEDS}. Readable: {READS}.")
    if is_html(head):
        return read_html(read_bytes(path), asked)
    if is_json(head):
        return read_json(read_bytes(path), asked)
    if asked.records is not None and len(head) == _HEAD_BYTES:
        try:
            return read_delimited(head, asked, whole=False)
        except UnsureError:
            pass  # the beginning does not hold as many records
    if not is_packed(magic) and (table := read_well_formed(path, asked)) is not None:
        return table
    return read_delimited(read_bytes(path), asked)


def _is_binary(head: bytes) -> bool:
    sample = head[:65_536]
    return marked_encoding(head) is None and len(_CONTROLS.findall(sample)) > len(sample) * 0.2
