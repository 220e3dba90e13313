"""Limits that the sandbox enforces and that stress is not told of, against what it finds.

    python -m benchmarks.stress [--provider NAME …] [--limit PER_S …] [--seconds 20]

Every provider's cheapest request at each limit, one after the other, at instant answers, and once at realistic ones.
"""

import argparse
import asyncio
import os

from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.stress.load import Result, stress

PROVIDERS = ("openrouter", "spider", "firecrawl", "serper", "brave", "webhook")
LIMITS = (5, 20, 50, 100, 300)
NAMES = {"webhook": "clay"}
"""What the sandbox calls a provider."""
WITHIN = 0.10


def found(provider: str, limit: float, seconds: float, *, latency: str = "instant", concurrency: int = 32) -> Result:
    with Sandbox.start(profile=latency) as served:
        served.limits({NAMES.get(provider, provider): {"rate": limit, "burst": limit}})
        settings = served.settings(webhook_lifetime_submissions=0)
        return asyncio.run(stress(settings, provider, concurrency=concurrency, duration_s=seconds, budget_usd=100.0))


def row(provider: str, limit: float, result: Result) -> tuple[str, bool]:
    knee = result.knee
    rate = knee.per_s if knee is not None else 0.0
    off = rate / limit - 1
    limited = sum(step.limited for step in [*result.steps, *([result.held] if result.held else [])])
    answered = sum(step.answered for step in [*result.steps, *([result.held] if result.held else [])])
    text = f"{provider:<12}{limit:>8}/s{rate:>10.1f}/s{off:>+9.1%}   429s {limited:>4} of {limited + answered:>6}"
    return f"{text}  {result.stopped}", abs(off) <= WITHIN


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stress", description=__doc__)
    parser.add_argument("--provider", action="append", choices=PROVIDERS)
    parser.add_argument("--limit", action="append", type=float)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--latency", default="instant", choices=("instant", "realistic"))
    parser.add_argument("--concurrency", type=int, default=32)
    given = parser.parse_args()
    print(f"{'provider':<12}{'limit':>10}{'found':>12}{'off':>9}")
    good = []
    for provider in given.provider or PROVIDERS:
        for limit in given.limit or LIMITS:
            result = found(provider, limit, given.seconds, latency=given.latency, concurrency=given.concurrency)
            text, within = row(provider, limit, result)
            good.append(within)
            print(f"{text}{'' if within else '  NO'}", flush=True)
    print(f"{sum(good)} of {len(good)} within {WITHIN:.0%}; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
