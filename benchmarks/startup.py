"""How long a person waits before anything happens."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.figure import Figure
from benchmarks.world import home
from enrichment_assets.sandbox.process import settings_of

ENRICH = [sys.executable, "-m", "enrichment_assets"]
INSTALLED = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Modules are read as bytecode, as pip leaves a package: a fresh clone would compile ours each time, not Dagster."""


def measure(quick: bool) -> list[Figure]:
    times = 1 if quick else 7
    help_s = _median(times, lambda: _seconds([*ENRICH, "--help"]))
    import_s = _median(times, lambda: _seconds([sys.executable, "-c", "import dagster"]))
    with home() as folder:
        _first_question_s(folder)
        first_s = _median(times, lambda: _first_question_s(folder))
    return [
        Figure("start-up: enrich --help", f"{help_s:.2f} s", "0.4 s", help_s, "s", 0.4, at_most=True),
        Figure(
            "start-up: enrich run to the first provider call",
            f"{first_s:.2f} s",
            f"import dagster {import_s:.2f} s",
            first_s / import_s,
            "x the import",
            1.5,
            at_most=True,
        ),
    ]


def _median(times: int, measured: Callable[[], float]) -> float:
    return median(measured() for _ in range(times))


def _seconds(command: list[str]) -> float:
    started = perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, env=INSTALLED)
    return perf_counter() - started


def _first_question_s(folder: Path) -> float:
    """From starting the command to the first DNS question on the wire; the command is ended then."""
    listed = folder / "list.csv"
    listed.write_text("company,website\nAcme,acme.com\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nameserver:
        nameserver.bind(("127.0.0.1", 0))
        nameserver.settimeout(60)
        environment = {
            **INSTALLED,
            **settings_of(9, nameserver.getsockname()[1]),
            "DAGSTER_HOME": str(folder / "state"),
        }
        started = perf_counter()
        command = [*ENRICH, "run", "--file", str(listed)]
        with subprocess.Popen(
            command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as process:
            nameserver.recv(512)
            passed = perf_counter() - started
            process.kill()
    return passed
