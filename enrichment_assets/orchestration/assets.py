"""The artifacts as assets on the company partitions: one op produces any subset of them for any set of partitions.

What belongs here: what a UI backfill, a partition range or ``dagster asset materialize --partition`` runs. What does
not: runs over a list (``jobs``), what an asset looks like (``specs``), what the op does (``enrich_op``).
"""

from collections.abc import Iterator
from dataclasses import replace

import dagster as dg

from enrichment_assets.cache.event_log import report_check
from enrichment_assets.engine.run_companies import RunResult
from enrichment_assets.orchestration.checks import evaluations
from enrichment_assets.orchestration.partitions import COMPANY, usable_keys
from enrichment_assets.orchestration.runs.enrich_op import RunHooks, RunSpec, allowed, enrich
from enrichment_assets.orchestration.runs.options import Options
from enrichment_assets.orchestration.runs.resume import earlier_runs
from enrichment_assets.orchestration.specs import asset_specs
from enrichment_assets.storage.names import Names
from enrichment_assets.storage.state import open_state


def company_assets(hooks: RunHooks, companies_per_run: int | None = None) -> dg.AssetsDefinition:
    """All artifacts of all companies. ``companies_per_run``: cut backfills into runs that workers can share."""

    @dg.multi_asset(
        name="enrich_partitions",
        specs=list(asset_specs(hooks.catalog)),
        partitions_def=COMPANY,
        can_subset=True,
        backfill_policy=(
            dg.BackfillPolicy.multi_run(companies_per_run) if companies_per_run else dg.BackfillPolicy.single_run()
        ),
        description="Takes the selected companies through the selected artifacts, each on its own.",
    )
    def enrich_partitions(context: dg.AssetExecutionContext, config: Options) -> Iterator[dg.MaterializeResult[None]]:
        keys, unusable = usable_keys(context.partition_keys)
        if unusable:
            context.log.error(f"Not company domains, so not enriched; delete them: {', '.join(unusable[:20])}")
        settings = hooks.settings_at(context.instance)
        state = open_state(settings)
        companies = allowed(context.op_execution_context, Names(state).companies(keys), state)
        spec = RunSpec(
            companies=companies,
            selected=frozenset(key.to_user_string() for key in context.selected_asset_keys),
            refresh=config.refresh,
            repeat_hits=True,
            budget_usd=config.budget_usd,
            parallel=config.parallel,
            earlier_runs=earlier_runs(context.instance, context.run),
        )

        def keep(result: RunResult) -> None:
            # Dagster planned the checks with this run and would skip them, as no output is yielded.
            for found in evaluations(context.instance, hooks.catalog, settings, spec.selected):
                report_check(context.instance, found, run_id=context.run.run_id, job_name=context.run.job_name)
            hooks.on_result(result)

        enrich(context.op_execution_context, spec, settings, state, replace(hooks, on_result=keep))
        # Nothing is yielded: every record was reported when it was made, per company.
        yield from ()
        if unusable:
            raise dg.Failure(f"{len(unusable)} partitions are no company domains.", allow_retries=False)
        if len(companies) < len(keys):
            left_out = len(keys) - len(companies)
            raise dg.Failure(f"{left_out} partitions are on the do-not-enrich list: delete them.", allow_retries=False)

    return enrich_partitions
