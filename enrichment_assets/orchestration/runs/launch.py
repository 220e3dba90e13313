"""Starting a real Dagster run over a list and executing it in this process: what ``enrich run`` does.

The run is created as the UI would create it, so it is shown there, can be terminated and re-executed there. What it
skips is the second process and its imports.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from time import monotonic
from types import MappingProxyType
from typing import Any

import dagster as dg

from enrichment_assets.artifacts.catalog import Catalog, load_catalog
from enrichment_assets.cache.event_log import create_listed_run, execute_here
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.results import CompanyResult
from enrichment_assets.engine.run_companies import RunResult, utc_now
from enrichment_assets.orchestration.runs.enrich_op import RunHooks
from enrichment_assets.orchestration.runs.inputs import keep_now
from enrichment_assets.orchestration.runs.jobs import OP, list_config, list_job
from enrichment_assets.orchestration.runs.list_outcome import ListTally
from enrichment_assets.orchestration.runs.listed import report_list
from enrichment_assets.orchestration.runs.slices.following import Follower
from enrichment_assets.orchestration.runs.slices.submitting import MODULE, cut, new_name, submit
from enrichment_assets.orchestration.runs.telling import SLICES_TAG
from enrichment_assets.storage.do_not_enrich import DoNotEnrich
from enrichment_assets.storage.inputs.company_lists import CompanyLists
from enrichment_assets.storage.lists import Lists
from enrichment_assets.storage.state import open_state
from enrichment_assets.storage.together.slice_results import SliceResults

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Dagster prints every event to stderr otherwise; they are all in the event log."""

NO_TAGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Ran:
    """How a run ended. ``result`` is None when it ended before the first company; ``error`` then says why."""

    run_id: str
    status: dg.DagsterRunStatus
    result: RunResult | None
    error: str | None


def run_list(
    instance: dg.DagsterInstance,
    companies: Sequence[Company] | str,
    *,
    settings: Settings,
    assets: Sequence[str] = (),
    without: Sequence[str] = (),
    catalog: Catalog | None = None,
    refresh: bool = False,
    budget_usd: float | None = None,
    parallel: int | None = None,
    source: str = "companies given in Python",
    list_key: str | None = None,
    resume: str | None = None,
    tags: Mapping[str, str] = NO_TAGS,
    on_started: Callable[[str], None] = lambda _run_id: None,
    on_finished: Callable[[CompanyResult], None] = lambda _finished: None,
    clock: Callable[[], datetime] = utc_now,
    until: datetime | None = None,
) -> Ran:
    """Enrich companies, or the stored list of that id, in this process. Call on the main thread: signals are handled.

    ``assets``: all when empty. ``without``: artifacts to do without; what the settings leave out when empty. ``source``
    names the list to people; ``list_key`` is its partition of ``company_list``. ``resume``: the run that this one
    continues, whose records count whatever their age. ``on_started`` is told the run's id before anything is done;
    ``on_finished`` each company, in the event loop's thread. ``until``: when no further company is taken. Raises
    LookupError for a run or list that is not there.
    """
    list_id = companies if isinstance(companies, str) else store_list(settings, companies, source)
    options = {"list_key": list_key, "refresh": refresh, "budget_usd": budget_usd, "parallel": parallel}
    config = list_config(list_id, assets=list(assets), without=list(without), **options)
    parent = _run(instance, resume) if resume is not None else None
    hooks = RunHooks(lambda: settings, catalog or load_catalog(settings), on_finished, clock=clock, until=until)
    return _execute(instance, config, hooks, parent, tags=tags, on_started=on_started)


def run_slices(
    instance: dg.DagsterInstance,
    list_id: str,
    *,
    slices: int,
    list_key: str,
    settings: Settings,
    catalog: Catalog,
    resume: str | None = None,
    tags: Mapping[str, str] = NO_TAGS,
    on_finished: Callable[[CompanyResult], None],
    say: Callable[[str], None],
    until: datetime | None = None,
    **options: Any,
) -> Ran:
    """Enrich a named list in so many runs of Dagster's queue, and follow them to their ends. Call on the main thread.

    ``options`` are those of ``run_list`` that a run's config says; ``say`` is told what becomes of the slices. The
    run's id is that of the first slice: who resumes it goes on with all. Raises LookupError for a run or list that is
    not there, MisconfiguredError where nobody would start the slices.
    """
    parent = _run(instance, resume) if resume is not None else None
    state = open_state(settings)
    try:
        known = CompanyLists(state).get(list_key)
        parts = cut(list(Lists(state).companies(list_id)), slices)
        together = new_name()
        submitted = submit(
            instance,
            state,
            parts,
            known=known,
            together=together,
            inputs=keep_now(settings, state, catalog),
            settings=settings,
            catalog=catalog,
            options=options,
            tags={**tags, SLICES_TAG: together},
            parent=parent,
        )
        tally, started = ListTally(catalog, settings), monotonic()

        def finished(company: CompanyResult) -> None:
            tally.add(company)
            on_finished(company)

        follower = Follower(instance, state, submitted, SliceResults(state, together), finished, say, until)
        result, error = follower.follow()
        last = _run(instance, submitted[-1].run_id)
        if result is not None and not result.refused:
            report_list(
                instance, known, tally, result,
                state=state, taken=sum(map(len, parts.values())), seconds=monotonic() - started,
                run_id=last.run_id, job_name=last.job_name, step_key=OP, warn=say, say=say,
            )  # fmt: skip
        return Ran(submitted[0].run_id, last.status, result, error or None)
    finally:
        state.dispose()


def store_list(settings: Settings, companies: Sequence[Company], source: str) -> str:
    """Keep a list so that it can travel as an id. Storing the same companies again gives the same id."""
    state = open_state(settings)
    try:
        refused = DoNotEnrich(state).among(company.domain for company in companies)
        return Lists(state).store((one for one in companies if one.domain not in refused), source).list_id
    finally:
        state.dispose()


def _execute(
    instance: dg.DagsterInstance,
    config: Mapping[str, Any],
    hooks: RunHooks,
    parent: dg.DagsterRun | None,
    *,
    tags: Mapping[str, str] = NO_TAGS,
    on_started: Callable[[str], None],
) -> Ran:
    results: list[RunResult] = []
    job = list_job(replace(hooks, on_result=results.append))
    run_config = {**config, **QUIET}
    run = create_listed_run(
        instance,
        job,
        run_config=run_config,
        tags=dict(tags),
        module=MODULE,
        location=hooks.settings().enrichment_code_location,
        parent=parent,
    )
    on_started(run.run_id)
    error = execute_here(instance, job, run)
    return Ran(run.run_id, _run(instance, run.run_id).status, results[0] if results else None, error)


def _run(instance: dg.DagsterInstance, run_id: str) -> dg.DagsterRun:
    run = instance.get_run_by_id(run_id)
    if run is None:
        raise LookupError(f"There is no run {run_id} in this instance. enrich status lists the runs there are.")
    return run
