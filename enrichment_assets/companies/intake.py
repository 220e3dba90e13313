"""A list of companies, every row of it accounted for."""

from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Final, overload

import polars as pl

from enrichment_assets.companies.company import Company
from enrichment_assets.companies.domain_columns import canonical_domains
from enrichment_assets.companies.headers import map_headers
from enrichment_assets.companies.reading import read_table

FIRST_RECORD: Final = 2  # the header is record 1
_SLICE: Final = 10_000


class Companies(Sequence[Company]):
    """Companies kept as columns; objects are made only as they are asked for."""

    def __init__(self, frame: pl.DataFrame) -> None:
        self._frame = frame

    def __len__(self) -> int:
        return self._frame.height

    @property
    def domains(self) -> list[str]:
        """Their domains, in order."""
        return self._frame["domain"].to_list()

    @overload
    def __getitem__(self, at: int) -> Company: ...
    @overload
    def __getitem__(self, at: slice) -> "Companies": ...
    def __getitem__(self, at: int | slice) -> "Company | Companies":
        if isinstance(at, slice):
            return Companies(self._frame[at])
        return Company.named(*self._frame.row(at))

    def __iter__(self) -> Iterator[Company]:
        for part in self._frame.iter_slices(_SLICE):
            for domain, name in part.iter_rows():
                yield Company.named(domain, name)


@dataclass(frozen=True)
class CompanyList:
    """One list as it was read.

    ``own`` holds the list's own columns as strings, ``rows`` one line per record, in the same order: ``row`` (the
    record's number in the file, the header being 1), ``company_name``, ``website`` (the cell that decided),
    ``domain``, ``outcome`` (company, rejected, duplicate), ``code`` and ``reason`` of a rejection or duplicate,
    ``duplicate_of_row``.
    """

    path: Path
    own: pl.DataFrame
    rows: pl.DataFrame

    @cached_property
    def companies(self) -> Companies:
        """Each company once, in the order of its first row."""
        return Companies(self.rows.filter(pl.col("outcome") == "company").select("domain", "company_name"))

    @cached_property
    def counts(self) -> dict[str, int]:
        """Rows by outcome; they add up to the list's rows."""
        found = dict(self.rows.group_by("outcome").len().iter_rows())
        return {outcome: found.get(outcome, 0) for outcome in ("company", "rejected", "duplicate")}

    @cached_property
    def rejections(self) -> dict[str, int]:
        """Rejected rows by code, most frequent first."""
        rejected = self.rows.filter(pl.col("outcome") == "rejected").group_by("code").len()
        return dict(rejected.sort(["len", "code"], descending=[True, False]).iter_rows())

    def rejecting(self, domains: Collection[str], code: str, reason: str) -> "CompanyList":
        """The same list with every row of these companies, duplicates too, rejected for a reason."""
        if not domains:
            return self
        theirs = pl.col("domain").is_in(list(domains)).fill_null(value=False)
        rows = self.rows.with_columns(
            outcome=pl.when(theirs).then(pl.lit("rejected")).otherwise("outcome"),
            code=pl.when(theirs).then(pl.lit(code)).otherwise("code"),
            reason=pl.when(theirs).then(pl.lit(reason)).otherwise("reason"),
            duplicate_of_row=pl.when(~theirs).then("duplicate_of_row"),
            domain=pl.when(~theirs).then("domain"),
        )
        return replace(self, rows=rows)


def read_list(path: Path | str, *, sample: int | None = None) -> CompanyList:
    """Read a list; ``sample`` takes only its first rows.

    Raises ``UnreadableListError`` for a file that holds no list of companies. Rows never raise: each one is a
    company, a duplicate of an earlier row, or rejected with a reason.
    """
    path = Path(path).expanduser()
    own = read_table(path, records=sample)
    columns = map_headers(own.columns)
    decided = _decided(own, columns.sites, columns.emails)
    with ThreadPoolExecutor(max_workers=1) as beside:
        repeats = beside.submit(_repeats, decided["domain"])
        rows = decided.select(
            pl.int_range(FIRST_RECORD, own.height + FIRST_RECORD, dtype=pl.UInt32).alias("row"),
            _names(own, columns.name),
            "website",
            "domain",
            "code",
            "reason",
        )
    return CompanyList(path=path, own=own, rows=_deduplicated(rows, *repeats.result()))


