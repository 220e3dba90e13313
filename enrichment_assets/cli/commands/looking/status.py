"""``enrich status``: what is true now, or what one run did. From Dagster's event log alone."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from enrichment_assets.cli.echo import plain, say
from enrichment_assets.cli.opening import state_settings
from enrichment_assets.cli.report import provider_lines

if TYPE_CHECKING:
    import dagster as dg

    from enrichment_assets.cache.queries import RunReport
    from enrichment_assets.cache.record_index import Tally
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.evaluation.catching_up import Paid

STATES = ("fresh", "skip", "expired", "outdated", "failed", "missing")
OUTCOMES = ("OK", "CACHE", "SKIP", "FAIL", "BUDGET")
LATEST_RUNS = 5
SHOWN_FAILURES = 50


@click.command()
@click.argument("run_id", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON (not for a single run).")
@click.option("--sandbox", is_flag=True, help="Of sandbox runs.")
def status(*, run_id: str | None, as_json: bool, sandbox: bool) -> None:
    """What is fresh, expired, outdated, failed or missing per artifact; or what the run RUN_ID did.

    Expired is older than its TTL: it is asked for anew. Outdated was made by other rules, another profile or from other
    inputs: it is made again from stored answers, for nothing where they suffice. What catching up costs goes by what
    was paid here so far.
    """
    import json  # noqa: PLC0415 - `enrich --help` stays quick

    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415 - --help must not wait for Dagster
    from enrichment_assets.cache.queries import run_report  # noqa: PLC0415

    settings = state_settings(sandbox=sandbox)
    with open_instance(settings) as instance:
        if run_id is None:
            latest = _latest_status(instance, settings)
            say(json.dumps(latest, indent=2) if as_json else _in_words(latest))
            return
        if as_json:
            raise click.UsageError("--json tells of all companies, not of one run")
        try:
            report = run_report(instance, run_id)
        except LookupError as error:
            raise click.UsageError(str(error.args[0])) from error
        say(_run(report, settings))


def _latest_status(instance: "dg.DagsterInstance", settings: "Settings") -> dict[str, Any]:
    import asyncio  # noqa: PLC0415

    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415
    from enrichment_assets.cache.latest_status import latest_statuses  # noqa: PLC0415
    from enrichment_assets.cache.queries import by_provider, spendings, tallies  # noqa: PLC0415
    from enrichment_assets.evaluation.catching_up import cost_of  # noqa: PLC0415
    from enrichment_assets.orchestration.freshness import known_companies  # noqa: PLC0415
    from enrichment_assets.orchestration.partitions import NAME  # noqa: PLC0415
    from enrichment_assets.orchestration.specs import asset_specs, ttls  # noqa: PLC0415
    from enrichment_assets.storage.history.labels import all_labels  # noqa: PLC0415

    catalog, now = load_catalog(settings), datetime.now(UTC)
    domains = instance.get_dynamic_partitions(NAME)
    counts: dict[str, Counter[str]] = {name: Counter() for name in catalog}
    outdated: dict[str, list[str]] = {name: [] for name in catalog}
    known = 0
    statuses = latest_statuses(instance, domains, catalog)
    for company in known_companies(statuses, catalog, settings, now, all_labels(settings)):
        known += 1
        for name, freshness in company.freshness.items():
            record = company.records.get(name)
            if name in company.failures and freshness != "fresh":
                counts[name]["failed"] += 1
            elif freshness == "fresh" and record is not None and record.status == "SKIP":
                counts[name]["skip"] += 1
            else:
                counts[name][freshness] += 1
                if freshness == "outdated" and record is not None and record.status == "OK":
                    outdated[name].append(company.domain)
    for count in counts.values():
        count["missing"] += len(domains) - known
    expired = {name: count["expired"] for name, count in counts.items()}
    windows = ttls(asset_specs(catalog))
    paid = _paid(settings, tallies(instance), by_provider(spendings(instance)))
    costs = asyncio.run(
        cost_of(settings, catalog, ttls=windows, expired=expired, outdated=outdated, paid=paid, now=now)
    )
    return {
        "companies": len(domains),
        "artifacts": {
            name: {**{state: count[state] for state in STATES}, **asdict(costs[name])} for name, count in counts.items()
        },
        "catching_up": {
            "expired_usd": sum(cost.expired_usd for cost in costs.values()),
            "outdated_usd": sum(cost.outdated_usd for cost in costs.values()),
        },
        "runs": [
            {
                "run_id": run.dagster_run.run_id,
                "started": f"{run.create_timestamp:%Y-%m-%d %H:%M}",
                "status": run.dagster_run.status.value,
            }
            for run in instance.get_run_records(limit=LATEST_RUNS)
        ],
    }


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


def _in_words(latest: Mapping[str, Any]) -> str:
    lines = [f"{latest['companies']} companies", "", *_table("artifact", STATES, latest["artifacts"])]
    behind = [sum(count[state] for count in latest["artifacts"].values()) for state in ("expired", "outdated")]
    if any(behind):
        usd = latest["catching_up"]
        lines += [
            "",
            f"To catch up: expired about ${usd['expired_usd']:.4f}, outdated about ${usd['outdated_usd']:.4f}.",
        ]
    if latest["runs"]:
        lines += ["", "Latest runs:"]
        lines += [f"  {run['run_id']}  {run['started']}  {run['status']:<9}" for run in latest["runs"]]
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
