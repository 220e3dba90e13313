"""``enrich changes``: what has changed of which company, and when."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import click
from pydantic import BaseModel

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import plain, say, tell
from enrichment_assets.cli.listing import ListOptions, list_options
from enrichment_assets.cli.opening import state_settings, usable_list

_SINCE = re.compile(r"(\d{1,5})([dhw])")
_UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def _moment(_context: click.Context, _parameter: click.Parameter, given: str) -> datetime:
    if found := _SINCE.fullmatch(given.strip().lower()):
        return datetime.now(UTC) - timedelta(**{_UNITS[found[2]]: int(found[1])})
    try:
        moment = datetime.fromisoformat(given.strip())
    except ValueError:
        raise click.BadParameter("say 7d, 12h, 2w or a date such as 2026-11-24") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class ChangedField(BaseModel):
    """One field of one company's artifact. ``cause``: the company, or other rules that read the same answers."""

    domain: str
    artifact: str
    at: datetime
    cause: Literal["company", "rules"]
    run_id: str
    field: str
    before: Any
    after: Any


class ChangesDocument(BaseModel):
    """What has changed since a moment, the oldest change of each company first."""

    since: datetime
    companies: int
    changes: list[ChangedField]


@click.command()
@answers(ChangesDocument)
@click.option("--since", default="7d", show_default=True, callback=_moment, help="7d, 12h, 2w, or a date (UTC).")
@list_options
@click.option("--sandbox", is_flag=True, help="Of sandbox runs.")
def changes(*, since: datetime, listed: ListOptions, sandbox: bool) -> None:
    """What has changed: field, before, after, and when it was noticed; of all companies, or of those of a list.

    Times and order are no change. What other rules made of the same answers is told as such: there the company has not
    changed.
    """
    from enrichment_assets.reports.changes import in_words, lately, rows  # noqa: PLC0415 - --help stays quick

    settings = state_settings(sandbox=sandbox)
    path = listed.path(settings)
    companies = None if path is None else usable_list(path, settings, listed.asked(), needs_company=False).companies
    domains = None if companies is None else [company.domain for company in companies]
    found = lately(settings, domains, since)
    tell(ChangesDocument.model_validate({"since": since, "companies": len(found), "changes": rows(found)}))
    for domain, of_one in found.items():
        for change in of_one:
            say(plain(f"{domain}  {in_words(change)}"))
    say(f"{len(found)} companies changed since {since:%Y-%m-%d %H:%M} UTC.")
