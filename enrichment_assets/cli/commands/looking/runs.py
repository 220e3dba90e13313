"""``enrich runs``: the latest runs, whoever started them."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import plain, say, tell
from enrichment_assets.cli.opening import state_settings
from enrichment_assets.cli.running.resume_options import FILE_TAG

if TYPE_CHECKING:
    import dagster as dg


class Run(BaseModel):
    """One run: Dagster's status, the file of ``enrich run``, the companies it wrote records of, US dollars."""

    run_id: str
    job: str
    status: str
    started: datetime | None
    ended: datetime | None
    list: str | None
    companies: int
    failed: int
    cost_usd: float


class Runs(BaseModel):
    """The latest runs, the latest first."""

    runs: list[Run]


@click.command()
@answers(Runs)
@click.option("--limit", type=click.IntRange(1, 1_000), default=20, show_default=True, help="How many.")
@click.option("--sandbox", is_flag=True, help="Of sandbox runs.")
def runs(*, limit: int, sandbox: bool) -> None:
    """The latest runs: when, over which list, how they ended, what they cost.

    What failed is named by `enrich logs RUN_ID --failed`; `enrich run --resume RUN_ID` goes on with it.
    """
    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415 - --help must not wait for Dagster

    with open_instance(state_settings(sandbox=sandbox)) as instance:
        found = list(_latest(instance, limit))
    tell(Runs(runs=found))
    if not found:
        say("Nothing has run here yet: enrich run --file LIST")
        return
    head = f"{'run':<36}  {'started (UTC)':<16}  {'took':>8}  {'status':<9}"
    say(f"{head}{'companies':>10}{'failed':>8}{'cost':>11}  list")
    for run in found:
        began = f"{run.started:%Y-%m-%d %H:%M}" if run.started else "-"
        took = _took(run)
        what = plain(run.list or run.job)
        say(
            f"{run.run_id:<36}  {began:<16}  {took:>8}  {run.status:<9}{run.companies:>10}{run.failed:>8}"
            f"{f'${run.cost_usd:.4f}':>11}  {what}"
        )


def _latest(instance: "dg.DagsterInstance", limit: int) -> Iterator[Run]:
    from enrichment_assets.cache.queries import tallies  # noqa: PLC0415
    from enrichment_assets.cache.record_index import Tally  # noqa: PLC0415

    known: dict[str, list[Tally]] = defaultdict(list)
    for tally in tallies(instance):
        known[tally.run_id].append(tally)
    for record in instance.get_run_records(limit=limit):
        run = record.dagster_run
        mine = known[run.run_id]
        by_artifact: Counter[str] = Counter()
        for tally in mine:
            by_artifact[tally.artifact] += tally.events
        yield Run(
            run_id=run.run_id,
            job=run.job_name,
            status=run.status.value,
            started=_moment(record.start_time),
            ended=_moment(record.end_time),
            list=run.tags.get(FILE_TAG),
            companies=max(by_artifact.values(), default=0),
            failed=sum(tally.events for tally in mine if tally.outcome in ("FAIL", "BUDGET")),
            cost_usd=sum(tally.cost_usd for tally in mine),
        )


def _moment(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _took(run: Run) -> str:
    if run.started is None or run.ended is None:
        return "-"
    seconds = (run.ended - run.started).total_seconds()
    return f"{seconds:.1f} s" if seconds < 100 else f"{seconds / 60:.1f} min"
