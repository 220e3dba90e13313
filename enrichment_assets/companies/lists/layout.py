"""How a delimited list is laid out: where its header stands, and how its cells are told apart."""

import contextlib
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from enrichment_assets.companies.domain import PLACEHOLDERS, Rejected, canonical_domain
from enrichment_assets.companies.headers import ListColumns, has_asked, known_headers, map_headers
from enrichment_assets.companies.lists.dialect import Dialect, UnsureError
from enrichment_assets.companies.lists.errors import UnreadableListError
from enrichment_assets.companies.lists.records import Record, records
from enrichment_assets.companies.lists.table import Asked, mapped, no_companies, unique_names

SEPARATORS: Final = (",", ";", "\t", "|", "^", "~", "¦", "\x01")
# A list of one column has no separator: a comma in its cells is the cell's own.
NO_SEPARATOR: Final = "\x1f"
_PREAMBLE: Final = 30
_MOST_COLUMNS: Final = 100_000
_LOOK_AT: Final = 100
_ADDRESS: Final = re.compile(r"\A(?:https?://)?+([^\s@/,;?:#]*+(?:@[^\s@/,;?:#]*+)?+)(?:[/?:#]\S*+)?+\Z", re.IGNORECASE)
_WITHIN_WORD: Final = re.compile(r'(?<=\w)"(?=\w)')
_NOTHING: Final = PLACEHOLDERS | {""}
_ANNOUNCED: Final = re.compile(r"\A\s*+\"?sep=(.)\"?[ ,;\t]*+(?:\r\n|\r|\n)")


def _is_address(cell: str) -> bool:
    """Whether a cell holds a site or an e-mail address, and so is no header."""
    found = _ADDRESS.match(cell)
    host = found[1] if found else ""
    return ("@" in host or "." in host) and len(host) > 2 and host[-2:].isalpha()


@dataclass(frozen=True)
class Layout:
    """The header, and where the records begin (``start``, a line from 0).

    ``width`` is how many cells a full record has; ``headers`` has as many names. ``below`` lines stand above the
    header. Without a header ``first_row`` is 1.
    """

    dialect: Dialect
    headers: list[str]
    columns: ListColumns
    start: int
    width: int
    above: int = 0
    first_row: int = 2

    def is_record(self, cells: list[str]) -> bool:
        """Whether cells look like a whole record: an address, or nothing, where the list has its sites.

        Prose has a blank after its commas, records have none.
        """
        held = self._held(cells)
        if any(_is_address(cell) for cell in held):
            return True
        prose = any(cell.startswith(" ") for cell in cells) or not any(cells)
        return len(cells) == self.width and not prose and all(cell.lower() in _NOTHING for cell in held)

    def has_address(self, cells: list[str]) -> bool:
        """Whether cells hold an address where the list has its sites; in one of names alone, whether they fit."""
        if not self.columns.usable:
            return len(cells) == self.width
        return any(_is_address(cell.strip()) for cell in self._held(cells))

    def is_several(self, cell: str, separator: str) -> bool:
        """Whether a cell of several lines has an address on one of them as records have it, not as prose has."""
        blank = " " if separator in ",;" else "\n"
        for line in cell.splitlines():
            parts = _WITHIN_WORD.sub(lambda _: separator, line).split(separator)
            for at, part in enumerate(parts):
                tight = at > 0 or (len(parts) > 1 and not parts[1].startswith(blank))
                if tight and _is_address(part[:2000].strip('"')):
                    return True
        return False

    def _held(self, cells: list[str]) -> list[str]:
        asked = (*self.columns.sites, *self.columns.emails)
        return [cells[at][:2000].strip('"') for at in asked if at < len(cells)]


def find_layout(lines: Sequence[str], asked: Asked) -> Layout:
    """Raises UnreadableListError where no header is found and the records do not speak for themselves."""
    announced = _ANNOUNCED.match("".join(lines[:2]))
    skip = 1 if announced else 0
    head = lines[skip : skip + _LOOK_AT + _PREAMBLE]
    if any(len(line) > _MOST_COLUMNS and line.count(mark) > _MOST_COLUMNS for line in head for mark in SEPARATORS):
        raise UnreadableListError(f"a line has more than {_MOST_COLUMNS:,} separators.")
    separators = [announced[1]] if announced else [s for s in (*SEPARATORS, NO_SEPARATOR) if _occurs(s, head)]
    best: tuple[tuple[object, ...], Layout] | None = None
    seen: list[str] = []
    for separator in separators:
        dialect = _dialect(separator, head)
        for number, header in enumerate(_tolerant(head, dialect)):
            columns = _columns(header.cells, asked, number, alone=separator == NO_SEPARATOR)
            if number == 0 and len(header.cells) > len(seen):
                seen = header.cells
            if columns is None:
                continue
            layout = _laid_out(lines, skip, dialect, header, columns)
            score = (columns.usable, bool(columns.names), -number, layout.width > 1, _agreement(lines, layout))
            if best is None or score > best[0]:
                best = score, layout
            break
    if best is not None:
        return best[1]
    return _headless(lines, skip, asked, seen)


