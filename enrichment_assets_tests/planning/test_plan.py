"""A plan against the sandbox's bill: what it says beforehand is what is paid afterwards."""

from collections.abc import Sequence
from pathlib import Path

from enrichment_assets.artifacts.catalog import load_catalog
from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cli.planned.making import plan_companies
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.planning.plan import Choice, Plan
from enrichment_assets.sandbox.process import Sandbox

QUESTION = """name: charges
question: How does it charge?
answer: {type: enum, values: [per_seat, usage, flat, quote_only]}
pages: [home, pricing]
"""


def companies(list_name: str, count: int) -> list[Company]:
    return [Company(f"{list_name}{number}.com", f"{list_name} {number} Works") for number in range(count)]


def planned(
    settings: Settings, wanted: Sequence[Company], *, budget_usd: float | None = None, refresh: bool = False
) -> Plan:
    catalog = load_catalog(settings)
    choice = Choice(frozenset(catalog), frozenset(), 30, refresh, budget_usd)
    return plan_companies(settings, catalog, [company.domain for company in wanted], choice)


def ran(settings: Settings, wanted: Sequence[Company], sandbox: Sandbox) -> float:
    """What the sandbox has billed for it."""
    before = billed(sandbox)
    with open_instance(settings) as instance:
        done = run_list(instance, wanted, settings=settings, parallel=30)
    assert done.result is not None
    return billed(sandbox) - before


def billed(sandbox: Sandbox) -> float:
    return sum(float(provider["usd"]) for provider in sandbox.bill().values())


def test_runs_cost_what_their_plans_say(tmp_path: Path, sandbox: Sandbox) -> None:
    """By assumptions first, then by this home's records; a list that was run costs nothing more."""
    settings = sandbox.settings(dagster_home=tmp_path / "home")
    first, second = companies("first", 60), companies("second", 60)
    before = billed(sandbox)
    plan = planned(settings, first)
    assert billed(sandbox) == before
    assert plan.touched == 60
    assert plan.cost.low <= ran(settings, first, sandbox) <= plan.cost.high

    by_records, by_assumptions = planned(settings, second, budget_usd=0.004), plan
    assert by_records.cost.high / by_records.cost.low < by_assumptions.cost.high / by_assumptions.cost.low
    assert by_records.reach is not None
    assert 0 < by_records.reach.low < by_records.reach.expected < by_records.reach.high < 60
    usd = ran(settings, second, sandbox)
    assert by_records.cost.low <= usd <= by_records.cost.high
    serper = by_records.calls["serper"]
    assert serper.low < serper.expected < serper.high

    again = planned(settings, [*first, *second])
    assert again.cost.high == 0.0
    assert again.touched == 0
    anew = planned(settings, second, refresh=True)
    assert anew.cost.low <= usd <= anew.cost.high


def test_a_new_question_costs_what_its_rehearsal_says(tmp_path: Path, sandbox: Sandbox) -> None:
    """Nobody has asked it before: the pages that are stored, the real prompt and the model's price tell."""
    (tmp_path / "questions").mkdir()
    settings = sandbox.settings(dagster_home=tmp_path / "home", enrichment_questions_dir=tmp_path / "questions")
    wanted = companies("asked", 60)
    ran(settings, wanted, sandbox)
    (tmp_path / "questions" / "charges.yaml").write_text(QUESTION)
    plan = planned(settings, wanted)
    usd = ran(settings, wanted, sandbox)
    assert plan.cost.low <= usd <= plan.cost.high
    assert abs(plan.cost.expected / usd - 1) < 0.15
    assert "charges" in plan.basis[0]
