"""Tables in Markdown, as Dagster shows them. What stands in a cell is text, or an address as a link: never markup."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

_MARKUP: Final = re.compile(r"[\\`*_\[\]<>|~]")
"""What means something inside a cell. No more: a name is to be found as it is spelt, by ``enrich forget`` too."""
_ADDRESS: Final = re.compile(r"https?://[^\s<>|]{1,500}")
LONGEST_CELL: Final = 300


def cell(text: object) -> str:
    """Any text as one cell; None is an empty one."""
    line = "" if text is None else " ".join(str(text).split())
    if _ADDRESS.fullmatch(line):
        return f"<{line}>"
    short = line if len(line) <= LONGEST_CELL else line[: LONGEST_CELL - 1] + "…"
    return _MARKUP.sub(r"\\\g<0>", short)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; numbers stand right."""
    listed = [tuple(row) for row in rows]
    right = [bool(listed) and all(isinstance(row[at], int | float) for row in listed) for at in range(len(columns))]
    head, *shown = [" | ".join(map(cell, row)) for row in (columns, *listed)]
    rule = " | ".join("---:" if each else "---" for each in right)
    return "\n".join(f"| {line} |" for line in (head, rule, *shown))
