"""From lines to records: every physical line belongs to exactly one record, or the list is refused at that line.

Python's ``csv`` in strict mode reads what is well formed. What it finds malformed is decided here line by line: a
quote inside an unquoted field is a character, a quote that opens and never properly closes is one too, and where two
readings stay possible nobody guesses.
"""

import csv
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

MAX_LINES_OF_A_RECORD: Final = 2_000
# A file whose quotes make no sense is refused before it takes quadratic time.
_REREAD_LINES: Final = 2_000_000


class Record(NamedTuple):
    """The cells of a record and the physical lines it stands on, the first being line 1."""

    cells: list[str]
    line: int
    lines: int


class UnsureError(Exception):
    """A line that can be read in two ways, or in none; ``line`` counts from 1."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(problem)
        self.line = line
        self.problem = problem


@dataclass(frozen=True)
class Dialect:
    """How the cells of a list are told apart. ``backslash``: a quote inside a cell is written as ``\\"``."""

    separator: str
    quote: str = '"'
    backslash: bool = False
    skip_space: bool = False

    def reader(self, lines: Iterable[str]) -> "csv._reader":  # type: ignore[name-defined,unused-ignore]
        """Python's own reader, which refuses what is not well formed."""
        csv.field_size_limit(sys.maxsize)
        return csv.reader(
            lines, delimiter=self.separator, quotechar=self.quote, skipinitialspace=self.skip_space, strict=True
        )

    def prepared(self, lines: Sequence[str]) -> Sequence[str]:
        """The lines with escaped quotes as doubled ones."""
        if not self.backslash:
            return lines
        doubled = self.quote * 2
        pattern = re.compile(r"(?<!\\)((?:\\\\)*)\\" + re.escape(self.quote))
        return [pattern.sub(lambda found: found[1] + doubled, line) if "\\" in line else line for line in lines]

    @cached_property
    def _field(self) -> re.Pattern[str]:
        quote, separator = re.escape(self.quote), re.escape(self.separator)
        return re.compile(rf"(?<! )[ ]*+{quote}((?:[^{quote}]|{quote}{quote})*+){quote}[ ]*+(?={separator}|$)")

    def is_clean(self, line: str) -> bool:
        """Whether a line by itself has no quote but those around whole fields, and doubled ones within."""
        line = line.rstrip("\r\n")
        return self.quote not in line or self._line.fullmatch(line) is not None

    @cached_property
    def _line(self) -> re.Pattern[str]:
        quote, separator = re.escape(self.quote), re.escape(self.separator)
        field = rf"(?:{quote}(?:[^{quote}]|{quote}{quote})*+{quote}|[^{quote}{separator}]*+)"
        return re.compile(rf"{field}(?:{separator}{field})*+")

    def split(self, line: str) -> list[str]:
        """One line on its own: properly quoted fields are cells, every other quote is a character."""
        line = line.rstrip("\r\n")
        if self.quote not in line:
            return line.split(self.separator)
        cells: list[str] = []
        at = 0
        while True:
            if (found := self._field.match(line, at)) is not None:
                cells.append(found[1].replace(self.quote * 2, self.quote))
                end = found.end()
            else:
                end = line.find(self.separator, at)
                end = len(line) if end < 0 else end
                cells.append(line[at:end])
            if end >= len(line):
                return cells
            at = end + 1


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


def records(
    lines: Sequence[str],
    dialect: Dialect,
    width: int | None,
    is_record: Callable[[list[str]], bool],
    start: int = 0,
    *,
    strict: bool = False,
) -> Iterator[Record]:
    """The records from line ``start`` (from 0) on; blank lines are none.

    ``width`` is how many cells a full record has (None while that is not known). ``is_record`` tells whether cells
    look like a record of this list. ``strict`` takes no malformed line. Raises ``UnsureError``.
    """
    read = dialect.prepared(lines)
    done, reread = start, 0
    opened = short = False  # what the line before may have been: the beginning of a cell that ends further down
    while done < len(read):
        feed = _Feed(read, done)
        reader = dialect.reader(feed)
        begin = done
        try:
            for cells in reader:
                after = begin + reader.line_num
                if after - done > 1 and not _is_whole(cells, read[done:after], done, dialect, width, is_record):
                    break
                if len(cells) > 1 or (cells and (cells[0].strip("\ufeff \t\x00") or (width == 1 and cells == [""]))):
                    odd = (opened or short) and sum(line.count(dialect.quote) for line in read[done:after]) % 2 == 1
                    if odd or (opened and width is not None and len(cells) != width):
                        raise UnsureError(done, "a cell may begin here that ends further down")
                    if strict and len(cells) != width and dialect.quote in read[done]:
                        raise UnsureError(done + 1, f"there are {len(cells)} cells, not {width}")
                    fitted = _of_width(cells, read[done], done, dialect, width)
                    yield Record(fitted, done + 1, after - done)
                    opened, short = False, width is not None and len(fitted) < width and after - done == 1
                done = after
                feed.end = done + MAX_LINES_OF_A_RECORD
            else:
                continue
        except csv.Error:
            pass
        if strict or short:
            raise UnsureError(done + 1, "a quote stands where none can")
        reread += feed.at - done
        if reread > _REREAD_LINES:
            raise UnsureError(done + 1, "quotes open and close in too many ways")
        yield Record(_alone(read[done], done, dialect, width), done + 1, 1)
        opened = True
        done += 1


def _is_whole(  # noqa: PLR0917
    cells: list[str],
    lines: Sequence[str],
    at: int,
    dialect: Dialect,
    width: int | None,
    is_record: Callable[[list[str]], bool],
) -> bool:
    """Whether properly quoted lines are one record, rather than several with stray quotes. Raises UnsureError."""
    if width is None:
        return True
    fits = len(cells) == width or (len(cells) > width and not any(cells[width:]))
    if fits and lines[-1].endswith("\r\n") and not any(line.endswith("\r\n") for line in lines[:-1]):
        return True  # Excel's way: CRLF between records, LF within cells
    alone = [dialect.split(line) for line in lines]
    full = [len(split) == width and is_record(split) for split in alone]
    inner = any(full[at] and dialect.is_clean(lines[at]) for at in range(1, len(lines) - 1))
    like = [len(split) for split in alone if len(split) > 1 and is_record(split)]
    several = len(like) > 1 and max(like) >= width
    if fits and not inner and not several:
        return True
    if not fits and len(alone[0]) == width:
        return False
    raise UnsureError(at + 1, "a quote opens here, and what follows can be one record or several")


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
