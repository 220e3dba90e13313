"""``enrich run --slices``: other processes take the list, and the command follows them as if it were one run."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import orjson
import pytest
from sqlalchemy import select

from enrichment_assets.cache.instance import ensure_home, open_instance
from enrichment_assets.cache.leases import live_runs
from enrichment_assets.core.sides import keep_apart
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.state import open_state
from enrichment_assets_tests.cli.conftest import Terminal, said_until
from enrichment_assets_tests.orchestration.conftest import until

COMPANIES = 16
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
    return said_until(process, lambda said: said.count(": started\n") == slices).splitlines(keepends=True)


def worker_of(run_id: str, terminal: Terminal, sandbox: Sandbox) -> int:
    """The process in which Dagster's launcher has put a run."""
    state = open_state(sandbox.settings(dagster_home=Path(terminal.environment["DAGSTER_HOME"])))
    try:
        with state.connect() as connection:
            return connection.execute(select(live_runs.c.pid).where(live_runs.c.run_id == run_id)).scalar_one()
    finally:
        state.dispose()


def test_slices_are_one_run_to_whoever_asked_for_them(queue: Terminal, sandbox: Sandbox) -> None:
    listed = a_list(queue, "shared")
    healthy(sandbox, "shared")
    options = ("--slices", "2", "--budget", "5", "--yes", "--json", "--output", "out.json")
    done = queue.enrich("run", "--file", listed, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"[{COMPANIES}/{COMPANIES}]" in done.stderr
    assert done.stderr.count("=== Run Complete ===") == 1
    rows, document = queue.result()["rows"], orjson.loads(done.stdout)
    assert len(rows) == COMPANIES + 2
    assert {row["outcome"] for row in rows[:COMPANIES]} <= {"qualified", "disqualified", "review"}
    assert sum(document["summary"]["outcomes"].values()) == COMPANIES + 2
    assert document["summary"]["total_cost_usd"] == pytest.approx(sum(one["usd"] for one in sandbox.bill().values()))
    runs = slices_of(queue, sandbox)
    assert [run.status for run in runs] == [dg.DagsterRunStatus.SUCCESS] * 2
    assert len({run.tags["enrichment/inputs"] for run in runs}) == 1
    assert len({run.tags["enrichment/budget"] for run in runs}) == 1
    assert len(sandbox.received()) == COMPANIES


SLOW = {"spider": 0.3, "openrouter": 0.5}
"""So that slices are at work when something happens to them."""


def test_a_slice_that_dies_is_told_and_the_same_command_does_its_rest(queue: Terminal, sandbox: Sandbox) -> None:
    listed = a_list(queue, "killed")
    healthy(sandbox, "killed")
    sandbox.latency(SLOW)
    command = ("run", "--file", listed, "--slices", "2", "--parallel", "2", "--yes", "--output", "killed.json")
    process = queue.start(*command)
    seen = started(process, 2)
    victim = next(line for line in seen if line.startswith("Slice 1 of 2") and line.endswith("started\n"))
    run_id = victim.split("run ")[1].split(":")[0]
    until(sandbox.received, "a company is done")
    os.kill(worker_of(run_id, queue, sandbox), signal.SIGKILL)
    said = "".join(seen) + process.communicate(timeout=120)[0]
    assert process.returncode == 1, said
    assert "Slice 1 of 2 ended with" in said
    assert f"To go on: enrich run --resume {run_id}" in said
    rows = queue.result("killed.json")["rows"]
    lost = [row for row in rows if row["outcome"] == "failed"]
    assert 0 < len(lost) <= COMPANIES / 2
    assert all("not done: " in row["reason"] for row in lost), lost
    pushed = {row["body"]["domain"] for row in sandbox.received()}
    assert {row["domain"] for row in rows if row["delivered"]} <= pushed
    sandbox.latency("instant")
    rest = queue.enrich(*command)
    assert rest.returncode == 0, rest.stdout + rest.stderr
    keys = [row["body"]["delivery_key"] for row in sandbox.received()]
    assert len(set(keys)) == COMPANIES
    paid = sandbox.bill()["openrouter"]["calls"]
    assert paid <= COMPANIES + 2  # of each of the two in flight one answer may have been lost


def test_ctrl_c_asks_all_slices_to_stop(queue: Terminal, sandbox: Sandbox) -> None:
    listed = a_list(queue, "stopped")
    healthy(sandbox, "stopped")
    sandbox.latency({"spider": 1.0, "openrouter": 1.0})
    process = queue.start("run", "--file", listed, "--slices", "2", "--parallel", "1", "--yes")
    seen = started(process, 2)
    until(sandbox.received, "a company is done")
    process.send_signal(signal.SIGINT)
    said = "".join(seen) + process.communicate(timeout=120)[0]
    assert process.returncode == 130, said
    assert "=== Run Interrupted ===" in said
    assert "were not reached before the run was stopped" in said
    assert {run.status for run in slices_of(queue, sandbox)[:2]} == {dg.DagsterRunStatus.CANCELED}


def test_slices_that_nobody_would_take_are_not_submitted(terminal: Terminal, sandbox: Sandbox) -> None:
    refused = terminal.enrich("run", "--file", "companies.csv", "--slices", "2", "--yes")
    assert refused.returncode == 2
    assert "no daemon has ever looked into the run queue" in refused.stderr
    assert "dagster-daemon run" in refused.stderr
    assert not sandbox.bill()
