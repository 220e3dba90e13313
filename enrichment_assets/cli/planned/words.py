"""A plan in a line, in words, and as JSON."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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
    head = (
        f"{'artifact':<18}"
        + "".join(f"{state:>9}" for state in STATES)
        + f"{'to make':>10}{'expected':>11}{'low':>10}{'high':>10}"
    )
    lines = [head]
    for name, counts in plan.states.items():
        made, usd = plan.made.get(name), plan.by_artifact.get(name)
        row = f"{name:<18}" + "".join(f"{counts.get(state, 0):>9}" for state in STATES)
        row += f"{made.expected if made else 0:>10.0f}"
        row += f"{dollars(usd.expected):>11}{dollars(usd.low):>10}{dollars(usd.high):>10}" if usd and usd.high else ""
        lines.append(row)
    lines += ["", f"{'provider':<18}{'calls':>9}{'from':>9}{'to':>9}{'expected':>11}{'low':>10}{'high':>10}"]
    for name, usd in sorted(plan.by_provider.items(), key=lambda one: (-one[1].expected, one[0])):
        calls = plan.calls[name]
        if round(calls.high):
            row = f"{name:<18}{calls.expected:>9.0f}{calls.low:>9.0f}{calls.high:>9.0f}"
            lines.append(
                row + (f"{dollars(usd.expected):>11}{dollars(usd.low):>10}{dollars(usd.high):>10}" if usd.high else "")
            )
    lines += ["", f"Cost: about {money(plan.cost)}; 19 of 20 such runs end in between."]
    if plan.touched:
        lines.append(
            f"Time: about {time(plan.duration.seconds)}. What binds: {plan.duration.binds} ({plan.duration.setting})."
        )
    if lifetime is not None and plan.pushes is not None:
        lines.append(
            f"Webhook: about {plan.pushes.expected:.0f} pushes ({plan.pushes.low:.0f} to {plan.pushes.high:.0f}); {_left(lifetime)}."
        )
        if lifetime.limit and plan.pushes.expected > lifetime.limit - lifetime.submitted:
            lines.append(
                "  That is more than it will take: make a new webhook source in Clay and set CLAY_WEBHOOK_URL."
            )
    if plan.reach is not None and plan.budget_usd is not None:
        reach = plan.reach
        lines.append(
            f"A budget of {dollars(plan.budget_usd)} reaches about {reach.expected:.0f} "
            f"({reach.low:.0f} to {reach.high:.0f}) of {plan.touched} companies."
        )
    return "\n".join([*lines, *plan.basis])


def _left(lifetime: "Lifetime") -> str:
    if not lifetime.limit:
        return f"{lifetime.submitted} submissions so far, no limit is set"
    return f"{max(0, lifetime.limit - lifetime.submitted):,} of {lifetime.limit:,} submissions left"


def as_document(plan: "Plan", lifetime: "Lifetime | None") -> dict[str, Any]:
    """The whole plan for a program. Money in US dollars, times in seconds."""
    return {
        "companies": plan.companies,
        "companies_to_work_on": plan.touched,
        "cost_usd": _range(plan.cost),
        "artifacts": {
            name: {
                **{state: counts.get(state, 0) for state in STATES},
                "to_make": _range(plan.made.get(name)),
                "cost_usd": _range(plan.by_artifact.get(name)),
                "providers": {other: _range(usd) for (own, other), usd in plan.cells.items() if own == name},
            }
            for name, counts in plan.states.items()
        },
        "providers": {
            name: {"calls": _range(plan.calls[name]), "cost_usd": _range(usd)} for name, usd in plan.by_provider.items()
        },
        "duration_s": _range(plan.duration.seconds),
        "binding_limit": {"limit": plan.duration.binds, "setting": plan.duration.setting} if plan.touched else None,
        "limits_s": {name: round(seconds, 3) for name, seconds in plan.duration.by_limit.items()},
        "webhook": None
        if lifetime is None
        else {"pushes": _range(plan.pushes), "submitted": lifetime.submitted, "limit": lifetime.limit or None},
        "budget": None if plan.budget_usd is None else {"usd": plan.budget_usd, "companies": _range(plan.reach)},
        "basis": list(plan.basis),
    }


def _range(range_: "Range | None") -> Mapping[str, float]:
    if range_ is None:
        return {"low": 0.0, "expected": 0.0, "high": 0.0}
    return {"low": round(range_.low, 9), "expected": round(range_.expected, 9), "high": round(range_.high, 9)}
