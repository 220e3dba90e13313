"""``enrich logs RUN_ID``: what one run did and said, in the order it happened."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import JSON, is_asked, plain, say, tell
from enrichment_assets.cli.opening import company_of, state_settings

if TYPE_CHECKING:
    import dagster as dg

PAGE = 1_000
"""Events read at once."""


class LogLine(BaseModel):
    """One event. Of a company: ``artifact``, ``outcome`` (OK, CACHE, SKIP, FAIL, BUDGET) and cost in US dollars."""

    at: datetime
    said: str
    level: str = "INFO"
    domain: str | None = None
    artifact: str | None = None
    outcome: str | None = None
    cost_usd: float | None = None


class Logs(BaseModel):
    """What a run did and said."""

    run_id: str
    lines: list[LogLine]


@click.command()
@answers(Logs)
@click.argument("run_id")
@click.option("--failed", is_flag=True, help="Only what failed, and errors.")
@click.option("--company", metavar="DOMAIN", help="Only what concerns this company.")
@click.option("--sandbox", is_flag=True, help="Of a sandbox run.")
def logs(*, run_id: str, failed: bool, company: str | None, sandbox: bool) -> None:
    """What the run RUN_ID did and said: a line per record and failure, and Dagster's own messages about the run.

    `enrich runs` lists the runs. What was found in the cache writes no line, except in backfills.
    """
    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415 - --help must not wait for Dagster

    only = company_of(company, "--company") if company else None
    with open_instance(state_settings(sandbox=sandbox)) as instance:
        if instance.get_run_by_id(run_id) is None:
            raise click.UsageError(f"There is no run {run_id!r} here. `enrich runs` lists them.")
        lines = (
            line
            for line in _lines(instance, run_id)
            if (only is None or line.domain == only)
            and (not failed or line.outcome in ("FAIL", "BUDGET") or line.level in ("ERROR", "CRITICAL"))
        )
        if is_asked(JSON):
            tell(Logs(run_id=run_id, lines=list(lines)))
            return
        for line in lines:
            say(_in_words(line))


def _lines(instance: "dg.DagsterInstance", run_id: str) -> Iterator[LogLine]:
    cursor: str | None = None
    while True:
        found = instance.get_records_for_run(run_id, cursor=cursor, limit=PAGE)
        for record in found.records:
            if (line := _line(record.event_log_entry, run_id)) is not None:
                yield line
        if not found.has_more:
            return
        cursor = found.cursor


def _line(entry: "dg.EventLogEntry", run_id: str) -> LogLine | None:
    from enrichment_assets.cache.materialization import failure_of, is_repeated, record_of  # noqa: PLC0415

    at = datetime.fromtimestamp(entry.timestamp, UTC)
    made, seen = entry.asset_materialization, entry.asset_observation
    if made is not None and (record := record_of(made, run_id)) is not None:
        outcome = "CACHE" if is_repeated(made) else str(record.status)
        return LogLine(
            at=at,
            said=record.summary,
            domain=record.domain,
            artifact=record.artifact,
            outcome=outcome,
            cost_usd=record.cost_usd,
        )
    if seen is not None and (failure := failure_of(seen, run_id, at)) is not None:
        return LogLine(
            at=at,
            said=failure.reason,
            level="ERROR",
            domain=failure.domain,
            artifact=failure.artifact,
            outcome=failure.outcome,
            cost_usd=failure.cost_usd,
        )
    event = entry.dagster_event
    if event is not None and event.event_type_value.startswith("ASSET_"):
        return None  # what Dagster plans of each company
    return LogLine(at=at, said=entry.message or entry.user_message, level=_level(entry))


def _level(entry: "dg.EventLogEntry") -> str:
    import logging  # noqa: PLC0415

    event = entry.dagster_event
    return "ERROR" if event is not None and event.is_failure else logging.getLevelName(entry.level)


def _in_words(line: LogLine) -> str:
    time = f"{line.at:%Y-%m-%d %H:%M:%S}"
    if line.domain is None:
        return f"{time}  {line.level:<7}  {plain(line.said)}"
    cost = f"${line.cost_usd:.6f}" if line.cost_usd else ""
    return f"{time}  {line.outcome or '':<7}  {plain(line.domain)}  {line.artifact}  {cost}  {plain(line.said)}"
