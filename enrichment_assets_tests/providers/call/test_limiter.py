"""The limiter against a provider whose bucket is known to nobody but the provider."""

import asyncio
import contextlib
from collections.abc import Mapping
from random import Random

import pytest

from enrichment_assets.core.errors import (
    CircuitOpenError,
    MisconfiguredError,
    OutOfCreditError,
    ProviderError,
    TransientError,
)
from enrichment_assets.providers.call.circuit import Circuit
from enrichment_assets.providers.call.ledger import CostScope, Ledger, Reservation
from enrichment_assets.providers.call.limiter import Limiter
from enrichment_assets.providers.call.pipeline import CallPipeline
from enrichment_assets.providers.call.retry import RetryPolicy, retry_after_s
from enrichment_assets.sandbox.trouble.limits import Bucket
from enrichment_assets_tests.providers.virtual_time import VirtualLoop, run_virtually

Seconds = list[int]


def calls_by_second(
    rate: float, seconds: int, seed: int, *, latency_s: float = 0.1, changes: Mapping[int, float] | None = None
) -> tuple[Seconds, Seconds]:
    """Accepted and refused by a bucket of ``rate`` (later of others), asked by 100 callers who know nothing of it."""
    dice = Random(seed)
    accepted, refused = [0] * (seconds + 1), [0] * (seconds + 1)

    async def main(loop: VirtualLoop) -> None:
        bucket = Bucket(rate, burst=rate)
        limiter = Limiter(rate=1_000, in_flight=100, clock=loop.time)
        pipeline = CallPipeline("serper", limiter, Circuit("serper", clock=loop.time), RetryPolicy(attempts=1))
        asking_account = scope()
        began = loop.time()

        async def attempt(reservation: Reservation) -> None:
            await asyncio.sleep(dice.uniform(0.1, 0.5) * latency_s)
            second = int(loop.time() - began)
            wait_s = bucket.take(loop.time())
            await asyncio.sleep(dice.uniform(0.1, 1.0) * latency_s)
            (refused if wait_s else accepted)[second] += 1
            if wait_s:
                raise TransientError("serper", "HTTP 429", 429, None, "limited")
            reservation.commit(usd=0.0, ok=True, status=200)

        async def ask() -> None:
            while True:
                with contextlib.suppress(TransientError):
                    await pipeline.call(asking_account, attempt)

        asking = [asyncio.create_task(ask()) for _ in range(100)]
        for at, new_rate in (changes or {}).items():
            await asyncio.sleep(began + at - loop.time())
            bucket.take(loop.time(), 0)
            bucket.rate = bucket.burst = new_rate
        await asyncio.sleep(began + seconds - loop.time())
        for task in asking:
            task.cancel()
        await asyncio.wait(asking)

    run_virtually(main)
    return accepted[:seconds], refused[:seconds]


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("rate", [10, 50, 300])
def test_the_rate_settles_just_below_the_providers_own(rate: int, seed: int) -> None:
    """Ceilings far above the bucket, no Retry-After. On the wire: ``python -m benchmarks --only limiter``."""
    accepted, refused = calls_by_second(rate, 40, seed)
    assert sum(accepted[10:]) >= 0.95 * rate * 30
    assert sum(refused[1:10]) <= 50
    assert sum(refused[10:]) <= 0.02 * sum(accepted[10:])


def test_a_provider_that_gives_less_is_followed_at_once_and_one_that_gives_more_within_two_minutes() -> None:
    accepted, refused = calls_by_second(50, 180, 1, changes={20: 20, 40: 80})
    assert sum(accepted[25:40]) >= 0.95 * 20 * 15
    assert sum(refused[22:40]) <= 0.1 * sum(accepted[22:40])
    assert sum(accepted[160:]) >= 0.95 * 80 * 20


