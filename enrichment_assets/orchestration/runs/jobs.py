"""Runs over exactly one list: the job behind ``enrich run``, the CSV sensor, the refresh sensor and the launchpad.

It is a plain op job and not an asset job: Dagster's launchpad takes no config for a partitioned asset job without a
partition, and backfills cut scattered companies into one run per contiguous range. Records carry asset and partition,
so the assets' pages show them like any other materialization.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
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
from enrichment_assets.orchestration.providers_resource import PROVIDERS, ProvidersResource
from enrichment_assets.orchestration.runs.company_lists import add_list
from enrichment_assets.orchestration.runs.enrich_op import RunHooks, RunSpec, allowed, enrich
from enrichment_assets.orchestration.runs.inputs import keep_companies, known_here, pin
from enrichment_assets.orchestration.runs.listed import enrich_list
from enrichment_assets.orchestration.runs.options import ListOptions
from enrichment_assets.orchestration.runs.resume import earlier_runs
from enrichment_assets.orchestration.runs.telling import telling
from enrichment_assets.storage.do_not_enrich import respected
from enrichment_assets.storage.inputs.company_lists import CompanyLists, KnownList
from enrichment_assets.storage.lists import Lists
from enrichment_assets.storage.names import Names
from enrichment_assets.storage.state import open_state

ENRICH_LIST = "enrich_list"
OP = "enrich_companies"


def list_job(hooks: RunHooks, providers: ProvidersResource | None = None) -> dg.JobDefinition:
    """The job whose launchpad takes a CSV path, a stored list or a few domains."""

    @dg.op(
        name=OP,
        description="Takes the companies of one list through the selected artifacts.",
        required_resource_keys={PROVIDERS},
    )
    def enrich_companies(context: dg.OpExecutionContext, config: ListOptions) -> None:
        settings = hooks.settings_at(context.instance)
        state = open_state(settings)
        pinned = pin(context, settings, state, hooks.catalog, config.inputs)
        if said := pinned.said():
            context.log.warning(said)
        catalog, settings = pinned.catalog, pinned.settings
        left_out = left_out_assets(catalog, known_here(catalog, config.without, hooks.catalog), settings)
        selected = selected_assets(catalog, known_here(catalog, config.assets, hooks.catalog), left_out)
        known, companies = listed_companies(context.instance, config, state, settings)
        companies = allowed(context, companies, state)
        register(context.instance, state, companies)
        list_id = config.list_id or (known.list_id if known else "companies")
        keep_companies(state, context.run_id, companies, pinned, list_id)
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
        with telling(context, state, replace(hooks, catalog=catalog)) as mine:
            if known is None:
                enrich(context, spec, settings, state, mine)
            else:
                part = config.list_id not in ("", known.list_id)
                enrich_list(context, known, spec=spec, settings=settings, state=state, hooks=mine, plan=True, part=part)

    @dg.job(
        name=ENRICH_LIST,
        executor_def=dg.in_process_executor,
        resource_defs={PROVIDERS: (providers or ProvidersResource()).get_resource_definition()},
        description="Enrich exactly one list: a CSV path, a stored list or a few domains.",
    )
    def job() -> None:
        enrich_companies()

    return job


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


def listed_companies(
    instance: dg.DagsterInstance, config: ListOptions, state: Engine, settings: Settings
) -> tuple[KnownList | None, list[Company]]:
    """The companies of the one source that is given, and the named list where it is one.

    A CSV becomes one. Raises Failure when no source or several are given, or an unusable one.
    """
    given = [name for name in ("csv_path", "list_key", "list_id", "companies") if getattr(config, name)]
    if len(given) != 1 and given != ["list_key", "list_id"]:
        raise dg.Failure(
            f"Exactly one of csv_path, list_id and companies is needed; given: {', '.join(given) or 'none'}. "
            "Or list_key: a partition of company_list.",
            allow_retries=False,
        )
    try:
        if config.companies:
            keys, unusable = usable_keys(dict.fromkeys(config.companies))
            if unusable:
                raise dg.Failure(f"Not company domains: {', '.join(unusable[:20])}", allow_retries=False)
            return None, list(Names(state).companies(keys))
        if config.csv_path:
            listed = respected(read_list(inside(settings.enrichment_csv_dir, Path(config.csv_path))), settings)
            known: KnownList | None = add_list(instance, settings, state, listed)
        else:
            known = CompanyLists(state).get(config.list_key) if config.list_key else None
        list_id = config.list_id or (known.list_id if known else "")
        return known, list(Lists(state).companies(list_id))
    except (LookupError, NotInsideError, UnreadableListError) as error:
        raise dg.Failure(str(error), allow_retries=False) from error
