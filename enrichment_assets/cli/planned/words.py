"""A plan in a line and in words."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from enrichment_assets.storage.lifetime import WHAT_TO_DO

if TYPE_CHECKING:
    from enrichment_assets.planning.estimate import Range
    from enrichment_assets.planning.plan import Plan
    from enrichment_assets.storage.lifetime import Lifetime

STATES = ("fresh", "skip", "outdated", "expired", "missing")


def as_line(plan: "Plan") -> str:
    """The plan in one line."""
    work = f"{plan.touched} of {plan.companies} companies need work"
    if not plan.touched:
        return f"Plan: all {plan.companies} companies are fresh: nothing is bought."
    return f"Plan: {work}, about {money(plan.cost)}, about {time(plan.duration.seconds)}. (enrich plan says more)"


def money(range_: "Range") -> str:
    """``$0.29 ($0.22 to $0.36)``."""
    return f"{dollars(range_.expected)} ({dollars(range_.low)} to {dollars(range_.high)})"


def dollars(usd: float) -> str:
    """As exact as it matters."""
    return f"${usd:.2f}" if usd >= 10 or not usd else f"${usd:.4f}"


def time(seconds: "Range") -> str:
    """``2 minutes (1 to 3)``, in the unit that fits."""
    size, unit = next(
        ((size, unit) for size, unit in ((3_600, "hours"), (60, "minutes")) if seconds.expected >= 2 * size),
        (1, "seconds"),
    )
    form = ".1f" if unit == "hours" else ".0f"
    return f"{seconds.expected / size:{form}} {unit} ({seconds.low / size:{form}} to {seconds.high / size:{form}})"


def in_words(plan: "Plan", lifetime: "Lifetime | None") -> str:
    """The whole plan for a person."""
    lines = [_row("artifact", *STATES, "to make", "expected", "low", "high")]
    for name, counts in plan.states.items():
        made, usd = plan.made.get(name), plan.by_artifact.get(name)
        states = (counts.get(state, 0) for state in STATES)
        lines.append(_row(name, *states, f"{made.expected if made else 0:.0f}", *_amounts(usd)))
    lines += ["", _row("provider", "calls", "from", "to", "expected", "low", "high")]
    for name, usd in sorted(plan.by_provider.items(), key=lambda one: (-one[1].expected, one[0])):
        calls = plan.calls[name]
        if round(calls.high):
            lines.append(_row(name, *(f"{n:.0f}" for n in (calls.expected, calls.low, calls.high)), *_amounts(usd)))
    lines += ["", f"Cost: about {money(plan.cost)}; 9 of 10 such runs end in between."]
    if plan.touched:
        duration = plan.duration
        lines.append(f"Time: about {time(duration.seconds)}. What binds: {duration.binds} ({duration.setting}).")
    if lifetime is not None and plan.pushes is not None:
        lines += _pushes(plan.pushes, lifetime)
    if plan.reach is not None and plan.budget_usd is not None:
        reach = plan.reach
        lines.append(
            f"A budget of {dollars(plan.budget_usd)} reaches about {reach.expected:.0f} "
            f"({reach.low:.0f} to {reach.high:.0f}) of {plan.touched} companies."
        )
    return "\n".join([*lines, *plan.basis])


def _row(name: str, *cells: object) -> str:
    return f"{name:<18}" + "".join(f"{cell:>10}" for cell in cells)


def _amounts(usd: "Range | None") -> Sequence[str]:
    return [dollars(one) for one in (usd.expected, usd.low, usd.high)] if usd is not None and usd.high else []


def _pushes(pushes: "Range", lifetime: "Lifetime") -> Iterator[str]:
    number = f"{pushes.expected:.0f} pushes ({pushes.low:.0f} to {pushes.high:.0f})"
    yield f"Webhook: about {number}; {_left(lifetime)}."
    if lifetime.limit and pushes.expected > lifetime.limit - lifetime.submitted:
        yield f"  That is more than it will take: {WHAT_TO_DO}."


def _left(lifetime: "Lifetime") -> str:
    if not lifetime.limit:
        return f"{lifetime.submitted} submissions so far, no limit is set"
    return f"{max(0, lifetime.limit - lifetime.submitted):,} of {lifetime.limit:,} submissions left"
