"""The artifact store: whole values or none, wherever they lie."""

import asyncio
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.storage.artifacts import ArtifactStore, Envelope, decode, encode, store_label, value_path

NOW = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)


def envelope(domain: str = "acme.com", artifact: str = "news", text: str = "Grüße") -> Envelope:
    return Envelope(artifact, domain, NOW, "v1", "d1", "NEUTRAL", "run", 0.001, 0.5, {"text": text})


@pytest.fixture(params=["path", "file://", "memory://", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ArtifactStore]:
    urls = {"path": str(tmp_path), "file://": f"file://{tmp_path}", "memory://": f"memory://{tmp_path.name}"}
    url = request.getfixturevalue("postgres") if request.param == "postgres" else urls[request.param]
    opened = ArtifactStore(url)
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


@pytest.mark.parametrize("artifact", ["news", "website"])
def test_many_are_read_at_once_and_those_that_are_missing_are_left_out(store: ArtifactStore, artifact: str) -> None:
    assert store.get_many(artifact, ["a.com"]) == {}
    for domain in ("a.com", "b.com"):
        store.put(envelope(domain, artifact))
    found = store.get_many(artifact, ["b.com", "c.com", "a.com"])
    assert found == {domain: envelope(domain, artifact) for domain in ("a.com", "b.com")}
    assert list(store.get_many(artifact, ["a.com"])) == ["a.com"]
    assert store.get_many(artifact, []) == {}


class _Bucket(BaseHTTPRequestHandler):
    """As much of S3's API as one object needs (https://docs.aws.amazon.com/AmazonS3/latest/API/)."""

    protocol_version = "HTTP/1.1"  # its clients wait for "100 Continue"

    def _answer(self, body: bytes = b"") -> None:
        self.server.asked.append(self.command)  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("ETag", '"0"')
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_PUT(self) -> None:
        self.server.kept = self.rfile.read(int(self.headers["Content-Length"]))  # type: ignore[attr-defined]
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer(self.server.kept)  # type: ignore[attr-defined]

    def log_message(self, *_: object) -> None:
        pass


async def test_an_object_store_is_asked_once_for_a_value_read_or_written(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("s3fs", reason="needs the extra s3")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Bucket)
    asked: list[str] = []
    vars(server).update(asked=asked, kept=b"")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{server.server_port}")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "sandbox")
    monkeypatch.setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required")
    store = ArtifactStore("s3://bucket/values")
    await store.write(envelope())
    assert asked == ["PUT"]
    assert await store.read("news", "acme.com") == envelope()
    assert asked == ["PUT", "GET"]
    store.close()
    server.shutdown()


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
