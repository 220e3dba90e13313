"""No limits, fixed latencies, 50 in flight: nothing but the providers' own time may be seen."""

from benchmarks.figure import Figure
from benchmarks.world import companies, home, run, sandbox

SECONDS = {"dns": 0.02, "spider": 1.2, "openrouter": 2.0, "serper": 0.6, "clay": 0.15, "boards": 0.2, "sites": 0.3}
"""The most frequent values of the sandbox's realistic profile."""
LONGEST_PATH = ("dns", "spider", "openrouter", "serper", "clay")
"""mx, website, icp, then news (linkedin and careers are done sooner, at the same time), then the push."""
IN_FLIGHT = 50


def measure(quick: bool) -> list[Figure]:
    waves = 2 if quick else 9
    wanted = companies(IN_FLIGHT * waves)
    with home() as folder, sandbox(wanted) as served:
        served.latency(SECONDS)
        measured = run(served.settings(dagster_home=folder), wanted, parallel=IN_FLIGHT)
    path_s = sum(SECONDS[provider] for provider in LONGEST_PATH)
    most = IN_FLIGHT / path_s
    # Whole waves: the companies of one start together, so a part of one would say anything.
    rate = measured.rate(1 / waves, (waves - 1) / waves) if waves > 2 else len(wanted) / measured.wall_s
    return [
        Figure(
            "latency-bound: 50 in flight",
            f"{rate:.2f} companies/s",
            f"{most:.2f}/s (50 / {path_s:.2f} s)",
            rate / most,
            "of Little's law",
            0.95,
        )
    ]
