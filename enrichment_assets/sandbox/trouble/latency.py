"""How long the providers take, in seconds."""

from collections.abc import Mapping
from random import Random
from typing import Final

REALISTIC: Final[Mapping[str, tuple[float, float, float]]] = {
    "dns": (0.010, 0.020, 0.060),
    "spider": (0.7, 1.2, 3.0),
    "openrouter": (1.0, 2.0, 4.0),
    "serper": (0.4, 0.6, 1.0),
    "firecrawl": (0.8, 1.8, 5.0),
    "brave": (0.3, 0.5, 1.0),
    "clay": (0.1, 0.15, 0.3),
    "boards": (0.1, 0.2, 0.5),
    "sites": (0.1, 0.3, 1.2),
}
"""Fastest, most frequent and slowest of a triangular distribution; its mean is the mean of the three."""


class Latency:
    """``instant``, ``realistic``, or a fixed number of seconds per provider (benchmarks; the rest is instant)."""

    def __init__(self, profile: str | Mapping[str, float] = "instant", seed: int = 1) -> None:
        if isinstance(profile, str) and profile not in ("instant", "realistic"):
            raise ValueError(f"latency profile {profile!r}: use instant, realistic or seconds per provider")
        self._fixed = dict(profile) if not isinstance(profile, str) else {}
        self._realistic = profile == "realistic"
        self._random = Random(seed)  # noqa: S311 - delays are no secrets

    def seconds(self, provider: str, group: str) -> float:
        """The delay of the next answer. ``group`` is ``boards`` for any job board, else the provider itself."""
        if self._fixed:
            return self._fixed.get(provider, self._fixed.get(group, 0.0))
        if not self._realistic:
            return 0.0
        low, mode, high = REALISTIC[group]
        return self._random.triangular(low, high, mode)
