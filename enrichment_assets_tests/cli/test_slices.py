"""``enrich run --slices``: other processes take the list, and the command follows them as if it were one run."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import psutil
import pytest

from enrichment_assets.cache.instance import ensure_home, open_instance
from enrichment_assets.core.sides import keep_apart
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.cli.conftest import Terminal
from enrichment_assets_tests.orchestration.conftest import until

COMPANIES = 24
QUEUE = """
run_coordinator:
  module: dagster.core.run_coordinator
  class: QueuedRunCoordinator
  config: {dequeue_interval_seconds: 1}
"""


@pytest.fixture(scope="module")
def queue(sandbox_process: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A terminal, and a daemon beside it that takes runs from the queue."""
    folder = tmp_path_factory.mktemp("slices")
    sandbox_process.reset()
    base = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    home = folder / "home"
    environment = {**base, **sandbox_process.environment(), "DAGSTER_HOME": str(home), "RETRY_ATTEMPTS": "1"}
    settings = sandbox_process.settings(dagster_home=home)
    keep_apart(settings)
    ensure_home(home)
    with (home / "dagster.yaml").open("a") as config:
        config.write(QUEUE)
    with open_instance(settings) as instance:
        log = (folder / "daemon.log").open("wb")
        daemon = subprocess.Popen(
            [sys.executable, "-m", "dagster._daemon", "run", "-m", "enrichment_assets.definitions"],
            cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            until(lambda: instance.get_daemon_heartbeats().get("QUEUED_RUN_COORDINATOR"), "the daemon is there")
            yield Terminal(folder, environment)
        finally:
            daemon.send_signal(signal.SIGINT)
            daemon.wait(60)
            log.close()


def a_list(terminal: Terminal, prefix: str, companies: int = COMPANIES) -> str:
    rows = [f"{prefix} {number},{prefix}{number}.com" for number in range(companies)]
    (terminal.folder / f"{prefix}.csv").write_text("\n".join(["company_name,website", *rows, rows[0], "nothing,"]))
    return f"{prefix}.csv"


def healthy(sandbox: Sandbox, prefix: str, companies: int = COMPANIES) -> None:
    for number in range(companies):
        sandbox.company(f"{prefix}{number}.com", mx="google", site="normal")


def slices_of(terminal: Terminal, sandbox: Sandbox) -> list[dg.DagsterRun]:
    with open_instance(sandbox.settings(dagster_home=Path(terminal.environment["DAGSTER_HOME"]))) as instance:
        return [run for run in instance.get_runs() if "enrichment/slices" in run.tags]


def started(process: "subprocess.Popen[str]", slices: int) -> list[str]:
    """What the command has said until so many slices are at work."""
    assert process.stdout is not None
    said: list[str] = []
    while sum(line.endswith(": started\n") for line in said) < slices:
        line = process.stdout.readline()
        assert line, "".join(said)
        said.append(line)
    return said


def worker_of(run_id: str) -> psutil.Process:
    """The process in which Dagster's launcher has put a run."""
    return next(
        process
        for process in psutil.process_iter(["environ", "cmdline"])
        if (process.info["environ"] or {}).get("DAGSTER_RUN_ID") == run_id
    )


def test_slices_are_one_run_to_whoever_asked_for_them(queue: Terminal, sandbox: Sandbox) -> None:
    listed = a_list(queue, "shared")
    healthy(sandbox, "shared")
    done = queue.enrich("run", "--file", listed, "--slices", "3", "--budget", "5", "--output", "out.json", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    said = done.stdout + done.stderr
    assert f"[{COMPANIES}/{COMPANIES}]" in said
    assert said.count("=== Run Complete ===") == 1
    rows = queue.result()["rows"]
    assert len(rows) == COMPANIES + 2
    assert [row["outcome"] for row in rows[:COMPANIES]] == ["qualified"] * COMPANIES
    runs = slices_of(queue, sandbox)
    assert len(runs) == 3
    assert len({run.tags["enrichment/inputs"] for run in runs}) == 1
    assert len({run.tags["enrichment/budget"] for run in runs}) == 1
    assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}
    assert len(sandbox.received()) == COMPANIES
    billed = sandbox.bill()
    total = sum(one["usd"] for one in billed.values())
    assert abs(queue.result()["summary"]["total_cost_usd"] - total) < 1e-6
    again = queue.enrich("run", "--file", listed, "--slices", "2", "--json", "--yes")
    assert again.returncode == 0, again.stdout + again.stderr
    assert '"total_cost_usd": 0' in again.stdout or '"total_cost_usd":0' in again.stdout
    assert sandbox.bill() == billed
