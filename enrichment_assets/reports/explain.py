"""What is known about one company and how it is known: each field with its quote, page, time and maker.

Pure: records, failures and values in, parts out. Reading and showing them is the command's.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from enrichment_assets.artifacts.base import Artifact, ExplainLine, Value
from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.cache.record import Failure, Record
from enrichment_assets.storage.history.labels import NO_LABELS, OfCompany


@dataclass(frozen=True, slots=True)
class Part:
    """One artifact: its record, what has failed since, and its fields. ``note`` says why there are no fields."""

    artifact: str
    record: Record | None
    failure: Failure | None
    lines: tuple[ExplainLine, ...]
    note: str = ""


def explain(
    catalog: Catalog,
    records: Mapping[str, Record],
    failures: Mapping[str, Failure],
    values: Mapping[str, Value],
    labels: OfCompany = NO_LABELS,
) -> tuple[Part, ...]:
    """All artifacts of one company, in the catalog's order. The mappings are by artifact."""
    parts = (_part(artifact, records.get(name), failures.get(name), values) for name, artifact in catalog.items())
    return tuple(replace(part, lines=(*_said(catalog, part, values, labels), *part.lines)) for part in parts)


def _said(catalog: Catalog, part: Part, values: Mapping[str, Value], labels: OfCompany) -> Iterator[ExplainLine]:
    """What a person said of it."""
    label, value, labelling = labels.get(part.artifact), values.get(part.artifact), catalog[part.artifact].labelling
    if label is None or value is None or labelling is None or not part.lines:
        return
    said = (label.label or "nothing", label.given_on(labelling.evidence(value)), label.note)
    yield ExplainLine("labelled", "; ".join(filter(None, said)), by=f"{label.by}, {label.at:%Y-%m-%d}")


def cost_usd(parts: Iterable[Part]) -> float:
    """What the latest records and the failures since have cost, US dollars."""
    return sum(
        (part.record.cost_usd if part.record else 0) + (part.failure.cost_usd if part.failure else 0) for part in parts
    )


def _part(artifact: Artifact[Any], record: Record | None, failure: Failure | None, values: Mapping[str, Value]) -> Part:
    name = artifact.name
    if record is None:
        return Part(name, record, failure, (), "never made")
    if record.status == "SKIP":
        return Part(name, record, failure, (), f"skipped: {record.summary} is closed")
    value = values.get(name)
    if value is None:
        return Part(name, record, failure, (), "its value is not in the store: the next run makes it again")
    stale = "" if value.data_version() == record.data_version else "the store holds another value than the record names"
    return Part(name, record, failure, tuple(artifact.explain(value, values)), stale)
