"""Runs whose process was killed: Dagster shows them as started for ever, because nobody told it otherwise."""

import logging
from datetime import datetime, timedelta
from typing import Final

import dagster as dg
from sqlalchemy import Engine

from enrichment_assets.cache.event_log import planned
from enrichment_assets.cache.leases import dead_runs, forget_run, heard_of
from enrichment_assets.cache.queries import failures_of
from enrichment_assets.core.settings import Settings
from enrichment_assets.storage.state import open_state

log = logging.getLogger(__name__)

SILENT_FOR: Final = timedelta(minutes=5)
"""A run has its first heartbeat within a second of its start, and ends within a second of its last."""
MESSAGE = "The process of this run is gone. Re-execute it, or enrich run --resume {run_id}: nothing is paid twice."


def end_dead_runs(instance: dg.DagsterInstance, state: Engine) -> list[str]:
    """Mark runs failed whose heartbeat or process has stopped without ending them, and what failed in them. Their ids.

    Cheap enough for every start of a run and every tick of a sensor.
    """
    ended: list[str] = []
    for run_id in dead_runs(state):
        run = instance.get_run_by_id(run_id)
        if run is not None and not run.is_finished:
            _end(instance, run)
            ended.append(run_id)
        forget_run(state, run_id)
    return ended


def end_silent_runs(instance: dg.DagsterInstance, state: Engine, job_name: str, now: datetime) -> list[str]:
    """The same for runs of a job that were killed just before their first heartbeat, or just after their last."""
    heard = heard_of(state)
    started = dg.RunsFilter(job_name=job_name, statuses=[dg.DagsterRunStatus.STARTED], updated_before=now - SILENT_FOR)
    silent = [run for run in instance.get_runs(filters=started) if run.run_id not in heard]
    for run in silent:
        _end(instance, run)
    return [run.run_id for run in silent]


def _end(instance: dg.DagsterInstance, run: dg.DagsterRun) -> None:
    log.warning("run %s has died: marked as failed", run.run_id)
    failed = [(f.artifact, f.domain) for f in failures_of(instance, run.run_id) if f.outcome == "FAIL"]
    planned(instance, failed, run_id=run.run_id, job_name=run.job_name, step_key=None)
    instance.report_run_failed(run, MESSAGE.format(run_id=run.run_id))


def look_after_runs(instance: dg.DagsterInstance, settings: Settings, job_name: str, now: datetime) -> list[str]:
    """Both for a sensor's tick: a killed run turns red within minutes, without waiting for the next one."""
    state = open_state(settings)
    try:
        return end_dead_runs(instance, state) + end_silent_runs(instance, state, job_name, now)
    finally:
        state.dispose()
