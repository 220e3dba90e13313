"""Lists as JSON, one document or one a line, and as an HTML table, which many systems save as ``.xls``."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, Final

import orjson
import polars as pl

from enrichment_assets.companies.headers import map_headers
from enrichment_assets.companies.lists.encoding import decode
from enrichment_assets.companies.lists.errors import NEEDS, UnreadableListError
from enrichment_assets.companies.lists.table import Asked, Table, table_of, unique_names

_MOST_JSON_BYTES: Final = 128 * 1024 * 1024
_MOST_HTML_BYTES: Final = 32 * 1024 * 1024
_MOST_TABLES: Final = 50
"""One within the other they would be read again and again."""
_MOST_COLUMNS: Final = 2_000
_MOST_WRAPPERS: Final = 4
"""Objects around the array of rows."""
_HTML: Final = re.compile(
    rb"\s*(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|table|head|body|meta|\?xml[^>]*\?>\s*<html)", re.IGNORECASE
)


def is_json(head: bytes) -> bool:
    """Whether the beginning of a file is a JSON array or object, or a line of one."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:200]
    return re.match(rb"\[\s*(?:[{\[]|$)|\{\s*\"", start) is not None


def is_html(head: bytes) -> bool:
    """Whether the beginning of a file is an HTML page."""
    return _HTML.match(head) is not None


def read_json(data: bytes, asked: Asked) -> Table:
    """An array of objects, an object that holds one, or one object a line. Raises UnreadableListError."""
    if len(data) > _MOST_JSON_BYTES:
        raise UnreadableListError(
            f"it is JSON of more than {_MOST_JSON_BYTES // 1024**2} MB; give it as CSV or Parquet."
        )
    rows, lines = _objects(data)
    if not rows:
        raise UnreadableListError(f"it is JSON without rows; it {NEEDS}.")
    said = f"Read {len(rows):,} rows of JSON" + (f", {lines:,} lines." if lines else ".")
    return table_of(_frame(islice(rows, asked.records)), asked, (said,))


def read_html(data: bytes, asked: Asked) -> Table:
    """The table of the page that has the most rows. Raises UnreadableListError where there is none."""
    from selectolax.lexbor import LexborHTMLParser  # noqa: PLC0415 - few lists are HTML

    if len(data) > _MOST_HTML_BYTES:
        raise UnreadableListError(
            f"it is HTML of more than {_MOST_HTML_BYTES // 1024**2} MB; save it as .xlsx or .csv."
        )
    if data.lower().count(b"<table") > _MOST_TABLES:
        raise UnreadableListError(f"it is an HTML page of more than {_MOST_TABLES} tables; save the list as .xlsx.")
    decoded = decode(data, asked.encoding)
    tables = [
        [[cell.text(strip=True) for cell in row.css("th, td")] for row in table.css("tr")]
        for table in LexborHTMLParser(decoded.text).css("table")
    ]
    rows = max(tables, key=len, default=[])
    start = next((at for at, row in enumerate(rows[:30]) if map_headers(row, asked.columns).usable), 0)
    if len(rows) <= start:
        raise UnreadableListError(f"it is an HTML page without a table. It {NEEDS}.")
    names = unique_names([*rows[start], *[""] * (max(map(len, rows[start:])) - len(rows[start]))])
    below = [dict(zip(names, row, strict=False)) for row in islice(rows[start + 1 :], asked.records)]
    frame = _frame([dict.fromkeys(names), *below])[1:]
    return table_of(frame, asked, (f"Read {frame.height:,} rows of an HTML table.", decoded.said))


def _objects(data: bytes) -> tuple[list[Mapping[str, Any]], int]:
    """The rows, and how many lines they stand on where each stands on one."""
    try:
        return _rows_within(orjson.loads(data.removeprefix(b"\xef\xbb\xbf"))), 0
    except orjson.JSONDecodeError:
        pass
    rows: list[Mapping[str, Any]] = []
    number = 0
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            raise UnreadableListError(f"it looks like JSON; line {number} is none. Nothing was read.") from None
        if not isinstance(row, dict):
            raise UnreadableListError(f"line {number}: a JSON object is needed, with a value for each column.")
        rows.append(row)
    return rows, number


def _rows_within(document: Any) -> list[Mapping[str, Any]]:
    """The array of objects in a document: itself, or the longest that stands in it, as APIs wrap them."""
    if isinstance(document, dict):
        document = max(_arrays(document, _MOST_WRAPPERS), key=len, default=[document])
    if not isinstance(document, list):
        raise UnreadableListError(f"it is JSON without rows; it {NEEDS}.")
    if document and isinstance(document[0], list):  # a header and rows, as spreadsheets' APIs say them
        header = unique_names([str(cell) for cell in document[0]])
        document = [dict(zip(header, row, strict=False)) for row in document[1:] if isinstance(row, list)]
    rows: list[Mapping[str, Any]] = []
    for number, row in enumerate(document, 1):
        if not isinstance(row, dict):
            raise UnreadableListError(f"element {number} is no JSON object. Nothing was read.")
        rows.append(row)
    return rows


def _arrays(document: Mapping[str, Any], depth: int) -> Iterable[Sequence[Any]]:
    """Arrays of rows, and objects whose every value is a row: companies by their id."""
    inner = list(document.values())
    if len(inner) > 1 and all(isinstance(value, dict) for value in inner):
        yield inner
    for value in inner:
        if isinstance(value, list) and value and isinstance(value[0], dict | list):
            yield value
        elif isinstance(value, dict) and depth > 1:
            yield from _arrays(value, depth - 1)


def _frame(rows: Iterable[Mapping[str, Any]]) -> pl.DataFrame:
    flat = [_flat(row) for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    if len(names) > _MOST_COLUMNS:
        raise UnreadableListError(f"its rows have more than {_MOST_COLUMNS:,} different columns.")
    columns: Mapping[str, Sequence[str | None]] = {name: [row.get(name) for row in flat] for name in names}
    return pl.DataFrame(columns, schema=dict.fromkeys(names, pl.String))


def _flat(row: Mapping[str, Any]) -> dict[str, str | None]:
    """A row as texts; what is nested one level deep becomes columns ("company.website")."""
    flat: dict[str, str | None] = {}
    for name, value in row.items():
        inner = value if isinstance(value, dict) else None
        for key, cell in ((f"{name}.{key}", cell) for key, cell in inner.items()) if inner else ((name, value),):
            flat[key] = _text(cell)
    return flat


def _text(value: Any) -> str | None:
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return ", ".join(value)
    return orjson.dumps(value).decode()
