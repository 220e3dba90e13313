"""Runs that share a budget never spend more than it together."""

import asyncio
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from enrichment_assets.core.errors import BudgetReachedError
from enrichment_assets.providers.call.ledger import NANO, Ledger
from enrichment_assets.storage.state import state_engine
from enrichment_assets.storage.together.budgets import SharedBudget

CAP = NANO // 50


@pytest.fixture(params=["sqlite", "postgres"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    sqlite = f"sqlite:///{tmp_path / 'state.db'}"
    engine = state_engine(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres"))
    yield engine
    engine.dispose()


def run(state: Engine, number: int, cost_usd: float, worst_usd: float) -> float:
    """A run of 20 companies at a time that spends until it is refused; what it spent."""
    ledger = Ledger(
        run_cap_usd=CAP / NANO,
        company_cap_usd=1.0,
        purse=SharedBudget(state, f"run-{number}", lambda _: {"backfill": CAP, "day": 3 * CAP}),
    )

    async def company(name: str) -> None:
        scope = ledger.scope(name, "icp")
        while True:
            await scope.wait_for_room(worst_usd)
            with scope.reserve("openrouter", worst_usd) as reservation:
                await asyncio.sleep(random.random() / 500)
                reservation.commit(usd=cost_usd, ok=True)

    async def all_companies() -> None:
        ended = await asyncio.gather(*(company(f"c{each}") for each in range(20)), return_exceptions=True)
        assert all(isinstance(error, BudgetReachedError) for error in ended), ended

    asyncio.run(all_companies())
    ledger.settle()
    return ledger.spent_usd


@pytest.mark.parametrize("worst_usd", [0.0001, 0.003])
def test_a_backfill_in_four_runs_never_spends_more_than_its_cap_and_nearly_all_of_it(state: Engine, worst_usd: float):
    """Nearly all where a call costs what it may: else a run may end while the others hold what they will give back."""
    with ThreadPoolExecutor(4) as threads:
        spent = sum(threads.map(lambda number: run(state, number, 0.0001, worst_usd), range(4)))
    assert 0 < round(spent * NANO) <= CAP
    if worst_usd == 0.0001:
        assert spent * NANO >= CAP - 4 * worst_usd * NANO - CAP / 50, "a run keeps less than one call costs at worst"
    assert SharedBudget(state, "later", lambda _: {"backfill": CAP}).taken()["backfill"] == round(spent * NANO)


def test_what_was_not_needed_is_the_next_run_s_and_a_killed_run_has_spent_its_block(state: Engine):
    first = SharedBudget(state, "first", lambda _: {"list": 1_000})
    assert first.take(10) == 20
    first.give_back(5)
    killed = SharedBudget(state, "killed", lambda _: {"list": 1_000})
    assert killed.take(100) == 100
    next_one = SharedBudget(state, "next", lambda _: {"list": 1_000})
    assert next_one.take(886) == 0
    assert next_one.emptied == "list"
    assert next_one.take(885) == 885


def test_the_next_day_has_a_purse_of_its_own(state: Engine):
    days = iter(["2026-11-26", "2026-11-26", "2026-11-27"])
    budget = SharedBudget(state, "run", lambda _: {next(days): 100})
    assert [budget.take(80), budget.take(80), budget.take(80)] == [80, 0, 80]
