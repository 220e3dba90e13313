"""``enrich run --resolve``: the sites of rows that have a name and none, said what it costs before it is spent."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from enrichment_assets.cli.echo import say
from enrichment_assets.cli.opening import check_settings

if TYPE_CHECKING:
    from enrichment_assets.companies.intake import CompanyList
    from enrichment_assets.core.settings import Settings

Spent = Mapping[str, tuple[int, float]]
"""Calls and dollars by provider."""


@dataclass(frozen=True)
class Searched:
    """What the search for sites has cost; it counts against the run's budget and stands in the run's account."""

    spent_at: Spent = field(default_factory=dict)

    def left_of(self, budget_usd: float | None, settings: "Settings") -> float | None:
        """What the companies may still cost."""
        cap = settings.enrichment_budget_usd if budget_usd is None else budget_usd
        return None if cap is None else max(0.0, cap - sum(usd for _, usd in self.spent_at.values()))

    def with_costs(self, spent: Spent) -> dict[str, tuple[int, float]]:
        """The run's calls and dollars by provider, and these."""
        total = dict(spent)
        for provider, (attempts, usd) in self.spent_at.items():
            before = total.get(provider, (0, 0.0))
            total[provider] = (before[0] + attempts, before[1] + usd)
        return total


def hint(companies: "CompanyList") -> None:
    """Say what could be looked for, where it was not."""
    from enrichment_assets.site_search.listed import without_site  # noqa: PLC0415

    named = companies.rows["company_name"].gather(without_site(companies)).drop_nulls().len()
    if named and "resolved" not in companies.rows.columns:
        say(f"{named} rows name a company but no site of its own: --resolve looks for it, and says the price first")


def find_sites(
    settings: "Settings", companies: "CompanyList", *, budget_usd: float | None, refresh: bool
) -> tuple["CompanyList", Searched]:
    """The list with the sites that were found."""
    from enrichment_assets.core.errors import MisconfiguredError, OutOfCreditError  # noqa: PLC0415
    from enrichment_assets.site_search.listed import names_of, with_sites  # noqa: PLC0415
    from enrichment_assets.site_search.running import plan, search_all  # noqa: PLC0415

    names = names_of(companies)
    if not names:
        return companies, Searched()
    check_settings(settings, ["website", "linkedin"])  # what reads pages, and what searches
    planned = plan(names.values(), settings, refresh=refresh)
    cap = settings.enrichment_budget_usd if budget_usd is None else budget_usd
    if planned.wanted:
        at_most = min(planned.worst_usd, planned.worst_usd if cap is None else cap)
        say(
            f"Looking for the sites of {len(planned.wanted)} companies ({len(planned.known)} more are known): "
            f"about ${planned.usual_usd:.4f}, at most ${at_most:.2f}"
        )
    try:
        searched = search_all(planned, settings, budget_usd=cap)
    except (MisconfiguredError, OutOfCreditError) as error:
        raise click.UsageError(str(error)) from error
    found = sum(site.domain is not None for site in searched.found.values())
    undone = len(searched.failed) + len(searched.out_of_budget)
    say(f"Sites: {found} found, {len(searched.found) - found} left open, {undone} without an answer")
    if undone:
        say("The same command asks for those again, and for no other.")
    return with_sites(companies, names, searched), Searched(searched.spent_at)
