"""All that is known of all companies, for those who look at everything: the checks and the refresh sensor."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import dagster as dg

from enrichment_assets.cache import record_index
from enrichment_assets.cache.event_log import storage_of
from enrichment_assets.cache.lookup import EVENTS, PAGE, latest_records
from enrichment_assets.cache.materialization import failure_of
from enrichment_assets.cache.record import Failure
from enrichment_assets.cache.record_index import LatestStatus


def latest_statuses(
    instance: dg.DagsterInstance, domains: Sequence[str], artifacts: Collection[str]
) -> Iterator[LatestStatus]:
    """What is known of these companies, company by company: latest records, and failures since.

    Any storage gives the same answer; ours has it in one table.
    """
    storage = storage_of(instance)
    if storage is None:
        for start in range(0, len(domains), PAGE):
            yield from _through_dagster(instance, domains[start : start + PAGE], artifacts)
        return
    wanted, known = set(domains), set(artifacts)
    with storage.read_transaction() as connection:
        for standing in record_index.latest_statuses(connection, domains if len(domains) <= PAGE else None):
            if standing.domain in wanted and standing.artifact in known:
                yield standing


def _through_dagster(
    instance: dg.DagsterInstance, domains: Sequence[str], artifacts: Collection[str]
) -> Iterator[LatestStatus]:
    records = {(record.domain, record.artifact): record for record in latest_records(instance, domains, artifacts)}
    failures: dict[tuple[str, str], Failure] = {}
    for artifact in artifacts:
        for failure in _failures(instance, domains, artifact):
            key = failure.domain, artifact
            if key in records and failure.at <= (records[key].written_at or records[key].computed_at):
                continue
            newest = failures.get(key, replace(failure, in_a_row=0))
            failures[key] = replace(newest, in_a_row=newest.in_a_row + (failure.outcome == "FAIL"))
    for domain in domains:
        for artifact in artifacts:
            key = domain, artifact
            if key in records or key in failures:
                yield LatestStatus(domain, artifact, records.get(key), failures.get(key))


def _failures(instance: dg.DagsterInstance, domains: Sequence[str], artifact: str) -> Iterator[Failure]:
    """Newest first."""
    wanted = dg.AssetRecordsFilter(dg.AssetKey(artifact), asset_partitions=domains)
    cursor: str | None = None
    while True:
        answer = instance.fetch_observations(wanted, limit=EVENTS, cursor=cursor)
        for found in answer.records:
            at = datetime.fromtimestamp(found.timestamp, UTC)
            observed = found.asset_observation
            failure = failure_of(observed, found.run_id, at) if observed is not None else None
            if failure is not None:
                yield failure
        if not answer.has_more:
            return
        cursor = answer.cursor
