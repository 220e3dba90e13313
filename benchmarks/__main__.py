"""``python -m benchmarks [--only NAME] [--quick] [--full]``: a table on the terminal and a JSON in results/."""

import argparse
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.apart import apart
from benchmarks.figure import Figure

NAMES = (
    "startup",
    "intake",
    "event_log",
    "on_postgres",
    "warm",
    "questions",
    "latency_bound",
    "provider_bound",
    "limiter",
    "shared_limits",
    "cpu_bound",
    "judgement",
    "readers",
    "hostile",
    "delivery",
    "memory",
    "ui",
)
BY_NAME = frozenset({"on_postgres", "limiter", "hostile", "ui"})
"""Only when asked for: all others together are done in a quarter of an hour."""
RESULTS = Path(__file__).parent / "results"


def main() -> None:
    given = _arguments()
    figures: list[Figure] = []
    took_s: dict[str, float] = {}
    document: dict[str, Any] = {}
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    started = perf_counter()
    wanted = given.only or [name for name in NAMES if name not in BY_NAME]
    for name in wanted:
        print(f"{name} …", file=sys.stderr, flush=True)
        begun = perf_counter()
        found = apart(name, quick=given.quick, full=given.full)
        took_s[name] = round(perf_counter() - begun, 1)
        figures += found
        document = _document(figures, perf_counter() - started, given)
        document |= {"each_took_s": took_s, "to_come": wanted[len(took_s) :]}
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        for figure in found:
            print(
                f"  {figure.name}: {figure.reached:,.2f} {figure.unit}; {figure.measured}", file=sys.stderr, flush=True
            )
    Console(width=None if sys.stdout.isatty() else 160).print(_table(figures, document))
    print(f"{document['took_s']:.0f} s; written to {path}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=NAMES, help="This benchmark; may be repeated.")
    parser.add_argument(
        "--quick", action="store_true", help="Tiny sizes: shows that everything runs, measures nothing."
    )
    parser.add_argument(
        "--full",
        action="store_true",
        help="Memory with every company on the full path (+20 minutes), 3,000 payloads (+4), questions of 10,000 (+5).",
    )
    return parser.parse_args()


def _document(figures: list[Figure], took_s: float, given: argparse.Namespace) -> dict[str, Any]:
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip(),
        "quick": given.quick,
        "only": given.only or [],
        "machine": f"{_cpu()}, {os.cpu_count()} cores, {platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_at_the_end": os.getloadavg()[0],
        "took_s": round(took_s, 1),
        "figures": [figure.document() for figure in figures],
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _table(figures: list[Figure], document: dict[str, Any]) -> Table:
    table = Table(title=f"{document['machine']}, Python {document['python']}", title_justify="left")
    for column in ("benchmark", "measured", "baseline in the same run", "reached", "target", ""):
        table.add_column(column, overflow="fold")
    for figure in figures:
        target = f"{'≤' if figure.at_most else '≥'} {figure.target:g}"
        table.add_row(
            figure.name,
            figure.measured,
            figure.baseline,
            f"{figure.reached:,.2f} {figure.unit}",
            target,
            "yes" if figure.ok else "NO",
        )
    return table


if __name__ == "__main__":
    main()
