"""The limiter against a provider whose bucket is known to nobody but the provider."""

import asyncio
import contextlib
from time import monotonic

import pytest

from enrichment_assets.providers.circuit import Circuit
from enrichment_assets.providers.errors import (
    CircuitOpenError,
    MisconfiguredError,
    OutOfCreditError,
    ProviderError,
    TransientError,
)
from enrichment_assets.providers.ledger import Account, Ledger, Reservation
from enrichment_assets.providers.limiter import Limiter
from enrichment_assets.providers.line import Line
from enrichment_assets.providers.retry import RetryPolicy, retry_after_s
from enrichment_assets.providers.serper import Serper
from enrichment_assets.providers.transport import api_connector, open_transport
from enrichment_assets.sandbox.process import Sandbox


@pytest.mark.parametrize(("rate", "steady_from_s", "seconds"), [(10, 7, 15), (50, 3, 8), (300, 3, 8)])
async def test_the_rate_settles_just_below_the_providers_own(
    sandbox: Sandbox, rate: int, steady_from_s: int, seconds: int
) -> None:
    """Ceilings far above the provider's bucket, no Retry-After; of 10 calls per second it takes longer to learn."""
    await asyncio.to_thread(sandbox.limits, {"serper": {"rate": rate, "burst": rate}})
    settings = sandbox.settings()
    limiter = Limiter(rate=1_000, in_flight=100)
    line = Line("serper", limiter, Circuit("serper"), RetryPolicy(attempts=1))
    transport = open_transport(api_connector(0))
    serper = Serper(transport, line, settings)
    account = Ledger(run_cap_usd=None, company_cap_usd=1e6).account("acme.com", "news")

    async def ask() -> None:
        while True:
            with contextlib.suppress(TransientError):
                await serper.news("acme.com", account)

    asking = [asyncio.create_task(ask()) for _ in range(100)]
    await asyncio.sleep(seconds)
    for task in asking:
        task.cancel()
    await asyncio.wait(asking)
    await transport.aclose()
    assert {charge.status for charge in account.charges if charge.status} <= {200, 429}
    traffic = (await asyncio.to_thread(sandbox.traffic))["serper"]
    accepted, refused = traffic["accepted_by_second"][:seconds], traffic["refused_by_second"][:seconds]
    steady = sum(accepted[steady_from_s:-1]) / len(accepted[steady_from_s:-1])
    print(f"bucket {rate}/s: {steady / rate:.1%}, 429s {refused}, accepted {accepted}")
    assert steady >= 0.95 * rate
    assert sum(refused[steady_from_s:]) <= 0.05 * sum(accepted[steady_from_s:])


async def test_retry_after_pauses_everybody_who_waits() -> None:
    limiter = Limiter(rate=1_000, in_flight=10)
    started = await limiter.acquire()
    limiter.limited(started, 0.3)
    limiter.release()
    before = monotonic()
    await asyncio.gather(limiter.acquire(), limiter.acquire())
    assert monotonic() - before >= 0.29


async def test_overload_halves_the_window_at_once_and_success_grows_it_slowly() -> None:
    limiter = Limiter(rate=10_000, in_flight=40)
    started = [await limiter.acquire() for _ in range(40)]
    limiter.overloaded(started[0])
    limiter.overloaded(started[1])
    assert limiter.window == 20
    for _ in range(40):
        limiter.accepted()
    assert 21 <= limiter.window <= 23


async def test_a_cancelled_wait_gives_its_place_back() -> None:
    limiter = Limiter(rate=1_000, in_flight=1)
    await limiter.acquire()
    waiting = asyncio.create_task(limiter.acquire())
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    limiter.release()
    await asyncio.wait_for(limiter.acquire(), 1)


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_circuit_opens_after_a_spell_of_failures_and_a_probe_closes_it() -> None:
    clock = Clock()
    circuit = Circuit("spider", failures=3, after_s=2, probe_s=5, clock=clock)
    for _ in range(3):
        circuit.failed("HTTP 500")
    circuit.check()
    clock.now += 2
    circuit.failed("HTTP 500")
    with pytest.raises(CircuitOpenError, match="HTTP 500"):
        circuit.check()
    clock.now += 5
    circuit.check()
    with pytest.raises(CircuitOpenError):
        circuit.check()
    circuit.succeeded()
    circuit.check()


