"""How the cells of a line are told apart, and what is said of a line that nobody can tell apart."""

import csv
import re
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property


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
        """The lines with escaped quotes as doubled ones, and without the marks that glued files begin with."""
        if any(line.startswith("\ufeff") for line in lines):
            lines = [line.lstrip("\ufeff") for line in lines]
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
        """Whether a line or a whole record has no quote but those around whole fields, and doubled ones within."""
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
