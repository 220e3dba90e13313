"""``enrich changes``: what has changed of which company, and when."""

import re
from datetime import UTC, datetime, timedelta

import click

from enrichment_assets.cli.echo import plain, say
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


@click.command()
@click.option("--since", default="7d", show_default=True, callback=_moment, help="7d, 12h, 2w, or a date (UTC).")
@list_options
@click.option("--json", "as_json", is_flag=True, help="One JSON object per changed field.")
@click.option("--sandbox", is_flag=True, help="Of sandbox runs.")
def changes(*, since: datetime, listed: ListOptions, as_json: bool, sandbox: bool) -> None:
    """What has changed: field, before, after, and when it was noticed; of all companies, or of those of a list.

    Times and order are no change. What other rules made of the same answers is told as such: there the company has not
    changed.
    """
    import json  # noqa: PLC0415 - `enrich --help` stays quick

    from enrichment_assets.reports.changes import in_words, lately, rows  # noqa: PLC0415

    settings = state_settings(sandbox=sandbox)
    path = listed.path(settings)
    companies = None if path is None else usable_list(path, settings, listed.asked(), needs_company=False).companies
    domains = None if companies is None else [company.domain for company in companies]
    found = lately(settings, domains, since)
    if as_json:
        for row in rows(found):
            say(json.dumps(row, ensure_ascii=False))
        return
    for domain, of_one in found.items():
        for change in of_one:
            say(plain(f"{domain}  {in_words(change)}"))
    say(f"{len(found)} companies changed since {since:%Y-%m-%d %H:%M} UTC.")
