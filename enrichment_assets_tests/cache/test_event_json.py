"""A record's event is stored as Dagster itself would write it."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import dagster as dg
import pytest
from dagster._core.event_api import EventLogRecord
from dagster._core.events.log import EventLogEntry
from dagster._serdes import deserialize_value, serialize_value
from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.cache.event_log import _entry, _pointing
from enrichment_assets.cache.events import event_json as own
from enrichment_assets.cache.materialization import materialization, observation
from enrichment_assets_tests.builtin import CATALOG
from enrichment_assets_tests.cache.instances import failure, record

TEXT = st.text(st.characters(), max_size=30)
SHOWN = st.one_of(TEXT, st.booleans(), st.integers(), st.floats(), st.just('https://acme.com/?q="é"'), st.none())
PREVIEW = st.dictionaries(TEXT, st.one_of(SHOWN, st.just([{"a": 1, "b": "x|y"}])), max_size=4)


def entry_of(event: dg.AssetMaterialization | dg.AssetObservation, step: str | None = "enrich") -> EventLogEntry:
    return _entry(event, 1_790_000_000.25, "a-run", "enrich_list", step)


def without_blanks(written: str) -> str:
    return json.dumps(json.loads(written), separators=(",", ":"))


@given(preview=PREVIEW, text=TEXT, number=st.floats(0, 1e9), step=st.none() | TEXT, last_id=st.integers(1))
def test_a_record_is_written_as_dagster_writes_it(
    preview: dict[str, Any], text: str, number: float, step: str | None, last_id: int
) -> None:
    told = replace(record("acme.com", "icp"), summary=text, cost_usd=number, inputs={"mx": "a" * 16, "website": text})
    event = materialization(told, preview, timedelta(days=14), artifact=CATALOG["icp"], repeated=bool(text))
    entry = entry_of(_pointing(event, last_id), step)
    assert own.event_json(entry) == without_blanks(serialize_value(entry))
    in_its_row = EventLogRecord(storage_id=last_id, event_log_entry=entry)
    assert own.record_json(last_id, entry) == without_blanks(serialize_value(in_its_row))


def test_it_is_not_dagster_that_wrote_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(own, "serialize_value")
    entry = entry_of(materialization(record("acme.com"), {"n": 3}, None))
    assert deserialize_value(own.event_json(entry), EventLogEntry) == entry


@pytest.mark.parametrize(
    "event",
    [
        observation(failure("acme.com")),
        dg.AssetMaterialization("other", description="what it is", partition="acme.com"),
        dg.AssetMaterialization(["two", "parts"], metadata={"path": dg.MetadataValue.path("a"), "x": 1}),
        dg.AssetMaterialization("other", metadata={"nothing": dg.MetadataValue.float(float("nan"))}),
        dg.AssetMaterialization("other", metadata={"no url": dg.UrlMetadataValue(None)}),
    ],
)
def test_other_events_too(event: dg.AssetMaterialization | dg.AssetObservation) -> None:
    for step in (None, "é"):
        entry = entry_of(event, step)
        assert own.event_json(entry) == serialize_value(entry)
    told = entry_of(event)._replace(user_message="said", level=40)
    assert own.event_json(told) == serialize_value(told)
