"""The artifacts as assets on the company partitions: one op produces any subset of them for any set of partitions.

What belongs here: what a UI backfill, a partition range or ``dagster asset materialize --partition`` runs. What does
not: runs over a list (``jobs``), what an asset looks like (``specs``), what the op does (``enrich_op``).
"""

from collections.abc import Iterator
from dataclasses import replace

import dagster as dg

from enrichment_assets.orchestration.partitions import COMPANY, usable_keys
from enrichment_assets.orchestration.providers_resource import PROVIDERS
from enrichment_assets.orchestration.runs.enrich_op import RunHooks, RunSpec, allowed, enrich
from enrichment_assets.orchestration.runs.inputs import keep_companies, known_here, pin
from enrichment_assets.orchestration.runs.options import Options
from enrichment_assets.orchestration.runs.resume import earlier_runs
from enrichment_assets.orchestration.specs import asset_specs
from enrichment_assets.storage.lists import Lists
from enrichment_assets.storage.names import Names
from enrichment_assets.storage.state import open_state


def company_assets(hooks: RunHooks, companies_per_run: int | None = None) -> dg.AssetsDefinition:
    """All artifacts of all companies. ``companies_per_run``: cut backfills into runs that workers can share."""

    @dg.multi_asset(
        name="enrich_partitions",
        specs=list(asset_specs(hooks.catalog)),
        partitions_def=COMPANY,
        can_subset=True,
        required_resource_keys={PROVIDERS},
        backfill_policy=(
            dg.BackfillPolicy.multi_run(companies_per_run) if companies_per_run else dg.BackfillPolicy.single_run()
        ),
        description="Takes the selected companies through the selected artifacts, each on its own.",
    )
    def enrich_partitions(context: dg.AssetExecutionContext, config: Options) -> Iterator[dg.MaterializeResult[None]]:
        op = context.op_execution_context
        settings = hooks.settings_at(context.instance)
        state = open_state(settings)
        pinned = pin(op, settings, state, hooks.catalog)
        if said := pinned.said():
            context.log.warning(said)
        unusable: list[str] = []
        if pinned.list_id is not None:
            # The partitions between two others may be other ones by now.
            asked = list(Lists(state).companies(pinned.list_id))
        else:
            keys, unusable = usable_keys(context.partition_keys)
            asked = list(Names(state).companies(keys))
        if unusable:
            context.log.error(f"Not company domains, so not enriched; delete them: {', '.join(unusable[:20])}")
        companies = allowed(op, asked, state)
        keep_companies(state, context.run_id, companies, pinned, pinned.list_id or "partitions")
        selected = [key.to_user_string() for key in context.selected_asset_keys]
        spec = RunSpec(
            companies=companies,
            selected=frozenset(known_here(pinned.catalog, selected, hooks.catalog)),
            refresh=config.refresh,
            repeat_hits=True,
            budget_usd=config.budget_usd,
            parallel=config.parallel,
            earlier_runs=earlier_runs(context.instance, context.run),
        )

        enrich(op, spec, pinned.settings, state, replace(hooks, catalog=pinned.catalog))
        # Nothing is yielded: every record was reported when it was made, per company.
        yield from ()
        if unusable:
            raise dg.Failure(f"{len(unusable)} partitions are no company domains.", allow_retries=False)
        if len(companies) < len(asked):
            left_out = len(asked) - len(companies)
            raise dg.Failure(f"{left_out} partitions are on the do-not-enrich list: delete them.", allow_retries=False)

    return enrich_partitions
