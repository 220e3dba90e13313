"""A list of companies, every row of it accounted for."""

import html
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Final, overload

import polars as pl

from enrichment_assets.companies import platforms
from enrichment_assets.companies.company import Company
from enrichment_assets.companies.domain import MOST_CHARACTERS, itself
from enrichment_assets.companies.domain_columns import canonical_domains
from enrichment_assets.companies.lists.errors import UnreadableListError
from enrichment_assets.companies.lists.footers import footer_rows
from enrichment_assets.companies.lists.glued import refuse_other_header
from enrichment_assets.companies.reading import Asked, Table, read_table

_SLICE: Final = 10_000
_NO_COMPANY: Final = {
    "header_again": "The header once more.",
    "footer": "A total or a remark below the list, no company.",
    "name_only": "The row names a company, but no website and no e-mail address of it.",
}
_BARE: Final = r"^\s*(?:https?://)?(?:www\.)?[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+/?\s*$"


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
    numbers = pl.int_range(table.first_row, table.own.height + table.first_row, dtype=pl.UInt32, eager=True)
    own, columns = table.own, table.columns
    guessed = table.guessed
    footers = footer_rows(table)
    at = None
    if asked.at_random and asked.sample is not None and asked.sample < own.height:
        # The same rows each time, or a run could not be resumed.
        at = pl.int_range(own.height, eager=True).sample(asked.sample, seed=own.height).sort()
        own, numbers, footers = own[at], numbers.gather(at), footers.gather(at)
        guessed = None if guessed is None else guessed.gather(at)
    decided = _decided(own, columns.sites, columns.emails, guessed)
    open_at = decided["domain"].is_null().arg_true()
    try:
        refuse_other_header(table, asked, open_at if at is None else at.gather(open_at))
    except UnreadableListError as error:
        raise UnreadableListError(f"{path}: {error}") from error
    decided = _platforms_themselves(decided, own, columns.names)
    with ThreadPoolExecutor(max_workers=1) as beside:
        repeats = beside.submit(_repeats, decided["domain"])
        names = _names(own, columns.names)
        decided = _explained(own, table, decided, names, footers)
    rows = decided.select(numbers.alias("row"), names, "website", "domain", "code", "reason")
    used = {"company": columns.names, "website": columns.sites, "email": columns.emails}
    return CompanyList(
        path=path,
        own=own,
        rows=_deduplicated(rows, *repeats.result()),
        columns={kind: tuple(own.columns[at] for at in positions) for kind, positions in used.items()},
        said=table.said,
    )


def _names(own: pl.DataFrame, columns: Sequence[int]) -> pl.Series:
    """The first column that has a name; as a person writes it, without HTML's and Excel's notation."""
    if not columns:
        return pl.Series([None], dtype=pl.String).new_from_index(0, own.height).alias("company_name")
    found = [pl.col(own.columns[at]).str.strip_chars().replace("", None) for at in columns]
    names = own.select(company_name=pl.coalesce(found)).to_series()
    if (names.str.len_bytes().max() or 0) > MOST_CHARACTERS:  # type: ignore[operator]
        names = names.str.head(MOST_CHARACTERS)
    noted = names.str.contains_any(["&", '="']).fill_null(value=False)
    if noted.any():
        at = noted.arg_true()
        plain = [html.unescape(name[2:-1] if name.startswith('="') else name) for name in names.gather(at)]
        names = names.scatter(at, plain)
    return names


def _decided(own: pl.DataFrame, sites: Sequence[int], emails: Sequence[int], guessed: pl.Series | None) -> pl.DataFrame:
    """The first site column that gives a company decides; an e-mail address where no site does.

    A cell that names several companies stays undecided: an address does not say which one is right.
    """
    columns = [(at, False) for at in sites] + [(at, True) for at in emails]
    nothing = pl.Series([None], dtype=pl.String).new_from_index(0, own.height)
    if not columns:
        empty = pl.select(pl.lit("empty").repeat_by(own.height).explode()).to_series()
        return pl.DataFrame({"domain": nothing, "code": empty, "reason": nothing, "website": nothing})
    (first, is_email), *others = columns
    decided = _resolved(own.to_series(first), guessed, emails=is_email)
    for at, is_email in others:
        is_open = decided["domain"].is_null() & (decided["code"] != "several_sites")
        if not is_open.any():
            continue
        column = own.to_series(at)
        fresh = _resolved(column.zip_with(is_open, nothing), guessed, emails=is_email)
        better = is_open & (fresh["domain"].is_not_null() | ((decided["code"] == "empty") & (fresh["code"] != "empty")))
        better = better.fill_null(value=False)
        decided = pl.DataFrame([fresh[name].zip_with(better, decided[name]) for name in decided.columns])
    return decided


