"""Totals and remarks below a list: rows like any other, but no companies to look for."""

import csv
import re
from functools import cache
from pathlib import Path
from typing import Final

import polars as pl

from enrichment_assets.companies.lists.table import Table

_DATA: Final = Path(__file__).parents[1] / "data" / "footers.csv"
_TAIL: Final = 30


def footer_rows(table: Table) -> pl.Series:
    """Which of the table's last rows are footers: true for those of an unbroken run from the end.

    A row belongs to it when its first text begins as footers do (``data/footers.csv``), or when it has one cell only
    and stands below a blank line. Rows with an address where the list has its sites end the run.
    """
    own = table.own
    size = 0
    asked = (*table.columns.sites, *table.columns.emails)
    tail = own.tail(_TAIL)
    for back, row in enumerate(reversed(tail.rows()), 1):
        filled = [(at, cell) for at, cell in enumerate(row) if cell and cell.strip()]
        lonely = back <= table.after_gap and len(filled) == 1 and own.width > 1
        if not filled or not (lonely or _begins().match(filled[0][1].strip())):
            break
        if any(at in asked and "." in cell and " " not in cell.strip() for at, cell in filled):
            break
        size = back
    return pl.int_range(own.height, dtype=pl.UInt32, eager=True) >= own.height - size


@cache
def _begins() -> re.Pattern[str]:
    with _DATA.open(encoding="utf-8", newline="") as file:
        patterns = "|".join(f"(?:{row['pattern']})" for row in csv.DictReader(file))
    return re.compile(rf"\A(?:{patterns})", re.IGNORECASE)
