"""Rows whose first column is not plainly a site: what their columns say together, and why they are no companies."""

import html
from collections.abc import Callable, Sequence
from typing import Final

import polars as pl

from enrichment_assets.companies import platforms
from enrichment_assets.companies.columns.domain_columns import canonical_domains, likely_domains, settled_domains
from enrichment_assets.companies.domain import MOST_CHARACTERS, itself
from enrichment_assets.companies.headers import ListColumns

_NOTHING: Final = pl.Series([None], dtype=pl.String)
_NO_COMPANY: Final = {
    "header_again": "The header once more.",
    "footer": "A total or a remark below the list, no company.",
    "name_only": "The row names a company, but no website and no e-mail address of it.",
}
_BARE: Final = r"^\s*(?:https?://)?(?:www\.)?[a-zA-Z0-9-]+(?:\.[a-zA-Z0-9-]+)+/?\s*$"


def _names(own: pl.DataFrame, columns: Sequence[int]) -> pl.Series:
    """The first column that has a name; as a person writes it, without HTML's and Excel's notation."""
    if not columns:
        return _NOTHING.new_from_index(0, own.height)
    found = [pl.col(own.columns[at]).str.strip_chars().replace("", None) for at in columns]
    names = own.select_seq(company_name=pl.coalesce(found)).to_series()
    if (names.str.len_bytes().max() or 0) > MOST_CHARACTERS:  # type: ignore[operator]
        names = names.str.head(MOST_CHARACTERS)
    noted = names.str.contains_any(["&", '="']).fill_null(value=False)
    if noted.any():
        at = noted.arg_true()
        plain = [html.unescape(name[2:-1] if name.startswith('="') else name) for name in names.gather(at)]
        names = names.scatter(at, plain)
    return names


def first_sight(own: pl.DataFrame, columns: ListColumns, guessed: pl.Series | None) -> pl.DataFrame:
    """``company_name``, and of the first column that may decide ``website``, the cell, and ``domain``, if likely.

    The row is open where ``domain`` is null or an exception: see ``settled_rows``.
    """
    names = _names(own, columns.names)
    if not columns.usable:
        nothing = _NOTHING.new_from_index(0, own.height)
        return pl.DataFrame({"company_name": names, "website": nothing, "domain": nothing, "hash": nothing.hash()})
    cells = own.to_series((*columns.sites, *columns.emails)[0])
    domains = likely_domains(cells, emails=not columns.sites)
    if guessed is not None:
        domains = domains.zip_with(~_is_guess(cells, guessed), _NOTHING)
    return pl.DataFrame({"company_name": names, "website": cells, "domain": domains, "hash": domains.hash()})


def settled_rows(
    own: pl.DataFrame, names: pl.Series, columns: ListColumns, guessed: pl.Series | None, footers: pl.Series
) -> pl.DataFrame:
    """``website``, the cell that decided, and ``domain``, or ``code`` and ``reason`` of the rejection, of open rows."""
    found = _platforms_themselves(_decided(own, columns, guessed), names)
    return _explained(found, own, names, columns, footers)


def _decided(own: pl.DataFrame, columns: ListColumns, guessed: pl.Series | None) -> pl.DataFrame:
    """The first site column that gives a company decides; an e-mail address where no site does.

    A cell that names several companies stays undecided: an address does not say which one is right.
    """
    asked = [(at, False) for at in columns.sites] + [(at, True) for at in columns.emails]
    nothing = _NOTHING.new_from_index(0, own.height)
    if not asked:
        empty = pl.Series(["empty"]).new_from_index(0, own.height)
        return pl.DataFrame({"domain": nothing, "code": empty, "reason": nothing, "website": nothing})
    (first, is_email), *others = asked
    found = _resolved(own.to_series(first), guessed, settled_domains, emails=is_email)
    for at, is_email in others:
        is_open = found["domain"].is_null() & (found["code"] != "several_sites")
        if not is_open.any():
            continue
        column = own.to_series(at)
        fresh = _resolved(column.zip_with(is_open, nothing), guessed, canonical_domains, emails=is_email)
        better = is_open & (fresh["domain"].is_not_null() | ((found["code"] == "empty") & (fresh["code"] != "empty")))
        better = better.fill_null(value=False)
        found = pl.DataFrame([fresh[name].zip_with(better, found[name]) for name in found.columns])
    return found


def _is_guess(column: pl.Series, guessed: pl.Series) -> pl.Series:
    """Of rows whose letters are a guess, those where the address has any beyond ASCII."""
    return guessed & column.str.contains(r"[^\x00-\x7f]").fill_null(value=False)


def _resolved(
    column: pl.Series, guessed: pl.Series | None, resolve: Callable[..., pl.DataFrame], *, emails: bool
) -> pl.DataFrame:
    resolved = resolve(column, emails=emails).with_columns(website=column)
    if guessed is None:
        return resolved
    unsure = _is_guess(column, guessed) & resolved["domain"].is_not_null()
    reason = "The letters of this address are a guess: --encoding NAME says what the list is written in."
    return resolved.with_columns(
        domain=pl.when(unsure).then(None).otherwise("domain"),
        code=pl.when(unsure).then(pl.lit("unsure_encoding")).otherwise("code"),
        reason=pl.when(unsure).then(pl.lit(reason)).otherwise("reason"),
    )


def _platforms_themselves(found: pl.DataFrame, names: pl.Series) -> pl.DataFrame:
    """Rows about a platform's or mail provider's own company: a list may contain LinkedIn or Fastmail itself."""
    bare = pl.col("code").is_in(list(platforms.WORDS)) & pl.col("website").str.contains(_BARE)
    at = found["domain"].is_null().arg_true()
    at = at.filter(found.select("code", "website")[at].select(bare.fill_null(value=False)).to_series())
    names = names.gather(at)
    at, names = at.filter(names.is_not_null()), names.drop_nulls()
    if not at.len():
        return found
    pairs = zip(found["website"].gather(at), names, strict=True)
    domains = pl.Series([itself(website, name) for website, name in pairs], dtype=pl.String)
    at, domains = at.filter(domains.is_not_null()), domains.drop_nulls()
    nothing = pl.Series([None] * at.len(), dtype=pl.String)
    return found.with_columns(
        found["domain"].scatter(at, domains),
        found["code"].scatter(at, nothing),
        found["reason"].scatter(at, nothing),
    )


def _explained(
    found: pl.DataFrame, own: pl.DataFrame, names: pl.Series, columns: ListColumns, footers: pl.Series
) -> pl.DataFrame:
    """Rejected rows that are no companies at all, and those that have a name to look for, with what they are."""
    mapped = [own.columns[column] for column in (*columns.sites, *columns.emails, *columns.names)]
    same = (pl.col(name).str.strip_chars().str.to_lowercase() == name.lower() for name in mapped)
    again = own.select(pl.all_horizontal(same)).to_series()
    code = (
        pl.when(again)
        .then(pl.lit("header_again"))
        .when(footers)
        .then(pl.lit("footer"))
        .when((found["code"] == "empty") & names.str.contains(r"[\p{L}\p{N}]"))
        .then(pl.lit("name_only"))
    )
    found = found.with_columns(kind=pl.when(found["domain"].is_null()).then(code))
    return found.select(
        "website",
        "domain",
        code=pl.coalesce("kind", "code"),
        reason=pl.coalesce(pl.col("kind").replace_strict(_NO_COMPANY, return_dtype=pl.String), "reason"),
    )
