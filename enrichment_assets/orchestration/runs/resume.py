"""Which earlier runs a run continues, and which companies and assets an earlier run was about."""

import dagster as dg

from enrichment_assets.orchestration.partitions import NAME
from enrichment_assets.orchestration.runs.telling import SLICES_TAG

PARTITION_TAG = "dagster/partition"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"


def earlier_runs(instance: dg.DagsterInstance, run: dg.DagsterRun) -> frozenset[str]:
    """The runs this one re-executes, back to the first: what they recorded counts in this one.

    So does what the other slices of their lists recorded.
    """
    runs: set[str] = set()
    parent_id = run.parent_run_id
    while parent_id is not None and parent_id not in runs:
        runs.add(parent_id)
        parent = instance.get_run_by_id(parent_id)
        parent_id = parent.parent_run_id if parent is not None else None
        if parent is not None and SLICES_TAG in parent.tags:
            together = dg.RunsFilter(tags={SLICES_TAG: parent.tags[SLICES_TAG]})
            runs |= {one.run_id for one in instance.get_runs(together)} - {parent_id}
    return frozenset(runs)


def partition_keys(instance: dg.DagsterInstance, run: dg.DagsterRun) -> list[str]:
    """The companies of a run over partitions; none for a run over a list. Raises ValueError for one deleted since."""
    if PARTITION_TAG in run.tags:
        return [run.tags[PARTITION_TAG]]
    if RANGE_START_TAG not in run.tags:
        return []
    keys = list(instance.get_dynamic_partitions(NAME))
    return keys[keys.index(run.tags[RANGE_START_TAG]) : keys.index(run.tags[RANGE_END_TAG]) + 1]
