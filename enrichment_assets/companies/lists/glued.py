"""Exports glued together: a header further down, with other columns than the one above."""

import re
from functools import cache
from typing import Final

import polars as pl

from enrichment_assets.companies.headers import known_keys, map_headers
from enrichment_assets.companies.lists.errors import UnreadableListError
from enrichment_assets.companies.lists.table import Asked, Table

_LONGEST: Final = 60
_BEYOND: Final = re.compile(r"[,;\t|]")
"""Cells beyond the width of the list stand in its last column."""
_LEAST: Final = 2
"""Known headers that make a row a header: a company may be called Website."""


def refuse_other_header(table: Table, asked: Asked, at: pl.Series) -> None:
    """Raises UnreadableListError where a row is a header of other columns, so that rows below it would be misread.

    ``at``: the positions of the rows that may be one, which are those that name no company. The same columns once more
    are a row like any other, and no company.
    """
    own, columns = table.own, table.columns
    if not at.len():
        return
    rows = own[at].insert_column(0, at.alias("\x00at"))
    # Records have addresses in them, headers have none.
    rows = rows.filter(~pl.any_horizontal(pl.col(own.columns).str.contains("[.@]").fill_null(value=False)))
    keys = rows.select(_key(pl.col(name)).alias(name) for name in own.columns)
    hits = keys.select(pl.any_horizontal(pl.all().is_in(_keys().implode()).fill_null(value=False))).to_series()
    kinds = keys.filter(hits).with_row_index("\x00").unique(own.columns, keep="first", maintain_order=True)
    for position, *row in rows.filter(hits)[kinds["\x00"]].iter_rows():
        cells = [cell or "" for cell in row]
        cells[-1:] = _BEYOND.split(cells[-1])
        found = map_headers(cells, asked.columns)
        if not (found.usable and (found.names or len((*found.sites, *found.emails)) >= _LEAST)):
            continue
        if found == columns:
            continue
        where = f"line {table.lines[position]}" if table.lines else f"row {position + table.first_row}"
        raise UnreadableListError(
            f"{where}: another list begins here, with other columns than above. Split the file above it."
        )


def _key(column: pl.Expr) -> pl.Expr:
    """As ``header_key`` does it, of cells that are short enough for headers."""
    short = pl.when(column.str.len_bytes() <= _LONGEST).then(column)
    return short.str.normalize("NFKD").str.to_lowercase().str.replace_all(r"[^\p{L}]", "")


@cache
def _keys() -> pl.Series:
    return pl.Series(sorted(known_keys()), dtype=pl.String)
