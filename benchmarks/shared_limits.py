"""Several runs with one key at a bucket: what part of its rate they use together, and how many calls it refuses.

Each run is a process with limits of its own as the settings give them, and a place where it meets the others: a SQLite
file, or the Postgres of ``ENRICHMENT_TEST_POSTGRES``. The bucket's rate is what the settings say (``told``), or a fifth
of it. Counted from the eighth second on, when all processes have started.
"""

import asyncio
import contextlib
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.figure import Figure
from enrichment_assets.core.errors import ProviderError
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import open_providers
from enrichment_assets.sandbox.process import Sandbox, settings_at
from enrichment_assets.storage.state import state_engine
from enrichment_assets.storage.together.limits import AccountLimits

RUNS = (4, 10)
RATE = 100
SECONDS = 20
STEADY_FROM_S = 8
CALLERS = 40


def measure(quick: bool) -> list[Figure]:
    seconds = 4 if quick else SECONDS
    with Sandbox.start() as served, tempfile.TemporaryDirectory(dir=".") as folder:
        return [
            _figure(served, Path(folder), runs, told, seconds)
            for told in (True, False)
            for runs in (RUNS[:1] if quick else RUNS)
        ]


def _figure(served: Sandbox, folder: Path, runs: int, told: bool, seconds: int) -> Figure:
    url = os.environ.get("ENRICHMENT_TEST_POSTGRES") or f"sqlite:///{folder}/{runs}-{told}.db"
    state_engine(url).dispose()
    served.limits({"serper": {"rate": RATE, "burst": RATE / 4}})
    rate = RATE if told else 5 * RATE
    command = [sys.executable, "-m", __name__ if __name__ != "__main__" else "benchmarks.shared_limits"]
    arguments = [str(served.http_port), str(served.dns_port), url, str(rate), str(seconds)]
    processes = [subprocess.Popen([*command, *arguments]) for _ in range(runs)]
    for process in processes:
        process.wait()
    traffic: dict[str, Any] = served.traffic()["serper"]
    accepted, refused = traffic["accepted_by_second"], traffic["refused_by_second"]
    steady = slice(min(STEADY_FROM_S, seconds // 2), seconds)
    let_in, turned_away = sum(accepted[steady]), sum(refused[steady])
    used = let_in / len(accepted[steady]) / RATE
    return Figure(
        f"shared limits: {runs} runs, a rate they were {'told' if told else 'not told'} of",
        f"{let_in / len(accepted[steady]):.1f} calls/s, {turned_away / max(1, let_in + turned_away):.2%} refused "
        f"({sum(refused)} of {traffic['arrived']} from the start)",
        f"{RATE}/s",
        used,
        "of the bucket's rate",
        0.97,
    )


async def ask(http_port: int, dns_port: int, url: str, rate: float, seconds: float) -> None:
    """One run that asks as fast as its share lets it."""
    settings = settings_at(http_port, dns_port, serper_requests_per_s=rate, serper_in_flight=CALLERS, retry_attempts=1)
    state = state_engine(url)
    scope = Ledger(run_cap_usd=None, company_cap_usd=1e6).scope("acme.com", "news")
    async with open_providers(settings, book=AccountLimits(state)) as providers:

        async def caller() -> None:
            while True:
                with contextlib.suppress(ProviderError):
                    await providers.search.news("acme.com", scope)

        asking = [asyncio.create_task(caller()) for _ in range(CALLERS)]
        await asyncio.sleep(seconds)
        for task in asking:
            task.cancel()
        await asyncio.wait(asking)


if __name__ == "__main__":
    http, dns, place, per_s, lasting = sys.argv[1:]
    asyncio.run(ask(int(http), int(dns), place, float(per_s), float(lasting)))
