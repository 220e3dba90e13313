"""Runs whose process was killed: Dagster shows them as started for ever, because nobody told it otherwise."""

import logging

import dagster as dg
from sqlalchemy import Engine

from enrichment_assets.records.claims import dead_runs, forget_run
from enrichment_assets.records.event_log import planned
from enrichment_assets.records.queries import failures_of
from enrichment_assets.settings import Settings
from enrichment_assets.storage.state import open_state

log = logging.getLogger(__name__)

MESSAGE = "The process of this run is gone. Re-execute it, or enrich run --resume {run_id}: nothing is paid twice."


def end_dead_runs(instance: dg.DagsterInstance, state: Engine) -> list[str]:
    """Mark runs failed whose heartbeat or process has stopped without ending them, and what failed in them. Their ids.

    Cheap enough for every start of a run and every tick of a sensor.
    """
    ended: list[str] = []
    for run_id in dead_runs(state):
        run = instance.get_run_by_id(run_id)
        if run is not None and not run.is_finished:
            log.warning("run %s has died: marked as failed", run_id)
            failed = [(f.artifact, f.domain) for f in failures_of(instance, run_id) if f.outcome == "FAIL"]
            planned(instance, failed, run_id=run_id, job_name=run.job_name, step_key=None)
            instance.report_run_failed(run, MESSAGE.format(run_id=run_id))
            ended.append(run_id)
        forget_run(state, run_id)
    return ended


def look_after_runs(instance: dg.DagsterInstance, settings: Settings) -> list[str]:
    """The same for a sensor's tick: a killed run turns red within seconds, without waiting for the next one."""
    state = open_state(settings)
    try:
        return end_dead_runs(instance, state)
    finally:
        state.dispose()
