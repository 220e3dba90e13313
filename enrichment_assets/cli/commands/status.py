"""``enrich status``: what is true now, or what one run did. From Dagster's event log alone."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from enrichment_assets.cli.echo import plain, say
from enrichment_assets.cli.opening import state_settings
from enrichment_assets.cli.report import provider_lines

if TYPE_CHECKING:
    import dagster as dg

    from enrichment_assets.cache.queries import RunReport
    from enrichment_assets.core.settings import Settings

STATES = ("fresh", "skip", "expired", "outdated", "failed", "missing")
OUTCOMES = ("OK", "CACHE", "SKIP", "FAIL", "BUDGET")
LATEST_RUNS = 5
SHOWN_FAILURES = 50


@click.command()
@click.argument("run_id", required=False)
@click.option("--sandbox", is_flag=True, help="Of sandbox runs.")
def status(*, run_id: str | None, sandbox: bool) -> None:
    """What is fresh, expired, outdated, failed or missing per artifact; or what the run RUN_ID did."""
    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415 - --help must not wait for Dagster
    from enrichment_assets.cache.queries import run_report  # noqa: PLC0415

    settings = state_settings(sandbox=sandbox)
    with open_instance(settings) as instance:
        if run_id is None:
            say(_latest_status(instance, settings))
            return
        try:
            report = run_report(instance, run_id)
        except LookupError as error:
            raise click.UsageError(str(error.args[0])) from error
        say(_run(report, settings))


def _latest_status(instance: "dg.DagsterInstance", settings: "Settings") -> str:
    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415
    from enrichment_assets.cache.latest_status import latest_statuses  # noqa: PLC0415
    from enrichment_assets.orchestration.freshness import known_companies  # noqa: PLC0415
    from enrichment_assets.orchestration.partitions import NAME  # noqa: PLC0415

    catalog = load_catalog(settings)
    domains = instance.get_dynamic_partitions(NAME)
    counts: dict[str, Counter[str]] = {name: Counter() for name in catalog}
    known = 0
    for company in known_companies(latest_statuses(instance, domains, catalog), catalog, settings, datetime.now(UTC)):
        known += 1
        for name, freshness in company.freshness.items():
            record = company.records.get(name)
            if name in company.failures and freshness != "fresh":
                counts[name]["failed"] += 1
            elif freshness == "fresh" and record is not None and record.status == "SKIP":
                counts[name]["skip"] += 1
            else:
                counts[name][freshness] += 1
    for count in counts.values():
        count["missing"] += len(domains) - known
    lines = [f"{len(domains)} companies", "", *_table("artifact", STATES, counts)]
    runs = instance.get_run_records(limit=LATEST_RUNS)
    if runs:
        lines += ["", "Latest runs:"]
        for run in runs:
            started = f"{run.create_timestamp:%Y-%m-%d %H:%M}"
            lines.append(f"  {run.dagster_run.run_id}  {started}  {run.dagster_run.status.value:<9}")
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
