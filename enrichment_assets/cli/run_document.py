"""What came of ``enrich run``, as ``--json`` and ``--output FILE.json`` tell it."""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel

from enrichment_assets.companies.intake import CompanyList
from enrichment_assets.engine.summary import RowOutcome, Summary


class ProviderCalls(BaseModel):
    """Attempts at one provider, and US dollars."""

    calls: int
    cost_usd: float


class RunSummary(BaseModel):
    """A run over a list. ``outcomes`` are rows and add up to ``rows``; ``gates_passed`` are companies."""

    rows: int
    companies: int
    outcomes: dict[str, int]
    gates_passed: dict[str, int]
    webhooks_pushed: int
    deliveries: dict[str, int]
    rejected: dict[str, int]
    total_cost_usd: float
    providers: dict[str, ProviderCalls]
    duration_s: float


class RunDocument(BaseModel):
    """How a run ended.

    ``refused``: an account does not work, and nothing was bought; ``broken_off``: something other than its companies
    ended it. Both have no summary, and ``problems`` say why. ``resume`` goes on where something is left.
    """

    run_id: str
    ended: Literal["complete", "interrupted", "refused", "broken_off"]
    exit_status: int
    summary: RunSummary | None = None
    failures: dict[str, str] = {}
    problems: list[str] = []
    resume: str | None = None


def summary_of(
    summary: Summary,
    companies: CompanyList,
    by_outcome: Mapping[RowOutcome, int],
    spent: Mapping[str, tuple[int, float]],
    duration_s: float,
) -> RunSummary:
    """The totals of a run. ``spent`` is attempts and US dollars by provider."""
    return RunSummary(
        rows=companies.rows.height,
        companies=len(companies.companies),
        outcomes={str(outcome): count for outcome, count in by_outcome.items()},
        gates_passed={gate.removesuffix("_pass"): summary.gate_passed[gate] for gate in summary.catalog.gates},
        webhooks_pushed=summary.pushed,
        deliveries=dict(summary.deliveries),
        rejected=companies.rejections,
        total_cost_usd=round(sum(usd for _, usd in spent.values()), 9),
        providers={
            name: ProviderCalls(calls=attempts, cost_usd=round(usd, 9)) for name, (attempts, usd) in spent.items()
        },
        duration_s=round(duration_s, 3),
    )
