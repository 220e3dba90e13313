"""``enrich status``: what is true now, or what one run did. From Dagster's event log alone."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import plain, say, tell
from enrichment_assets.cli.opening import state_settings
from enrichment_assets.cli.running.report import provider_lines

if TYPE_CHECKING:
    import dagster as dg

    from enrichment_assets.cache.queries import RunReport
    from enrichment_assets.cache.record_index import Tally
    from enrichment_assets.cache.standing.stand import Stand, Standing
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.evaluation.catching_up import Paid

STATES = ("fresh", "skip", "expired", "outdated", "failed", "missing")
OUTCOMES = ("OK", "CACHE", "SKIP", "FAIL", "BUDGET")
LATEST_RUNS = 5
SHOWN_FAILURES = 50


class ArtifactStatus(BaseModel):
    """Companies by state, and what catching up would cost, US dollars."""

    fresh: int
    skip: int
    expired: int
    outdated: int
    failed: int
    missing: int
    expired_usd: float
    outdated_usd: float


class CatchingUp(BaseModel):
    """US dollars for all that is expired, and all that is outdated."""

    expired_usd: float
    outdated_usd: float


class LatestRun(BaseModel):
    """A run of Dagster; its status is Dagster's."""

    run_id: str
    started: datetime
    status: str


class Status(BaseModel):
    """What is true of all companies now."""

    companies: int
    artifacts: dict[str, ArtifactStatus]
    catching_up: CatchingUp
    runs: list[LatestRun]


class RunFailure(BaseModel):
    """What failed in a run and was not repaired since."""

    domain: str
    artifact: str
    reason: str


class RunStatus(BaseModel):
    """One run: by artifact how often it ended how (OK, CACHE, SKIP, FAIL, BUDGET), and its cost, US dollars."""

    run_id: str
    status: str
    cost_usd: float
    outcomes: dict[str, dict[str, int]]
    failures: list[RunFailure]


@click.command()
@answers(Status | RunStatus)
@click.argument("run_id", required=False)
@click.option("--sandbox", is_flag=True, help="Of sandbox runs.")
def status(*, run_id: str | None, sandbox: bool) -> None:
    """What is fresh, expired, outdated, failed or missing per artifact; or what the run RUN_ID did.

    Expired is older than its TTL: it is asked for anew. Outdated was made by other rules, another profile or from other
    inputs: it is made again from stored answers, for nothing where they suffice. What catching up costs goes by what
    was paid here so far.
    """
    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415 - --help must not wait for Dagster
    from enrichment_assets.cache.queries import run_report  # noqa: PLC0415

    settings = state_settings(sandbox=sandbox)
    with open_instance(settings) as instance:
        if run_id is None:
            latest = status_of(settings, instance)
            tell(latest)
            say(_in_words(latest))
            return
        try:
            report = run_report(instance, run_id)
        except LookupError as error:
            raise click.UsageError(str(error.args[0])) from error
    tell(run_status(report))
    say(_run(report, settings))


def run_status(report: "RunReport") -> RunStatus:
    """The report of a run as a document."""
    return RunStatus(
        run_id=report.run_id,
        status=report.status,
        cost_usd=sum(report.cost_usd.values()),
        outcomes={artifact: dict(counts) for artifact, counts in report.outcomes.items()},
        failures=[RunFailure(domain=domain, artifact=of, reason=why) for domain, of, why in report.failures],
    )


