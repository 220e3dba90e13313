"""Lists that are no files here: standard input, an http(s) address, a Google Sheet, a database's answer.

Each is fetched into a file that its owner alone can read, so that a run can be resumed on the same rows.
"""

import hashlib
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final
from urllib.parse import parse_qs, quote, urljoin, urlsplit

import polars as pl

from enrichment_assets.companies.lists.cells import as_strings
from enrichment_assets.companies.lists.errors import UnreadableListError
from enrichment_assets.companies.lists.unpacking import MOST_BYTES

_CHUNK: Final = 1024 * 1024
_TIMEOUT_S: Final = 60
_REDIRECTS: Final = 5
_MOST_ROWS: Final = 5_000_000
_SHEET: Final = re.compile(r"^/spreadsheets/d/(?P<published>e/)?(?P<id>[\w-]+)")


def is_address(source: str) -> bool:
    """Whether a source is to be fetched over http(s)."""
    return source.lower().startswith(("http://", "https://"))


def host_of(source: str) -> str:
    """Of an address, what may be shown: its host."""
    return urlsplit(source).hostname or "nowhere"


def fetch_input(into: Path, stream: BinaryIO | None = None) -> Path:
    """Standard input as a file. Raises UnreadableListError for more than a list may have."""
    return _kept(into, "input", (stream or sys.stdin.buffer).read(MOST_BYTES + 1))


def fetch_address(address: str, into: Path, sheet: str | None, is_public: Callable[[str], bool]) -> Path:
    """What an address answers, as a file. It may be private, as the operator named it; a public one may not lead there.

    ``is_public`` tells of an IP address. Raises UnreadableListError, which never shows the address's query.
    """
    import httpx  # noqa: PLC0415 - few lists come from the network

    url = sheet_export(address, sheet) or address
    host = urlsplit(url).hostname or ""
    may_be_private = not _all_public(host, is_public)
    try:
        with httpx.Client(timeout=_TIMEOUT_S) as client:
            for _ in range(_REDIRECTS + 1):
                with client.stream("GET", url) as reply:
                    if reply.is_redirect:
                        url = urljoin(url, reply.headers.get("location", ""))
                        if not may_be_private and not _all_public(urlsplit(url).hostname or "", is_public):
                            raise UnreadableListError(f"{host} sends on to an address that is not public; not fetched.")
                        if not is_address(url):
                            raise UnreadableListError(f"{host} sends on to something that is no web address.")
                        continue
                    return _kept(
                        into, host, _answer(reply.status_code, reply.headers, reply.iter_bytes(_CHUNK), address)
                    )
    except httpx.HTTPError as error:
        raise UnreadableListError(f"{host} cannot be reached: {type(error).__name__}.") from None
    raise UnreadableListError(f"{host} redirects too often.")


def sheet_export(address: str, sheet: str | None = None) -> str | None:
    """Where Google gives a shared or published sheet as CSV; None for another address.

    ``https://docs.google.com/spreadsheets/d/ID/edit#gid=N`` is exported at ``/export?format=csv``, one published to
    the web (``/d/e/ID/pubhtml``) at ``/pub?output=csv``, a sheet by its name at ``/gviz/tq?tqx=out:csv``.
    """
    parts = urlsplit(address)
    found = _SHEET.match(parts.path)
    if parts.hostname != "docs.google.com" or found is None:
        return None
    base = f"{parts.scheme}://{parts.netloc}/spreadsheets/d/{found['published'] or ''}{found['id']}"
    given = parse_qs(parts.query) | parse_qs(parts.fragment)
    gid = f"&gid={quote(given['gid'][0])}" if "gid" in given else ""
    if found["published"]:
        return f"{base}/pub?output=csv{gid}"
    if sheet is not None:
        return f"{base}/gviz/tq?tqx=out:csv&sheet={quote(sheet)}"
    return f"{base}/export?format=csv{gid}"