def _occurs(separator: str, head: Sequence[str]) -> bool:
    return separator == NO_SEPARATOR or any(separator in line for line in head[:_PREAMBLE])


def _dialect(separator: str, head: Sequence[str]) -> Dialect:
    """With the quotes that the first line has."""
    mark = re.escape(separator)
    first = next((line.strip() for line in head if line.strip()), "")
    single = re.fullmatch(rf"'[^']*'(?:{mark}'[^']*')*", first) is not None
    return Dialect(separator, "'" if single else '"')


def _tolerant(lines: Sequence[str], dialect: Dialect) -> list[Record]:
    """The first records, as far as they can be told."""
    found: list[Record] = []
    with contextlib.suppress(UnsureError):
        found.extend(islice(records(lines, dialect, None), _PREAMBLE))
    return found


def _columns(cells: list[str], asked: Asked, number: int, *, alone: bool) -> ListColumns | None:
    """What the cells of a record are as a header; None where they are none. ``alone``: of a list of one column."""
    if asked.columns:
        return map_headers(cells, asked.columns) if has_asked(cells, asked.columns) else None
    columns = map_headers(cells)
    data = any(_is_address(cell.strip()) for cell in cells)
    if columns.usable:
        return columns if number == 0 or not data else None
    named = columns.names and not data and (len(known_headers(cells)) > 1 or (alone and number == 0))
    return columns if named else None


def _laid_out(lines: Sequence[str], skip: int, dialect: Dialect, header: Record, columns: ListColumns) -> Layout:
    start = skip + header.line - 1 + header.lines
    below = (dialect.split(line) for line in lines[start - header.lines + 1 : start])
    if any(_is_address(cell.strip('"')) for split in below for cell in split if len(split) > 1):
        raise UnsureError(start - header.lines + 1, "a quote opens in the header, and what follows looks like data")
    cells = header.cells
    widths = Counter(len(dialect.split(line)) for line in lines[start : start + _LOOK_AT] if line.strip())
    width = max(widths, key=lambda size: (widths[size], -abs(size - len(cells))), default=len(cells))
    if width < len(cells) or widths[width] < sum(widths.values()) * 0.6:
        width = len(cells)
    names = unique_names([*cells, *[""] * (width - len(cells))])
    return Layout(dialect, names, columns, start, width, above=skip + header.line - 1)


def _agreement(lines: Sequence[str], layout: Layout) -> tuple[float, int]:
    """Which part of the records below has the header's width, and how many cells that are."""
    split = [len(layout.dialect.split(line)) for line in lines[layout.start : layout.start + _LOOK_AT] if line.strip()]
    full = sum(size == layout.width for size in split) / len(split) if split else 1.0
    return round(full, 1), len(layout.headers)


def _headless(lines: Sequence[str], skip: int, asked: Asked, seen: list[str]) -> Layout:
    """A list of one column that holds nothing but addresses needs no header; anything else does."""
    if asked.columns:
        mapped(unique_names(seen), asked)  # names the column that is not there
    cells = [line.strip().strip('"') for line in lines[skip : skip + _LOOK_AT] if line.strip()]
    names = [not isinstance(canonical_domain(cell), Rejected) for cell in cells]
    if cells and names[0] and sum(names) >= len(names) * 0.8 and not any(_tabular(cell) for cell in cells):
        kind = "email" if sum("@" in cell for cell in cells) * 2 > len(cells) else "website"
        return Layout(Dialect(NO_SEPARATOR), [kind], map_headers([kind]), skip, 1, first_row=1)
    data = any(not isinstance(canonical_domain(cell), Rejected) for cell in seen)
    where = f"A header was looked for from line {skip + 1} to {_PREAMBLE}."
    raise no_companies(seen, "The first line looks like data: put a header line above it." if data else "", where)


def _tabular(cell: str) -> bool:
    return any(separator in cell for separator in (",", ";", "\t", "|", "=", " "))


def unreadable(error: UnsureError) -> UnreadableListError:
    """The line, and what to do about it."""
    return UnreadableListError(
        f"line {error.line}: {error.problem}. Nothing was read, so that no row is lost: put that line right "
        '(a quote within a quoted cell is written "") or save the list as .xlsx.'
    )