async def test_a_call_from_before_the_outage_lets_no_second_probe_through() -> None:
    clock = Clock()
    circuit = Circuit("spider", failures=1, after_s=0, probe_s=5, clock=clock)
    line = Line("spider", Limiter(rate=1_000, in_flight=5), circuit)

    async def hanging(_reservation: Reservation) -> None:
        await asyncio.sleep(60)

    early = asyncio.create_task(line.once(account(), hanging))
    await asyncio.sleep(0)
    circuit.failed("HTTP 500")
    clock.now += 5
    probe = asyncio.create_task(line.once(account(), hanging))
    await asyncio.sleep(0)
    early.cancel()
    await asyncio.wait([early])
    with pytest.raises(CircuitOpenError):
        await line.once(account(), hanging)
    probe.cancel()
    await asyncio.wait([probe])
    assert circuit.check()


async def failing(_reservation: Reservation) -> None:
    raise TransientError("spider", "HTTP 500", 500)


def account() -> Account:
    return Ledger(run_cap_usd=None, company_cap_usd=1.0).account("acme.com", "website")


async def test_those_who_wait_for_a_provider_that_goes_down_fail_fast() -> None:
    limiter = Limiter(rate=20, in_flight=1, burst=1)
    line = Line("spider", limiter, Circuit("spider", failures=3, after_s=0, probe_s=60), RetryPolicy(3, 0.001))
    before = monotonic()
    results = await asyncio.gather(*(line.call(account(), failing) for _ in range(100)), return_exceptions=True)
    assert monotonic() - before < 3
    assert all(isinstance(result, TransientError) for result in results)
    assert sum(isinstance(result, CircuitOpenError) for result in results) >= 90


@pytest.mark.parametrize("kind", [OutOfCreditError, MisconfiguredError])
async def test_an_empty_account_or_a_wrong_key_is_asked_once(kind: type[ProviderError]) -> None:
    asked = 0

    async def attempt(_reservation: Reservation) -> None:
        nonlocal asked
        asked += 1
        raise kind("serper", "set SERPER_API_KEY", 401)

    line = Line("serper", Limiter(rate=1_000, in_flight=5), Circuit("serper"), RetryPolicy(3, 0.001))
    for _ in range(4):
        with pytest.raises(kind, match="SERPER_API_KEY"):
            await line.call(account(), attempt, worst_usd=0.001)
    assert asked == 1


async def test_a_long_retry_after_closes_the_provider_instead_of_holding_callers() -> None:
    async def attempt(_reservation: Reservation) -> None:
        raise TransientError("spider", "HTTP 503", 503, 3_600.0, "overloaded")

    line = Line("spider", Limiter(rate=1_000, in_flight=5), Circuit("spider"), RetryPolicy(3, 0.001))
    with pytest.raises(TransientError):
        await asyncio.wait_for(line.call(account(), attempt), 1)
    with pytest.raises(CircuitOpenError):
        await line.call(account(), attempt)


def test_retry_after_is_read_in_seconds_and_as_a_date() -> None:
    assert retry_after_s("2") == 2
    assert retry_after_s("0") is None
    assert retry_after_s("soon") is None
    assert retry_after_s("-5") is None
    assert retry_after_s("Wed, 21 Oct 2030 07:28:00 -999999999999") is None
    assert retry_after_s("Wed, 21 Oct 2015 07:28:00 GMT") is None
    later = retry_after_s("Wed, 21 Oct 2199 07:28:00 GMT")
    assert later is not None
    assert later > 1e6
