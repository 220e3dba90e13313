"""Runs whose process was killed: Dagster shows them as started for ever, because nobody told it otherwise."""

import logging

import dagster as dg
from sqlalchemy import Engine

from enrichment_assets.records.claims import dead_runs, forget_run

log = logging.getLogger(__name__)

MESSAGE = "The process of this run is gone. Re-execute it, or enrich run --resume {run_id}: nothing is paid twice."


def end_dead_runs(instance: dg.DagsterInstance, state: Engine) -> list[str]:
    """Mark runs failed whose heartbeat or process has stopped without ending them. Their ids.

    Cheap enough for every start of a run and every tick of a sensor.
    """
    ended: list[str] = []
    for run_id in dead_runs(state):
        run = instance.get_run_by_id(run_id)
        if run is not None and not run.is_finished:
            log.warning("run %s has died: marked as failed", run_id)
            instance.report_run_failed(run, MESSAGE.format(run_id=run_id))
            ended.append(run_id)
        forget_run(state, run_id)
    return ended
