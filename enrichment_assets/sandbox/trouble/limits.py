"""Rate limits as the providers enforce them, and what arrived against them second by second."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_ROUNDING = 1e-9


@dataclass
class Bucket:
    """A token bucket: ``rate`` tokens per second, at most ``burst`` at once, at most ``concurrent`` calls inside."""

    rate: float
    burst: float
    concurrent: int | None = None
    tokens: float = field(init=False)
    filled_at: float | None = None

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def take(self, now: float, count: float = 1.0) -> float:
        """0 when let in, else the seconds until there will be enough tokens."""
        if self.filled_at is not None:
            self.tokens = min(self.burst, self.tokens + (now - self.filled_at) * self.rate)
        self.filled_at = now
        if self.tokens >= count - _ROUNDING:
            self.tokens -= count
            return 0.0
        return (count - self.tokens) / self.rate


@dataclass
class Traffic:
    """What one provider saw."""

    arrived: Counter[int] = field(default_factory=Counter)
    refused: Counter[int] = field(default_factory=Counter)
    inside: int = 0
    peak_inside: int = 0

    def report(self) -> dict[str, Any]:
        """Totals, and lists by whole second since the first call, which is ``first_at`` by the monotonic clock."""
        first, last = (min(self.arrived), max(self.arrived)) if self.arrived else (0, -1)
        seconds = range(first, last + 1)
        return {
            "first_at": first,
            "arrived": self.arrived.total(),
            "refused": self.refused.total(),
            "accepted": self.arrived.total() - self.refused.total(),
            "peak_in_flight": self.peak_inside,
            "arrived_by_second": [self.arrived[second] for second in seconds],
            "refused_by_second": [self.refused[second] for second in seconds],
            "accepted_by_second": [self.arrived[second] - self.refused[second] for second in seconds],
        }


class Limits:
    """One optional bucket per provider. Providers without one take everything."""

    def __init__(self) -> None:
        self.buckets: dict[str, Bucket] = {}
        self.traffic: dict[str, Traffic] = {}

    def set(self, given: Mapping[str, Mapping[str, float]]) -> None:
        """Replace all buckets and start counting anew."""
        self.buckets = {
            provider: Bucket(
                float(limit["rate"]),
                float(limit.get("burst", limit["rate"])),
                int(limit["concurrent"]) if "concurrent" in limit else None,
            )
            for provider, limit in given.items()
        }
        self.traffic = {}

    def admit(self, provider: str, now: float, count: float = 1.0) -> float:
        """0 when the call may enter, else after how many seconds it should come again. Pair with ``leave``."""
        traffic = self.traffic.get(provider)
        if traffic is None:
            traffic = self.traffic[provider] = Traffic()
        second = int(now)
        traffic.arrived[second] += 1
        bucket = self.buckets.get(provider)
        wait_s = 0.0
        if bucket is not None:
            if bucket.concurrent is not None and traffic.inside >= bucket.concurrent:
                wait_s = 1.0
            else:
                wait_s = bucket.take(now, count)
        if wait_s:
            traffic.refused[second] += 1
            return wait_s
        traffic.inside += 1
        traffic.peak_inside = max(traffic.peak_inside, traffic.inside)
        return 0.0

    def leave(self, provider: str) -> None:
        """The call has been answered or given up."""
        self.traffic[provider].inside -= 1
