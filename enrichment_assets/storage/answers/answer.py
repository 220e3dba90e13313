"""A stored answer, and what every place that holds them can do."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class StoredAnswer:
    """One answer. ``content`` as the provider's client wrote it; ``cost_usd`` is what it was bought for."""

    domain: str
    key: str
    provider: str
    artifact: str
    answered_at: datetime
    expires_at: datetime
    cost_usd: float
    content: bytes


@dataclass(frozen=True, slots=True)
class Bought:
    """What the answers in store for one artifact are: of how many companies, their price (USD), and their bytes."""

    companies: int
    answers: int
    cost_usd: float
    bytes: int


class Backend(Protocol):
    """Answers, their content compressed. Everything raises OSError where it cannot be read or written."""

    threads: int

    def known(self, domains: Collection[str]) -> Mapping[str, set[str]] | None:
        """The keys there are, by company; None where asking that takes as long as asking for one answer."""

    def read(self, domain: str, key: str) -> StoredAnswer | None:
        """One answer."""

    def write(self, answer: StoredAnswer) -> None:
        """Replace it, at the latest with ``commit``."""

    def write_at_once(self, answer: StoredAnswer) -> bool:
        """Durable on return, within microseconds; False where that cannot be had, and nothing is written."""

    def extend(self, domain: str, key: str, expires_at: datetime) -> None:
        """It is kept until then."""

    def delete(self, domain: str, keys: Collection[str]) -> int:
        """How many there were."""

    def of(self, domain: str) -> Iterator[StoredAnswer]:
        """All of one company."""

    def prune(self, now: datetime, answered_before: datetime | None) -> int:
        """Delete what has expired, and what is older than a moment; how many that were."""

    def bought(self) -> Mapping[str, Bought]:
        """What is stored, or enough of it for averages, by the artifact that bought it."""

    def commit(self) -> None:
        """What was written is durable on return."""

    def close(self) -> None:
        """Nobody reads or writes any more."""


def moment(timestamp: float) -> datetime:
    """Seconds since 1970 as a time."""
    return datetime.fromtimestamp(timestamp, UTC)
