"""Money: what is spent plus what is set aside never passes a cap, at any concurrency."""

import asyncio
import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment_assets.core.errors import BudgetReachedError, NotSentError, TransientError
from enrichment_assets.providers.call.circuit import Circuit
from enrichment_assets.providers.call.ledger import NANO, Ledger, Reservation
from enrichment_assets.providers.call.limiter import Limiter
from enrichment_assets.providers.call.pipeline import CallPipeline
from enrichment_assets.providers.call.retry import RetryPolicy

cents = st.integers(0, 60).map(lambda tenths: tenths / 1_000)
ENDS = ["answered", "answered", "refused", "no answer", "not sent", "cancelled"]
calls = st.lists(
    st.tuples(
        st.integers(0, 2),
        st.integers(0, 20_000_000).map(lambda nano: nano / NANO),
        st.sampled_from([0.0, 0.4, 1.0]),
        st.lists(st.sampled_from(ENDS), min_size=1, max_size=3),
        st.integers(0, 3),
    ),
    min_size=5,
    max_size=40,
)
"""Which company, worst case in USD, the part of it that is charged, how attempts end, how long they take."""


@settings(max_examples=150)
@given(calls=calls, run_cap=cents, company_cap=cents, in_flight=st.sampled_from([1, 3, 50]), usual=st.floats(0, 1))
def test_what_providers_charge_never_passes_a_cap(
    calls: list[tuple[int, float, float, list[str], int]],
    run_cap: float,
    company_cap: float,
    in_flight: int,
    usual: float,
) -> None:
    """Also for calls whose answer never came: the provider may have charged all that was set aside for them."""
    ledger = Ledger(run_cap_usd=run_cap, company_cap_usd=company_cap)
    companies = [f"c{n}.com" for n in range(3)]
    charged: dict[str, float] = dict.fromkeys(companies, 0.0)
    pipeline = CallPipeline(
        "openrouter",
        Limiter(rate=1e9, in_flight=in_flight),
        Circuit("openrouter", failures=10**6),
        RetryPolicy(base_delay_s=0.0),
    )

    async def call(which: int, worst: float, part: float, ends: list[str], turns: int) -> None:
        company = companies[which]
        left = list(ends)

        async def attempt(reservation: Reservation) -> None:
            end = left.pop() if left else "answered"
            for _ in range(turns):
                await asyncio.sleep(0)
            if end in {"answered", "no answer", "cancelled"}:
                charged[company] += worst * part
            if end == "answered":
                reservation.commit(usd=worst * part, ok=True)
            elif end == "cancelled":
                raise asyncio.CancelledError
            elif end == "refused":
                reservation.commit(usd=0.0, ok=False, status=503)
                raise TransientError("openrouter", "HTTP 503", 503)
            elif end == "not sent":
                raise NotSentError("openrouter", "no connection")
            else:
                raise TransientError("openrouter", "no whole answer within 1 s")

        scope = ledger.scope(company, "icp")
        with contextlib.suppress(BudgetReachedError, TransientError, asyncio.CancelledError):
            await pipeline.call(scope, attempt, worst_usd=worst, unanswered_usd=worst * usual)

    async def run() -> None:
        await asyncio.wait_for(asyncio.gather(*(call(*one) for one in calls)), 20)

    asyncio.run(run())
    assert sum(charged.values()) <= run_cap + 1e-9
    assert max(charged.values()) <= company_cap + 1e-9
    assert ledger.spent_usd <= run_cap + 1e-9
    assert ledger.reserved_usd == 0
    assert ledger.spent_usd == pytest.approx(sum(spent for _, spent in ledger.totals().values()), abs=1e-9)


def test_a_provider_that_charges_more_than_the_worst_case_is_booked_as_it_charged_and_warned_of(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ledger = Ledger(run_cap_usd=0.01, company_cap_usd=1.0)
    scope = ledger.scope("acme.com", "news")
    with scope.reserve("serper", 0.001) as reservation:
        reservation.commit(usd=0.02, ok=True)
    assert ledger.spent_usd == 0.02
    assert "serper charged $0.020000" in caplog.text
    with pytest.raises(BudgetReachedError):
        scope.reserve("serper", 0.001)


def test_an_attempt_that_ends_without_an_answer_is_booked_as_failed_at_its_list_price() -> None:
    ledger = Ledger(run_cap_usd=None, company_cap_usd=1.0)
    scope = ledger.scope("acme.com", "website")
    with pytest.raises(TimeoutError), scope.reserve("spider", 0.01, unanswered_usd=0.0001):
        raise TimeoutError
    assert scope.cost_usd == 0.0001
    assert [charge.ok for charge in scope.charges] == [False]
    assert ledger.totals() == {("website", "spider"): (1, 0.0001)}


def test_an_attempt_without_an_answer_counts_against_the_cap_at_its_worst() -> None:
    ledger = Ledger(run_cap_usd=0.015, company_cap_usd=1.0)
    scope = ledger.scope("acme.com", "website")
    with pytest.raises(TimeoutError), scope.reserve("spider", 0.01, unanswered_usd=0.0001):
        raise TimeoutError
    with pytest.raises(BudgetReachedError, match=r"\$0\.0100 spent \(calls without an answer at their worst\)"):
        scope.reserve("spider", 0.01)
    assert ledger.spent_usd == 0.0001


async def test_a_call_waits_for_room_that_calls_in_flight_will_leave() -> None:
    ledger = Ledger(run_cap_usd=0.010, company_cap_usd=1.0)
    first, second = ledger.scope("a.com", "icp"), ledger.scope("b.com", "icp")
    reservation = first.reserve("openrouter", 0.008)
    waiting = asyncio.create_task(second.wait_for_room(0.008))
    await asyncio.sleep(0)
    assert not waiting.done()
    reservation.commit(usd=0.001, ok=True)
    await asyncio.wait_for(waiting, 30)
    with pytest.raises(BudgetReachedError):
        await second.wait_for_room(0.0095)
