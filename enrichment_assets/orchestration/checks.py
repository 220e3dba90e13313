"""The checks of the assets: evaluated at the end of every run and, because records expire while none runs, hourly.

What they say is in ``evaluations``. They spend nothing.
"""

from collections.abc import Iterator

import dagster as dg

from enrichment_assets.orchestration.evaluations import CHECK, evaluations
from enrichment_assets.orchestration.runs.enrich_op import RunHooks

JOB = "check_companies"


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


def checks_schedule() -> dg.ScheduleDefinition:
    """Hourly, because records expire while nothing runs. On by default: it spends nothing."""
    return dg.ScheduleDefinition(
        name="check_companies_hourly",
        job_name=JOB,
        cron_schedule="7 * * * *",
        description="Counts fresh, expired and failed companies once an hour. Spends nothing.",
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
