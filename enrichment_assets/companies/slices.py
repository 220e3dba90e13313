"""Columns of a million rows, worked through slice by slice on all cores: memory that is small is used again."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final

import polars as pl

_ROWS: Final = int(__import__("os").environ.get("SL", "131072"))


def in_slices(height: int, work: Callable[[slice], pl.DataFrame]) -> pl.DataFrame:
    """What ``work`` makes of the rows of each slice, one below the other."""
    if height <= _ROWS:
        return work(slice(0, height))
    return pl.concat(_threads().map(work, [slice(at, min(at + _ROWS, height)) for at in range(0, height, _ROWS)]))


@cache
def _threads() -> ThreadPoolExecutor:
    """Kept: each thread compiles the patterns for itself, which takes as long as 100,000 rows."""
    return ThreadPoolExecutor(max_workers=pl.thread_pool_size())


def with_at(column: pl.Series, at: pl.Series, values: pl.Series) -> pl.Series:
    """The column with other values at some positions, which ascend."""

    def part(rows: slice) -> pl.DataFrame:
        here = within(at, rows)
        return column[rows].scatter(at[here] - rows.start, values[here]).to_frame()

    return in_slices(column.len(), part).to_series() if at.len() else column


def within(at: pl.Series, rows: slice) -> slice:
    """Which of the positions, which ascend, lie in a slice."""
    return slice(at.search_sorted(rows.start), at.search_sorted(rows.stop))


def first_places(texts: pl.Series) -> pl.Series:
    """For every text that stood before where it stood first; null for the others."""
    low = (1 << texts.len().bit_length()) - 1

    def keys_of(rows: slice) -> pl.DataFrame:
        at = texts[rows].is_not_null().arg_true().cast(pl.UInt64) + rows.start
        hashes = texts[rows].drop_nulls().hash()
        return (hashes - (hashes & low) + at).to_frame("key")

    # A number that holds a hash and a position sorts several times faster than a text, or than the two side by side.
    ordered = _sorted(in_slices(texts.len(), keys_of).to_series())
    same = ((ordered ^ ordered.shift()) <= low).fill_null(value=False)
    runs = pl.DataFrame({"at": (ordered & low).cast(pl.UInt32), "same": same})
    runs = runs.filter(same | same.shift(-1, fill_value=False))
    first = pl.when(~pl.col("same")).then("at").forward_fill().alias("first")
    found = _placed(texts.len(), runs.select("same", "at", first).filter("same"))
    again = found.is_not_null().arg_true()
    if (texts.gather(again) != texts.gather(found.drop_nulls())).any():
        return _by_text(texts, runs["at"].sort())
    return found


def _sorted(numbers: pl.Series) -> pl.Series:
    low = numbers < 1 << 63
    halves = (numbers.filter(low), numbers.filter(~low))
    return pl.concat(_threads().map(lambda half: half.sort(multithreaded=False), halves))


def _placed(height: int, found: pl.DataFrame) -> pl.Series:
    return pl.Series([None], dtype=pl.UInt32).new_from_index(0, height).scatter(found["at"], found["first"])


def _by_text(texts: pl.Series, at: pl.Series) -> pl.Series:
    """The same for some positions, which ascend, by the texts themselves: two may have one hash."""
    found = pl.DataFrame({"text": texts.gather(at), "at": at})
    is_first = found["text"].is_first_distinct()
    firsts = found.filter(is_first).rename({"at": "first"})
    return _placed(texts.len(), found.filter(~is_first).join(firsts, on="text", how="left", maintain_order="left"))
