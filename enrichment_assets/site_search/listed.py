"""From the rows of a list that name a company without a site of its own to names, and from their sites back to rows."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from enrichment_assets.artifacts.linkedin.urls import company_slug
from enrichment_assets.companies.company_names import squashed
from enrichment_assets.companies.intake import CompanyList
from enrichment_assets.companies.platforms import WORDS
from enrichment_assets.site_search.named import Named

if TYPE_CHECKING:
    from enrichment_assets.site_search.running import Searched

NO_SITE: Final = frozenset(("empty", "name_only", *WORDS)) - {"infrastructure"}
"""Codes of rows whose cell is no company's site and says nothing against the company."""
COUNTRY_HEADERS: Final = frozenset(
    ("country", "companycountry", "hqcountry", "headquarterscountry", "billingcountry", "countryregion", "land",
     "pays", "pais", "paese", "länder")
)  # fmt: skip


def without_site(companies: CompanyList) -> pl.Series:
    """Positions of the rows whose cell is no company's site and says nothing against the company."""
    rows = companies.rows
    return (rows["code"].is_in(list(NO_SITE)) & (rows["outcome"] == "rejected")).fill_null(value=False).arg_true()


def names_of(companies: CompanyList) -> dict[int, Named]:
    """Position of a row to the company it names, for every row that a search can help."""
    rows = companies.rows
    country = _column(companies.own, lambda header: header in COUNTRY_HEADERS)
    linkedin = _column(companies.own, lambda header: "linkedin" in header)
    found: dict[int, Named] = {}
    for position in without_site(companies):
        name = rows["company_name"][position] or ""
        profiles = (linkedin and companies.own[linkedin][position], rows["website"][position])
        profile = next((text for text in profiles if text and company_slug(text)), "")
        named = Named(
            name if any(map(str.isalnum, name)) else "", (country and companies.own[country][position]) or "", profile
        )
        if named.core.strip():
            found[position] = named
    return found


def with_sites(companies: CompanyList, names: dict[int, Named], searched: "Searched") -> CompanyList:
    """The list with each of these rows a company, a duplicate of another row, or rejected with the sites there were.

    ``rows`` gets the column ``resolved``: how sure a site is that was found, by what, and the runner-up.
    """
    rows = companies.rows
    first = {
        domain: row
        for domain, row, outcome in rows.select("domain", "row", "outcome").iter_rows()
        if outcome == "company"
    }
    changes: dict[str, list[Any]] = {name: [] for name in ("outcome", "domain", "code", "reason", "duplicate_of_row")}
    said: list[str | None] = [None] * rows.height
    for position, named in names.items():
        row = rows["row"][position]
        for column, value in zip(changes, _decided(named, searched, first, row), strict=True):
            changes[column].append(value)
        site = searched.found.get(named.key)
        if site is not None and site.domain is not None:
            said[position] = _said(site.confidence, site.reason, site.candidates[1:2])
    at = list(names)
    changed = [
        rows[name].scatter(at, pl.Series(values, dtype=rows.schema[name])) if at else rows[name]
        for name, values in changes.items()
    ]
    resolved = pl.Series("resolved", said, dtype=pl.String)
    return replace(companies, rows=rows.with_columns(*changed, resolved))


def _decided(named: Named, searched: "Searched", first: dict[str, int], row: int) -> Iterator[Any]:
    """Outcome, domain, code, reason, duplicate_of_row."""
    site = searched.found.get(named.key)
    if site is None:
        why = searched.failed.get(named.key)
        code = "not_looked_up" if why is None else "look_up_failed"
        said = (
            "The budget was reached before its site was looked for."
            if why is None
            else f"Its site was not found out: {why}"
        )
        return iter(("rejected", None, code, said, None))
    if site.domain is None:
        return iter(("rejected", None, "not_resolved", f"Not resolved. {site.reason}", None))
    earlier = first.setdefault(site.domain, row)
    if earlier != row:
        return iter(("duplicate", site.domain, "duplicate", f"The same site as row {earlier}.", earlier))
    return iter(("company", site.domain, None, None, None))


def _said(confidence: float, reason: str, runner_up: tuple[tuple[str, float], ...]) -> str:
    beside = "".join(f" Runner-up: {domain} ({sure:.2f})." for domain, sure in runner_up)
    return f"{confidence:.2f}: {reason}{beside}"


def _column(own: pl.DataFrame, fits: Any) -> str | None:
    return next((name for name in own.columns if fits(squashed(name))), None)
