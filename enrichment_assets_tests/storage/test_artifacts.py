"""The artifact store: whole values or none, wherever they lie."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.storage.artifacts import ArtifactStore, Envelope, decode, encode, store_label, value_path

NOW = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)


def envelope(domain: str = "acme.com", artifact: str = "news", text: str = "Grüße") -> Envelope:
    return Envelope(artifact, domain, NOW, "v1", "d1", "NEUTRAL", "run", 0.001, 0.5, {"text": text})


@pytest.fixture(params=["path", "file://", "memory://"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ArtifactStore]:
    urls = {"path": str(tmp_path), "file://": f"file://{tmp_path}", "memory://": f"memory://{tmp_path.name}"}
    opened = ArtifactStore(urls[request.param])
    yield opened
    opened.close()


@pytest.mark.parametrize("artifact", ["news", "website"])
async def test_a_value_is_read_as_it_was_written_and_the_latest_replaces_it(
    store: ArtifactStore, artifact: str
) -> None:
    assert await store.read(artifact, "acme.com") is None
    for text in ("first", "second"):
        await store.write(envelope(artifact=artifact, text=text))
        assert await store.read(artifact, "acme.com") == envelope(artifact=artifact, text=text)


async def test_hundreds_at_once_all_arrive(store: ArtifactStore) -> None:
    domains = [f"c{number}.com" for number in range(400)]
    await asyncio.gather(*(store.write(envelope(domain)) for domain in domains))
    found = await asyncio.gather(*(store.read("news", domain) for domain in domains))
    assert found == [envelope(domain) for domain in domains]


@given(st.binary(max_size=200), st.sampled_from(["news", "website"]))
def test_bytes_that_are_no_envelope_are_a_missing_value(content: bytes, artifact: str) -> None:
    assert decode(artifact, "acme.com", content) is None


def test_a_value_of_another_company_is_not_taken() -> None:
    assert decode("news", "acme.com", encode(envelope("other.com"))) is None


def test_pages_are_stored_compressed() -> None:
    page = envelope(artifact="website", text="the same words again " * 500)
    assert len(encode(page)) < 500
    assert value_path("website", "acme.com").endswith(".json.gz")


async def test_an_unwritable_store_raises_where_the_value_was_kept(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("a file where a directory should be")
    store = ArtifactStore(str(tmp_path / "store"))
    with pytest.raises(OSError, match="store"):
        await store.write(envelope())
    store.close()


def test_a_store_url_is_shown_without_what_opens_it() -> None:
    assert store_label("s3://key:secret@bucket/values?token=abc") == "s3://bucket/values"
    assert store_label("/home/me/.state/artifacts") == "/home/me/.state/artifacts"


def test_any_fsspec_file_system_will_do() -> None:
    store = ArtifactStore("memory://bucket/values")
    store.put(envelope())
    assert fsspec.filesystem("memory").exists(f"/bucket/values/{value_path('news', 'acme.com')}")
    store.close()
