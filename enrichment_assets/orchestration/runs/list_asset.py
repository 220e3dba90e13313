"""The asset ``company_list``: materializing a partition of it enriches exactly that list, in one run or in slices."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import dagster as dg
from sqlalchemy import Engine

from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.companies.company import Company
from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.orchestration.partitions import register
from enrichment_assets.orchestration.providers_resource import PROVIDERS
from enrichment_assets.orchestration.runs.budgets import TOGETHER_TAG
from enrichment_assets.orchestration.runs.company_lists import LISTS, NAME
from enrichment_assets.orchestration.runs.enrich_op import RunHooks, RunSpec, allowed
from enrichment_assets.orchestration.runs.inputs import Pinned, keep_companies, pin
from enrichment_assets.orchestration.runs.listed import enrich_list
from enrichment_assets.orchestration.runs.options import Options, PartitionOptions
from enrichment_assets.orchestration.runs.resume import earlier_runs
from enrichment_assets.orchestration.runs.slices.submitting import cut, new_name, submit
from enrichment_assets.orchestration.specs import OWNERS
from enrichment_assets.storage.inputs.company_lists import CompanyLists, KnownList
from enrichment_assets.storage.lists import Lists
from enrichment_assets.storage.state import open_state

GROUP = "lists"
"""Apart from the companies' assets, so that materializing all of those asks for no list."""


def list_asset(hooks: RunHooks) -> dg.AssetsDefinition:
    """One partition per list; the asset's page says what came of each."""

    @dg.multi_asset(
        name="enrich_company_list",
        specs=[
            dg.AssetSpec(
                NAME,
                description=(
                    "One partition per list of companies that was run or dropped. Materialize one, and exactly its "
                    "companies are enriched in one run; what is fresh is not paid again. A red one had failures: "
                    "materialize it again, and only those are done."
                ),
                group_name=GROUP,
                owners=list(OWNERS),
                kinds={"csv"},
                partitions_def=LISTS,
                skippable=True,
            )
        ],
        backfill_policy=dg.BackfillPolicy.multi_run(1),
        can_subset=False,
        required_resource_keys={PROVIDERS},
    )
    def enrich_company_list(
        context: dg.AssetExecutionContext, config: PartitionOptions
    ) -> Iterator[dg.MaterializeResult[None]]:
        op, instance = context.op_execution_context, context.instance
        settings = hooks.settings_at(instance)
        state = open_state(settings)
        pinned = pin(op, settings, state, hooks.catalog)
        if said := pinned.said():
            context.log.warning(said)
        try:
            known = CompanyLists(state).get(context.partition_key)
        except LookupError as error:
            raise dg.Failure(str(error), allow_retries=False) from error
        mine = replace(hooks, catalog=pinned.catalog)
        list_id = pinned.list_id or known.list_id
        companies = allowed(op, Lists(state).companies(list_id), state)
        register(instance, state, companies)
        if config.slices > 1 and pinned.list_id is None:  # else this run has its part already
            companies = _shared_out(context, known, companies, config, pinned=pinned, state=state, catalog=mine.catalog)
        keep_companies(state, context.run_id, companies, pinned, list_id)
        left_out = pinned.catalog.left_out_by(pinned.settings)
        spec = RunSpec(
            companies=companies,
            selected=frozenset(pinned.catalog) - left_out,
            refresh=config.refresh,
            plan_failures=True,
            budget_usd=config.budget_usd,
            parallel=config.parallel,
            earlier_runs=earlier_runs(instance, context.run),
            left_out=left_out,
        )
        part = config.slices > 1
        enrich_list(op, known, spec=spec, settings=pinned.settings, state=state, hooks=mine, plan=False, part=part)
        yield from ()

    return enrich_company_list


def _shared_out(
    context: dg.AssetExecutionContext,
    known: KnownList,
    companies: Sequence[Company],
    config: PartitionOptions,
    *,
    pinned: Pinned,
    state: Engine,
    catalog: Catalog,
) -> list[Company]:
    """The part of a list that stays with this run; the others are put into the queue. Raises Failure.

    Nobody waits for anybody: the partition is materialized by whichever of them is the last.
    """
    together = new_name()
    context.instance.add_run_tags(context.run.run_id, {TOGETHER_TAG: together})
    parts = cut(companies, config.slices)
    mine = parts.pop(next(iter(parts), ""), ())
    try:
        submit(
            context.instance,
            state,
            parts,
            known=known,
            together=together,
            inputs=pinned.document,
            settings=pinned.settings,
            catalog=catalog,
            options={name: getattr(config, name) for name in Options.model_fields},
            tags={},
        )
    except MisconfiguredError as error:
        raise dg.Failure(str(error), allow_retries=False) from error
    return list(mine)
