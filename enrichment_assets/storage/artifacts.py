"""The artifact store: the latest value of each artifact for each company, in a local file or at any fsspec URL.

A value is kept as an envelope with the facts of its record, so that one whose record was lost by a kill can still be
adopted. A local store is one SQLite file (``value_file``); elsewhere ``<store>/<artifact>/<2 hex>/<domain>.json`` holds
one envelope each. Pages are gzipped (``.json.gz``): they are most of the bytes.
"""

import hashlib
import logging
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import fsspec
import orjson

from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.money import Spent
from enrichment_assets.storage.batches import Batches
from enrichment_assets.storage.value_file import ValueFile
from enrichment_assets.storage.values.at_once import LARGEST
from enrichment_assets.storage.values.packing import gzipped, unpacked
from enrichment_assets.storage.values.value_table import ValueTable

log = logging.getLogger(__name__)

GZIPPED = frozenset({"website"})
REMOTE_THREADS = 32
"""Requests to an object store at the same time: about as many as companies in flight."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One stored value with the facts of its record. ``value`` is the artifact's JSON document."""

    artifact: str
    domain: str
    computed_at: datetime
    version: str
    data_version: str
    summary: str
    run_id: str
    cost_usd: float
    latency_s: float
    value: Any
    spent: tuple[Spent, ...] = ()


class Backend(Protocol):
    """Whole contents by artifact and domain."""

    threads: int

    def missing(self, domains: Collection[str], artifacts: Iterable[str]) -> set[tuple[str, str]]:
        """(domain, artifact) of which it is known, without asking a network, that nothing is there."""
        ...

    def read(self, artifact: str, domain: str) -> bytes | None:
        """The content; None for one that is not there."""
        ...

    def read_many(self, artifact: str, domains: Sequence[str]) -> Mapping[str, bytes]:
        """The contents that there are, by domain."""
        ...

    def write(self, artifact: str, domain: str, content: bytes) -> None:
        """Replace the content as a whole, at the latest with ``commit``."""
        ...

    def write_at_once(self, artifact: str, domain: str, content: bytes) -> bool:
        """In its place on return, within microseconds; False where that cannot be had, and nothing is written."""
        ...

    def commit(self) -> None:
        """What this thread wrote is in its place on return."""
        ...

    def close(self) -> None:
        """Nobody reads or writes any more."""
        ...


class FsspecBackend:
    """An object store, which replaces whole objects by itself."""

    threads = REMOTE_THREADS

    def __init__(self, url: str) -> None:
        try:
            self._files, self._root = object_store(url)
        except (ValueError, ImportError) as error:
            raise MisconfiguredError("settings", f"ENRICHMENT_STORE is {store_label(url)}: {error}") from error

    def missing(self, domains: Collection[str], artifacts: Iterable[str]) -> set[tuple[str, str]]:  # noqa: ARG002
        """Only the network knows."""
        return set()

    def read(self, artifact: str, domain: str) -> bytes | None:
        """The object's bytes."""
        try:
            content: bytes = self._files.cat_file(f"{self._root}/{value_path(artifact, domain)}")
        except FileNotFoundError:
            return None
        return content

    def read_many(self, artifact: str, domains: Sequence[str]) -> Mapping[str, bytes]:
        """The objects' bytes, asked for at once where the store's client can."""
        paths = {f"{self._root}/{value_path(artifact, domain)}": domain for domain in domains}
        found = self._files.cat([*paths], on_error="return") if paths else {}
        contents = {paths[path]: content for path, content in found.items() if path in paths}
        for content in contents.values():
            if isinstance(content, Exception) and not isinstance(content, FileNotFoundError):
                raise content
        return {domain: content for domain, content in contents.items() if isinstance(content, bytes)}

    def write(self, artifact: str, domain: str, content: bytes) -> None:
        """Replace the object as a whole, at once."""
        target = f"{self._root}/{value_path(artifact, domain)}"
        put(self._files, target, content)

    def write_at_once(self, artifact: str, domain: str, content: bytes) -> bool:  # noqa: ARG002
        """A network takes longer."""
        return False

    def delete(self, artifact: str, domain: str) -> bool:
        """Remove the object; whether it was there."""
        target = f"{self._root}/{value_path(artifact, domain)}"
        there: bool = self._files.exists(target)
        if there:
            self._files.rm_file(target)
        return there

    def artifacts(self) -> set[str]:
        """Names of all artifacts that there are values of, also of those that no catalog has any more."""
        try:
            return {str(path).rstrip("/").rpartition("/")[2] for path in self._files.ls(self._root, detail=False)}
        except FileNotFoundError:
            return set()

    def commit(self) -> None:
        """Every write is in its place already."""

    def close(self) -> None:
        """fsspec keeps its connections for the whole process."""


def object_store(url: str) -> tuple[Any, str]:
    """fsspec's file system and path for a URL. Raises ValueError and ImportError for one there is nothing for."""
    # Told that one part is read at a time, s3fs does not ask for an object's size before it reads it.
    options = {"max_concurrency": 1} if url.startswith("s3") else {}
    files, root = fsspec.core.url_to_fs(url, **options)
    return files, root


def put(files: Any, path: str, content: bytes) -> None:
    """Replace an object, by one request. Only where the place has folders are they made, when one is missing."""
    try:
        files.pipe_file(path, content)
    except FileNotFoundError:
        files.makedirs(path.rpartition("/")[0], exist_ok=True)
        files.pipe_file(path, content)


