"""Providers that answer at once: what the framework itself costs, beside a bare loop and Dagster as usually written."""

from benchmarks import bare_loop, usual_dagster
from benchmarks.figure import Figure
from benchmarks.world import companies, home, run, sandbox

PARALLEL = 50


def measure(quick: bool) -> list[Figure]:
    count = 40 if quick else 3_000
    wanted = companies(count)
    with home() as folder, sandbox(wanted) as served:
        with bare_loop.recording() as calls:
            run(served.settings(dagster_home=folder / "one"), wanted[:1], parallel=1)
        measured = run(served.settings(dagster_home=folder / "all"), wanted, parallel=PARALLEL)
        bare = bare_loop.rate(calls, wanted[0], wanted, served.dns_port, PARALLEL)
        processes = usual_dagster.rate_of_processes(folder / "stock", calls, wanted[: 1 if quick else 3])
    rate = measured.rate(0.05, 0.97)
    qualified = measured.outcomes.get("qualified", 0)
    return [
        Figure(
            "CPU-bound: full path of 8 assets, on disk",
            f"{rate:.1f} companies/s ({qualified} of {count} qualified; {measured.cpu_ms(0.05):.1f} ms CPU each)",
            f"bare asyncio + aiohttp {bare:.0f}/s (ratio {rate / bare:.2f})",
            rate,
            "companies/s",
            100,
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
