"""One row per company: what is true of it now, from its latest payload and its latest delivery.

The payload's flat fields, how old each part is, and whether the destination has this very content.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from itertools import chain
from typing import Any, Final, TypeVar

import polars as pl
from pydantic import BaseModel, ValidationError

from enrichment_assets.artifacts.base import DELIVERY, PAYLOAD
from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.artifacts.delivery.artifact import Delivery
from enrichment_assets.artifacts.payload.schema import Payload
from enrichment_assets.storage.artifacts import ArtifactStore
from enrichment_assets.storage.database import pages

T = TypeVar("T", bound=BaseModel)
CHUNK: Final = 2_000
"""Companies in memory at a time."""
NEVER, UNFINISHED = "never enriched", "enrichment has not finished"
_NO_COLUMNS: Final = frozenset({"schema_version", "evidence_urls", "trimmed", "callback_id", "sandbox"})
_UTC: Final = pl.Datetime("us", "UTC")


def _flat_columns(model: type[Payload]) -> dict[str, pl.DataType]:
    """The payload's fields that fit into a cell."""
    columns: dict[str, pl.DataType] = {}
    for name, field in model.model_json_schema(mode="serialization")["properties"].items():
        types = [option for option in field.get("anyOf", [field]) if option.get("type") != "null"]
        dtype = _dtype(next((option for option in types if option.get("type") == "number"), types[0]))
        if dtype is not None and name not in _NO_COLUMNS:
            columns[name] = dtype
    return columns


def _dtype(schema: Mapping[str, Any]) -> pl.DataType | None:
    match schema.get("type"), schema.get("format"):
        case "boolean", _:
            return pl.Boolean()
        case ("integer" | "number") as kind, _:
            return pl.Int64() if kind == "integer" else pl.Float64()
        case "string", "date":
            return pl.Date()
        case "string", "date-time":
            return _UTC
        case (("string" | "array"), _):
            return pl.String()
        case _:
            return None


_LAST: Final = ("built_at", "content_hash")


def columns(catalog: Catalog) -> Mapping[str, pl.DataType]:
    """Column to type, in order.

    ``outcome``: known or unknown; ``delivery``: delivered, outdated (it has an earlier content) or not delivered.
    """
    flat = _flat_columns(catalog.payload_model)
    return {
        **{name: dtype for name, dtype in flat.items() if name not in _LAST},
        "delivery": pl.String(),
        "delivered_at": _UTC,
        "destination": pl.String(),
        "delivery_key": pl.String(),
        **{f"{name}_as_of": _UTC for name in catalog[PAYLOAD].needs},
        **{name: flat[name] for name in _LAST},
        "changes": pl.String(),
        "known": pl.Boolean(),
        "outcome": pl.String(),
        "reason": pl.String(),
    }


def current_frames(
    catalog: Catalog,
    store: ArtifactStore,
    domains: Iterable[str],
    enriched: Mapping[str, bool] | None = None,
    changed: Mapping[str, str] | None = None,
) -> Iterator[pl.DataFrame]:
    """The rows of these companies in their order, some thousand at a time, in one table at least.

    ``enriched`` tells of the domains a run has met (True), so that a missing payload has its reason; ``changed`` what
    has changed lately, by domain. Raises OSError when the store cannot be reached.
    """
    schema = columns(catalog)
    chunks = pages(domains, CHUNK)
    for some in chain([next(chunks, [])], chunks):
        payloads = _stored(store, some, PAYLOAD, catalog.payload_model)
        deliveries = _stored(store, some, DELIVERY, Delivery)
        rows = []
        for domain in some:
            met = enriched is None or enriched.get(domain, False)
            row = _row(catalog, domain, payloads.get(domain), deliveries.get(domain), met=met)
            row["changes"] = (changed or {}).get(domain)
            rows.append(tuple(row.get(name) for name in schema))
        yield pl.DataFrame(rows, schema=dict(schema), orient="row")


def _row(
    catalog: Catalog, domain: str, payload: Payload | None, delivery: Delivery | None, *, met: bool
) -> dict[str, Any]:
    """One company. ``met``: a run has had it in its list."""
    if payload is None:
        return {
            "domain": domain,
            "known": False,
            "outcome": "unknown",
            "reason": f"{UNFINISHED}: enrich explain {domain}" if met else NEVER,
        }
    return {
        **{name: _cell(value) for name, value in payload},
        "domain": domain,
        "known": True,
        "outcome": "known",
        "reason": payload.tier_reason,
        **{f"{name}_as_of": payload.as_of.get(name) for name in catalog[PAYLOAD].needs},
        **_delivered(payload, delivery),
    }


def _delivered(payload: Payload, delivery: Delivery | None) -> dict[str, Any]:
    if delivery is None:
        return {"delivery": "not delivered"}
    return {
        "delivery": "delivered" if delivery.content_hash == payload.content_hash else "outdated",
        "delivered_at": delivery.delivered_at,
        "destination": delivery.destination,
        "delivery_key": delivery.key,
    }


def _stored(store: ArtifactStore, domains: Sequence[str], artifact: str, model: type[T]) -> dict[str, T]:
    """The latest values that today's model reads, by domain."""
    found: dict[str, T] = {}
    for domain, envelope in store.get_many(artifact, domains).items():
        with suppress(ValidationError):
            found[domain] = model.model_validate(envelope.value)
    return found


def _cell(value: object) -> str | float | date | datetime | None:
    if isinstance(value, tuple):
        return "; ".join(str(item) for item in value) or None
    return value if isinstance(value, str | int | float | date | datetime) else None