def status_of(settings: "Settings", instance: "dg.DagsterInstance") -> Status:
    """What is true of all companies now, from records alone."""
    import asyncio  # noqa: PLC0415

    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415
    from enrichment_assets.cache.queries import by_provider, spendings, tallies  # noqa: PLC0415
    from enrichment_assets.engine.known.standing import standing_of  # noqa: PLC0415
    from enrichment_assets.evaluation.catching_up import SAMPLE, cost_of  # noqa: PLC0415
    from enrichment_assets.orchestration.census import Census  # noqa: PLC0415

    catalog, now = load_catalog(settings), datetime.now(UTC)
    census = Census(instance, catalog, settings, now)
    counts: dict[str, Counter[str]] = {name: Counter() for name in catalog}

    def is_outdated(stand: "Stand") -> bool:
        return stand.freshness == "outdated" and stand.status == "OK"

    def outdated_in(name: str, standing: "Standing") -> bool:
        return any(stand.artifact == name and is_outdated(stand) for stand in standing)

    outdated = {name: [domain for domain, _ in census.such(partial(outdated_in, name), SAMPLE)] for name in catalog}
    again: Counter[str] = Counter()
    known = 0
    for standing, number in census.settled:
        known += number if standing else 0
        for stand in standing:
            counts[stand.artifact][_state(stand)] += number
            again[stand.artifact] += number * is_outdated(stand)
    for company in census.others():
        known += 1
        for stand in standing_of(company):
            name = stand.artifact
            if name in company.failures and stand.freshness != "fresh":
                counts[name]["failed"] += 1
                continue
            counts[name][_state(stand)] += 1
            if is_outdated(stand):
                again[name] += 1
                outdated[name].append(company.domain)
    for count in counts.values():
        count["missing"] += census.total - known
    expired = {name: count["expired"] for name, count in counts.items()}
    paid = _paid(settings, tallies(instance), by_provider(spendings(instance)))
    costs = asyncio.run(
        cost_of(
            settings,
            catalog,
            ttls=catalog.ttls,
            expired=expired,
            outdated=again,
            tried={name: sorted(domains) for name, domains in outdated.items()},
            paid=paid,
            now=now,
        )
    )
    return Status(
        companies=census.total,
        artifacts={
            name: ArtifactStatus(**{state: count[state] for state in STATES}, **asdict(costs[name]))
            for name, count in counts.items()
        },
        catching_up=CatchingUp(
            expired_usd=sum(cost.expired_usd for cost in costs.values()),
            outdated_usd=sum(cost.outdated_usd for cost in costs.values()),
        ),
        runs=[
            LatestRun(run_id=run.dagster_run.run_id, started=run.create_timestamp, status=run.dagster_run.status.value)
            for run in instance.get_run_records(limit=LATEST_RUNS)
        ],
    )


def _state(stand: "Stand") -> str:
    return "skip" if stand.freshness == "fresh" and stand.status == "SKIP" else stand.freshness


def _paid(settings: "Settings", tallies: "Sequence[Tally]", spent: Mapping[str, tuple[int, float]]) -> "Paid":
    """By the answers in store; where there are none of an artifact, by what its records have cost."""
    from enrichment_assets.evaluation.catching_up import Paid, paid_for_answers  # noqa: PLC0415

    each: dict[str, float] = {}
    for artifact in {tally.artifact for tally in tallies}:
        made = [tally for tally in tallies if tally.artifact == artifact and tally.outcome == "OK"]
        events = sum(tally.events for tally in made)
        each[artifact] = sum(tally.cost_usd for tally in made) / events if events else 0.0
    free = {provider for provider, (attempts, usd) in spent.items() if attempts and not usd}
    return Paid(each | dict(paid_for_answers(settings)), free)


def _in_words(latest: Status) -> str:
    rows = {name: count.model_dump() for name, count in latest.artifacts.items()}
    lines = [f"{latest.companies} companies", "", *_table("artifact", STATES, rows)]
    if any(count.expired or count.outdated for count in latest.artifacts.values()):
        usd = latest.catching_up
        lines += ["", f"To catch up: expired about ${usd.expired_usd:.4f}, outdated about ${usd.outdated_usd:.4f}."]
    if latest.runs:
        lines += ["", "Latest runs:"]
        lines += [f"  {run.run_id}  {run.started:%Y-%m-%d %H:%M}  {run.status:<9}" for run in latest.runs]
    return "\n".join(lines)


def _run(report: "RunReport", settings: "Settings") -> str:
    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415
    from enrichment_assets.cache.queries import by_provider, stored_by_provider  # noqa: PLC0415

    catalog = load_catalog(settings)
    paid = provider_lines(by_provider(report.spendings), stored_by_provider(report.spendings))
    gone = sorted(set(report.outcomes) - set(catalog))
    lines = [
        f"Run {report.run_id}: {report.status}, ${sum(report.cost_usd.values()):.4f}",
        "",
        *_table("artifact", OUTCOMES, {name: report.outcomes.get(name, {}) for name in (*catalog, *gone)}),
        "",
        *(["Paid, by provider:", *paid, ""] if paid else []),
        "What was found in the cache is listed for backfills only: elsewhere a hit writes nothing.",
    ]
    if report.failures:
        lines += ["", f"Failed and not repaired since ({len(report.failures)}):"]
        lines += _failures(report.failures)
    return "\n".join(lines)


def _failures(failures: Sequence[tuple[str, str, str]]) -> Iterable[str]:
    for domain, artifact, reason in failures[:SHOWN_FAILURES]:
        yield f"  {plain(domain)}: {artifact}: {plain(reason)}"
    if len(failures) > SHOWN_FAILURES:
        yield f"  … and {len(failures) - SHOWN_FAILURES} more"


def _table(head: str, columns: Sequence[str], rows: Mapping[str, Mapping[str, int]]) -> Iterable[str]:
    yield f"{head:<18}" + "".join(f"{column:>10}" for column in columns)
    for name, counts in rows.items():
        yield f"{name:<18}" + "".join(f"{counts.get(column, 0):>10}" for column in columns)
