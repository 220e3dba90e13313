"""Columns of a million rows, worked through slice by slice on all cores: memory that is small is used again."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final

import polars as pl

_ROWS: Final = 262_144


def in_slices(height: int, work: Callable[[slice], pl.DataFrame]) -> pl.DataFrame:
    """What ``work`` makes of the rows of each slice, one below the other."""
    if height <= _ROWS:
        return work(slice(0, height))
    return pl.concat(list(_threads().map(work, [slice(at, min(at + _ROWS, height)) for at in range(0, height, _ROWS)])))


@cache
def _threads() -> ThreadPoolExecutor:
    """Kept: each thread compiles the patterns for itself, which takes as long as 100,000 rows."""
    return ThreadPoolExecutor(max_workers=pl.thread_pool_size())


def with_at(frame: pl.DataFrame, at: pl.Series, values: pl.DataFrame) -> pl.DataFrame:
    """The frame with other values of some of its columns at some positions, which ascend."""

    def part(rows: slice) -> pl.DataFrame:
        here = within(at, rows)
        places, those = at[here] - rows.start, frame[rows]
        return those.with_columns(those[name].scatter(places, values[name][here]) for name in values.columns)

    return in_slices(frame.height, part) if at.len() else frame


def within(at: pl.Series, rows: slice) -> slice:
    """Which of the positions, which ascend, lie in a slice."""
    return slice(at.search_sorted(rows.start), at.search_sorted(rows.stop))


def first_places(texts: pl.Series, hashes: pl.Series) -> pl.Series:
    """For every text that stood before where it stood first; null for the others."""
    low = (1 << texts.len().bit_length()) - 1

    def keys_of(rows: slice) -> pl.DataFrame:
        at = texts[rows].is_not_null().arg_true()
        those = hashes[rows].gather(at)
        keys: pl.Series = those - (those & low) + at + rows.start
        return keys.to_frame("key")

    keys = in_slices(texts.len(), keys_of).to_series()
    is_low = keys < 1 << 63

    def runs_of(which: pl.Series) -> pl.DataFrame:
        # A number that holds hash and position sorts several times faster than a text, or than the two side by side.
        ordered = keys.filter(which).sort(multithreaded=False)
        same = ((ordered ^ ordered.shift()) <= low).fill_null(value=False)
        runs = pl.DataFrame({"at": ordered & low, "same": same}).filter(same | same.shift(-1, fill_value=False))
        first = pl.when(~pl.col("same")).then("at").forward_fill().alias("first")
        return runs.select("same", pl.col("at").cast(pl.UInt32), first.cast(pl.UInt32))

    runs = pl.concat(list(_threads().map(runs_of, (is_low, ~is_low))))
    found = _placed(texts.len(), runs.filter("same"))
    again = found.is_not_null().arg_true()
    if (texts.gather(again) != texts.gather(found.drop_nulls())).any():
        return _by_text(texts, runs["at"].sort())
    return found


def _placed(height: int, found: pl.DataFrame) -> pl.Series:
    return pl.Series([None], dtype=pl.UInt32).new_from_index(0, height).scatter(found["at"], found["first"])


def _by_text(texts: pl.Series, at: pl.Series) -> pl.Series:
    """The same for some positions, which ascend, by the texts themselves: two may have one hash."""
    found = pl.DataFrame({"text": texts.gather(at), "at": at})
    is_first = found["text"].is_first_distinct()
    firsts = found.filter(is_first).rename({"at": "first"})
    return _placed(texts.len(), found.filter(~is_first).join(firsts, on="text", how="left", maintain_order="left"))
