"""What the checks of the assets say now, and the observation of ``health``: after each run, and hourly.

What belongs here: saying. What does not: counting (``counting``, ``health/numbers``) and Dagster's definitions of the
checks (``checks``). Nothing of it spends anything.
"""

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

import dagster as dg

from enrichment_assets.artifacts.base import SummaryCheck
from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.cache.event_log import report_batch, report_checks, report_freshness
from enrichment_assets.cache.queries import spendings, tallies
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.counting import STATES, AssetCounts, Counts
from enrichment_assets.orchestration.health.numbers import Health, health_of
from enrichment_assets.orchestration.health.prometheus import write_metrics

log = logging.getLogger(__name__)

CHECK: Final = "every_company_is_fresh"
HEALTH: Final = "health"
HEALTH_CHECKS: Final = {
    "few_companies_fail": "The share of companies with a failure is at most ENRICHMENT_CHECK_FAILED_SHARE.",
    "qualified_companies_cost_what_they_may": (
        "All that was paid, for each company that qualifies, is at most ENRICHMENT_CHECK_USD_PER_QUALIFIED."
    ),
    "no_provider_is_silent": "No artifact that asks a provider says the same of every company.",
}


def evaluations(
    catalog: Catalog, settings: Settings, counts: Counts, artifacts: Collection[str]
) -> Iterator[dg.AssetCheckEvaluation]:
    """The checks of these artifacts."""
    for name in catalog:
        if name in artifacts:
            yield _evaluation(name, counts.assets[name], settings.enrichment_check_fresh_share)
            for check in catalog[name].checks:
                yield _own_evaluation(name, check, counts.assets[name].summaries)


def report_badges(instance: dg.DagsterInstance, catalog: Catalog, found: Iterable[dg.AssetCheckEvaluation]) -> None:
    """The freshness that Dagster shows of an asset with a TTL is what our check says of its companies."""
    checked = {each.asset_key.to_user_string(): each.passed for each in found if each.check_name == CHECK}
    report_freshness(instance, {name: passed for name, passed in checked.items() if catalog[name].ttl is not None})


def health_now(instance: dg.DagsterInstance, catalog: Catalog, counts: Counts) -> Health:
    """What there is to say of all companies and runs together."""
    today = datetime.now(UTC).date().isoformat()
    return health_of(catalog, counts, tallies(instance), spendings(instance), today)


def health_evaluations(health: Health, settings: Settings) -> Iterator[dg.AssetCheckEvaluation]:
    """The checks of ``health``. What is not known passes."""
    failed, paid = health.failing_share or 0.0, health.cost_per_qualified_usd or 0.0
    most_usd = settings.enrichment_check_usd_per_qualified
    passed = (
        failed <= settings.enrichment_check_failed_share,
        most_usd is None or paid <= most_usd,
        not health.silent,
    )
    said = (
        f"{failed:.1%} of the companies have a failure",
        f"${paid:.4f} for each company that qualifies",
        f"the same of every company: {', '.join(health.silent) or 'nothing'}",
    )
    for name, good, sentence in zip(HEALTH_CHECKS, passed, said, strict=True):
        yield dg.AssetCheckEvaluation(
            asset_key=dg.AssetKey(HEALTH),
            check_name=name,
            passed=good,
            severity=dg.AssetCheckSeverity.WARN,
            description=sentence,
            metadata={},
        )


def observe_health(
    instance: dg.DagsterInstance, health: Health, settings: Settings, *, run_id: str, job_name: str
) -> None:
    """One point on each curve of the asset ``health``, and the same in ENRICHMENT_METRICS_FILE."""
    path = settings.enrichment_metrics_file
    if path is not None:
        try:
            write_metrics(path, health, datetime.now(UTC))
        except OSError as error:  # what is only looked at ends no run
            log.warning("ENRICHMENT_METRICS_FILE cannot be written: %s", error)
    metadata = {
        name: dg.MetadataValue.int(value) if isinstance(value, int) else dg.MetadataValue.float(value)
        for name, value in health.numbers().items()
    }
    report_batch(
        instance, [dg.AssetObservation(HEALTH, metadata=metadata)], run_id=run_id, job_name=job_name, step_key=None
    )


def report_all(
    instance: dg.DagsterInstance,
    catalog: Catalog,
    settings: Settings,
    counts: Counts,
    artifacts: Collection[str],
    *,
    run_id: str,
    job_name: str,
) -> None:
    """Say at the end of a run how everything stands: also in a run that Dagster has planned no check for."""
    health = health_now(instance, catalog, counts)
    own = list(evaluations(catalog, settings, counts, artifacts))
    report_checks(instance, [*own, *health_evaluations(health, settings)], run_id=run_id, job_name=job_name)
    report_badges(instance, catalog, own)
    observe_health(instance, health, settings, run_id=run_id, job_name=job_name)


def _evaluation(artifact: str, found: AssetCounts, least_share: float) -> dg.AssetCheckEvaluation:
    columns = ("company", "state", "reason")
    records = [dg.TableRecord(dict(zip(columns, row, strict=True))) for row in found.examples]
    schema = dg.TableSchema([dg.TableColumn(column) for column in columns])
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(artifact),
        check_name=CHECK,
        passed=found.counts["fresh"] >= least_share * found.counts.total(),
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
