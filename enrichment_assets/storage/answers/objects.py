"""Answers at any fsspec URL: an object ``answers/<2 hex>/<domain>/<key>`` each, its facts as a line of JSON first."""

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import orjson

from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.storage.answers.answer import Bought, StoredAnswer, moment
from enrichment_assets.storage.artifacts import REMOTE_THREADS, object_store, put, store_label


class ObjectAnswers:
    """``Backend`` at a URL. Pruning reads every object: a life-cycle rule of the store's own is quicker."""

    threads = REMOTE_THREADS

    def __init__(self, url: str) -> None:
        try:
            self._files, root = object_store(url)
        except (ValueError, ImportError) as error:
            raise MisconfiguredError("settings", f"ENRICHMENT_ANSWERS is {store_label(url)}: {error}") from error
        self._root = f"{root}/answers"

    def known(self, domains: Collection[str]) -> None:  # noqa: ARG002
        """Only the network knows."""
        return

    def read(self, domain: str, key: str) -> StoredAnswer | None:
        """One answer."""
        return self._answer(self._path(domain, key))

    def of(self, domain: str) -> Iterator[StoredAnswer]:
        """All of one company."""
        return self._all(self._path(domain, "*"))

    def write(self, answer: StoredAnswer) -> None:
        """Replace the object, at once."""
        facts = {
            "domain": answer.domain,
            "key": answer.key,
            "provider": answer.provider,
            "artifact": answer.artifact,
            "answered_at": answer.answered_at.timestamp(),
            "expires_at": answer.expires_at.timestamp(),
            "cost_usd": answer.cost_usd,
        }
        target = self._path(answer.domain, answer.key)
        put(self._files, target, orjson.dumps(facts) + b"\n" + answer.content)

    def write_at_once(self, answer: StoredAnswer) -> bool:  # noqa: ARG002
        """Not over a network."""
        return False

    def extend(self, domain: str, key: str, expires_at: datetime) -> None:
        """It is kept until then, or longer."""
        found = self.read(domain, key)
        if found is not None and found.expires_at < expires_at:
            self.write(replace(found, expires_at=expires_at))

    def delete(self, domain: str, keys: Collection[str]) -> int:
        """How many there were."""
        return sum(self._remove(self._path(domain, key)) for key in keys)

    def prune(self, now: datetime, answered_before: datetime | None) -> int:
        """Delete what has expired or is too old."""
        return sum(
            self._remove(self._path(answer.domain, answer.key))
            for answer in self._all(f"{self._root}/*/*/*")
            if answer.expires_at <= now or (answered_before is not None and answer.answered_at < answered_before)
        )

    def bought(self) -> Mapping[str, Bought]:
        """What is stored, by the artifact that bought it."""
        found: dict[str, list[StoredAnswer]] = {}
        for answer in self._all(f"{self._root}/*/*/*"):
            found.setdefault(answer.artifact, []).append(answer)
        return {
            artifact: Bought(
                len({answer.domain for answer in answers}),
                len(answers),
                sum(answer.cost_usd for answer in answers),
                sum(len(answer.content) for answer in answers),
            )
            for artifact, answers in found.items()
        }

    def commit(self) -> None:
        """Every write is in its place already."""

    def close(self) -> None:
        """fsspec keeps its connections for the whole process."""

    def _path(self, domain: str, key: str) -> str:
        shard = hashlib.md5(domain.encode(), usedforsecurity=False).hexdigest()[:2]
        return f"{self._root}/{shard}/{domain}/{key}"

    def _all(self, pattern: str) -> Iterator[StoredAnswer]:
        for path in self._files.glob(pattern):
            if (found := self._answer(path)) is not None:
                yield found

    def _answer(self, path: str) -> StoredAnswer | None:
        try:
            head, _, content = self._files.cat_file(path).partition(b"\n")
            facts: dict[str, Any] = orjson.loads(head)
            facts |= {name: moment(facts[name]) for name in ("answered_at", "expires_at")}
            return StoredAnswer(**facts, content=content)
        except (FileNotFoundError, ValueError, TypeError, KeyError):
            return None

    def _remove(self, path: str) -> int:
        there = bool(self._files.exists(path))
        if there:
            self._files.rm_file(path)
        return int(there)
