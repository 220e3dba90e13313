"""Forgetting what is old: superseded records, logs of finished runs. Never the latest record of a company."""

from dataclasses import dataclass
from datetime import datetime

import dagster as dg

from enrichment_assets.cache.event_log import storage_of
from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.cache.queries import recorded

FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
UNFINISHED = [status for status in dg.DagsterRunStatus if status not in FINISHED]


@dataclass(frozen=True, slots=True)
class Pruned:
    """What was deleted. ``freed_bytes`` is what the event log's file shrank by; 0 where somebody else keeps it."""

    events: int
    runs: int
    freed_bytes: int


def prune(instance: dg.DagsterInstance, before: datetime, companies_partition: str) -> Pruned:
    """Delete what was stored before ``before`` and does not count any more.

    On our own storage: superseded records with their plans and failures, checks and logs of finished runs, and runs of
    which nothing is left. On any other, which deletes whole runs only: finished runs that own no latest record.
    What was paid stays known on our own storage.
    """
    finished = [run.run_id for run in instance.get_runs(dg.RunsFilter(statuses=FINISHED, updated_before=before))]
    storage = storage_of(instance)
    if storage is None:
        domains = instance.get_dynamic_partitions(companies_partition)
        owners = {record.run_id for record in latest_records(instance, domains, recorded(instance))}
        idle = [run_id for run_id in finished if run_id not in owners]
        events = freed = 0
    else:
        unfinished = [run.run_id for run in instance.get_runs(dg.RunsFilter(statuses=UNFINISHED))]
        events = storage.prune(before, unfinished)
        idle = [run_id for run_id in finished if not storage.has_events(run_id)]
    for run_id in idle:
        instance.delete_run(run_id)
    if storage is not None:
        freed = storage.shrink()
    return Pruned(events, len(idle), freed)