def test_retry_after_pauses_everybody_who_waits() -> None:
    async def main(loop: VirtualLoop) -> float:
        limiter = Limiter(rate=1_000, in_flight=10, clock=loop.time)
        started = await limiter.acquire()
        limiter.limited(started, 30.0)
        limiter.release()
        await asyncio.gather(limiter.acquire(), limiter.acquire())
        return loop.time() - started

    assert 30 <= run_virtually(main) < 31


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
    await asyncio.wait_for(limiter.acquire(), 30)


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


def test_a_provider_that_asks_to_be_left_alone_for_years_is_probed_after_an_hour() -> None:
    clock = Clock()
    circuit = Circuit("spider", clock=clock)
    circuit.back_off(1e9, "HTTP 503")
    with pytest.raises(CircuitOpenError, match="asked to be left alone"):
        circuit.check()
    clock.now += 3_600
    assert circuit.check()


async def test_a_call_from_before_the_outage_lets_no_second_probe_through() -> None:
    clock = Clock()
    circuit = Circuit("spider", failures=1, after_s=0, probe_s=5, clock=clock)
    pipeline = CallPipeline("spider", Limiter(rate=1_000, in_flight=5), circuit)

    async def hanging(_reservation: Reservation) -> None:
        await asyncio.sleep(60)

    early = asyncio.create_task(pipeline.once(scope(), hanging))
    await asyncio.sleep(0)
    circuit.failed("HTTP 500")
    clock.now += 5
    probe = asyncio.create_task(pipeline.once(scope(), hanging))
    await asyncio.sleep(0)
    early.cancel()
    await asyncio.wait([early])
    with pytest.raises(CircuitOpenError):
        await pipeline.once(scope(), hanging)
    probe.cancel()
    await asyncio.wait([probe])
    assert circuit.check()


async def failing(_reservation: Reservation) -> None:
    raise TransientError("spider", "HTTP 500", 500)


def scope() -> CostScope:
    return Ledger(run_cap_usd=None, company_cap_usd=1.0).scope("acme.com", "website")


def test_those_who_wait_for_a_provider_that_goes_down_fail_fast() -> None:
    async def main(loop: VirtualLoop) -> tuple[list[object], float]:
        limiter = Limiter(rate=20, in_flight=1, burst=1, clock=loop.time)
        circuit = Circuit("spider", failures=3, after_s=0, probe_s=60, clock=loop.time)
        pipeline = CallPipeline("spider", limiter, circuit, RetryPolicy(3, 0.001))
        before = loop.time()
        results = await asyncio.gather(*(pipeline.call(scope(), failing) for _ in range(100)), return_exceptions=True)
        return list(results), loop.time() - before

    results, took_s = run_virtually(main)
    assert took_s < 3
    assert all(isinstance(result, TransientError) for result in results)
    assert sum(isinstance(result, CircuitOpenError) for result in results) >= 90


@pytest.mark.parametrize("kind", [OutOfCreditError, MisconfiguredError])
async def test_an_empty_account_or_a_wrong_key_is_asked_once(kind: type[ProviderError]) -> None:
    asked = 0

    async def attempt(_reservation: Reservation) -> None:
        nonlocal asked
        asked += 1
        raise kind("serper", "set SERPER_API_KEY", 401)

    pipeline = CallPipeline("serper", Limiter(rate=1_000, in_flight=5), Circuit("serper"), RetryPolicy(3, 0.001))
    for _ in range(4):
        with pytest.raises(kind, match="SERPER_API_KEY"):
            await pipeline.call(scope(), attempt, worst_usd=0.001)
    assert asked == 1


async def test_a_long_retry_after_closes_the_provider_instead_of_holding_callers() -> None:
    async def attempt(_reservation: Reservation) -> None:
        raise TransientError("spider", "HTTP 503", 503, 3_600.0, "overloaded")

    pipeline = CallPipeline("spider", Limiter(rate=1_000, in_flight=5), Circuit("spider"), RetryPolicy(3, 0.001))
    with pytest.raises(TransientError):
        await asyncio.wait_for(pipeline.call(scope(), attempt), 30)
    with pytest.raises(CircuitOpenError):
        await pipeline.call(scope(), attempt)


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
