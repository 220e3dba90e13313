"""The artifact store: the latest value of each artifact for each company, at any fsspec URL.

``<store>/<artifact>/<2 hex>/<domain>.json`` holds one envelope: the value and the facts of its record, so that a value
whose record was lost by a kill can still be adopted. Pages are gzipped (``.json.gz``): they are most of the bytes.

Local files are written beside their place and renamed, so a reader sees the old value or the new one. They are not
synced one by one: a killed process loses nothing, a power cut may lose the last seconds.
"""

import asyncio
import gzip
import hashlib
import logging
import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import fsspec
import orjson

from enrichment_assets.providers.errors import MisconfiguredError
from enrichment_assets.providers.ledger import Spent

log = logging.getLogger(__name__)

GZIPPED = frozenset({"website"})
GZIP_LEVEL = 1
REMOTE_THREADS = 4
LOCAL_THREADS = 1
"""A hop between threads costs more than writing a local file: what comes while a thread is busy shares the next one."""
PAGE = 64
"""Values one thread handles before it answers."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One stored value with the facts of its record. ``value`` is the artifact's JSON document."""

    artifact: str
    domain: str
    computed_at: datetime
    version: str
    data_version: str
    answer: str
    run_id: str
    cost_usd: float
    latency_s: float
    value: Any
    spent: tuple[Spent, ...] = ()


class Backend(Protocol):
    """Whole files by relative path. ``read`` returns None for one that is not there."""

    threads: int

    def lacks(self, path: str) -> bool:
        """Whether it is known at once, without asking a network, that nothing is there."""
        ...

    def read(self, path: str) -> bytes | None:
        """The file's bytes."""
        ...

    def write(self, path: str, content: bytes) -> None:
        """Replace the file as a whole."""
        ...


class LocalBackend:
    """Files of the local disk, without fsspec's cost per call."""

    threads = LOCAL_THREADS

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._made: set[str] = set()
        self._temporary = count()

    def lacks(self, path: str) -> bool:
        """Whether there is no such file, or one that a power cut has emptied: a few microseconds."""
        try:
            return os.stat(f"{self._root}/{path}").st_size == 0  # noqa: PTH116 - a Path costs more than the call
        except OSError:
            return True

    def read(self, path: str) -> bytes | None:
        """The file's bytes."""
        try:
            descriptor = os.open(f"{self._root}/{path}", os.O_RDONLY)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            return file.read()

    def write(self, path: str, content: bytes) -> None:
        """Replace the file as a whole."""
        target = f"{self._root}/{path}"
        directory = target.rpartition("/")[0]
        if directory not in self._made:
            Path(directory).mkdir(parents=True, exist_ok=True)
            self._made.add(directory)
        beside = f"{directory}/.{os.getpid()}-{next(self._temporary)}.tmp"
        with Path(beside).open("wb", buffering=0) as file:
            file.write(content)
        Path(beside).replace(target)


class FsspecBackend:
    """Any other file system; object stores replace whole objects by themselves."""

    threads = REMOTE_THREADS

    def __init__(self, url: str) -> None:
        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except (ValueError, ImportError) as error:
            raise MisconfiguredError("settings", f"ENRICHMENT_STORE is {store_label(url)}: {error}") from error

    def lacks(self, path: str) -> bool:  # noqa: ARG002 - only the network knows
        """Never known at once."""
        return False

    def read(self, path: str) -> bytes | None:
        """The file's bytes."""
        try:
            content: bytes = self._files.cat_file(f"{self._root}/{path}")
        except FileNotFoundError:
            return None
        return content

    def write(self, path: str, content: bytes) -> None:
        """Replace the file as a whole."""
        target = f"{self._root}/{path}"
        self._files.makedirs(target.rpartition("/")[0], exist_ok=True)
        self._files.pipe_file(target, content)


def open_backend(url: str) -> Backend:
    """A plain path or ``file://`` URL is a local directory, anything else goes through fsspec."""
    scheme, separator, rest = url.partition("://")
    if not separator:
        return LocalBackend(Path(url).expanduser().absolute())
    if scheme in ("file", "local"):
        return LocalBackend(Path(rest))
    return FsspecBackend(url)


