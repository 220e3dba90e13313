"""How long the work takes at the limits in force, and which of them binds.

Each limit alone would take so long: a provider's calls at its calls per second, their waiting at its calls in flight,
the companies' waiting at the companies in flight, and the processor. The slowest decides; the last company's way comes
on top.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from enrichment_assets.artifacts.base import Artifact
from enrichment_assets.engine.graph import Graph
from enrichment_assets.planning.estimate import Range

USUAL_S: Final[Mapping[str, float]] = {
    "dns": 0.05, "web": 0.5, "boards": 0.3, "pages": 1.5, "search": 0.6, "llm": 2.5, "destination": 0.2,
}  # fmt: skip
"""Seconds that one call takes, by kind, where no record tells."""
PROCESSOR_S: Final = 0.012
"""Of one company on the full path, in one process (benchmarks, cpu_bound)."""
STARTING_S: Final = 1.5
Limits = Callable[[str], tuple[float, int] | None]


@dataclass(frozen=True, slots=True)
class Duration:
    """Seconds, and the limit that binds in words. ``by_limit``: what each alone would take, in expectation."""

    seconds: Range
    binds: str
    setting: str
    by_limit: Mapping[str, float]


@dataclass(frozen=True)
class Work:
    """What is to be done, and by whom. ``made`` and ``calls`` are companies by artifact and calls by provider.

    ``latency_s`` tells the usual seconds of an artifact where they are known, ``kind_of`` a provider's kind.
    """

    graph: Graph
    made: Mapping[str, Range]
    calls: Mapping[str, Range]
    touched: int
    parallel: int
    latency_s: Callable[[str], float | None]
    kind_of: Callable[[str], str]
    limits: Limits

    def duration(self) -> Duration:
        """At the limits in force."""
        ways = {end: self._limits(end) for end in ("low", "expected", "high")}
        way_s = (self._way_s() + STARTING_S) if self.touched else 0.0
        low, expected, high = (max(alone.values(), default=0.0) + way_s for alone in ways.values())
        in_order = sorted(ways["expected"].items(), key=lambda one: -one[1])
        (binds, setting), _ = in_order[0] if in_order else (("nothing to do", ""), 0.0)
        return Duration(Range(low, expected, high), binds, setting, {name: s for (name, _), s in in_order})

    def _limits(self, end: str) -> dict[tuple[str, str], float]:
        """(what, setting) to the seconds it alone would take."""
        made = {name: getattr(range_, end) for name, range_ in self.made.items()}
        found: dict[tuple[str, str], float] = {}
        for provider, range_ in self.calls.items():
            given, number = self.limits(provider), getattr(range_, end)
            if given is None or number <= 0:
                continue
            rate, in_flight = given
            name = provider.upper()
            found[f"{provider}: {rate:g} calls/s", f"{name}_REQUESTS_PER_S"] = number / rate
            waiting_s = number * USUAL_S.get(self.kind_of(provider), 1.0)
            found[f"{provider}: {in_flight} calls at a time", f"{name}_IN_FLIGHT"] = waiting_s / in_flight
        if self.touched:
            # Artifacts of one level are made at the same time.
            waiting_s = sum(
                max((made.get(one.name, 0.0) * self._latency_s(one) for one in level), default=0.0)
                for level in self.graph.levels
            )
            parallel = min(self.parallel, self.touched)
            found[f"{parallel} companies at a time", "ENRICHMENT_PARALLEL"] = waiting_s / parallel
            found["one process, some 80 companies/s", "several runs"] = self.touched * PROCESSOR_S
        return found

    def _way_s(self) -> float:
        """Of the last company."""
        made = {name for name, range_ in self.made.items() if range_.expected > 0}
        return sum(
            max((self._latency_s(one) for one in level if one.name in made), default=0.0) for level in self.graph.levels
        )

    def _latency_s(self, artifact: Artifact[Any]) -> float:
        known = self.latency_s(artifact.name)
        if known is not None:
            return known
        calls = artifact.usual.calls or dict.fromkeys(artifact.providers, 1.0)
        return sum(number * USUAL_S.get(kind, 1.0) for kind, number in calls.items())
