"""What a list is read into, whatever its format, and what is asked of the reading."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

import polars as pl

from enrichment_assets.companies.headers import ListColumns, header_key, known_headers, map_headers
from enrichment_assets.companies.lists.errors import NEEDS, UnreadableListError

_WORDS: Final = re.compile(r"[^\W\d_]{1,14}(?:[ _][^\W\d_]{1,14}){0,3}")
_NOTHING: Final[Mapping[str, Sequence[str]]] = MappingProxyType({})


@dataclass(frozen=True)
class Asked:
    """How a list is to be read.

    ``sample`` rows are the first, or with ``at_random`` the same random ones each time. ``columns`` names columns by
    kind (``headers.KINDS``), ``encoding`` a codec, ``sheet`` a sheet of a workbook, by name or by number from 1.
    """

    sample: int | None = None
    at_random: bool = False
    columns: Mapping[str, Sequence[str]] = field(default_factory=lambda: _NOTHING)
    encoding: str | None = None
    sheet: str | None = None

    @property
    def records(self) -> int | None:
        """How many records from the top are enough."""
        return None if self.at_random else self.sample


@dataclass(frozen=True)
class Table:
    """A list's own columns as strings, in file order, and what was found out on the way.

    ``first_row``: the number of the first record below the header, which is 1 (1 where there is no header).
    ``guessed``: rows whose letters beyond ASCII are a guess (None: none). ``after_gap``: how many records stand below
    the file's last blank line, if fewer than the whole. ``said``: sentences about how it was read. ``lines``: where
    the records stand in a file of lines, the first line being 1.
    """

    own: pl.DataFrame
    columns: ListColumns
    first_row: int = 2
    guessed: pl.Series | None = None
    after_gap: int = 0
    said: tuple[str, ...] = ()
    lines: Sequence[int] = ()


def unique_names(headers: Sequence[str]) -> list[str]:
    """Headers on one line each, no two the same, the empty ones numbered."""
    names: list[str] = []
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    for at, header in enumerate(headers, 1):
        name = base = " ".join(header.replace("\x00", "").replace("\ufeff", "").split()) or f"column_{at}"
        while name in taken:
            numbers[base] = numbers.get(base, 1) + 1
            name = f"{base}_{numbers[base]}"
        taken.add(name)
        names.append(name)
    return names


def table_of(frame: pl.DataFrame, asked: Asked, said: tuple[str, ...] = ()) -> Table:
    """A table that came with its headers: a workbook, documents, Parquet, the answer of a query."""
    frame = frame.rename(dict(zip(frame.columns, unique_names(frame.columns), strict=True)))
    return Table(frame, mapped(frame.columns, asked), said=said)


def mapped(headers: Sequence[str], asked: Asked) -> ListColumns:
    """Which columns are what. Raises UnreadableListError where a list of companies is not possible."""
    for kind, names in asked.columns.items():
        for name in names:
            if not any(name.strip() == header or header_key(name) == header_key(header) for header in headers):
                raise UnreadableListError(f"--column {kind}={name}: there is no such column. {found(headers)}")
    columns = map_headers(headers, asked.columns)
    if not columns.usable and not columns.names:
        raise no_companies(headers)
    return columns


def no_companies(headers: Sequence[str], hint: str = "", where: str = "") -> UnreadableListError:
    """What is missing, and what is there instead."""
    way = "If it is a list, say which column is which: --column company=NAME --column website=NAME."
    said = (f'"No companies": {NEEDS}; {found(headers)}', where, hint or way)
    return UnreadableListError(" ".join(filter(None, said)))


def found(headers: Sequence[str]) -> str:
    """The headers that may be shown, as a sentence; of the others only how many: the file may be no list at all.

    Shown are known headers and, of a table, plain words: a key or a password is none.
    """
    known = set(known_headers(headers))
    words = [h for h in headers if h in known or (len(headers) > 1 and _WORDS.fullmatch(h.strip()))]
    shown = [" ".join(header.split())[:40] for header in words[:12]]
    others = len(headers) - len(shown)
    if not shown:
        return f"none of its {others} columns has a known header." if others > 1 else "it has no known header."
    return f"found {', '.join(shown)}" + (f" and {others} more." if others else ".")
