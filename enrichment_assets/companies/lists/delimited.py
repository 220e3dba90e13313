"""CSV, TSV and their kin: every line is a record, part of one, blank, or above the header, and the count says so.

A well-formed list is read by polars, once its lines have been counted and checked on their own; anything else by
``records``.
"""

import codecs
import contextlib
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

import polars as pl

from enrichment_assets.companies.lists.dialect import Dialect, UnsureError
from enrichment_assets.companies.lists.encoding import Decoded, decode, lines_of, marked_encoding
from enrichment_assets.companies.lists.errors import NEEDS, UnreadableListError
from enrichment_assets.companies.lists.layout import SEPARATORS, Layout, find_layout, unreadable
from enrichment_assets.companies.lists.records import records
from enrichment_assets.companies.lists.table import Asked, Table
from enrichment_assets.companies.lists.unpacking import MOST_BYTES

_BATCH: Final = 20_000
_MOST_LINES: Final = 2_000_000
_MOST_CELLS: Final = 20_000_000
_HEAD_BYTES: Final = 262_144
_PIECE: Final = 262_144


def read_delimited(data: bytes, asked: Asked, *, whole: bool = True) -> Table:
    """A list from its bytes; ``whole`` is false where they are only the beginning of it.

    Raises ``UnreadableListError`` for what is no list and for a line that can be read in two ways.
    """
    if not data[:_HEAD_BYTES].strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise UnreadableListError(f"it is empty; it {NEEDS}.")
    try:
        table = _by_polars(BytesIO(data), asked) if asked.encoding is None and whole else None
        return table or _by_records(decode(data, asked.encoding), asked, whole=whole)
    except UnsureError as error:
        raise unreadable(error) from error
    except LookupError:
        raise UnreadableListError(f"--encoding {asked.encoding}: there is no such encoding.") from None


def read_well_formed(path: Path, asked: Asked) -> Table | None:
    """The table of a file that is not packed, when the list is well formed, without holding its bytes; else None."""
    if asked.encoding is not None or path.stat().st_size > MOST_BYTES:
        return None
    with path.open("rb") as file, contextlib.suppress(UnsureError, UnreadableListError):
        return _by_polars(file, asked, path)
    return None


def _by_polars(file: BinaryIO, asked: Asked, path: Path | None = None) -> Table | None:
    """The table, when the list is well formed; None when it takes more patience."""
    start = file.read(_HEAD_BYTES)
    head = _utf8_head(start)
    if head is None:
        return None
    lines = lines_of(head)
    if len(start) == _HEAD_BYTES:
        lines = lines[:-1]  # may end anywhere
    layout = find_layout(lines, asked)
    plain = layout.dialect == Dialect(layout.dialect.separator) and layout.dialect.separator.isascii()
    marked = start.startswith(codecs.BOM_UTF8)
    above = len("".join(lines[: layout.start]).encode()) + len(codecs.BOM_UTF8) * marked
    as_polars_counts = start[:above].count(b"\n") == layout.start and not (marked and not layout.start)
    if not plain or not as_polars_counts or not start[above:].strip():
        return None
    with ThreadPoolExecutor(max_workers=1) as beside:
        unquoted = path is not None and b'"' not in start
        ahead = beside.submit(_table, path or file, layout, asked, quoted=False) if unquoted else None
        found = _scanned(file, above)
    if found is None or (found.quoted and not _lines_are_records(file, above, layout)):
        return None
    file.seek(0)
    try:
        own = ahead.result() if ahead and not found.quoted else _table(path or file, layout, asked, quoted=found.quoted)
    except pl.exceptions.PolarsError:
        return None
    count = found.lines
    if own.height != (count if asked.records is None else min(count, asked.records)) or _has_blank_lines(own):
        return None
    if found.quoted:
        own = own.with_columns(pl.all().replace("", None))
    rows = f"{count:,} rows, {count:,} lines" if own.height == count else f"the first {own.height:,} rows of {count:,}"
    at = range(layout.start + 1, layout.start + 1 + own.height)
    return Table(own, layout.columns, layout.first_row, said=_said(layout, rows), lines=at)


def _table(source: Path | BinaryIO, layout: Layout, asked: Asked, *, quoted: bool) -> pl.DataFrame:
    return pl.read_csv(
        source,
        has_header=False,
        skip_lines=layout.start,
        separator=layout.dialect.separator,
        quote_char='"' if quoted else None,
        schema=dict.fromkeys(layout.headers, pl.String),
        n_rows=asked.records,
    )


@dataclass(frozen=True, slots=True)
class _Scanned:
    """Lines of a body, and whether there are quotes in it."""

    lines: int
    quoted: bool


def _scanned(file: BinaryIO, above: int) -> _Scanned | None:
    """The independent count, in one pass; None for NULs, line ends that polars does not know, and too many bytes."""
    file.seek(0)
    head = file.read(above)
    if b"\x00" in head or head.count(b"\r") != head.count(b"\r\n"):
        return None
    lines, quoted, size, last = 0, False, above, b""
    while piece := file.read(_PIECE):
        size += len(piece)
        if b"\x00" in piece or size > MOST_BYTES:
            return None
        if b"\r" in piece or last == b"\r":
            whole = last[-1:] + piece if last == b"\r" else piece
            single = whole.count(b"\r") - whole.count(b"\r\n") - whole.endswith(b"\r")
            if single:
                return None
        lines += piece.count(b"\n")
        quoted = quoted or b'"' in piece
        last = piece[-1:]
    return None if last == b"\r" else _Scanned(lines + (last not in (b"\n", b"")), quoted)


