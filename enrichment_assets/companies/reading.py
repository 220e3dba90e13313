"""Files as CRMs, spreadsheets and data vendors export them, read into one polars frame of strings.

One frame row per data record, in file order: frame row ``i`` is record ``i + 2`` of the file, the header being 1.
Blank lines are no records. Well-formed files are read by polars; ragged ones and stray quotes by Python's ``csv``,
slower and more patient.
"""

import codecs
import csv
import gzip
import io
import itertools
import json
import mmap
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from enrichment_assets.companies.domain import Rejected, canonical_domain
from enrichment_assets.companies.headers import map_headers

NEEDS: Final = "needs company_name and website columns"
READS: Final = ".csv, .tsv, .txt (also .gz) and .parquet"

_HEAD_BYTES: Final = 65_536
_SEPARATORS: Final = (",", ";", "\t", "|")
# A list of one column has no separator: a comma in its cells is the cell's own.
_NO_SEPARATOR: Final = "\x1f"
_MAGIC: Final = (
    (b"PK\x03\x04", "an Excel workbook or zip archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x7fELF", "a program"),
    (b"SQLite format 3", "a database"),
    (b"BZh", "a bzip2 archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
)
_BLANK_LINE: Final = re.compile(rb"\n\r?\n")


class UnreadableListError(Exception):
    """A file that holds no list of companies; the message names it, what it has, and what it needs."""


def read_table(path: Path, *, records: int | None = None) -> pl.DataFrame:
    """The list's own columns as strings; at most the first ``records`` data records.

    Raises ``UnreadableListError`` for a file that is missing, empty, binary, or without the columns that are needed.
    """
    try:
        if path.is_dir():
            raise UnreadableListError(f"{path} is a directory; give one file: {READS}.")
        read = _read_parquet if path.suffix.lower() == ".parquet" else _read_delimited
        frame = read(path, records)
    except OSError as error:
        raise UnreadableListError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not map_headers(frame.columns).usable:
        raise _no_companies(path, frame.columns)
    if frame.is_empty():
        raise UnreadableListError(f"{path} has a header ({_found(frame.columns)}) but no rows below it.")
    return frame


def _read_parquet(path: Path, records: int | None) -> pl.DataFrame:
    try:
        frame = pl.read_parquet(path, n_rows=records, glob=False)
    except pl.exceptions.PolarsError as error:
        raise UnreadableListError(f"{path} is not a Parquet file: {_first_line(error)}.") from error
    return frame.with_columns(
        pl.col(name).map_elements(as_json, return_dtype=pl.String)
        if dtype.is_nested() or dtype in {pl.Object, pl.Binary}
        else pl.col(name).cast(pl.String)
        for name, dtype in frame.schema.items()
    )


def as_json(value: object) -> str:
    """A nested parquet value as JSON text."""
    return json.dumps(value.to_list() if isinstance(value, pl.Series) else value, default=str, ensure_ascii=False)


def _read_delimited(path: Path, records: int | None) -> pl.DataFrame:
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    unpacked: bytes | None = None
    if head.startswith(b"\x1f\x8b"):
        unpacked = _unzipped(path)
        head = unpacked[:_HEAD_BYTES]
    _refuse_binary(path, head)
    if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
        raise UnreadableListError(f"{path} is empty; it {NEEDS}.")
    if (wide := _utf16(head)) is None:
        headers, separator = _header(path, _text_of(head))
        frame = _by_polars(path if unpacked is None else unpacked, headers, separator, records)
        if frame is not None:
            return frame
    text = _decoded(path.read_bytes() if unpacked is None else unpacked, wide)
    headers, separator = _header(path, text[:_HEAD_BYTES])
    frame = _by_polars(text.encode("utf-8", "replace"), headers, separator, records)
    return _by_csv_module(path, text, separator, records) if frame is None else frame


def _unzipped(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes())
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise UnreadableListError(f"{path} is a damaged gzip file: {error}.") from error


def _refuse_binary(path: Path, head: bytes) -> None:
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            raise UnreadableListError(f"{path} is {kind}; export it as CSV. It {NEEDS}. Readable: {READS}.")
    controls = sum(byte < 9 or 13 < byte < 32 for byte in head)
    if _utf16(head) is None and controls > len(head) * 0.2:
        raise UnreadableListError(f"{path} is a binary file; export it as CSV. It {NEEDS}. Readable: {READS}.")


def _utf16(head: bytes) -> str | None:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = head[:1024]
    half = max(1, len(sample) // 2)
    if len(sample) >= 8 and sample[1::2].count(0) > half * 0.6 and sample[0::2].count(0) < half * 0.1:
        return "utf-16-le"
    if len(sample) >= 8 and sample[0::2].count(0) > half * 0.6 and sample[1::2].count(0) < half * 0.1:
        return "utf-16-be"
    return None


def _text_of(head: bytes) -> str:
    """The beginning of a file, which may end in the middle of a character."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    try:
        return decoder.decode(head)
    except UnicodeDecodeError:
        return _decoded(head, None)


def _decoded(data: bytes, wide: str | None) -> str:
    if wide is not None:
        return data.decode(wide, "replace").removeprefix("\ufeff")
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _header(path: Path, head: str) -> tuple[list[str], str]:
    """The header row with unique names, and the separator under which it makes most sense."""
    announced = re.match(r"\A\s*+\"?sep=(.)\"?\r?\n", head)
    readings = []
    for separator in (announced[1],) if announced else _SEPARATORS:
        first = next(_records(head, separator), [])
        columns = map_headers(first)
        readings.append((columns.usable, columns.name is not None, len(first), separator, first))
    best = max(readings, key=lambda reading: reading[:3])
    _, _, width, separator, headers = best
    if not headers:
        raise UnreadableListError(f"{path} is empty; it {NEEDS}.")
    return _unique(headers), separator if width > 1 else _NO_SEPARATOR


def _unique(headers: Sequence[str]) -> list[str]:
    names: list[str] = []
    for at, header in enumerate(headers, 1):
        name = base = " ".join(header.replace("\x00", "").split()) or f"column_{at}"
        for number in itertools.count(2):
            if name not in names:
                break
            name = f"{base}_{number}"
        names.append(name)
    return names


def _by_polars(source: Path | bytes, headers: list[str], separator: str, records: int | None) -> pl.DataFrame | None:
    """The frame, when the file is well formed; None when it takes more patience."""
    try:
        frame = pl.read_csv(
            source, separator=separator, infer_schema=False, n_rows=records, glob=False, raise_if_empty=False
        )
    except pl.exceptions.PolarsError:
        return None
    if frame.width != len(headers) or _unique([name.split("_duplicated_")[0] for name in frame.columns]) != headers:
        return None
    frame.columns = headers
    blank = not frame.is_empty() and frame.select(pl.all_horizontal(pl.all().is_null()).any()).item()
    return None if blank and _has_blank_line(source) else frame


def _has_blank_line(source: Path | bytes) -> bool:
    if isinstance(source, bytes):
        return _BLANK_LINE.search(source) is not None
    with source.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return _BLANK_LINE.search(data) is not None


def _by_csv_module(path: Path, text: str, separator: str, records: int | None) -> pl.DataFrame:
    try:
        rows = _records(text, separator)
        headers = _unique(next(rows))
        width = len(headers)
        columns: list[list[str | None]] = [[] for _ in headers]
        for row in itertools.islice(rows, records):
            for column, cell in zip(columns, _fitted(row, width, separator), strict=True):
                column.append(cell or None)
    except csv.Error as error:
        raise UnreadableListError(f'{path} cannot be read: {error}. Is a quote (") opened and never closed?') from error
    return pl.DataFrame(dict(zip(headers, columns, strict=True)), schema=dict.fromkeys(headers, pl.String))


def _fitted(row: list[str], width: int, separator: str) -> Iterable[str]:
    """The row in exactly ``width`` cells. Cells beyond the header stay visible in the last one."""
    while len(row) > width and not row[-1]:
        row.pop()
    if len(row) > width:
        return [*row[: width - 1], separator.join(row[width - 1 :])]
    return [*row, *itertools.repeat("", width - len(row))]


def _records(text: str, separator: str) -> Iterator[list[str]]:
    rows = (row for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator) if row)
    for at, row in enumerate(rows):
        if at > 0 or not row[0].lower().startswith("sep=") or len(separator.join(row)) > len("sep=;"):
            yield row


def _no_companies(path: Path, headers: Sequence[str]) -> UnreadableListError:
    headless = any(not isinstance(canonical_domain(header), Rejected) for header in headers)
    hint = " The first line looks like data: put a header line above it." if headless else ""
    return UnreadableListError(f'"No companies": {NEEDS}; found {_found(headers)}.{hint} File: {path}')


def _found(headers: Sequence[str]) -> str:
    shown = [
        "".join(character if character.isprintable() else "?" for character in header[:40]) for header in headers[:12]
    ]
    more = f" and {len(headers) - len(shown)} more" if len(headers) > len(shown) else ""
    return ", ".join(shown) + more if shown else "nothing"


def _first_line(error: Exception) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")