def _resolved(column: pl.Series, guessed: pl.Series | None, *, emails: bool) -> pl.DataFrame:
    resolved = canonical_domains(column, emails=emails).with_columns(website=column)
    if guessed is None:
        return resolved
    unsure = guessed & resolved["domain"].is_not_null() & column.str.contains(r"[^\x00-\x7f]").fill_null(value=False)
    reason = "The letters of this address are a guess: --encoding NAME says what the list is written in."
    return resolved.with_columns(
        domain=pl.when(unsure).then(None).otherwise("domain"),
        code=pl.when(unsure).then(pl.lit("unsure_encoding")).otherwise("code"),
        reason=pl.when(unsure).then(pl.lit(reason)).otherwise("reason"),
    )


def _platforms_themselves(decided: pl.DataFrame, own: pl.DataFrame, named: Sequence[int]) -> pl.DataFrame:
    """Rows about a platform's or mail provider's own company: a list may contain LinkedIn or Fastmail itself."""
    bare = pl.col("code").is_in(list(platforms.WORDS)) & pl.col("website").str.contains(_BARE)
    at = decided["domain"].is_null().arg_true()
    at = at.filter(decided.select("code", "website")[at].select(bare.fill_null(value=False)).to_series())
    names = _names(own[at], named)
    at, names = at.filter(names.is_not_null()), names.drop_nulls()
    if not at.len():
        return decided
    pairs = zip(decided["website"].gather(at), names, strict=True)
    found = pl.Series([itself(website, name) for website, name in pairs], dtype=pl.String)
    at, found = at.filter(found.is_not_null()), found.drop_nulls()
    nothing = pl.Series([None] * at.len(), dtype=pl.String)
    return decided.with_columns(
        decided["domain"].scatter(at, found),
        decided["code"].scatter(at, nothing),
        decided["reason"].scatter(at, nothing),
    )


def _explained(
    own: pl.DataFrame, table: Table, decided: pl.DataFrame, names: pl.Series, footers: pl.Series
) -> pl.DataFrame:
    """Rejected rows that are no companies at all, and those that have a name to look for."""
    at = decided["domain"].is_null().arg_true()
    if not at.len():
        return decided
    open_rows, code = own[at], decided["code"].gather(at)
    mapped = [own.columns[column] for column in (*table.columns.sites, *table.columns.emails, *table.columns.names)]
    same = (pl.col(name).str.strip_chars().str.to_lowercase() == name.lower() for name in mapped)
    again = open_rows.select(pl.all_horizontal(same)).to_series()
    rejections = pl.select(
        pl.when(again)
        .then(pl.lit("header_again"))
        .when(footers.gather(at))
        .then(pl.lit("footer"))
        .when((code == "empty") & names.gather(at).str.contains(r"[\p{L}\p{N}]"))
        .then(pl.lit("name_only"))
        .alias("code")
    ).to_series()
    at, rejections = at.filter(rejections.is_not_null()), rejections.drop_nulls()
    return decided.with_columns(
        decided["code"].scatter(at, rejections),
        decided["reason"].scatter(at, rejections.replace_strict(_NO_COMPANY, return_dtype=pl.String)),
    )


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
    at = domains.is_not_null().arg_true()
    domains = domains.drop_nulls()
    again, first = _positions(domains.hash())  # of numbers that is several times cheaper than of texts
    if (domains.gather(again) != domains.gather(first)).any():
        again, first = _positions(domains)
    return at.gather(again), at.gather(first)


def _positions(keys: pl.Series) -> tuple[pl.Series, pl.Series]:
    ordered = keys.sort(multithreaded=False)  # with two threads it takes twice the CPU time, and hardly less time
    at = keys.is_in(ordered.filter(ordered == ordered.shift()).unique().implode()).arg_true()
    repeated = pl.DataFrame({"key": keys.gather(at), "at": at})
    is_first = repeated["key"].is_first_distinct()
    firsts = repeated.filter(is_first).rename({"at": "first"})
    again = repeated.filter(~is_first).join(firsts, on="key", how="left", maintain_order="left")
    return again["at"], again["first"]