def _utf8_head(data: bytes) -> str | None:
    """The beginning of a list in UTF-8; None where it is something else."""
    if marked_encoding(data) is not None or data.find(b"\x00") >= 0:
        return None
    try:
        return codecs.getincrementaldecoder("utf-8-sig")().decode(data[:_HEAD_BYTES])
    except UnicodeDecodeError:
        return None


def _has_blank_lines(own: pl.DataFrame) -> bool:
    """Whether a row may come from a blank line, which is no record: its first cell is blank, and there is no other."""
    first, *others = own.columns
    blank = pl.col(first).is_null() | (pl.col(first).str.strip_chars().str.strip_chars('\ufeff \t"') == "")
    candidates = own.filter(pl.all_horizontal(pl.col(name).is_null() for name in others)) if others else own
    return bool(candidates.select(blank.any()).item())


def _lines_are_records(file: BinaryIO, above: int, layout: Layout) -> bool:
    """Whether each line is a full record by itself, so that no quote reaches over a line."""
    file.seek(above)
    body, mark = file.read(), re.escape(layout.dialect.separator)
    field = rf'(?:"(?:[^"]|"")*"|[^"{mark}]*)'
    try:
        lines = pl.read_csv(body, has_header=False, separator="\x1f", quote_char=None, schema={"line": pl.String})
    except pl.exceptions.PolarsError:
        return False
    return bool(lines["line"].str.contains(rf"^{field}(?:{mark}{field}){{{layout.width - 1}}}$").all())


def _by_records(decoded: Decoded, asked: Asked, *, whole: bool) -> Table:
    _bounded(decoded.text)
    lines = lines_of(decoded.text)
    if not whole:
        lines = lines[:-1]
    layout = find_layout(lines, asked)
    found = _read(lines, layout, asked.records)
    rows = found.own.height
    if not whole and (asked.records is None or rows < asked.records):
        raise UnsureError(len(lines), "the beginning of the list is not enough")
    guessed = None
    if decoded.guessed or decoded.odd:
        odd = (any(at in decoded.odd for at in range(line, line + many)) for line, many in found.places)
        guessed = pl.Series([True] * rows if decoded.guessed else list(odd), dtype=pl.Boolean)
    count = f"{rows:,} rows on {sum(many for _, many in found.places):,} of {len(lines):,} lines"
    if rows == asked.records:
        count = f"the first {rows:,} rows"
    said = (*_said(layout, count), *([decoded.said] if decoded.said else []))
    gap, at = _after_gap(found.places, lines), [line for line, _ in found.places]
    return Table(found.own, layout.columns, layout.first_row, guessed, gap, said, at)


def _bounded(text: str) -> None:
    """A list that takes patience takes memory too: a bomb of blank cells must not."""
    if text.count("\n") + text.count("\r") > _MOST_LINES:
        raise UnreadableListError(f"it is not well formed and has more than {_MOST_LINES:,} lines; split it.")
    if max((text.count(mark) for mark in SEPARATORS), default=0) > _MOST_CELLS:
        raise UnreadableListError(f"it is not well formed and has more than {_MOST_CELLS:,} cells; split it.")


@dataclass
class _Found:
    """Records as columns, and for each its first line and how many it has."""

    own: pl.DataFrame
    places: list[tuple[int, int]]


def _read(lines: Sequence[str], layout: Layout, most: int | None) -> _Found:
    """The records, under the reading of the quotes that leaves none in doubt, else the plain one; UnsureError."""
    plain = layout.dialect
    others = [replace(plain, backslash=True)] if any("\\" + plain.quote in line for line in lines) else []
    if any(f'{plain.separator} "' in line for line in lines):
        others.append(replace(plain, skip_space=True))
    if not others:
        return _all(lines, layout, plain, most)
    for dialect in (plain, *others):
        with contextlib.suppress(UnsureError):
            return _all(lines, layout, dialect, most, strict=True)
    return _all(lines, layout, plain, most)


def _all(lines: Sequence[str], layout: Layout, dialect: Dialect, most: int | None, *, strict: bool = False) -> _Found:
    found = islice(records(lines, dialect, layout, layout.start, strict=strict), most)
    frames: list[pl.DataFrame] = []
    places: list[tuple[int, int]] = []
    while batch := list(islice(found, _BATCH)):
        cells = [_fitted(record.cells, layout) for record in batch]
        frames.append(pl.DataFrame(cells, schema=dict.fromkeys(layout.headers, pl.String), orient="row"))
        places += [(record.line, record.lines) for record in batch]
    if not frames:
        return _Found(pl.DataFrame(schema=dict.fromkeys(layout.headers, pl.String)), places)
    return _Found(pl.concat(frames), places)


def _fitted(row: list[str], layout: Layout) -> list[str | None]:
    """The row in exactly as many cells as there are headers. Cells beyond them stay visible in the last one."""
    width = len(layout.headers)
    while len(row) > width and not row[-1]:
        row.pop()
    if len(row) > width:
        row = [*row[: width - 1], layout.dialect.separator.join(row[width - 1 :])]
    cells = [cell.replace("\x00", "") or None for cell in row]
    return cells + [None] * (width - len(cells))


def _after_gap(places: Sequence[tuple[int, int]], lines: Sequence[str]) -> int:
    """How many records stand below the last blank line in the list's tail."""
    for number in range(1, min(len(places), 30)):
        line, many = places[-number - 1]
        between = lines[line - 1 + many : places[-number][0] - 1]
        if between and not "".join(between).strip(' \t\r\n"'):
            return number
    return 0


def _said(layout: Layout, count: str) -> tuple[str, ...]:
    above = f"; the header is on line {layout.above + 1}" if layout.above else ""
    headless = "; no header: the one column was taken for what it holds" if layout.first_row == 1 else ""
    return (f"Read {count}{above}{headless}.",)
