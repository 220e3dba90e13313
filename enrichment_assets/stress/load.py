"""The load itself: callers that ask one call after the other, ever more of them, until a knee shows."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from enrichment_assets.core.errors import (
    BudgetReachedError,
    CircuitOpenError,
    MisconfiguredError,
    OutOfCreditError,
    PermanentError,
    TransientError,
)
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.stress.knee import Step, is_past_knee, knee_of, step_of
from enrichment_assets.stress.targets import Target, open_target

AFTER_ERROR_S: Final = 0.05
"""Pause of a caller after a call that failed."""
ENOUGH: Final = 40
"""Answers between two 429s that tell a rate: off by one at worst."""
SETTLED: Final = 0.4
"""Part of a step after which its throughput counts: a provider's burst is used up by then."""
HOLDS: Final = 3
"""The load at the knee is held for what is left of the time, at least as long as so many steps."""
ROOM: Final = 2.0
"""A step may ask so many times as fast as its callers would at the latency of the step before."""
LEAST_S: Final = 0.001
PATIENCE_S: Final = 30.0
"""How long calls under way at the end of a step are waited for."""
ARTIFACT: Final = "stress"


class _OverError(Exception):
    """The step is over, and this call has not been made."""


@dataclass
class Result:
    """What was found. ``held`` is the load at the knee, held for longer; ``stopped`` says what ended it early."""

    provider: str
    steps: list[Step] = field(default_factory=list)
    held: Step | None = None
    usd: float = 0.0
    stopped: str = ""
    refused: bool = False
    """Whether the provider has limited the rate (429) at the knee."""

    @property
    def knee(self) -> Step | None:
        """The lightest load with nearly the best throughput."""
        return self.held or knee_of(self.steps)


def ramp(most: int) -> list[int]:
    """1, 2, 4 … up to the most."""
    levels = [1]
    while levels[-1] * 2 < most:
        levels.append(levels[-1] * 2)
    return levels if most == 1 else [*levels, most]


async def stress(
    settings: Settings,
    provider: str,
    *,
    concurrency: int,
    duration_s: float,
    budget_usd: float,
    on_step: Callable[[Step], None] = lambda _: None,
) -> Result:
    """Ask the provider ever more at once. Raises MisconfiguredError where it cannot be asked at all."""
    result = Result(provider)
    ledger = Ledger(run_cap_usd=budget_usd, company_cap_usd=max(budget_usd, 1e-9))
    levels = ramp(concurrency)
    each_s = duration_s / (len(levels) + HOLDS)
    ends = monotonic() + duration_s
    async with open_target(settings, provider) as target:
        for level in levels:
            if result.steps:
                target.pace(level / max(result.steps[-1].p50_s, LEAST_S) * ROOM)
            step = await _step(target, ledger, level, each_s, result)
            if step is not None:
                result.steps.append(step)
                on_step(step)
            if result.stopped or (result.steps and is_past_knee(result.steps)):
                break
        knee = knee_of(result.steps)
        if knee is not None and not result.stopped:
            held = await _step(target, ledger, knee.concurrency, max(each_s * HOLDS, ends - monotonic()), result)
            if held is not None and not result.stopped:
                result.held = held
                result.refused = target.pacer.was_limited
    result.usd = ledger.spent_usd
    return result


@dataclass
class _Seen:
    started: float
    answers: list[tuple[float, float]] = field(default_factory=list)
    limited: list[float] = field(default_factory=list)
    errors: int = 0


async def _step(target: Target, ledger: Ledger, level: int, seconds: float, result: Result) -> Step | None:
    """So many callers for so many seconds; None where nobody was asked."""
    seen, before = _Seen(monotonic()), ledger.spent_usd
    ends = seen.started + seconds
    calling = [asyncio.create_task(_caller(target, ledger, ends, seen, result)) for _ in range(level)]
    await asyncio.wait(calling, timeout=seconds)
    # Who waits for a turn goes home; what is under way has been paid for, and the pacer has to hear of it.
    target.pacer.refuse_waiting(_OverError)
    await asyncio.wait(calling, timeout=PATIENCE_S)
    for task in calling:
        task.cancel()
    for error in await asyncio.gather(*calling, return_exceptions=True):
        if isinstance(error, Exception):
            raise error
    took = min(seconds, monotonic() - seen.started)
    if not seen.answers and not seen.limited and not seen.errors:
        return None
    return step_of(
        level,
        took,
        [latency for _, latency in seen.answers],
        per_s=_per_s(seen, took),
        limited=len(seen.limited),
        errors=seen.errors,
        usd=ledger.spent_usd - before,
    )


def _per_s(seen: _Seen, took: float) -> float:
    """Answers per second: from the first 429 to the last, when the provider's bucket was empty; else once settled."""
    times = [at for at, _ in seen.answers]
    if seen.limited:
        first, last = min(seen.limited), max(seen.limited)
        between = sum(first < at <= last for at in times)
        if between >= ENOUGH and last - first >= SETTLED * took:
            return between / (last - first)
    settled, ends = seen.started + SETTLED * took, seen.started + took
    return sum(settled <= at <= ends for at in times) / (ends - settled)


async def _caller(target: Target, ledger: Ledger, ends: float, seen: _Seen, result: Result) -> None:
    while monotonic() < ends and not result.stopped:
        scope = ledger.scope("", ARTIFACT)
        try:
            await target.ask(scope)
        except (OutOfCreditError, MisconfiguredError) as error:
            result.stopped = result.stopped or str(error)
        except _OverError:
            return
        except BudgetReachedError:
            result.stopped = result.stopped or "the budget is used up"
        except CircuitOpenError as error:
            result.stopped = result.stopped or f"it asks to be left alone ({error.message})"
        except (TransientError, PermanentError) as error:
            if isinstance(error, TransientError) and error.cause == "limited":
                seen.limited.append(monotonic())
            else:
                seen.errors += 1
                await asyncio.sleep(AFTER_ERROR_S)
        else:
            latency_s = scope.charges[-1].latency_s if scope.charges else 0.0
            seen.answers.append((monotonic(), latency_s))