def _names(own: pl.DataFrame, at: int | None) -> pl.Series:
    if at is None:
        return pl.Series([None], dtype=pl.String).new_from_index(0, own.height).alias("company_name")
    return own.to_series(at).str.strip_chars().replace("", None).alias("company_name")


def _decided(own: pl.DataFrame, sites: Sequence[int], emails: Sequence[int]) -> pl.DataFrame:
    """The first site column that gives a company decides; an e-mail address only where every site is empty."""
    first, *others = [(at, False) for at in sites] + [(at, True) for at in emails]
    decided = _resolved(own.to_series(first[0]), emails=first[1])
    for at, is_email in others:
        is_open = decided["code"] == "empty" if is_email else decided["domain"].is_null()
        if not is_open.any():
            continue
        column = own.to_series(at)
        fresh = _resolved(column.zip_with(is_open, pl.Series([None], dtype=pl.String)), emails=is_email)
        better = is_open & (fresh["domain"].is_not_null() | ((decided["code"] == "empty") & (fresh["code"] != "empty")))
        better = better.fill_null(value=False)
        decided = pl.DataFrame([fresh[name].zip_with(better, decided[name]) for name in decided.columns])
    return decided


def _resolved(column: pl.Series, *, emails: bool) -> pl.DataFrame:
    return canonical_domains(column, emails=emails).with_columns(website=column)


def _deduplicated(rows: pl.DataFrame, again: pl.Series, first: pl.Series) -> pl.DataFrame:
    """Every row of a domain but its first is a duplicate of that one: the ones at ``again`` of those at ``first``."""
    accepted = pl.col("domain").is_not_null()
    rows = rows.with_columns(
        outcome=pl.when(accepted).then(pl.lit("company")).otherwise(pl.lit("rejected")),
        duplicate_of_row=pl.lit(None, pl.UInt32),
    )
    if again.len():
        first_row = rows["row"].gather(first)
        said = pl.select(pl.format("The same site as row {}.", first_row)).to_series()
        rows = rows.with_columns(
            rows["outcome"].scatter(again, "duplicate"),
            rows["code"].scatter(again, "duplicate"),
            rows["reason"].scatter(again, said),
            rows["duplicate_of_row"].scatter(again, first_row),
        )
    return rows.select("row", "company_name", "website", "domain", "outcome", "code", "reason", "duplicate_of_row")


def _repeats(domains: pl.Series) -> tuple[pl.Series, pl.Series]:
    """Where domains stand that came before, and where each of them came first."""
    hashes = pl.select(pl.when(domains.is_not_null()).then(domains.hash())).to_series()
    with ThreadPoolExecutor(max_workers=2) as threads:
        odd, even = threads.map(lambda odd: _positions_of(hashes, hashes % 2 == odd), (1, 0))
    again, first = pl.concat([odd[0], even[0]]), pl.concat([odd[1], even[1]])
    two_of_one_hash = (domains.gather(again) != domains.gather(first)).any()
    return _positions(domains) if two_of_one_hash else (again, first)


def _positions_of(keys: pl.Series, part: pl.Series) -> tuple[pl.Series, pl.Series]:
    at = part.arg_true()
    again, first = _positions(keys.gather(at))  # of numbers that is several times cheaper than of texts
    return at.gather(again), at.gather(first)


def _positions(keys: pl.Series) -> tuple[pl.Series, pl.Series]:
    is_first = keys.is_first_distinct()
    again = (~is_first & keys.is_not_null()).arg_true()
    repeated = keys.gather(again).alias("key")
    firsts = pl.DataFrame({"key": keys, "first": pl.int_range(keys.len(), eager=True)}).filter(
        is_first & keys.is_in(repeated.unique().implode())
    )
    return again, repeated.to_frame().join(firsts, on="key", how="left", maintain_order="left")["first"]
