"""``enrich forget``: a company that asked to be left alone, erased and never enriched again."""

import sqlite3
import sys
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import confirm, say, tell
from enrichment_assets.cli.main import UNUSABLE
from enrichment_assets.cli.opening import company_of, state_settings

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings


class ForgottenCompany(BaseModel):
    """Things erased by place (or, in a dry run, that would be), and payloads that a destination has."""

    domain: str
    places: dict[str, int]
    pushed: int


class DoNotEnrichEntry(BaseModel):
    """A keyed hash of a domain, and since when."""

    fingerprint: str
    added_at: str


class Forgetting(BaseModel):
    """What was erased; with --list, the do-not-enrich list; with --remove, who was on it."""

    dry_run: bool = False
    companies: list[ForgottenCompany] = []
    listed: list[DoNotEnrichEntry] | None = None
    removed: dict[str, bool] | None = None


@click.command()
@answers(Forgetting)
@click.argument("domains", nargs=-1, metavar="DOMAIN…")
@click.option("--dry-run", is_flag=True, help="Say what would be erased, and where; change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--list", "show", is_flag=True, help="How many companies are on the do-not-enrich list, and since when.")
@click.option("--remove", is_flag=True, help="Take them off the do-not-enrich list; what was erased stays so.")
@click.option("--sandbox", is_flag=True, help="In the sandbox's state.")
def forget(*, domains: tuple[str, ...], dry_run: bool, yes: bool, show: bool, remove: bool, sandbox: bool) -> None:
    """Erase companies everywhere in this state, and put them on the do-not-enrich list.

    Every later list, partition, refresh and sensor leaves them out; their rows end as rejected: do_not_enrich. The list
    holds keyed hashes, no domains. Files of your own and what was pushed are yours to clean.
    """
    settings = state_settings(sandbox=sandbox)
    if not settings.dagster_home.is_dir():
        raise click.UsageError(f"nothing was enriched here yet ({settings.dagster_home} does not exist)")
    if show:
        _show(settings)
        return
    companies = _companies(domains)
    if remove:
        _remove(settings, companies)
        return
    if not (dry_run or yes):
        confirm(f"Erase {', '.join(companies)} from {settings.dagster_home} for good, and never enrich again?")
    _refuse_while_running(settings)
    try:
        forgotten = [_forget(settings, company, dry_run=dry_run) for company in companies]
    except sqlite3.OperationalError as error:
        say(f"Not everything is erased: {error}. End what uses this state (enrich ui), then do it again.", err=True)
        sys.exit(UNUSABLE)
    tell(Forgetting(dry_run=dry_run, companies=forgotten))


def _companies(given: tuple[str, ...]) -> list[str]:
    if not given:
        raise click.UsageError("which company? enrich forget DOMAIN…")
    return list(dict.fromkeys(map(company_of, given)))


def _show(settings: "Settings") -> None:
    from enrichment_assets.storage.do_not_enrich import DoNotEnrich  # noqa: PLC0415
    from enrichment_assets.storage.state import open_state  # noqa: PLC0415

    state = open_state(settings)
    entries = DoNotEnrich(state).all()
    state.dispose()
    listed = [DoNotEnrichEntry(fingerprint=key, added_at=str(since)) for key, since in entries.items()]
    tell(Forgetting(listed=listed))
    for fingerprint, added_at in entries.items():
        say(f"{added_at}  {fingerprint[:16]}")
    say(f"{len(entries)} companies are never enriched. No domain is kept; to undo: enrich forget --remove DOMAIN")


def _remove(settings: "Settings", companies: list[str]) -> None:
    from enrichment_assets.storage.do_not_enrich import DoNotEnrich  # noqa: PLC0415
    from enrichment_assets.storage.state import open_state  # noqa: PLC0415

    state = open_state(settings)
    listed = DoNotEnrich(state)
    removed = {company: listed.remove(company) for company in companies}
    state.dispose()
    tell(Forgetting(removed=removed))
    for company, was_listed in removed.items():
        say(f"{company}: " + ("may be enriched again" if was_listed else "was not on the list"))


def _refuse_while_running(settings: "Settings") -> None:
    """A run at work holds what it has read, and would write it again."""
    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415
    from enrichment_assets.cache.upkeep.dead_runs import look_after_runs  # noqa: PLC0415
    from enrichment_assets.cache.upkeep.forget import at_work, refuse_elsewhere  # noqa: PLC0415
    from enrichment_assets.engine.run_companies import utc_now  # noqa: PLC0415
    from enrichment_assets.orchestration.runs.jobs import ENRICH_LIST  # noqa: PLC0415

    with open_instance(settings) as instance:
        refuse_elsewhere(instance)
        look_after_runs(instance, settings, ENRICH_LIST, utc_now())
        runs = at_work(instance)
    if runs:
        raise click.UsageError(f"runs are at work, end them first: {', '.join(runs)}")


def _forget(settings: "Settings", company: str, *, dry_run: bool) -> ForgottenCompany:
    from enrichment_assets.cache.upkeep.forget import forget as forget_company  # noqa: PLC0415
    from enrichment_assets.orchestration.enriched_companies import write_both  # noqa: PLC0415

    done = forget_company(
        settings,
        company,
        dry_run=dry_run,
        write_exports=lambda table, parquet, csv: write_both([table], parquet, csv),
    )
    say(f"{company}: {'would be erased' if dry_run else 'erased'} from {len(done.places)} places")
    for place, count in sorted(done.places.items()):
        say(f"  {count:>7}  {place}")
    if done.pushed:
        say(f"  {done.pushed} payloads were pushed to a destination: delete its rows there, by the column domain.")
    if not dry_run:
        say("  It is on the do-not-enrich list from now on.")
    return ForgottenCompany(domain=company, places=dict(done.places), pushed=done.pushed)
