"""Buckets that nobody told us of, over HTTP: what part of their rate is used in steady state, and at how many 429s."""

import asyncio
import contextlib
from typing import Any

from benchmarks.figure import Figure
from enrichment_assets.core.errors import TransientError
from enrichment_assets.providers.call.circuit import Circuit
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.call.limiter import Limiter
from enrichment_assets.providers.call.pipeline import CallPipeline
from enrichment_assets.providers.call.retry import RetryPolicy
from enrichment_assets.providers.http.transport import api_connector, open_transport
from enrichment_assets.providers.serper import Serper
from enrichment_assets.sandbox.process import Sandbox

SECONDS = 25
STEADY_FROM_S = 8
CALLERS = 100


def measure(quick: bool) -> list[Figure]:
    with Sandbox.start() as served:
        return [_bucket(served, rate, 4 if quick else SECONDS) for rate in (10, 50, 300)]


def _bucket(served: Sandbox, rate: int, seconds: int) -> Figure:
    served.limits({"serper": {"rate": rate, "burst": rate}})
    asyncio.run(_ask(served, seconds))
    traffic: dict[str, Any] = served.traffic()["serper"]
    accepted, refused = traffic["accepted_by_second"][:seconds], traffic["refused_by_second"][:seconds]
    steady = accepted[min(STEADY_FROM_S, seconds // 2) : -1]
    return Figure(
        f"limiter: a bucket of {rate}/s",
        f"{sum(steady) / len(steady):.1f} calls/s; 429s: {sum(refused[:2])} in the first 2 s, "
        f"{sum(refused[2:STEADY_FROM_S])} until {STEADY_FROM_S} s, {sum(refused[STEADY_FROM_S:])} after",
        f"{rate}/s",
        sum(steady) / len(steady) / rate,
        "of the bucket's rate",
        0.95,
    )


async def _ask(served: Sandbox, seconds: int) -> None:
    """Everybody asks as fast as the limiter lets them, under a ceiling far above the bucket."""
    pipeline = CallPipeline(
        "serper", Limiter(rate=1_000, in_flight=CALLERS), Circuit("serper"), RetryPolicy(attempts=1)
    )
    transport = open_transport(api_connector(0))
    serper = Serper(transport, pipeline, served.settings())
    scope = Ledger(run_cap_usd=None, company_cap_usd=1e6).scope("acme.com", "news")

    async def ask() -> None:
        while True:
            with contextlib.suppress(TransientError):
                await serper.news("acme.com", scope)

    asking = [asyncio.create_task(ask()) for _ in range(CALLERS)]
    await asyncio.sleep(seconds)
    for task in asking:
        task.cancel()
    await asyncio.wait(asking)
    await transport.aclose()
