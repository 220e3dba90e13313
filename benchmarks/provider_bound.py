"""Realistic latencies and plan limits: does the tightest limit stay busy?"""

from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.world import DRY, FULL_PATH, companies, home, run, sandbox
from enrichment_assets.core.settings import Settings
from enrichment_assets.sandbox.process import Sandbox

PLAN = {"serper": 50, "spider": 200, "openrouter": 100, "clay": 10}


def measure(quick: bool) -> list[Figure]:
    return [_clay(20 if quick else 700), _serper(30 if quick else 1_500)]


def _settings(served: Sandbox, folder: Path) -> Settings:
    served.latency("realistic")
    served.limits({name: {"rate": rate, "burst": 20 if name == "clay" else rate} for name, rate in PLAN.items()})
    return served.settings(
        dagster_home=folder,
        serper_requests_per_s=PLAN["serper"],
        spider_requests_per_s=PLAN["spider"],
        openrouter_requests_per_s=PLAN["openrouter"],
        webhook_requests_per_s=PLAN["clay"],
        webhook_burst=20,
        openrouter_in_flight=400,
    )


def _clay(count: int) -> Figure:
    wanted = companies(count)
    with home() as folder, sandbox(wanted) as served:
        measured = run(_settings(served, folder), wanted, parallel=200)
        refused = served.traffic()["clay"]["refused"]
    rate = measured.rate(0.25, 0.95)
    return Figure(
        "provider-bound: Clay's 10/s",
        f"{rate:.2f} companies/s, {refused} refused",
        "10/s",
        rate / PLAN["clay"],
        "of the limit",
        0.97,
    )


def _serper(count: int) -> Figure:
    """Without pushes the next limit is Serper's, where news and the LinkedIn page are both searched for."""
    wanted = companies(count)
    with home() as folder, sandbox(wanted, {**FULL_PATH, "linkedin": "search"}) as served:
        run(_settings(served, folder), wanted, parallel=400, assets=DRY)
        traffic = served.traffic()["serper"]
    seconds = traffic["accepted_by_second"]
    steady = seconds[len(seconds) // 4 : -max(3, len(seconds) // 8)] or seconds
    rate = sum(steady) / len(steady)
    return Figure(
        "provider-bound, dry run: Serper's 50/s",
        f"{rate:.1f} calls/s, {traffic['refused']} refused",
        "50/s",
        rate / PLAN["serper"],
        "of the limit",
        0.97,
    )
