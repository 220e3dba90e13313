"""Runs that other processes execute: put into Dagster's queue, watched and ended from outside.

Like ``event_log`` this touches Dagster's private API: what a run needs to be launched by whatever launcher the instance
has, and by which sign it is seen that somebody looks into the queue.
"""

import json
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

import dagster as dg
from dagster._core.code_pointer import ModuleCodePointer
from dagster._core.events import DagsterEventType
from dagster._core.origin import DEFAULT_DAGSTER_ENTRY_POINT, JobPythonOrigin, RepositoryPythonOrigin
from dagster._core.run_coordinator import QueuedRunCoordinator

from enrichment_assets.cache.event_log import create_listed_run, what_failed

QUEUE_DAEMON: Final = "QUEUED_RUN_COORDINATOR"
SILENT_S: Final = 150.0
"""A daemon gives a sign of life every half minute."""
QUEUED: Final = (dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.QUEUED)
FROM_OUTSIDE: Final = "marked as failed from outside"
"""What Dagster says of a run whose process its monitoring found gone: why, it has said in the event before."""
STARTER: Final = "start it (enrich ui, or dagster-daemon run) where this state is"


def nobody_at_the_queue(instance: dg.DagsterInstance) -> str | None:
    """Why a run that is queued now would not be started, and what to do; None where somebody would start it."""
    if not isinstance(instance.run_coordinator, QueuedRunCoordinator):
        kind = type(instance.run_coordinator).__name__
        return (
            f"dagster.yaml names a {kind}: slices need Dagster's run queue. Take its run_coordinator out, which is it"
        )
    beat = last_sign(instance)
    if beat is None:
        return f"no daemon has ever looked into the run queue, so nobody would start them: {STARTER}"
    silent_s = time.time() - beat
    if silent_s > SILENT_S:
        silent_for = f"{silent_s / 60:.0f} minutes"
        return f"Dagster's daemon has been silent for {silent_for}, so nobody would start them: {STARTER}"
    return None


def last_sign(instance: dg.DagsterInstance) -> float | None:
    """When somebody last looked into the queue, by that machine's clock, seconds since 1970."""
    beat = instance.get_daemon_heartbeats().get(QUEUE_DAEMON)
    return beat.timestamp if beat is not None else None


def enqueue(
    instance: dg.DagsterInstance,
    job: dg.JobDefinition,
    *,
    run_config: Mapping[str, Any],
    tags: Mapping[str, str],
    module: str,
    location: str,
    parent: dg.DagsterRun | None = None,
) -> str:
    """Put a run of a plain job of ``module`` into the queue; its id."""
    context = os.environ.get("DAGSTER_CONTAINER_CONTEXT")
    code = RepositoryPythonOrigin(
        executable_path=sys.executable,
        code_pointer=ModuleCodePointer(module, "defs", working_directory=None),
        container_image=os.environ.get("DAGSTER_CURRENT_IMAGE"),  # as Dagster's code servers are told theirs
        entry_point=DEFAULT_DAGSTER_ENTRY_POINT,
        container_context=json.loads(context) if context else None,
    )
    run = create_listed_run(
        instance,
        job,
        run_config=run_config,
        tags=tags,
        module=module,
        location=location,
        parent=parent,
        code=JobPythonOrigin(job.name, code),
    )
    # The queue looks into no workspace.
    instance.submit_run(run.run_id, workspace=None)  # type: ignore[arg-type]
    return run.run_id


def ask_to_stop(instance: dg.DagsterInstance, runs: Sequence[dg.DagsterRun]) -> None:
    """End runs as Terminate does, on whatever machine: what is queued at once, what has begun by its status.

    A run looks at its own status every two seconds. To be repeated: a run that was starting may have missed it.
    """
    for run in runs:
        if run.status in QUEUED:
            instance.report_run_canceled(run, message="Its list was stopped before it had begun.")
        elif run.status is not dg.DagsterRunStatus.CANCELING and not run.is_finished:
            instance.report_run_canceling(run, message="Its list was stopped.")


def why_failed(instance: dg.DagsterInstance, run_id: str) -> str:
    """What a run that failed, or could not be started, says of it; nothing where it says nothing."""
    kinds = {DagsterEventType.STEP_FAILURE, DagsterEventType.RUN_FAILURE, DagsterEventType.ENGINE_EVENT}
    before = ""
    for entry in instance.all_logs(run_id, of_type=kinds):
        event = entry.dagster_event
        if event is None:
            continue
        if event.is_step_failure and (said := what_failed(event)):
            return said
        if event.is_run_failure:
            return before if FROM_OUTSIDE in (event.message or "") else event.message or before
        before = event.message or before
    return before
