"""``enrich prune``: forgetting what is old."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import confirm, say, tell
from enrichment_assets.cli.opening import state_settings

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings


class Pruned(BaseModel):
    """What was deleted: how many of each, and the bytes that Dagster's storage gave back."""

    events: int
    runs: int
    freed_bytes: int
    changes: int
    run_inputs: int
    alerts: int
    fetched_lists: int
    answers: int
    page_texts: int


@click.command()
@answers(Pruned)
@click.option("--days", type=click.IntRange(min=0), default=90, show_default=True, help="Keep what is younger.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--sandbox", is_flag=True, help="From the sandbox's state.")
def prune(*, days: int, yes: bool, sandbox: bool) -> None:
    """Delete superseded records and changes, logs of finished runs, and runs of which nothing is left.

    The latest record of a company is never deleted, however old, and neither are what was paid and the labels of enrich
    review, which are a person's work (enrich forget erases those of a company). What a run was given goes with the run.
    Stored answers go once they are older than the TTL of every artifact that used them, and copies of fetched lists
    with the records. With ENRICHMENT_KEEP_PAGE_TEXT_DAYS the text of pages read longer ago goes too, and every answer
    as old; quotes and verdicts stay.
    """
    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415
    from enrichment_assets.cache.upkeep.erase import compact  # noqa: PLC0415
    from enrichment_assets.cache.upkeep.prune import prune as prune_records  # noqa: PLC0415
    from enrichment_assets.companies.fetched import drop_copies  # noqa: PLC0415
    from enrichment_assets.orchestration.partitions import NAME  # noqa: PLC0415 - --help must not wait for Dagster
    from enrichment_assets.orchestration.runs.budgets import BACKFILL_TAG  # noqa: PLC0415
    from enrichment_assets.storage.answers.retention import drop_page_texts, prune_answers  # noqa: PLC0415
    from enrichment_assets.storage.answers.store import answers_file  # noqa: PLC0415
    from enrichment_assets.storage.artifacts import local_folder  # noqa: PLC0415
    from enrichment_assets.storage.value_file import FILE  # noqa: PLC0415

    settings = state_settings(sandbox=sandbox)
    before = datetime.now(UTC) - timedelta(days=days)
    if not yes:
        confirm(f"Delete what is older than {before:%Y-%m-%d} from {settings.dagster_home}?")
    with open_instance(settings) as instance:
        pruned = prune_records(instance, before, NAME)
        domains = instance.get_dynamic_partitions(NAME)
        there = instance.get_runs()
    owners = {owner for run in there for owner in (run.run_id, run.tags.get(BACKFILL_TAG)) if owner}
    told, inputs, alerted, labelled = _prune_state(settings, before, owners)
    say(f"Deleted {pruned.events} events and {pruned.runs} runs; {pruned.freed_bytes / 1e6:.1f} MB freed.")
    say(f"Deleted {told} changes; kept all labels, {labelled} companies have some.")
    say(f"Deleted what {inputs} runs were given that are no more, and the notes of {alerted} alerts.")
    copies = drop_copies(settings.dagster_home, before)
    if copies:
        say(f"Deleted {copies} copies of fetched lists.")
    kept_days = settings.enrichment_keep_page_text_days
    oldest = None if kept_days is None else datetime.now(UTC) - timedelta(days=kept_days)
    answers_dropped = prune_answers(settings, datetime.now(UTC), oldest)
    file = answers_file(settings)
    if answers_dropped and file is not None:
        compact(file)
    say(f"Dropped {answers_dropped} stored answers that are past their time.")
    dropped = 0
    if oldest is not None:
        dropped = drop_page_texts(settings.store_url, domains, oldest)
        folder = local_folder(settings.store_url)
        if folder is not None and (folder / FILE).exists():
            compact(folder / FILE)
        say(f"Dropped the text of {dropped} pages read more than {kept_days} days ago.")
    tell(
        Pruned(
            events=pruned.events,
            runs=pruned.runs,
            freed_bytes=pruned.freed_bytes,
            changes=told,
            run_inputs=inputs,
            alerts=alerted,
            fetched_lists=copies,
            answers=answers_dropped,
            page_texts=dropped,
        )
    )


def _prune_state(settings: "Settings", before: datetime, owners: set[str]) -> tuple[int, int, int, int]:
    """How many changes, inputs of runs that are no more, and alerts were deleted; how many companies have labels."""
    from enrichment_assets.storage.history.alerts import SentAlerts  # noqa: PLC0415
    from enrichment_assets.storage.history.changes import Changes  # noqa: PLC0415
    from enrichment_assets.storage.history.labels import Labels  # noqa: PLC0415
    from enrichment_assets.storage.inputs.run_inputs import RunInputs  # noqa: PLC0415
    from enrichment_assets.storage.state import open_state  # noqa: PLC0415

    state = open_state(settings)
    changes = Changes(state)
    told = changes.prune(before)
    changes.close()
    inputs, alerted = RunInputs(state).prune(before, owners), SentAlerts(state).prune(before)
    labelled = len(Labels(state).all())
    state.dispose()
    return told, inputs, alerted, labelled
