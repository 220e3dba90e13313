"""A plan as ``--json`` tells it. Money in US dollars, times in seconds."""

from typing import TYPE_CHECKING

from pydantic import BaseModel

if TYPE_CHECKING:
    from enrichment_assets.companies.intake import CompanyList
    from enrichment_assets.planning.estimate import Range
    from enrichment_assets.planning.plan import Plan
    from enrichment_assets.storage.lifetime import Lifetime


class Between(BaseModel):
    """What is expected, and what it will hardly be below and above."""

    low: float = 0.0
    expected: float = 0.0
    high: float = 0.0

    @classmethod
    def of(cls, range_: "Range | None") -> "Between":
        """None is nothing."""
        if range_ is None:
            return cls()
        return cls(low=round(range_.low, 9), expected=round(range_.expected, 9), high=round(range_.high, 9))


class PlannedArtifact(BaseModel):
    """How the companies stand with an artifact, how many will be made, and what that costs, also by provider."""

    fresh: int
    skip: int
    outdated: int
    expired: int
    missing: int
    to_make: Between
    cost_usd: Between
    providers: dict[str, Between]


class PlannedProvider(BaseModel):
    """Calls to a provider and what they cost."""

    calls: Between
    cost_usd: Between


class BindingLimit(BaseModel):
    """What decides how long the run takes, and its setting."""

    limit: str
    setting: str


class PlannedPushes(BaseModel):
    """Pushes, and how much of the webhook's life is used up; ``limit`` is null where there is none."""

    pushes: Between
    submitted: int
    limit: int | None


class PlannedBudget(BaseModel):
    """How many of the companies that need work a budget reaches."""

    usd: float
    companies: Between


class PlanDocument(BaseModel):
    """What a run over a list would take. ``limits_s``: what each limit alone would take. ``basis``: where from."""

    list: str
    rows: int
    companies: int
    duplicates: int
    rejected: int
    companies_to_work_on: int
    cost_usd: Between
    artifacts: dict[str, PlannedArtifact]
    providers: dict[str, PlannedProvider]
    duration_s: Between
    binding_limit: BindingLimit | None
    limits_s: dict[str, float]
    webhook: PlannedPushes | None
    budget: PlannedBudget | None
    basis: tuple[str, ...]


def document_of(companies: "CompanyList", plan: "Plan", lifetime: "Lifetime | None") -> PlanDocument:
    """The whole plan for a program."""
    counts, between, duration = companies.counts, Between.of, plan.duration
    return PlanDocument(
        list=str(companies.path),
        rows=companies.rows.height,
        companies=plan.companies,
        duplicates=counts["duplicate"],
        rejected=counts["rejected"],
        companies_to_work_on=plan.touched,
        cost_usd=between(plan.cost),
        artifacts={
            name: PlannedArtifact(
                fresh=stand.get("fresh", 0),
                skip=stand.get("skip", 0),
                outdated=stand.get("outdated", 0),
                expired=stand.get("expired", 0),
                missing=stand.get("missing", 0),
                to_make=between(plan.made.get(name)),
                cost_usd=between(plan.by_artifact.get(name)),
                providers={other: between(usd) for (own, other), usd in plan.cells.items() if own == name},
            )
            for name, stand in plan.states.items()
        },
        providers={
            name: PlannedProvider(calls=between(plan.calls[name]), cost_usd=between(usd))
            for name, usd in plan.by_provider.items()
        },
        duration_s=between(duration.seconds),
        binding_limit=BindingLimit(limit=duration.binds, setting=duration.setting) if plan.touched else None,
        limits_s={name: round(seconds, 3) for name, seconds in duration.by_limit.items()},
        webhook=None
        if lifetime is None
        else PlannedPushes(pushes=between(plan.pushes), submitted=lifetime.submitted, limit=lifetime.limit or None),
        budget=None if plan.budget_usd is None else PlannedBudget(usd=plan.budget_usd, companies=between(plan.reach)),
        basis=tuple(plan.basis),
    )
