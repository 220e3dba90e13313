"""Records and failures as Dagster's events and back.

What a machine compares travels in tags, what a person reads in the metadata table. An event stays near 1 KB: there are
eight of them per company and run.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import dagster as dg

from enrichment_assets.artifacts.base import Artifact, Fact, Rows, Shown, source_version
from enrichment_assets.artifacts.markdown_table import table
from enrichment_assets.cache.record import Failure, Record
from enrichment_assets.cache.spending import spent_as_text, spent_of_text
from enrichment_assets.core.money import Spent

DATA_VERSION_TAG = "dagster/data_version"
CODE_VERSION_TAG = "dagster/code_version"
INPUT_TAG = "dagster/input_data_version/"
"""What Dagster compares to call a partition stale; without these it goes by the time of the events."""
VERSION_TAG = "enrichment/version"
SKIP_TAG = "enrichment/skip"
REPEATED_TAG = "enrichment/repeated"
"""A cache hit written down again inside a backfill: nothing was paid for this event."""
OUTCOME_TAG = "enrichment/outcome"
CALLS = "calls"
"""Label of attempts and costs by provider."""

LONGEST_LINK = 1_000
MAX_TEXT = 240
"""Characters of one text in the metadata table."""


def materialization(
    record: Record,
    preview: Shown,
    ttl: timedelta | None,
    *,
    artifact: Artifact[Any] | None = None,
    repeated: bool = False,
) -> dg.AssetMaterialization:
    """A record as the event that Dagster keeps.

    ``ttl`` only says what ``expires_at`` to show; ``artifact`` what Dagster is told of code and inputs.
    """
    metadata: dict[str, dg.MetadataValue] = {
        "answer": dg.MetadataValue.text(record.summary[:MAX_TEXT]),
        "computed_at": dg.MetadataValue.timestamp(record.computed_at.timestamp()),
    }
    tags = _provenance(record, artifact)
    if record.status == "SKIP":
        tags[SKIP_TAG] = "true"
        return _event(record, metadata, tags)
    if ttl is not None:
        metadata["expires_at"] = dg.MetadataValue.timestamp((record.computed_at + ttl).timestamp())
    metadata["cost_usd"] = dg.MetadataValue.float(round(record.cost_usd, 9))
    metadata["latency_s"] = dg.MetadataValue.float(round(record.latency_s, 3))
    if record.spent:
        metadata[CALLS] = dg.MetadataValue.text(spent_as_text(record.spent))
    for label, fact in preview.items():
        if label not in metadata and fact is not None:
            metadata[label] = _shown(fact)
    tags |= {DATA_VERSION_TAG: record.data_version, VERSION_TAG: record.version}
    if repeated:
        tags[REPEATED_TAG] = "true"
    return _event(record, metadata, tags)


def _event(
    record: Record, metadata: Mapping[str, dg.MetadataValue], tags: Mapping[str, str]
) -> dg.AssetMaterialization:
    """Without the checks of the constructor, which take longer than all the rest; a test compares with it."""
    return dg.AssetMaterialization._make((_asset_key(record.artifact), None, metadata, record.domain, tags))


@lru_cache(maxsize=1_000)
def _asset_key(artifact: str) -> dg.AssetKey:
    return dg.AssetMaterialization(artifact).asset_key


def _provenance(record: Record, artifact: Artifact[Any] | None) -> dict[str, str]:
    if artifact is None or not set(artifact.needs) <= record.inputs.keys():
        return {}
    inputs = {f"{INPUT_TAG}{name}": version for name, version in record.inputs.items()}
    return {CODE_VERSION_TAG: source_version(artifact), **inputs}


def _shown(fact: Fact | Rows) -> dg.MetadataValue:
    match fact:
        case str() if fact.startswith(("https://", "http://")) and len(fact) <= LONGEST_LINK:
            return dg.MetadataValue.url(fact)
        case [*rows]:
            return dg.MetadataValue.md(table(list(rows[0]), [list(row.values()) for row in rows]))
        case bool():
            return dg.MetadataValue.bool(fact)
        case int():
            return dg.MetadataValue.int(fact)
        case float():
            return dg.MetadataValue.float(fact)
        case _:
            fact = str(fact)
            return dg.MetadataValue.text(fact if len(fact) <= MAX_TEXT else fact[: MAX_TEXT - 1] + "…")


def record_of(event: dg.AssetMaterialization, run_id: str) -> Record | None:
    """The record that a materialization tells of; None for events of other assets."""
    tags = event.tags or {}
    computed_at = event.metadata.get("computed_at")
    answer = event.metadata.get("answer")
    skipped = SKIP_TAG in tags
    if event.partition is None or not isinstance(computed_at, dg.TimestampMetadataValue):
        return None
    if not isinstance(answer, dg.TextMetadataValue) or not (skipped or VERSION_TAG in tags):
        return None
    return Record(
        domain=event.partition,
        artifact=event.asset_key.to_user_string(),
        status="SKIP" if skipped else "OK",
        computed_at=datetime.fromtimestamp(computed_at.value, UTC),
        version=tags.get(VERSION_TAG, ""),
        data_version=tags.get(DATA_VERSION_TAG, ""),
        summary=answer.value or "",
        run_id=run_id,
        cost_usd=_number(event.metadata.get("cost_usd")),
        latency_s=_number(event.metadata.get("latency_s")),
        spent=_spent(event.metadata),
    )


def is_repeated(event: dg.AssetMaterialization) -> bool:
    """Whether this event only writes a cache hit down again."""
    return REPEATED_TAG in (event.tags or {})


def observation(failure: Failure) -> dg.AssetObservation:
    """A failure as the event that Dagster keeps."""
    metadata: dict[str, dg.MetadataValue] = {
        "error": dg.MetadataValue.text(failure.reason[:1000]),
        "cost_usd": dg.MetadataValue.float(round(failure.cost_usd, 9)),
        "latency_s": dg.MetadataValue.float(round(failure.latency_s, 3)),
    }
    if failure.spent:
        metadata[CALLS] = dg.MetadataValue.text(spent_as_text(failure.spent))
    return dg.AssetObservation(
        failure.artifact, partition=failure.domain, metadata=metadata, tags={OUTCOME_TAG: failure.outcome}
    )


def failure_of(event: dg.AssetObservation, run_id: str, at: datetime) -> Failure | None:
    """The failure that an observation tells of; None for any other observation."""
    outcome = (event.tags or {}).get(OUTCOME_TAG)
    error = event.metadata.get("error")
    if event.partition is None or outcome not in ("FAIL", "BUDGET") or not isinstance(error, dg.TextMetadataValue):
        return None
    return Failure(
        domain=event.partition,
        artifact=event.asset_key.to_user_string(),
        outcome="FAIL" if outcome == "FAIL" else "BUDGET",
        reason=error.value or "",
        at=at,
        run_id=run_id,
        cost_usd=_number(event.metadata.get("cost_usd")),
        latency_s=_number(event.metadata.get("latency_s")),
        spent=_spent(event.metadata),
    )


def _spent(metadata: Mapping[str, dg.MetadataValue]) -> tuple[Spent, ...]:
    calls = metadata.get(CALLS)
    return spent_of_text(calls.value) if isinstance(calls, dg.TextMetadataValue) else ()


def _number(value: object) -> float:
    number = value.value if isinstance(value, dg.FloatMetadataValue | dg.IntMetadataValue) else None
    return float(number or 0.0)
