"""How long the work takes at the limits in force, and which of them binds.

Each limit alone would take so long: a provider's calls at its calls per second, its calls' waiting at its calls in
flight, the companies' waiting at the companies in flight, and the processor. The slowest decides; the last company's way
comes on top.
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


def duration_of(
    graph: Graph,
    *,
    made: Mapping[str, Range],
    calls: Mapping[str, Range],
    touched: int,
    parallel: int,
    latency_s: Callable[[str], float | None],
    kind_of: Callable[[str], str],
    limits: Limits,
) -> Duration:
    """``made`` and ``calls`` are companies by artifact and calls by provider; ``kind_of`` tells a provider's kind."""
    ways = {}
    for end in ("low", "expected", "high"):
        counts = {name: getattr(range_, end) for name, range_ in made.items()}
        called = {name: getattr(range_, end) for name, range_ in calls.items()}
        ways[end] = _limits(graph, counts, called, touched, parallel, latency_s, kind_of, limits)
    expected, way_s = ways["expected"]
    binds, _ = max(expected, key=expected.__getitem__, default=("nothing to do", ""))
    setting = next((setting for name, setting in expected if name == binds), "")

    def total(end: str) -> float:
        alone, way = ways[end]
        return max(alone.values(), default=0.0) + (way + STARTING_S if touched else 0.0)

    seconds = Range(total("low"), total("expected"), total("high"))
    by_limit = {name: seconds for (name, _), seconds in sorted(expected.items(), key=lambda one: -one[1])}
    return Duration(seconds, binds, setting, by_limit)


def _limits(
    graph: Graph,
    made: Mapping[str, float],
    calls: Mapping[str, float],
    touched: int,
    parallel: int,
    latency_s: Callable[[str], float | None],
    kind_of: Callable[[str], str],
    limits: Limits,
) -> tuple[dict[tuple[str, str], float], float]:
    """(what, setting) to the seconds it alone would take, and the seconds of one company's way."""
    found: dict[tuple[str, str], float] = {}
    for provider, number in calls.items():
        given = limits(provider)
        if given is None or number <= 0:
            continue
        rate, in_flight = given
        name = provider.upper()
        found[f"{provider}: {rate:g} calls/s", f"{name}_REQUESTS_PER_S"] = number / rate
        call_s = USUAL_S.get(kind_of(provider), 1.0)
        found[f"{provider}: {in_flight} calls at a time", f"{name}_IN_FLIGHT"] = number * call_s / in_flight
    waiting_s = 0.0
    way_s = 0.0
    for level in graph.levels:
        each = {artifact.name: _latency(artifact, latency_s) for artifact in level}
        waiting_s += max((made.get(name, 0.0) * seconds for name, seconds in each.items()), default=0.0)
        way_s += max((seconds for name, seconds in each.items() if made.get(name, 0.0) > 0), default=0.0)
    if touched:
        found[f"{parallel} companies at a time", "ENRICHMENT_PARALLEL"] = waiting_s / min(parallel, touched)
        found["one process (about 80 companies/s on the full path)", "a second run"] = touched * PROCESSOR_S
    return found, way_s


def _latency(artifact: Artifact[Any], latency_s: Callable[[str], float | None]) -> float:
    known = latency_s(artifact.name)
    if known is not None:
        return known
    calls = artifact.usual.calls or dict.fromkeys(artifact.providers, 1.0)
    return sum(number * USUAL_S.get(kind, 1.0) for kind, number in calls.items())
