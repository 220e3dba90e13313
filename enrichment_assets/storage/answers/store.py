"""The answer store: what providers said, compressed, by company and question, until it is too old for whoever used it.

By default it is ``answers.db`` beside the values; a setting puts it into any SQL database or object store.
"""

import zlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.settings import Settings
from enrichment_assets.core.sides import keep_apart
from enrichment_assets.storage.answers.answer import Backend, StoredAnswer
from enrichment_assets.storage.answers.objects import ObjectAnswers
from enrichment_assets.storage.answers.sql import SqlAnswers
from enrichment_assets.storage.artifacts import local_folder
from enrichment_assets.storage.batches import Batches
from enrichment_assets.storage.values.at_once import LARGEST
from enrichment_assets.storage.values.packing import deflated

FILE: Final = "answers.db"
WINDOW_BITS: Final = 13


def answers_file(settings: Settings) -> Path | None:
    """The local file of these settings, whether or not it is there; None where answers lie elsewhere or nowhere."""
    url = settings.answers_url
    if url is None:
        return None
    if (database := _database(url)) is not None:
        is_file = database.get_backend_name() == "sqlite" and database.database
        return Path(database.database or "").absolute() if is_file else None
    folder = local_folder(url)
    return None if folder is None else folder / FILE


def open_answers(settings: Settings) -> "AnswerStore | None":
    """The store of these settings; None where it is turned off. Raises MisconfiguredError for a place there is not."""
    url = settings.answers_url
    if url is None:
        return None
    keep_apart(settings)
    database, folder = _database(url), local_folder(url)
    backend: Backend
    if database is not None:
        backend = SqlAnswers(database)
    elif folder is not None:
        backend = SqlAnswers(URL.create("sqlite", database=str(folder / FILE)))
    else:
        backend = ObjectAnswers(url)
    return AnswerStore(backend, settings.enrichment_answer_max_bytes)


def _database(url: str) -> URL | None:
    """The URL as SQLAlchemy's, where it is one."""
    try:
        found = make_url(url)
    except ArgumentError:
        return None
    if found.get_backend_name() not in ("sqlite", "postgresql"):
        return None
    if found.get_backend_name() == "sqlite" and not found.database:
        raise MisconfiguredError("settings", "ENRICHMENT_ANSWERS names no file: sqlite:///PATH, or off for none")
    return found


class AnswerStore:
    """``providers.call.answers.AnswerStore`` over a backend. The asynchronous calls travel in batches.

    An answer that is larger than ``max_bytes`` when compressed is not kept. Of the companies that ``prepare`` was told
    it is known which answers there are: nobody waits for the disk to hear that there is none.
    """

    def __init__(self, backend: Backend, max_bytes: int) -> None:
        self.backend = backend
        self._max_bytes = max_bytes
        self._batches = Batches(backend.threads, backend.commit, "answers")
        self._known: dict[str, set[str]] = {}

    async def prepare(self, domains: Sequence[str]) -> None:
        """Look which answers these companies have. Raises OSError."""
        found: Mapping[str, set[str]] | None = await self._batches.submit(lambda: self.backend.known(domains))
        if found is not None:
            self._known.update({domain: found.get(domain, set()) for domain in domains})

    def release(self, domain: str) -> None:
        """The company is done."""
        self._known.pop(domain, None)

    async def get(self, domain: str, key: str) -> StoredAnswer | None:
        """The answer, decompressed."""
        if domain in self._known and key not in self._known[domain]:
            return None
        found: StoredAnswer | None = await self._batches.submit(lambda: _read(self.backend, domain, key))
        return found

    async def put(
        self,
        domain: str,
        key: str,
        content: bytes,
        *,
        provider: str,
        artifact: str,
        answered_at: datetime,
        expires_at: datetime,
        cost_usd: float,
    ) -> None:
        """Durable on return."""

        answer = StoredAnswer(domain, key, provider, artifact, answered_at, expires_at, cost_usd, content)

        def write() -> None:
            if (small := self._compressed(answer)) is not None:
                self.backend.write(small)

        small = self._compressed(answer) if len(content) <= LARGEST else None
        if small is None or not self.backend.write_at_once(small):
            await self._batches.submit(write)
        if domain in self._known:
            self._known[domain].add(key)

    def _compressed(self, answer: StoredAnswer) -> StoredAnswer | None:
        """None for one that is too large to be kept."""
        compressed = deflated(answer.content, WINDOW_BITS)
        return replace(answer, content=compressed) if len(compressed) <= self._max_bytes else None

    async def extend(self, domain: str, key: str, expires_at: datetime) -> None:
        """Somebody may use it longer than who bought it."""
        await self._batches.submit(lambda: self.backend.extend(domain, key, expires_at))

    async def drop(self, domain: str, keys: Collection[str]) -> None:
        """They are not told again."""
        await self._batches.submit(lambda: self.backend.delete(domain, keys))
        self._known.get(domain, set()).difference_update(keys)

    def of(self, domain: str) -> list[StoredAnswer]:
        """All answers of one company, decompressed, the oldest first."""
        found = (_inflated(answer) for answer in self.backend.of(domain))
        return sorted((answer for answer in found if answer is not None), key=lambda answer: answer.answered_at)

    def close(self) -> None:
        """Wait for what is under way."""
        self._batches.close()
        self.backend.close()


def _read(backend: Backend, domain: str, key: str) -> StoredAnswer | None:
    found = backend.read(domain, key)
    return None if found is None else _inflated(found)


def _inflated(answer: StoredAnswer) -> StoredAnswer | None:
    """None for one that is damaged: it is bought again."""
    try:
        return replace(answer, content=zlib.decompress(answer.content))
    except zlib.error:
        return None
