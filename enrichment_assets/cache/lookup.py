"""The latest records of some companies, in a few queries, from whatever event log the instance has."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

import dagster as dg

from enrichment_assets.cache import record_index
from enrichment_assets.cache.event_log import storage_of
from enrichment_assets.cache.materialization import record_of
from enrichment_assets.cache.record import Record

PAGE = 1_000
"""Companies of one query."""
EVENTS = 5_000
"""Events of one answer; Dagster refuses more than 10,000."""


def latest_records(
    instance: dg.DagsterInstance, domains: Sequence[str], artifacts: Collection[str]
) -> Iterator[Record]:
    """The latest record of each artifact of each company that has one, in no order."""
    storage = storage_of(instance)
    for start in range(0, len(domains), PAGE):
        page = domains[start : start + PAGE]
        if storage is None:
            for artifact in artifacts:
                yield from _through_dagster(instance, page, artifact)
        else:
            with storage.read_transaction() as connection:
                found = record_index.records(connection, page)
            yield from (record for record in found if record.artifact in artifacts)


def wiped(instance: dg.DagsterInstance, domains: Sequence[str]) -> set[tuple[str, str]]:
    """(domain, artifact) that a person has wiped in Dagster since they were made. On our own storage only."""
    storage = storage_of(instance)
    if storage is None:
        return set()
    with storage.read_transaction() as connection:
        pages = (domains[start : start + PAGE] for start in range(0, len(domains), PAGE))
        return {pair for page in pages for pair in record_index.wiped(connection, page)}


def _through_dagster(instance: dg.DagsterInstance, domains: Sequence[str], artifact: str) -> Iterator[Record]:
    """Newest first, until every company was seen once or the log has no more."""
    wanted = dg.AssetRecordsFilter(dg.AssetKey(artifact), asset_partitions=domains)
    unseen = set(domains)
    cursor: str | None = None
    while unseen:
        answer = instance.fetch_materializations(wanted, limit=EVENTS, cursor=cursor)
        for found in answer.records:
            if found.partition_key not in unseen or found.asset_materialization is None:
                continue
            record = record_of(found.asset_materialization, found.run_id)
            if record is not None:
                unseen.discard(record.domain)
                yield replace(record, written_at=datetime.fromtimestamp(found.timestamp, UTC))
        if not answer.has_more:
            return
        cursor = answer.cursor
