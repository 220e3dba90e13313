"""What is true now, shown per asset: how many companies are fresh, expired, outdated, failed and missing.

What belongs here: counting and showing. What does not: what fresh means (``freshness``). Checks spend nothing; they
are evaluated at the end of a run over partitions and, because records expire while nothing runs, hourly by their job.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import dagster as dg

from enrichment_assets.artifacts.base import SummaryCheck
from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.cache.latest_status import latest_statuses
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.freshness import KnownCompany, known_companies
from enrichment_assets.orchestration.partitions import NAME
from enrichment_assets.orchestration.runs.enrich_op import RunHooks
from enrichment_assets.storage.history.labels import all_labels

CHECK = "every_company_is_fresh"
JOB = "check_companies"
EXAMPLES = 20
STATES = ("fresh", "expired", "outdated", "failed", "missing")


@dataclass(frozen=True)
class AssetCounts:
    """One asset: how many companies are in which state, and some of those that are not fresh, with the reason."""

    counts: Counter[str]
    summaries: Counter[str]
    """Companies by the one-word summary of their latest record, fresh or not."""
    examples: Sequence[tuple[str, str, str]]


def count(catalog: Iterable[str], total: int, companies: Iterable[KnownCompany]) -> dict[str, AssetCounts]:
    """Per asset, over ``total`` companies. A failure counts before the age of an earlier record."""
    names = tuple(catalog)
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    examples: dict[str, list[tuple[str, str, str]]] = {name: [] for name in names}
    summaries: dict[str, Counter[str]] = {name: Counter() for name in names}
    known = 0
    for company in companies:
        known += 1
        for name, record in company.records.items():
            if record.status == "OK":
                summaries[name][record.summary] += 1
        for name, freshness in company.freshness.items():
            failure = company.failures.get(name)
            state = "failed" if failure is not None and freshness != "fresh" else freshness
            counts[name][state] += 1
            if state != "fresh" and len(examples[name]) < EXAMPLES:
                examples[name].append((company.domain, state, failure.reason if failure else ""))
    for name in names:
        counts[name]["missing"] += total - known
    return {name: AssetCounts(counts[name], summaries[name], examples[name]) for name in names}


def company_checks(hooks: RunHooks) -> dg.AssetChecksDefinition:
    """One check per asset, and those that artifacts declare; any subset of them in one step."""
    own = [
        dg.AssetCheckSpec(check.name, asset=name, description=check.description)
        for name, artifact in hooks.catalog.items()
        for check in artifact.checks
    ]

    @dg.multi_asset_check(
        name="count_companies",
        specs=[
            dg.AssetCheckSpec(
                CHECK,
                asset=name,
                description="Counts the companies whose record is fresh, and says why the others' is not.",
            )
            for name in hooks.catalog
        ]
        + own,
        can_subset=True,
    )
    def count_companies(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        wanted = {key.asset_key.to_user_string() for key in context.selected_asset_check_keys}
        for found in evaluations(context.instance, hooks.catalog, hooks.settings_at(context.instance), wanted):
            if dg.AssetCheckKey(found.asset_key, found.check_name) not in context.selected_asset_check_keys:
                continue
            yield dg.AssetCheckResult(
                asset_key=found.asset_key,
                check_name=found.check_name,
                passed=found.passed,
                severity=found.severity,
                description=found.description,
                metadata=found.metadata,
            )

    return count_companies


def evaluations(
    instance: dg.DagsterInstance, catalog: Catalog, settings: Settings, artifacts: Collection[str]
) -> Iterator[dg.AssetCheckEvaluation]:
    """The checks of these artifacts as they stand now. Raises MisconfiguredError for a broken ICP profile."""
    domains = instance.get_dynamic_partitions(NAME)
    known = latest_statuses(instance, domains, catalog)
    companies = known_companies(known, catalog, settings, datetime.now(UTC), all_labels(settings))
    tallies = count(catalog, len(domains), companies)
    for name in catalog:
        if name in artifacts:
            yield _evaluation(name, tallies[name])
            for check in catalog[name].checks:
                yield _own_evaluation(name, check, tallies[name].summaries)


def _evaluation(artifact: str, found: AssetCounts) -> dg.AssetCheckEvaluation:
    columns = ("company", "state", "reason")
    records = [dg.TableRecord(dict(zip(columns, row, strict=True))) for row in found.examples]
    schema = dg.TableSchema([dg.TableColumn(column) for column in columns])
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(artifact),
        check_name=CHECK,
        passed=found.counts["fresh"] == found.counts.total(),
        severity=dg.AssetCheckSeverity.WARN,
        description=", ".join(f"{found.counts[state]} {state}" for state in STATES),
        metadata={
            **{state: dg.MetadataValue.int(found.counts[state]) for state in STATES},
            "not_fresh": dg.MetadataValue.table(records, schema=schema),
        },
    )


def _own_evaluation(artifact: str, check: SummaryCheck, summaries: Mapping[str, int]) -> dg.AssetCheckEvaluation:
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(artifact),
        check_name=check.name,
        passed=check.passes(summaries),
        severity=dg.AssetCheckSeverity.WARN,
        description=check.description,
        metadata={summary: dg.MetadataValue.int(count) for summary, count in summaries.items()},
    )


def checks_schedule() -> dg.ScheduleDefinition:
    """Hourly, because records expire while nothing runs. On by default: it spends nothing."""
    return dg.ScheduleDefinition(
        name="check_companies_hourly",
        job_name=JOB,
        cron_schedule="7 * * * *",
        description="Counts fresh, expired and failed companies once an hour. Spends nothing.",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
