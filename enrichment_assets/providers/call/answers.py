"""Answers that are bought once: what was asked, in one spelling, and what a provider said to it.

An answer is written down before the artifact may use it, and whoever asks the same for the same company within the
time that the asker allows is told it again: for nothing, without a call. Where it lies is ``storage/answers``.
"""

import asyncio
import hashlib
import json
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Generic, Protocol, TypeVar

import orjson

from enrichment_assets.core.errors import NotStoredError, ProviderError, TransientError

log = logging.getLogger(__name__)
T = TypeVar("T")
_ONE_SPELLING = json.JSONEncoder(sort_keys=True)


@dataclass(frozen=True, slots=True)
class Question(Generic[T]):
    """What is asked, as far as it decides the answer, and how an answer is written down and read again.

    ``asked`` is JSON-able and holds no secret. ``read`` may raise ValueError, KeyError or TypeError for what it cannot
    use: then the provider is asked.
    """

    asked: object
    write: Callable[[T], bytes]
    read: Callable[[bytes], T]

    def key(self, provider: str) -> str:
        """32 hex digits, the same for the same question to the same provider."""
        return hashlib.sha256(_ONE_SPELLING.encode([provider, self.asked]).encode()).hexdigest()[:32]


def with_body(kind: Callable[..., T]) -> tuple[Callable[[T], bytes], Callable[[bytes], T]]:
    """How a dataclass with bytes in ``body`` is written and read: the other fields as one line of JSON, then these."""

    def write(answer: T) -> bytes:
        names = [field.name for field in fields(answer) if field.name != "body"]  # type: ignore[arg-type]
        head = orjson.dumps({name: getattr(answer, name) for name in names})
        return head + b"\n" + answer.body  # type: ignore[attr-defined,no-any-return]

    def read(content: bytes) -> T:
        head, _, body = content.partition(b"\n")
        return kind(**orjson.loads(head), body=body)

    return write, read


class KeptAnswer(Protocol):
    """An answer in the store. ``expires_at``: when nobody who has used it may use it any more."""

    @property
    def answered_at(self) -> datetime:
        """When the provider gave it."""

    @property
    def expires_at(self) -> datetime:
        """It may be deleted from then on."""

    @property
    def content(self) -> bytes:
        """As ``Question.write`` wrote it."""


class AnswerStore(Protocol):
    """Answers by company and key. Raises OSError when it cannot be read or written."""

    async def get(self, domain: str, key: str) -> KeptAnswer | None:
        """What is stored."""

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

    async def extend(self, domain: str, key: str, expires_at: datetime) -> None:
        """Somebody who may use it longer has used it."""

    async def drop(self, domain: str, keys: Collection[str]) -> None:
        """They are not told again."""


@dataclass
class Answers:
    """The stored answers as one run uses them.

    ``ttls``: how old an answer may be, by artifact; one without a TTL neither uses nor leaves any. ``refreshed_from``:
    what is older than that moment does not count, by artifact. ``only_stored``: nobody is called (replay).
    """

    store: AnswerStore
    ttls: Mapping[str, timedelta | None]
    clock: Callable[[], datetime]
    refreshed_from: Mapping[str, datetime] = field(default_factory=dict)
    only_stored: bool = False
    flights: dict[tuple[str, str], asyncio.Future[None]] = field(default_factory=dict)
    """Questions that are being asked just now: who asks the same waits for the answer."""

    def of(self, domain: str, artifact: str) -> "ArtifactAnswers | None":
        """Those of one artifact of one company; None where it uses none."""
        ttl = self.ttls.get(artifact)
        return None if ttl is None and not self.only_stored else ArtifactAnswers(self, domain, artifact, ttl)


