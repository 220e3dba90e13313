"""Serialized by us, an event is what Dagster would have written, letter by letter."""

import dagster as dg
import pytest
from dagster._serdes import serialize_value
from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.cache import event_log
from enrichment_assets.cache.event_log import BatchingSqliteEventLogStorage, _entry, _plain_asset
from enrichment_assets.cache.event_text import EventText, UnknownFormatError

FACTS = st.one_of(
    st.text().map(dg.MetadataValue.text),
    st.floats().map(dg.MetadataValue.float),
    st.floats(0, 4e9).map(dg.MetadataValue.timestamp),
    st.integers(-(2**60), 2**60).map(dg.MetadataValue.int),
    st.booleans().map(dg.MetadataValue.bool),
)
ASSETS = st.builds(
    lambda kind, key, domain, metadata, tags: kind(key, partition=domain, metadata=metadata, tags=tags),
    st.sampled_from([dg.AssetMaterialization, dg.AssetObservation]),
    st.sampled_from(["mx", "webhook_payload"]),
    st.text(min_size=1),
    st.dictionaries(st.text(), FACTS, max_size=6),
    st.dictionaries(
        st.sampled_from(["dagster/data_version", "enrichment/version", "a"]), st.from_regex(r"\A[a-z0-9]{1,16}\Z")
    ),
)


@pytest.fixture(scope="module")
def storage(tmp_path_factory):
    storage = BatchingSqliteEventLogStorage(str(tmp_path_factory.mktemp("events")))
    yield storage
    storage.dispose()


def test_any_event_of_ours_is_serialized_as_dagster_does_it(storage):
    @given(ASSETS, st.floats(1e9, 4e9), st.sampled_from(["run-1", 'run "2"']), st.sampled_from([None, "enrich"]))
    def holds(asset, at, run_id, step_key):
        entry = _entry(asset, at, run_id, "job", step_key)
        assert _plain_asset(entry) is asset
        assert storage._text(entry, asset, {}) == serialize_value(entry)

    holds()


def test_metadata_of_another_kind_is_left_to_dagster(storage):
    asset = dg.AssetMaterialization("mx", partition="a.com", metadata={"page": dg.MetadataValue.url("https://a.com")})
    entry = _entry(asset, 1.7e9, "run", "job", None)
    text = EventText(
        dg.AssetMaterialization,
        asset.asset_key,
        lambda sample, at: serialize_value(_entry(sample, at, "run", "job", None)),
    )
    with pytest.raises(UnknownFormatError):
        text.text(asset, 1.7e9, {})
    assert storage._text(entry, asset, {}) == serialize_value(entry)


def test_a_format_that_has_changed_is_noticed():
    with pytest.raises(UnknownFormatError):
        EventText(dg.AssetMaterialization, dg.AssetKey("mx"), lambda _sample, _at: "{}")


def test_an_event_that_says_more_is_left_to_dagster():
    described = dg.AssetMaterialization("mx", partition="a.com", description="by hand")
    assert _plain_asset(_entry(described, 1.7e9, "run", "job", None)) is None
    plain = _entry(dg.AssetMaterialization("mx", partition="a.com"), 1.7e9, "run", "job", None)
    assert _plain_asset(plain._replace(user_message="hello")) is None
    assert event_log._plain_asset(plain) is not None
