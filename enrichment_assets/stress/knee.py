"""Steps of load, and the knee: the highest load before throughput stops growing or errors and latency rise."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from enrichment_assets.planning.chances import quantile

MOST_ERRORS: Final = 0.05
"""Share of calls that fail for another reason than a 429, at which a load is too much."""
MOST_SLOWER: Final = 3.0
"""A 95th percentile so many times that of the lightest load is a queue."""
LEAST_QUEUE_S: Final = 0.25
"""... and below so many seconds it is nobody's concern."""
GROWS: Final = 1.10
"""Twice the load must bring so many times the throughput."""
AS_GOOD: Final = 0.93
"""The lightest load that comes so near the best throughput is the knee."""


@dataclass(frozen=True, slots=True)
class Step:
    """One load. ``per_s`` are answers per second; latencies are of answers, in seconds; ``limited`` counts 429s."""

    concurrency: int
    seconds: float
    answered: int
    per_s: float
    limited: int
    errors: int
    p50_s: float
    p95_s: float
    p99_s: float
    usd: float

    @property
    def error_rate(self) -> float:
        """Calls that failed for another reason than a 429."""
        return self.errors / max(1, self.answered + self.errors)


def step_of(
    concurrency: int, seconds: float, latencies: Sequence[float], *, per_s: float, limited: int, errors: int, usd: float
) -> Step:
    """A step by what was seen in it."""
    ordered = sorted(latencies)
    p50_s, p95_s, p99_s = (quantile(ordered, share) for share in (0.5, 0.95, 0.99))
    return Step(concurrency, seconds, len(ordered), per_s, limited, errors, p50_s, p95_s, p99_s, usd)


def is_healthy(step: Step, first: Step) -> bool:
    """Whether errors and latency are those of a light load."""
    slow = step.p95_s > max(MOST_SLOWER * first.p95_s, LEAST_QUEUE_S)
    return step.error_rate <= MOST_ERRORS and not slow and step.answered > 0


def is_past_knee(steps: Sequence[Step]) -> bool:
    """Whether a heavier load would show nothing new: the last has failed, or two in a row have brought nothing."""
    if not is_healthy(steps[-1], steps[0]):
        return True
    if len(steps) < 3:
        return False
    before = max(step.per_s for step in steps[:-2])
    return all(step.per_s < GROWS * before for step in steps[-2:])


def knee_of(steps: Sequence[Step]) -> Step | None:
    """The lightest load that brings nearly all that can be had; None where nothing was answered."""
    healthy = [step for step in steps if is_healthy(step, steps[0])]
    if not healthy:
        return None
    best = max(step.per_s for step in healthy)
    return next(step for step in healthy if step.per_s >= AS_GOOD * best)
