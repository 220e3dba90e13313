"""Runs over exactly one list: the job behind ``enrich run``, the CSV sensor, the refresh sensor and the launchpad.

It is a plain op job and not an asset job: Dagster's launchpad takes no config for a partitioned asset job without a
partition, and backfills cut scattered companies into one run per contiguous range. Records carry asset and partition,
so the assets' pages show them like any other materialization.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from sqlalchemy import Engine

from enrichment_assets.artifacts.catalog import Catalog, CatalogError
from enrichment_assets.companies.company import Company
from enrichment_assets.companies.intake import read_list
from enrichment_assets.companies.reading import UnreadableListError
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.csv_files import NotInsideError, inside
from enrichment_assets.orchestration.partitions import register, usable_keys
from enrichment_assets.orchestration.runs.enrich_op import RunHooks, RunSpec, allowed, enrich
from enrichment_assets.orchestration.runs.options import ListOptions
from enrichment_assets.orchestration.runs.resume import earlier_runs
from enrichment_assets.storage.lists import Lists
from enrichment_assets.storage.names import Names
from enrichment_assets.storage.state import open_state

ENRICH_LIST = "enrich_list"
OP = "enrich_companies"


def list_job(hooks: RunHooks) -> dg.JobDefinition:
    """The job whose launchpad takes a CSV path, a stored list or a few domains."""

    @dg.op(name=OP, description="Takes the companies of one list through the selected artifacts.")
    def enrich_companies(context: dg.OpExecutionContext, config: ListOptions) -> None:
        settings = hooks.settings_at(context.instance)
        state = open_state(settings)
        left_out = left_out_assets(hooks.catalog, config.without, settings)
        selected = selected_assets(hooks.catalog, config.assets, left_out)
        companies = allowed(context, listed_companies(config, state, settings), state)
        register(context.instance, state, companies)
        spec = RunSpec(
            companies=companies,
            selected=selected,
            refresh=config.refresh,
            plan_failures=True,
            budget_usd=config.budget_usd,
            parallel=config.parallel,
            earlier_runs=earlier_runs(context.instance, context.run),
            left_out=left_out,
            list_id=config.list_id or None,
        )
        enrich(context, spec, settings, state, hooks)

    @dg.job(
        name=ENRICH_LIST,
        executor_def=dg.in_process_executor,
        description="Enrich exactly one list: a CSV path, a stored list or a few domains.",
    )
    def enrich_list() -> None:
        enrich_companies()

    return enrich_list


def list_config(list_id: str, **options: Any) -> Mapping[str, Any]:
    """Run config of the job over a stored list. ``options`` are fields of ListOptions; empty ones are left out."""
    given = {name: value for name, value in options.items() if value is not None and value not in ((), [])}
    return {"ops": {OP: {"config": {"list_id": list_id, **given}}}}


def selected_assets(catalog: Catalog, names: Sequence[str], left_out: frozenset[str] = frozenset()) -> frozenset[str]:
    """The artifacts to produce; all when none is named. Raises Failure for a name there is not."""
    unknown = sorted(set(names) - set(catalog))
    if unknown:
        raise dg.Failure(f"No such assets: {', '.join(unknown)}. There are {', '.join(catalog)}.", allow_retries=False)
    return frozenset(names or catalog) - left_out


def left_out_assets(catalog: Catalog, names: Sequence[str], settings: Settings) -> frozenset[str]:
    """What the run does without: these, or where none is named what ENRICHMENT_ARTIFACTS leaves out.

    Raises Failure for a name there is not, and for one that every payload needs.
    """
    try:
        return catalog.left_out_with(names) if names else catalog.left_out_by(settings)
    except CatalogError as error:
        raise dg.Failure(str(error), allow_retries=False) from error


def listed_companies(config: ListOptions, state: Engine, settings: Settings) -> list[Company]:
    """The companies of the one source that is given. Raises Failure when that is none or several, or unusable."""
    given = [name for name in ("csv_path", "list_id", "companies") if getattr(config, name)]
    if len(given) != 1:
        raise dg.Failure(
            f"Exactly one of csv_path, list_id and companies is needed; given: {', '.join(given) or 'none'}.",
            allow_retries=False,
        )
    if config.companies:
        keys, unusable = usable_keys(dict.fromkeys(config.companies))
        if unusable:
            raise dg.Failure(f"Not company domains: {', '.join(unusable[:20])}", allow_retries=False)
        return list(Names(state).companies(keys))
    if config.list_id:
        try:
            return list(Lists(state).companies(config.list_id))
        except LookupError as error:
            raise dg.Failure(str(error), allow_retries=False) from error
    try:
        return list(read_list(inside(settings.enrichment_csv_dir, Path(config.csv_path))).companies)
    except (NotInsideError, UnreadableListError) as error:
        raise dg.Failure(str(error), allow_retries=False) from error