def open_backend(url: str) -> Backend:
    """A plain path or ``file://`` URL is a local folder, ``postgresql://`` a table; all else goes through fsspec."""
    if is_postgres(url):
        return ValueTable(url)
    folder = local_folder(url)
    return FsspecBackend(url) if folder is None else ValueFile(folder)


def is_postgres(url: str) -> bool:
    """Whether values are to be kept in a database instead of files."""
    return url.startswith(("postgresql://", "postgresql+", "postgres://"))


def local_folder(url: str) -> Path | None:
    """The folder that a store's URL names on this machine; None for one elsewhere."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return Path(url).expanduser().absolute()
    return Path(rest) if scheme in ("file", "local") else None


def store_label(url: str) -> str:
    """A store's URL as a person may see it: without user, password and query, where keys hide."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}" if parts.scheme and "://" in url else url


def value_path(artifact: str, domain: str) -> str:
    """Where a company's value lies inside an object store."""
    shard = hashlib.md5(domain.encode(), usedforsecurity=False).hexdigest()[:2]
    suffix = ".json.gz" if artifact in GZIPPED else ".json"
    return f"{artifact}/{shard}/{domain}{suffix}"


def encode(envelope: Envelope) -> bytes:
    """An envelope as it is kept."""
    return _packed(envelope.artifact, _document(envelope))


def _document(envelope: Envelope) -> bytes:
    return orjson.dumps(
        {
            "artifact": envelope.artifact,
            "domain": envelope.domain,
            "computed_at": envelope.computed_at.isoformat(),
            "version": envelope.version,
            "data_version": envelope.data_version,
            "answer": envelope.summary,
            "run_id": envelope.run_id,
            "cost_usd": envelope.cost_usd,
            "latency_s": envelope.latency_s,
            "spent": envelope.spent,
            "value": envelope.value,
        }
    )


def _packed(artifact: str, document: bytes) -> bytes:
    return gzipped(document) if artifact in GZIPPED else document


def decode(artifact: str, domain: str, content: bytes) -> Envelope | None:
    """A kept content as an envelope; None for what is not one of this artifact and company."""
    try:
        document: Mapping[str, Any] = orjson.loads(unpacked(content))
        envelope = Envelope(
            artifact=document["artifact"],
            domain=document["domain"],
            computed_at=datetime.fromisoformat(document["computed_at"]).astimezone(UTC),
            version=document["version"],
            data_version=document["data_version"],
            summary=document["answer"],
            run_id=document["run_id"],
            cost_usd=float(document["cost_usd"]),
            latency_s=float(document["latency_s"]),
            value=document["value"],
            spent=tuple(Spent(**paid) for paid in document.get("spent", ())),
        )
    except (ValueError, KeyError, TypeError, EOFError, OSError, zlib.error) as error:
        log.warning("stored %s of %s is unreadable (%s): it counts as missing", artifact, domain, type(error).__name__)
        return None
    if (envelope.artifact, envelope.domain) != (artifact, domain):
        log.warning("stored %s of %s belongs to %s of %s", artifact, domain, envelope.artifact, envelope.domain)
        return None
    return envelope


class ArtifactStore:
    """Values of one store. The asynchronous calls share a few threads and travel in batches."""

    def __init__(self, url: str) -> None:
        self._backend = open_backend(url)
        self._batches = Batches(self._backend.threads, self._backend.commit, "artifacts")

    def get(self, artifact: str, domain: str) -> Envelope | None:
        """The latest value; None when it is missing or unreadable. Raises OSError when the store cannot be reached."""
        content = self._backend.read(artifact, domain)
        return None if content is None else decode(artifact, domain, content)

    def get_many(self, artifact: str, domains: Sequence[str]) -> dict[str, Envelope]:
        """The latest values that there are and can be read, by domain. Raises OSError as ``get`` does."""
        contents = self._backend.read_many(artifact, domains)
        found = {domain: decode(artifact, domain, content) for domain, content in contents.items()}
        return {domain: envelope for domain, envelope in found.items() if envelope is not None}

    def missing(self, domains: Collection[str], artifacts: Iterable[str]) -> set[tuple[str, str]]:
        """(domain, artifact) of which it is known at once that there is no value: of an object store none is.

        Raises OSError when the store cannot be read.
        """
        return self._backend.missing(domains, artifacts)

    def put(self, envelope: Envelope) -> None:
        """Replace the latest value: in its place when this returns. Raises OSError when it cannot be written."""
        self._backend.write(envelope.artifact, envelope.domain, encode(envelope))
        self._backend.commit()

    async def read(self, artifact: str, domain: str) -> Envelope | None:
        """``get`` off the event loop."""
        envelope: Envelope | None = await self._batches.submit(lambda: self.get(artifact, domain))
        return envelope

    async def write(self, envelope: Envelope) -> None:
        """``put``, off the event loop where it takes long: in its place when this returns."""
        artifact, domain, document = envelope.artifact, envelope.domain, _document(envelope)
        small = len(document) <= LARGEST
        if not small or not self._backend.write_at_once(artifact, domain, _packed(artifact, document)):
            await self._batches.submit(lambda: self._backend.write(artifact, domain, _packed(artifact, document)))

    def close(self) -> None:
        """Wait for what is under way."""
        self._batches.close()
        self._backend.close()
