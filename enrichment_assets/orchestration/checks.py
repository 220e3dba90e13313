"""The checks of the assets: evaluated at the end of every run and, because records expire while none runs, hourly.

What they say is in ``evaluations``.
"""

from collections.abc import Iterator

import dagster as dg

from enrichment_assets.orchestration.counting import counts_now
from enrichment_assets.orchestration.evaluations import (
    CHECK,
    HEALTH,
    HEALTH_CHECKS,
    evaluations,
    health_evaluations,
    health_now,
    observe_health,
    report_badges,
)
from enrichment_assets.orchestration.runs.enrich_op import RunHooks
from enrichment_assets.orchestration.specs import GROUP, OWNERS

JOB = "check_companies"


def health_asset() -> dg.AssetSpec:
    """How it goes, as curves. Nobody makes it: runs and the hourly check observe it."""
    return dg.AssetSpec(
        HEALTH,
        group_name=GROUP,
        owners=list(OWNERS),
        description=(
            "How it goes, observed after every run and every hour: cost of the day, qualified rate, the share of "
            "companies that is fresh for each artifact, failures by kind, what each provider yields. See Plots."
        ),
    )


def company_checks(hooks: RunHooks) -> dg.AssetChecksDefinition:
    """One check per asset, those that artifacts declare, and those of ``health``; any subset of them in one step."""
    fresh = [
        dg.AssetCheckSpec(
            CHECK,
            asset=name,
            description="Counts the companies whose record is fresh, and says why the others' is not.",
        )
        for name in hooks.catalog
    ]
    own = [
        dg.AssetCheckSpec(check.name, asset=name, description=check.description)
        for name, artifact in hooks.catalog.items()
        for check in artifact.checks
    ]
    health = [dg.AssetCheckSpec(name, asset=HEALTH, description=said) for name, said in HEALTH_CHECKS.items()]

    @dg.multi_asset_check(name="count_companies", specs=fresh + own + health, can_subset=True)
    def count_companies(context: dg.AssetCheckExecutionContext) -> Iterator[dg.AssetCheckResult]:
        wanted = {key.asset_key.to_user_string() for key in context.selected_asset_check_keys}
        settings = hooks.settings_at(context.instance)
        counts = counts_now(context.instance, hooks.catalog, settings)
        found = list(evaluations(hooks.catalog, settings, counts, wanted))
        report_badges(context.instance, hooks.catalog, found)
        if HEALTH in wanted:
            now = health_now(context.instance, hooks.catalog, counts)
            observe_health(context.instance, now, settings, run_id=context.run.run_id, job_name=context.run.job_name)
            found += health_evaluations(now, settings)
        for each in found:
            if dg.AssetCheckKey(each.asset_key, each.check_name) not in context.selected_asset_check_keys:
                continue
            yield dg.AssetCheckResult(
                asset_key=each.asset_key,
                check_name=each.check_name,
                passed=each.passed,
                severity=each.severity,
                description=each.description,
                metadata=each.metadata,
            )

    return count_companies


def checks_schedule() -> dg.ScheduleDefinition:
    """Hourly, because records expire while nothing runs. On by default: it spends nothing."""
    return dg.ScheduleDefinition(
        name="check_companies_hourly",
        job_name=JOB,
        cron_schedule="7 * * * *",
        description="Counts fresh, expired and failed companies once an hour. Spends nothing.",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
