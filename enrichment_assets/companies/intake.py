"""A list of companies, every row of it accounted for."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final, overload

import polars as pl

from enrichment_assets.companies.columns.domain_columns import are_exceptions
from enrichment_assets.companies.columns.open_rows import first_sight, settled_rows
from enrichment_assets.companies.columns.slices import first_places, in_slices, with_at, within
from enrichment_assets.companies.company import Company
from enrichment_assets.companies.lists.errors import UnreadableListError
from enrichment_assets.companies.lists.footers import footer_rows
from enrichment_assets.companies.lists.glued import refuse_other_header
from enrichment_assets.companies.reading import Asked, Table, read_table

_SLICE: Final = 10_000
_ONE: Final = pl.DataFrame({"outcome": ["company"], "nothing": [None]}, schema_overrides={"nothing": pl.String})


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
    ``duplicate_of_row``. ``columns`` are the names of the columns that were used, by kind; ``said`` how it was read.
    """

    path: Path
    own: pl.DataFrame
    rows: pl.DataFrame
    columns: dict[str, tuple[str, ...]] = field(default_factory=dict)
    said: tuple[str, ...] = ()

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


def read_list(source: Path | str, asked: Asked | None = None) -> CompanyList:
    """Read a list.

    Raises ``UnreadableListError`` for a file that holds no list of companies. Rows never raise: each one is a
    company, a duplicate of an earlier row, or rejected with a reason.
    """
    path = Path(source).expanduser()
    return company_list(path, read_table(path, asked), asked or Asked())


def company_list(path: Path, table: Table, asked: Asked) -> CompanyList:
    """What the rows of a table are. Raises UnreadableListError where another list begins below the first."""
    own, columns, guessed = table.own, table.columns, table.guessed
    numbers = pl.int_range(table.first_row, own.height + table.first_row, dtype=pl.UInt32, eager=True)
    footers = footer_rows(table)
    places = None
    if asked.at_random and asked.sample is not None and asked.sample < own.height:
        # The same rows each time, or a run could not be resumed.
        places = pl.int_range(own.height, eager=True).sample(asked.sample, seed=own.height).sort()
        own, numbers, footers = own[places], numbers.gather(places), footers.gather(places)
        guessed = None if guessed is None else guessed.gather(places)
    seen = in_slices(own.height, lambda rows: first_sight(own[rows], columns, _part(guessed, rows)))
    at = (seen["domain"].is_null() | are_exceptions(seen["hash"])).arg_true()
    settled = settled_rows(own[at], seen["company_name"].gather(at), columns, _part(guessed, at), footers.gather(at))
    rejected = settled.with_columns(at=at).filter(pl.col("domain").is_null())
    try:
        refuse_other_header(table, asked, rejected["at"] if places is None else places.gather(rejected["at"]))
    except UnreadableListError as error:
        raise UnreadableListError(f"{path}: {error}") from error
    changed = ["domain", "hash", *["website"] * (len((*columns.sites, *columns.emails)) > 1)]
    rows = with_at(seen, at, settled.with_columns(hash=settled["domain"].hash()).select(changed))
    used = {"company": columns.names, "website": columns.sites, "email": columns.emails}
    return CompanyList(
        path=path,
        own=own,
        rows=_with_outcomes(rows, numbers, rejected),
        columns={kind: tuple(own.columns[at] for at in positions) for kind, positions in used.items()},
        said=table.said,
    )


def _part(column: pl.Series | None, rows: slice | pl.Series) -> pl.Series | None:
    return None if column is None else column[rows]


def _with_outcomes(rows: pl.DataFrame, numbers: pl.Series, rejected: pl.DataFrame) -> pl.DataFrame:
    """Every row of a domain but its first is a duplicate of that one."""
    first_rows = numbers.gather(first_places(rows["domain"], rows["hash"]))

    def outcomes(part: slice) -> pl.DataFrame:
        first = first_rows[part]
        again, first_again = first.is_not_null().arg_true(), first.drop_nulls()
        said = pl.select(pl.format("The same site as row {}.", first_again)).to_series()
        refused = rejected[within(rejected["at"], part)]
        at = refused["at"] - part.start
        company, nothing = (_ONE[name].new_from_index(0, first.len()) for name in _ONE.columns)
        return rows[part].select(
            numbers[part].alias("row"),
            *("company_name", "website", "domain"),
            outcome=company.scatter(at, "rejected").scatter(again, "duplicate"),
            code=nothing.clone().scatter(at, refused["code"]).scatter(again, "duplicate"),
            reason=nothing.scatter(at, refused["reason"]).scatter(again, said),
            duplicate_of_row=first,
        )

    return in_slices(rows.height, outcomes)
