"""What it costs that strangers' pages are read in processes of their own: the full path with and without."""

from collections.abc import Callable
from typing import Any
from unittest.mock import patch

from benchmarks.cpu_bound import PARALLEL, STEADY
from benchmarks.figure import Figure
from benchmarks.world import companies, home, run, sandbox
from enrichment_assets.core.readers import Readers


def measure(quick: bool) -> list[Figure]:
    wanted = companies(40 if quick else 1_500)
    with home() as folder, sandbox(wanted) as served:
        run(served.settings(dagster_home=folder / "first"), wanted[:100], parallel=PARALLEL)
        apart = run(served.settings(dagster_home=folder / "apart"), wanted, parallel=PARALLEL)
        with patch.object(Readers, "read", _in_this_process):
            within = run(served.settings(dagster_home=folder / "within"), wanted, parallel=PARALLEL)
    with_readers, without = apart.rate(*STEADY), within.rate(*STEADY)
    return [
        Figure(
            "full path with pages read in other processes",
            f"{with_readers:.1f} companies/s, {apart.cpu_ms(0.05):.1f} ms CPU each in the run's process",
            f"read in the event loop {without:.1f}/s, {within.cpu_ms(0.05):.1f} ms CPU each",
            with_readers / without,
            "of the rate",
            1.0,
        )
    ]


async def _in_this_process(_readers: Readers, _what: str, function: Callable[..., Any], *args: Any) -> Any:
    return function(*args)