def store_label(url: str) -> str:
    """A store's URL as a person may see it: without user, password and query, where keys hide."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}" if parts.scheme and "://" in url else url


def value_path(artifact: str, domain: str) -> str:
    """Where a company's value lies inside the store."""
    shard = hashlib.md5(domain.encode(), usedforsecurity=False).hexdigest()[:2]
    suffix = ".json.gz" if artifact in GZIPPED else ".json"
    return f"{artifact}/{shard}/{domain}{suffix}"


def encode(envelope: Envelope) -> bytes:
    """An envelope as a file's content."""
    document = orjson.dumps(
        {
            "artifact": envelope.artifact,
            "domain": envelope.domain,
            "computed_at": envelope.computed_at.isoformat(),
            "version": envelope.version,
            "data_version": envelope.data_version,
            "answer": envelope.answer,
            "run_id": envelope.run_id,
            "cost_usd": envelope.cost_usd,
            "latency_s": envelope.latency_s,
            "spent": envelope.spent,
            "value": envelope.value,
        }
    )
    return gzip.compress(document, GZIP_LEVEL, mtime=0) if envelope.artifact in GZIPPED else document


def decode(artifact: str, domain: str, content: bytes) -> Envelope | None:
    """A file's content as an envelope; None for what is not one of this artifact and company."""
    try:
        document: Mapping[str, Any] = orjson.loads(gzip.decompress(content) if artifact in GZIPPED else content)
        envelope = Envelope(
            artifact=document["artifact"],
            domain=document["domain"],
            computed_at=datetime.fromisoformat(document["computed_at"]).astimezone(UTC),
            version=document["version"],
            data_version=document["data_version"],
            answer=document["answer"],
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
        self._threads = ThreadPoolExecutor(self._backend.threads, thread_name_prefix="artifacts")
        self._waiting: list[tuple[Callable[[], Any], asyncio.Future[Any]]] = []
        self._scheduled = False
        self._busy = 0

    def get(self, artifact: str, domain: str) -> Envelope | None:
        """The latest value; None when it is missing or unreadable. Raises OSError when the store cannot be reached."""
        content = self._backend.read(value_path(artifact, domain))
        return None if content is None else decode(artifact, domain, content)

    def lacks(self, artifact: str, domain: str) -> bool:
        """Whether it is known at once that there is no value. Another store than a local one never knows."""
        return self._backend.lacks(value_path(artifact, domain))

    def put(self, envelope: Envelope) -> None:
        """Replace the latest value. Raises OSError when it cannot be written."""
        self._backend.write(value_path(envelope.artifact, envelope.domain), encode(envelope))

    async def read(self, artifact: str, domain: str) -> Envelope | None:
        """``get`` off the event loop."""
        if self.lacks(artifact, domain):
            return None
        envelope: Envelope | None = await self._submit(lambda: self.get(artifact, domain))
        return envelope

    async def write(self, envelope: Envelope) -> None:
        """``put`` off the event loop: in its place when this returns."""
        await self._submit(lambda: self.put(envelope))

    def close(self) -> None:
        """Wait for what is under way."""
        self._threads.shutdown(wait=True)

    async def _submit(self, job: Callable[[], Any]) -> Any:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Any] = loop.create_future()
        self._waiting.append((job, future))
        if not self._scheduled and self._busy < self._backend.threads:
            self._scheduled = True
            loop.call_soon(self._dispatch, loop)
        return await future

    def _dispatch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hand over all that was asked for by now; what comes while the threads are busy goes together later."""
        self._scheduled = False
        free = self._backend.threads - self._busy
        size = max(1, min(PAGE, -(-len(self._waiting) // max(1, free))))
        while self._waiting and self._busy < self._backend.threads:
            batch, self._waiting = self._waiting[:size], self._waiting[size:]
            self._busy += 1
            self._threads.submit(self._work_off, batch, loop)

    def _work_off(
        self, batch: Sequence[tuple[Callable[[], Any], asyncio.Future[Any]]], loop: asyncio.AbstractEventLoop
    ) -> None:
        results: list[tuple[asyncio.Future[Any], Any, Exception | None]] = []
        for job, future in batch:
            try:
                results.append((future, job(), None))
            except Exception as error:  # noqa: BLE001 - raised where the call was made
                results.append((future, None, error))
        loop.call_soon_threadsafe(self._answer, results, loop)

    def _answer(
        self,
        results: Sequence[tuple[asyncio.Future[Any], Any, Exception | None]],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._busy -= 1
        self._dispatch(loop)
        for future, result, error in results:
            if future.done():
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