@dataclass
class ArtifactAnswers:
    """The answers that one artifact of one company may use, and those it has used."""

    run: Answers
    domain: str
    artifact: str
    ttl: timedelta | None
    used: dict[str, datetime] = field(default_factory=dict)
    """Key to the moment of the answer."""
    stored: Counter[str] = field(default_factory=Counter)
    """Provider to questions that the store has answered."""
    failed: list[ProviderError] = field(default_factory=list)
    """What calls have raised."""

    @property
    def oldest(self) -> datetime | None:
        """The moment of the oldest answer used so far."""
        return min(self.used.values(), default=None)

    async def answer(
        self, provider: str, question: Question[T], ask: Callable[[], Awaitable[T]], spent_usd: Callable[[], float]
    ) -> T:
        """The stored answer, or that of ``ask``, which is then stored."""
        key = question.key(provider)
        flight = self.domain, key
        while (asking := self.run.flights.get(flight)) is not None:
            await asyncio.wait([asking])
        done = self.run.flights[flight] = asyncio.get_running_loop().create_future()
        try:
            for found in await self._stored(provider, key, question):
                return found
            if self.run.only_stored:
                raise NotStoredError(provider)
            before = spent_usd()
            answer = await self._asked(ask)
            await self._keep(provider, key, question, answer, spent_usd() - before)
        finally:
            del self.run.flights[flight]
            done.set_result(None)
        return answer

    async def _asked(self, ask: Callable[[], Awaitable[T]]) -> T:
        try:
            return await ask()
        except ProviderError as error:
            self.failed.append(error)
            raise

    async def _stored(self, provider: str, key: str, question: Question[T]) -> tuple[T, ...]:
        """The answer in the store, if there is one that counts and can be read."""
        try:
            kept = await self.run.store.get(self.domain, key)
        except OSError as error:
            why = f"stored answers cannot be read, and paying for them again is not wanted: {error}"
            raise TransientError(provider, f"{why} (ENRICHMENT_ANSWERS names the place; off does without)") from error
        if kept is None or not self._counts(kept.answered_at):
            return ()
        try:
            answer = question.read(kept.content)
        except (ValueError, KeyError, TypeError) as error:
            log.info("a stored answer of %s for %s cannot be used: %s", provider, self.domain, type(error).__name__)
            return ()
        self.used[key] = kept.answered_at
        self.stored[provider] += 1
        if self.ttl is not None and kept.answered_at + self.ttl > kept.expires_at and not self.run.only_stored:
            await self.run.store.extend(self.domain, key, kept.answered_at + self.ttl)
        return (answer,)

    def _counts(self, answered_at: datetime) -> bool:
        if self.run.only_stored or self.ttl is None:
            return True
        refreshed_from = self.run.refreshed_from.get(self.artifact, answered_at)
        return answered_at >= refreshed_from and self.run.clock() - answered_at < self.ttl

    async def _keep(self, provider: str, key: str, question: Question[T], answer: T, cost_usd: float) -> None:
        answered_at = self.run.clock()
        self.used[key] = answered_at
        try:
            content = question.write(answer)
        except (TypeError, ValueError) as error:
            log.info("an answer of %s for %s cannot be written down: %s", provider, self.domain, error)
            return
        try:
            await self.run.store.put(
                self.domain,
                key,
                content,
                provider=provider,
                artifact=self.artifact,
                answered_at=answered_at,
                expires_at=answered_at + (self.ttl or timedelta()),
                cost_usd=cost_usd,
            )
        except OSError as error:
            log.warning("an answer of %s for %s is used but not stored: %s", provider, self.domain, error)

    async def refused(self, error: ProviderError) -> None:
        """The artifact has failed: where it could not use what it was told, that is not told again.

        Where a call failed, what others said before stays bought.
        """
        if not any(error is failed or error.__cause__ is failed for failed in self.failed) and self.used:
            await self.run.store.drop(self.domain, list(self.used))


def json_bytes(answer: Any) -> bytes:
    """An answer that is JSON, written."""
    return orjson.dumps(answer)


def json_of(content: bytes) -> Any:
    """An answer that is JSON, read."""
    return orjson.loads(content)