def fetch_query(query: str, database: str, into: Path) -> Path:
    """A query's rows as a Parquet file. ``database`` is a SQLAlchemy URL, or ``duckdb:///FILE``.

    Raises UnreadableListError, which shows neither the URL nor what the database said of its rows.
    """
    frame = _duckdb_rows(query, database) if database.startswith("duckdb:") else _sqlalchemy_rows(query, database)
    if frame.height > _MOST_ROWS:
        raise UnreadableListError(f"the query gives more than {_MOST_ROWS:,} rows; limit it.")
    folder = _private(into)
    digest = hashlib.sha256("\n".join((database, query)).encode()).hexdigest()
    path = folder / f"query-{digest[:12]}.parquet"
    path.touch(mode=0o600)
    as_strings(frame).write_parquet(path)
    return path


def _duckdb_rows(query: str, database: str) -> pl.DataFrame:
    try:
        import duckdb  # noqa: PLC0415 - an extra
    except ImportError:
        raise UnreadableListError("--from duckdb: needs an extra: pip install 'enrichment-assets[duckdb]'") from None
    name = database.removeprefix("duckdb:").removeprefix("///") or ":memory:"
    try:
        with duckdb.connect(name, read_only=name != ":memory:") as connection:
            cursor = connection.execute(query)
            names = [column[0] for column in cursor.description or ()]
            rows = cursor.fetchmany(_MOST_ROWS + 1)
    except duckdb.Error as error:
        raise UnreadableListError(f"the query failed: {type(error).__name__}.") from None
    return _rows_frame(names, rows)


def _sqlalchemy_rows(query: str, database: str) -> pl.DataFrame:
    from sqlalchemy import create_engine, text  # noqa: PLC0415
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError  # noqa: PLC0415

    try:
        engine = create_engine(database)
        with engine.connect() as connection:
            result = connection.execution_options(stream_results=True).execute(text(query))
            names = list(result.keys())
            rows = [tuple(row) for row in result.fetchmany(_MOST_ROWS + 1)]
            connection.rollback()
    except (ArgumentError, NoSuchModuleError):
        raise UnreadableListError(
            "--from is no database URL that SQLAlchemy knows (driver://user@host/name)."
        ) from None
    except ImportError as error:
        raise UnreadableListError(
            f"--from needs the driver {error.name}: pip install it, or an extra like [postgres]."
        ) from None
    except SQLAlchemyError as error:
        raise UnreadableListError(f"the query failed: {type(error).__name__}.") from None
    return _rows_frame(names, rows)


def _rows_frame(names: list[str], rows: list[tuple[object, ...]]) -> pl.DataFrame:
    def text_of(value: object) -> str | None:
        return None if value is None else str(value)

    columns: Mapping[str, list[str | None]] = {
        name: [text_of(row[at]) for row in rows] for at, name in enumerate(dict.fromkeys(names))
    }
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def _all_public(host: str, is_public: Callable[[str], bool]) -> bool:
    """Whether every address of a host is public."""
    try:
        found = {str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError):
        return False
    return bool(found) and all(is_public(address) for address in found)


def _answer(status: int, headers: Mapping[str, str], parts: Iterator[bytes], address: str) -> bytes:
    host = urlsplit(address).hostname or ""
    is_sheet = sheet_export(address) is not None
    shared = "share the sheet with anyone who has the link, or publish it to the web (File, Share, Publish as CSV)"
    if status != 200:
        raise UnreadableListError(f"{host} answers {status}" + (f": {shared}." if is_sheet else "."))
    if is_sheet and "text/html" in headers.get("content-type", ""):
        raise UnreadableListError(f"{host} asks for a login: {shared}.")
    data = bytearray()
    for part in parts:
        data += part
        if len(data) > MOST_BYTES:
            raise UnreadableListError(f"{host} answers more than {MOST_BYTES // 1024**2} MB.")
    return bytes(data)


def _kept(into: Path, name: str, data: bytes) -> Path:
    if len(data) > MOST_BYTES:
        raise UnreadableListError(f"it has more than {MOST_BYTES // 1024**2} MB.")
    path = _private(into) / f"{re.sub(r'[^a-zA-Z0-9.-]', '-', name)}-{hashlib.sha256(data).hexdigest()[:12]}.list"
    with _opened(path) as file:
        file.write(data)
    return path


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:  # noqa: PTH123
        yield file


def _private(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
