"""One run over 1,000, 10,000 and 100,000 companies, each in a process of its own: peak memory, and cost per company."""

import json
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import process_time

from benchmarks.figure import Figure
from benchmarks.world import CLOSED, DRY, FULL_PATH, companies, facts, home, run
from enrichment_assets.companies.company import Company
from enrichment_assets.companies.intake import read_list
from enrichment_assets.sandbox.process import Sandbox

EVERY = 50
"""In the short form one company in so many takes the full path; the others end at the mail gate."""
WARM_UP = 500
ROOT = Path(__file__).parent.parent
SIZES = (1_000, 10_000, 100_000)


def measure(quick: bool, full: bool = False) -> list[Figure]:
    sizes = (50, 100, 200) if quick else SIZES
    peaks, costs = zip(*(_apart(size, full) for size in sizes), strict=True)
    stored, off = (_apart(sizes[0], True, answers=answers)[0] for answers in ("", "off"))
    grown = peaks[-1] - peaks[-2]
    uneven = max(costs) / min(costs) - 1
    what = "full path" if full else f"1 in {EVERY} full path, the others end at the mail gate, no pushes"
    said = ", ".join(f"{size:,}: {peak:.0f} MB" for size, peak in zip(sizes, peaks, strict=True))
    paid = ", ".join(f"{size:,}: {cost:.2f} ms" for size, cost in zip(sizes, costs, strict=True))
    return [
        Figure(f"memory: growth from {sizes[1]:,} to {sizes[2]:,}", said, what, grown, "MB", 100, at_most=True),
        Figure("memory: peak", said, what, max(peaks), "MB", 700, at_most=True),
        Figure(
            "memory: answers stored, against ENRICHMENT_ANSWERS=off",
            f"{stored:.0f} MB",
            f"{off:.0f} MB, {sizes[0]:,} companies on the full path",
            (stored / off - 1) * 100,
            "% more",
            10,
            at_most=True,
        ),
        Figure("CPU per company, most against least", paid, what, uneven * 100, "% apart", 15, at_most=True),
    ]


def _apart(size: int, full: bool, answers: str = "") -> tuple[float, float]:
    """Peak MB and CPU milliseconds per company of a run in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.memory", str(size), "full" if full else "short", answers]
    said = subprocess.run(command, check=True, stdout=subprocess.PIPE, cwd=ROOT).stdout.splitlines()[-1]
    peak_mb, cpu_ms = json.loads(said)
    return peak_mb, cpu_ms


def alone(size: int, full: bool, answers: str) -> tuple[float, float]:
    """Peak MB, and what each company but the first adds to the CPU of a whole run, in milliseconds."""
    with home() as folder, Sandbox.start() as served:
        _teach(served, size, full)
        # What a process pays once: imports, regular expressions, the LLM's SDK.
        run(served.settings(dagster_home=folder / "first"), companies(WARM_UP)[::EVERY], parallel=1)
        path = folder / "list.csv"
        _write(path, size)
        listed = read_list(path).companies
        first_s = _cpu_s(served, folder / "one", listed[:1], full, answers)
        all_s = _cpu_s(served, folder / "state", listed, full, answers)
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, (all_s - first_s) / (size - 1) * 1000


def _cpu_s(served: Sandbox, state: Path, listed: Sequence[Company], full: bool, answers: str) -> float:
    started = process_time()
    settings = served.settings(dagster_home=state, **({"enrichment_answers": answers} if answers else {}))
    run(settings, listed, parallel=50, assets=() if full else DRY, keep=False)
    return process_time() - started


def _teach(served: Sandbox, size: int, full: bool) -> None:
    served.companies(
        facts(company, FULL_PATH if full or number % EVERY == 0 else CLOSED)
        for number, company in enumerate(companies(size))
    )


def _write(path: Path, size: int) -> None:
    lines = (f"{company.name},{company.domain}\n" for company in companies(size))
    path.write_text("company,website\n" + "".join(lines), encoding="utf-8")


if __name__ == "__main__":
    print(json.dumps(alone(int(sys.argv[1]), sys.argv[2] == "full", sys.argv[3])))
