"""A record survives the way into Dagster and back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import dagster as dg
from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.cache.materialization import MAX_TEXT, failure_of, materialization, observation, record_of
from enrichment_assets.core.money import Spent
from enrichment_assets.providers.call.ledger import NANO
from enrichment_assets_tests.cache.instances import NOW, failure, record

SPENT = st.builds(
    Spent,
    st.sampled_from(["dns", "spider", "openrouter", "serper", "web"]),
    st.integers(0, 10**6),
    st.integers(0, 10**14).map(lambda nano: nano / NANO),
)


@given(
    st.timedeltas(timedelta(0), timedelta(days=20_000)).map(lambda age: datetime(2020, 1, 1, tzinfo=UTC) + age),
    st.text(max_size=40),
    st.floats(0, 100),
    st.sampled_from(["OK", "SKIP"]),
    st.lists(SPENT, max_size=4).map(tuple),
)
def test_a_record_is_the_same_after_materializing(
    at: datetime, answer: str, cost_usd: float, status: str, spent: tuple[Spent, ...]
) -> None:
    facts = {"computed_at": at, "summary": answer, "status": status}
    paid = {"cost_usd": round(cost_usd, 9), "spent": spent} if status == "OK" else {"cost_usd": 0.0, "latency_s": 0.0}
    versions = {} if status == "OK" else {"version": "", "data_version": ""}
    found = record("a.com", **{**facts, **paid, **versions})
    again = record_of(materialization(found, {}, timedelta(days=1)), "run")
    assert again is not None
    assert abs(again.computed_at - at) < timedelta(microseconds=2)
    assert again == record("a.com", **{**facts, **paid, **versions, "computed_at": again.computed_at})


def test_a_failure_is_the_same_after_observing() -> None:
    found = replace(
        failure("a.com"), spent=(Spent("dns", 3, 0.0), Spent("serper", 2, 0.000000312, 1), Spent("spider", 0, 0.0, 2))
    )
    assert failure_of(observation(found), "run", NOW) == found


def test_a_preview_is_shown_short_and_never_replaces_the_facts_of_the_record() -> None:
    preview = {"quote": "x" * 5_000, "summary": "forged", "open": 3, "implicit": False, "nothing": None}
    event = materialization(record("a.com"), preview, timedelta(days=1))
    quote = event.metadata["quote"]
    assert isinstance(quote, dg.TextMetadataValue)
    assert len(quote.value or "") == MAX_TEXT
    assert event.metadata["answer"] == dg.TextMetadataValue("accepts")
    assert event.metadata["expires_at"] == dg.MetadataValue.timestamp((NOW + timedelta(days=1)).timestamp())
    assert "nothing" not in event.metadata


def test_dagster_knows_the_content_hash_as_data_version() -> None:
    event = materialization(record("a.com"), {}, None)
    assert (event.tags or {})["dagster/data_version"] == "fedcba9876543210"


def test_events_of_other_assets_are_no_records() -> None:
    assert record_of(dg.AssetMaterialization("enriched_companies"), "run") is None
    assert failure_of(dg.AssetObservation("mx", partition="a.com"), "run", NOW) is None
