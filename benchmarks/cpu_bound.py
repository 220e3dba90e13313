"""Providers that answer at once: what the framework itself costs, beside a bare loop and Dagster as usually written."""

import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from benchmarks import bare_loop, usual_dagster
from benchmarks.figure import Figure
from benchmarks.world import Measured, companies, home, run, sandbox
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings

PARALLEL = 50
STEADY = (0.05, 0.97)


def measure(quick: bool) -> list[Figure]:
    count = 40 if quick else 2_000
    wanted = companies(count)
    with home() as folder, sandbox(wanted) as served:
        with bare_loop.recording() as calls:
            run(served.settings(dagster_home=folder / "one"), wanted[:1], parallel=1)
        measured = run(served.settings(dagster_home=folder / "all"), wanted, parallel=PARALLEL)
        without = run(served.settings(dagster_home=folder / "off", enrichment_answers="off"), wanted, parallel=PARALLEL)
        stored_bytes = (folder / "all" / "artifacts" / "answers.db").stat().st_size
        together = _two_runs(served.settings(dagster_home=folder / "two"), wanted)
        bare = bare_loop.rate(calls, wanted[0], wanted, served.dns_port, PARALLEL)
        processes = usual_dagster.rate_of_processes(folder / "stock", calls, wanted[: 1 if quick else 3])
    rate = measured.rate(*STEADY)
    qualified = measured.outcomes.get("qualified", 0)
    cpu_ms, cpu_ms_without = measured.cpu_ms(0.05), without.cpu_ms(0.05)
    return [
        Figure(
            "CPU-bound: full path of 8 assets, on disk",
            f"{rate:.1f} companies/s ({qualified} of {count} qualified; {cpu_ms:.1f} ms CPU each)",
            f"bare asyncio + aiohttp {bare:.0f}/s, nothing stored",
            rate / bare,
            "of the bare loop",
            0.45,
        ),
        Figure(
            "CPU-bound: answers stored, against ENRICHMENT_ANSWERS=off",
            f"{cpu_ms:.2f} ms CPU each, {rate:.1f} companies/s; {stored_bytes / count / 1000:.1f} KB stored each",
            f"{cpu_ms_without:.2f} ms CPU each, {without.rate(*STEADY):.1f} companies/s",
            cpu_ms / cpu_ms_without,
            "x the CPU",
            1.1,
            at_most=True,
        ),
        Figure(
            "CPU-bound: two runs at once in one DAGSTER_HOME",
            f"{together:.1f} companies/s together",
            f"one run {rate:.1f}/s",
            together / rate,
            "x one run",
            1.35,
        ),
        Figure(
            "against Dagster as usually written",
            f"{rate:.1f} companies/s",
            f"{processes:.3f} companies/s (a run per company, stock storage, default executor)",
            rate / processes,
            "x",
            100,
        ),
    ]


def _two_runs(settings: Settings, wanted: Sequence[Company]) -> float:
    """Companies per second of two runs over half of the companies each, while both are in their steady state."""
    half = len(wanted) // 2
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        runs = [processes.submit(_run, settings, part) for part in (wanted[:half], wanted[half:])]
        ends = [run.result().ends for run in runs]
    start = max(each[int(STEADY[0] * len(each))] for each in ends)
    end = min(each[int(STEADY[1] * len(each))] for each in ends)
    return sum(start < moment <= end for each in ends for moment in each) / max(end - start, 1e-9)


def _run(settings: Settings, part: Sequence[Company]) -> Measured:
    return run(settings, part, parallel=PARALLEL)
