"""Money: what is spent plus what is set aside never passes a cap, at any concurrency."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment_assets.providers.errors import BudgetReachedError
from enrichment_assets.providers.ledger import NANO, Ledger

usd = st.integers(0, 50_000_000).map(lambda nano: nano / NANO)
calls = st.lists(
    st.tuples(
        st.integers(0, 4), usd, st.floats(0, 1), st.sampled_from(["settle", "raise", "cancel"]), st.integers(0, 3)
    ),
    max_size=60,
)


@settings(max_examples=150, deadline=None)
@given(calls=calls, run_cap=usd, company_cap=usd, wait=st.booleans())
def test_spending_never_passes_a_cap(
    calls: list[tuple[int, float, float, str, int]], run_cap: float, company_cap: float, wait: bool
) -> None:
    ledger = Ledger(run_cap_usd=run_cap, company_cap_usd=company_cap)
    accounts = [ledger.account(f"c{n}.com", "icp") for n in range(5)]
    most = 0.0

    async def call(which: int, worst: float, part: float, end: str, turns: int) -> None:
        nonlocal most
        account = accounts[which]
        try:
            if wait:
                await account.wait_for_room(worst)
            with account.reserve("openrouter", worst) as reservation:
                for _ in range(turns):
                    await asyncio.sleep(0)
                    most = max(most, ledger.spent_usd + ledger.reserved_usd)
                if end == "settle":
                    reservation.settle(usd=worst * part, ok=True)
                elif end == "cancel":
                    reservation.cancel()
                else:
                    raise ConnectionError  # noqa: TRY301 - leaves the block as a cut connection does
        except (BudgetReachedError, ConnectionError):
            pass

    async def run() -> None:
        await asyncio.wait_for(asyncio.gather(*(call(*one) for one in calls)), 5)

    asyncio.run(run())
    assert max(most, ledger.spent_usd) <= run_cap + 1e-12
    assert all(account.cost_usd <= company_cap + 1e-12 for account in accounts)
    assert ledger.reserved_usd == 0
    assert ledger.spent_usd == pytest.approx(sum(account.cost_usd for account in accounts), abs=1e-12)
    assert ledger.spent_usd == pytest.approx(sum(spent for _, spent in ledger.totals().values()), abs=1e-12)


def test_a_provider_that_charges_more_than_the_worst_case_is_booked_as_it_charged() -> None:
    ledger = Ledger(run_cap_usd=0.01, company_cap_usd=1.0)
    account = ledger.account("acme.com", "news")
    with account.reserve("serper", 0.001) as reservation:
        reservation.settle(usd=0.02, ok=True)
    assert ledger.spent_usd == 0.02
    assert ledger.overruns == 1
    with pytest.raises(BudgetReachedError):
        account.reserve("serper", 0.001)
    assert ledger.cap_reached


def test_an_attempt_that_ends_without_an_answer_is_booked_as_failed_at_its_list_price() -> None:
    ledger = Ledger(run_cap_usd=None, company_cap_usd=1.0)
    account = ledger.account("acme.com", "website")
    with pytest.raises(TimeoutError), account.reserve("spider", 0.01, unanswered_usd=0.0001):
        raise TimeoutError
    assert account.cost_usd == 0.0001
    assert [charge.ok for charge in account.charges] == [False]
    assert ledger.totals() == {("website", "spider"): (1, 0.0001)}


async def test_a_call_waits_for_room_that_calls_in_flight_will_leave() -> None:
    ledger = Ledger(run_cap_usd=0.010, company_cap_usd=1.0)
    first, second = ledger.account("a.com", "icp"), ledger.account("b.com", "icp")
    reservation = first.reserve("openrouter", 0.008)
    waiting = asyncio.create_task(second.wait_for_room(0.008))
    await asyncio.sleep(0)
    assert not waiting.done()
    reservation.settle(usd=0.001, ok=True)
    await asyncio.wait_for(waiting, 1)
    with pytest.raises(BudgetReachedError):
        await second.wait_for_room(0.0095)
