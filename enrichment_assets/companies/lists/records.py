"""From lines to records: every physical line belongs to exactly one record, or the list is refused at that line.

Python's ``csv`` in strict mode reads what is well formed. What it finds malformed is decided here line by line: a
quote inside an unquoted field is a character, a quote that opens and never properly closes is one too, and where two
readings stay possible nobody guesses.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple, Protocol

from enrichment_assets.companies.lists.dialect import Dialect, UnsureError

MAX_LINES_OF_A_RECORD: Final = 2_000
# A file whose quotes make no sense is refused before it takes quadratic time.
_REREAD_LINES: Final = 2_000_000


class Record(NamedTuple):
    """The cells of a record and the physical lines it stands on, the first being line 1."""

    cells: list[str]
    line: int
    lines: int


class Shape(Protocol):
    """What the records of a list look like."""

    @property
    def width(self) -> int:
        """How many cells a full record has."""
        ...

    def is_record(self, cells: list[str]) -> bool:
        """Whether cells look like a whole record."""
        ...

    def has_address(self, cells: list[str]) -> bool:
        """Whether cells hold an address where records do."""
        ...

    def is_several(self, cell: str, separator: str) -> bool:
        """Whether a cell of several lines holds what looks like records, or parts of them."""
        ...


class _Feed:
    """Lines from one place on; ends early where a record does not, so that no stray quote takes the whole file."""

    def __init__(self, lines: Sequence[str], at: int) -> None:
        self.lines, self.at, self.end = lines, at, at + MAX_LINES_OF_A_RECORD

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        if self.at >= len(self.lines) or self.at >= self.end:
            raise StopIteration
        self.at += 1
        return self.lines[self.at - 1]


@dataclass(frozen=True)
class _Before:
    """What the record before may have been: the beginning of a cell that ends further down."""

    cells: tuple[str, ...] = ()
    alone: bool = False
    """It was malformed, and taken as a record of its own."""
    clean: bool = True
    """Its quotes stand around cells, doubled within."""
    short: bool = False
    several: bool = False


class _Quotes:
    """The lines, and the quotes that no record may take amiss."""

    def __init__(self, lines: Sequence[str], dialect: Dialect, shape: Shape, start: int) -> None:
        self.lines, self.dialect, self.shape, self.start = lines, dialect, shape, start

    @cached_property
    def excels_way(self) -> bool:
        """Whether every line end within quotes is LF and every other one CRLF."""
        within = False
        for line in self.lines[self.start :]:
            within ^= line.count(self.dialect.quote) % 2 == 1
            if within == line.endswith("\r\n") or line.endswith("\r"):
                return False
        return True

    def is_whole(self, cells: list[str], at: int, after: int) -> bool:
        """Whether properly quoted lines are one record, rather than several with stray quotes. Raises UnsureError."""
        lines, width, dialect, shape = self.lines[at:after], self.shape.width, self.dialect, self.shape
        fits = len(cells) == width or (len(cells) > width and not any(cells[width:]))
        alone = [dialect.split(line) for line in lines]
        full = [len(split) == width and shape.is_record(split) for split in alone]
        inner = any(full[at] and dialect.is_clean(lines[at]) for at in range(1, len(lines) - 1))
        like = [len(split) for split in alone if len(split) > 1 and shape.is_record(split)]
        several = len(like) > 1 and max(like) >= width
        if fits and not several:
            if self.excels_way:
                return True
            cut_off = full[0] and after == len(self.lines) and not lines[-1].endswith(("\n", "\r"))
            spanning = [cell for cell in cells if "\n" in cell or "\r" in cell]
            parts = any(shape.is_several(cell, dialect.separator) for cell in spanning)
            torn = cut_off and any(_is_tight(c, dialect.separator) or dialect.quote in c for c in spanning)
            if not inner and not parts and not torn:
                return True
        if not fits and len(alone[0]) == width:
            return False
        raise UnsureError(at + 1, "a quote opens here, and what follows can be one record or several")

    def then(self, before: _Before, cells: list[str], at: int, after: int, *, alone: bool = False) -> _Before:
        """What a record is to the one below it. Raises UnsureError where it may belong to the one above it."""
        text = "".join(self.lines[at:after])
        quotes = text.count(self.dialect.quote)
        clean = not quotes or self.dialect.is_clean(text)
        short = len(cells) < self.shape.width
        if not alone and ((before.alone and quotes % 2) or (before.short and not clean)):
            raise UnsureError(at, "a cell may begin here that ends further down")
        if (quotes or not before.clean) and self._goes_on(before, cells, quotes, clean=clean):
            raise UnsureError(at, "a cell may begin here that ends further down")
        return _Before(tuple(cells), alone, clean, short and after - at == 1, after - at > 1)

    def _goes_on(self, before: _Before, cells: list[str], quotes: int, *, clean: bool) -> bool:
        """Whether a record may be the end of the one above it."""
        nameless = not self.shape.has_address(cells)
        above = list(before.cells)
        opens = not before.clean and any(cell.lstrip().startswith(self.dialect.quote) for cell in above)
        if opens and (nameless or (not clean and not self.shape.has_address(above))):
            return True
        doubtful = before.alone or before.short or before.several or not before.clean
        if not clean and nameless and doubtful and (len(cells) < self.shape.width or not cells[-1]):
            return True
        if above and quotes % 2 and not self.shape.is_record(above):
            return True
        return bool(quotes and nameless and before.short and any(cell.startswith(" ") for cell in above))


def records(
    lines: Sequence[str], dialect: Dialect, shape: Shape | None, start: int = 0, *, strict: bool = False
) -> Iterator[Record]:
    """The records from line ``start`` (from 0) on; blank lines are none.

    ``shape`` is None while it is not known. ``strict`` takes no malformed line. Raises ``UnsureError``.
    """
    read = dialect.prepared(lines)
    width = shape.width if shape else None
    quotes = _Quotes(read, dialect, shape, start) if shape else None
    blanks = f"\ufeff \t\x00{dialect.quote}"
    done, reread, before = start, 0, _Before()
    while done < len(read):
        feed = _Feed(read, done)
        reader = dialect.reader(feed)
        begin = done
        try:
            for cells in reader:
                after = begin + reader.line_num
                if quotes and after - done > 1 and not quotes.is_whole(cells, done, after):
                    break
                if len(cells) > 1 or (cells and (cells[0].strip(blanks) or (width == 1 and cells == [""]))):
                    if before.alone and width is not None and len(cells) != width:
                        raise UnsureError(done, "a cell may begin here that ends further down")
                    if strict and len(cells) != width and dialect.quote in read[done]:
                        raise UnsureError(done + 1, f"there are {len(cells)} cells, not {width}")
                    fitted = _of_width(cells, read[done], done, dialect, width)
                    before = quotes.then(before, fitted, done, after) if quotes else before
                    yield Record(fitted, done + 1, after - done)
                done = after
                feed.end = done + MAX_LINES_OF_A_RECORD
            else:
                continue
        except csv.Error:
            pass
        if strict or before.short:
            raise UnsureError(done + 1, "a quote stands where none can")
        reread += feed.at - done
        if reread > _REREAD_LINES:
            raise UnsureError(done + 1, "quotes open and close in too many ways")
        cells = _alone(read[done], done, dialect, width)
        before = quotes.then(before, cells, done, done + 1, alone=True) if quotes else before
        yield Record(cells, done + 1, 1)
        done += 1


def _is_tight(cell: str, separator: str) -> bool:
    """Whether separators stand in it without a blank behind, as in records and unlike in prose."""
    return any(not part.startswith(" ") for line in cell.splitlines() for part in line.split(separator)[1:])


def _of_width(cells: list[str], line: str, at: int, dialect: Dialect, width: int | None) -> list[str]:
    """A short or long record; one whose whole line was quoted as a cell is split. Raises UnsureError."""
    if len(cells) == width:
        return cells
    if width is None:
        return dialect.split(cells[0]) if len(cells) == 1 and dialect.quote in line else cells
    if dialect.quote not in line:
        return cells
    within = dialect.split(cells[0]) if len(cells) == 1 else cells
    if len(within) == width:
        return within
    if line.count(dialect.quote) % 2 or len(line.rstrip("\r\n").split(dialect.separator)) == width:
        raise UnsureError(at + 1, f"quotes make it hard to tell its {width} cells apart")
    return cells


def _alone(line: str, at: int, dialect: Dialect, width: int | None) -> list[str]:
    """A malformed line as a record of its own, where it fills the width. Raises UnsureError."""
    cells = dialect.split(line)
    if width is not None and len(cells) != width:
        plain = line.rstrip("\r\n").split(dialect.separator)
        if len(plain) != width:
            raise UnsureError(at + 1, f"a quote stands where none can, and the line has not {width} cells")
        return plain
    return cells
