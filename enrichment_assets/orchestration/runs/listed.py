"""The body of a run over a named list, whichever way it was started: its partition shows what came of it.

All companies done: the partition is materialized. Some failed, or the run was stopped: it is red, with the same facts
as an observation, and materializing it again does the rest.
"""

import time
from collections.abc import Callable
from dataclasses import replace

import dagster as dg
from sqlalchemy import Engine

from enrichment_assets.artifacts.base import PAYLOAD
from enrichment_assets.cache.event_log import planned, report_batch
from enrichment_assets.cache.latest_status import latest_statuses
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.results import CompanyResult
from enrichment_assets.engine.run_companies import RunResult
from enrichment_assets.orchestration.runs.company_lists import LIST_TAG, NAME
from enrichment_assets.orchestration.runs.enrich_op import RunHooks, RunSpec, enrich
from enrichment_assets.orchestration.runs.list_outcome import ListTally, list_metadata
from enrichment_assets.orchestration.runs.list_report import write_report
from enrichment_assets.storage.inputs.company_lists import KnownList
from enrichment_assets.storage.lists import Lists


def enrich_list(
    context: dg.OpExecutionContext,
    known: KnownList,
    *,
    spec: RunSpec,
    settings: Settings,
    state: Engine,
    hooks: RunHooks,
    plan: bool,
    part: bool = False,
) -> None:
    """Take a list's companies, or some of them, through the artifacts. Raises what ``enrich`` raises.

    ``plan``: say that the partition is being made, where Dagster does not know it by itself. ``part``: the list has
    companies that other runs take; it is materialized when all of them are known.
    """
    tally, started = ListTally(hooks.catalog, settings), time.monotonic()
    context.instance.add_run_tags(context.run_id, {LIST_TAG: known.key})
    if plan:
        planned(
            context.instance,
            [(NAME, known.key)],
            run_id=context.run_id,
            job_name=context.job_name,
            step_key=context.op_def.name,
        )

    def finished(company: CompanyResult) -> None:
        tally.add(company)
        hooks.on_finished(company)

    def ended(result: RunResult) -> None:
        report_list(
            context.instance,
            known,
            tally,
            result,
            state=state,
            taken=len(spec.companies),
            part=part,
            seconds=time.monotonic() - started,
            run_id=context.run_id,
            job_name=context.job_name,
            step_key=context.op_def.name,
            warn=context.log.warning,
            say=context.log.info,
        )
        hooks.on_result(result)

    whole_list = replace(spec, list_id=known.list_id)  # the parts of a list have one budget
    enrich(context, whole_list, settings, state, replace(hooks, on_finished=finished, on_result=ended))


def report_list(
    instance: dg.DagsterInstance,
    known: KnownList,
    tally: ListTally,
    result: RunResult,
    *,
    state: Engine,
    taken: int,
    part: bool = False,
    seconds: float,
    run_id: str,
    job_name: str,
    step_key: str,
    warn: Callable[[str], None],
    say: Callable[[str], None],
) -> None:
    """Say on the list's partition what came of it; ``taken``: of so many of its companies."""
    try:
        report = write_report(instance, tally.settings, tally.catalog, known)
    except OSError as error:
        warn(f"The list's report was not written: {error.strerror or error}")
        report = None
    say(f"The list's report: {report or f'enrich report {run_id} writes it'}")
    metadata = list_metadata(known, tally, result, taken=taken, part=part, seconds=seconds, report=report)
    whole = not (result.failed or result.budget or result.unreached or result.refused)
    whole = whole and (not part or _all_known(instance, state, known))
    event = dg.AssetMaterialization if whole else dg.AssetObservation
    event_of_list = event(NAME, partition=known.key, metadata=metadata)
    report_batch(instance, [event_of_list], run_id=run_id, job_name=job_name, step_key=step_key)


def _all_known(instance: dg.DagsterInstance, state: Engine, known: KnownList) -> bool:
    """Whether every company of a list has its payload, so that nothing of it waits for another run."""
    domains = {company.domain for company in Lists(state).companies(known.list_id)}
    found = latest_statuses(instance, sorted(domains), [PAYLOAD])
    return domains <= {one.domain for one in found if one.record is not None and one.failure is None}
