"""An instance on the sandbox's settings, for runs in this process; and a running ``dagster dev`` over an empty home,
talking to the sandbox, driven through GraphQL as the UI does."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

import dagster as dg
import pytest

from enrichment_assets.cache.instance import ensure_home, open_instance
from enrichment_assets.core.settings import Settings
from enrichment_assets.core.sides import keep_apart
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.builtin import CATALOG

T = TypeVar("T")
ROOT = Path(__file__).resolve().parents[2]
LOCATION = {"repositoryName": "__repository__", "repositoryLocationName": "enrichment_assets.definitions"}
AT_ONCE = """
run_coordinator:
  module: dagster.core.run_coordinator
  class: DefaultRunCoordinator
"""
"""Runs start when they are asked for, not at the queue's next look."""
LOADED = """{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError {
  __typename ... on PythonError { message } } } } } }"""
SOONER = """import sys
if "dagster._daemon" in sys.orig_argv:
    import dagster._daemon.controller
    dagster._daemon.controller.DEFAULT_DAEMON_INTERVAL_SECONDS = 4
"""
"""The daemon looks for backfills every 30 s, which is written into its source; here more often (``sitecustomize``)."""
IMPATIENT = {"RETRY_ATTEMPTS": "1", "WEBHOOK_RETRIES": "0"}


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    """The sandbox's, and a home of the test's own."""
    return sandbox.settings(dagster_home=tmp_path, retry_attempts=1)


@pytest.fixture
def instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """The instance that lives there."""
    with open_instance(settings) as instance:
        yield instance


def until(look: Callable[[], T], what: str, timeout_s: float = 240) -> T:
    """What ``look`` returns as soon as it is true; the limit is for what hangs, not for what is slow."""
    deadline = time.monotonic() + timeout_s
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout_s:g} s: {what}")
        time.sleep(0.3)


@dataclass(frozen=True)
class Dagster:
    """The UI's API, and the instance behind it."""

    port: int
    settings: Settings
    instance: dg.DagsterInstance
    csv_dir: Path

    def query(self, query: str, **variables: Any) -> dict[str, Any]:
        body = json.dumps({"query": query, "variables": variables}).encode()
        request = Request(f"http://127.0.0.1:{self.port}/graphql", body, {"Content-Type": "application/json"})
        with urlopen(request, timeout=60) as response:
            answer = json.load(response)
        assert "errors" not in answer, answer["errors"]
        return dict(answer["data"])

    def backfill(self, companies: list[str], assets: list[str] | None = None) -> str:
        launched = self.query(
            """mutation($params: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $params) {
                 __typename ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }""",
            params={"assetSelection": [{"path": [name]} for name in assets or CATALOG], "partitionNames": companies},
        )["launchPartitionBackfill"]
        assert launched["__typename"] == "LaunchBackfillSuccess", launched
        return str(launched["backfillId"])

    def backfilled(self, backfill_id: str) -> None:
        """Wait until a backfill's only run is over; the daemon starts it at its next tick."""
        (run,) = until(lambda: self.runs(**{"dagster/backfill": backfill_id}), "the backfill's run has started")
        self.ended(run.run_id)

    def partitions(self, asset: str) -> dict[str, set[str]]:
        """Companies by colour, as the asset's page shows them."""
        statuses = self.query(
            """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
                 assetPartitionStatuses { ... on DefaultPartitionStatuses {
                   materializedPartitions failedPartitions materializingPartitions unmaterializedPartitions
                 } } } } }""",
            key={"path": [asset]},
        )["assetNodeOrError"]["assetPartitionStatuses"]
        return {name.removesuffix("Partitions"): set(keys) for name, keys in statuses.items()}

    def check(self, asset: str) -> tuple[str, str]:
        """How the asset's check stands, as the asset's page shows it: status and description."""
        (check,) = self.query(
            """query($key: AssetKeyInput!) { assetNodeOrError(assetKey: $key) { ... on AssetNode {
                 assetChecksOrError { ... on AssetChecks { checks {
                   executionForLatestMaterialization { status evaluation { description } } } } } } } }""",
            key={"path": [asset]},
        )["assetNodeOrError"]["assetChecksOrError"]["checks"]
        execution = check["executionForLatestMaterialization"]
        return execution["status"], (execution["evaluation"] or {}).get("description", "")

    def launch(self, config: dict[str, Any]) -> str:
        launched = self.query(
            """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
                 __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
                 ... on RunConfigValidationInvalid { errors { message } } } }""",
            params={
                "selector": {**LOCATION, "jobName": "enrich_list"},
                "runConfigData": {"ops": {"enrich_companies": {"config": config}}},
            },
        )["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def reexecute(self, run_id: str) -> str:
        launched = self.query(
            """mutation($params: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $params) {
                 __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }""",
            params={"parentRunId": run_id, "strategy": "ALL_STEPS"},
        )["launchRunReexecution"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def terminate(self, run_id: str) -> None:
        answer = self.query(
            """mutation($id: String!) { terminateRun(runId: $id) {
                 __typename ... on TerminateRunFailure { message } } }""",
            id=run_id,
        )["terminateRun"]
        assert answer["__typename"] == "TerminateRunSuccess", answer

    def ended(self, run_id: str, timeout_s: float = 240) -> dg.DagsterRun:
        """The run, once it is over."""

        def finished() -> dg.DagsterRun | None:
            run = self.instance.get_run_by_id(run_id)
            return run if run is not None and run.is_finished else None

        return until(finished, f"run {run_id} has ended", timeout_s)

    def runs(self, **tags: str) -> list[dg.DagsterRun]:
        return list(self.instance.get_runs(filters=dg.RunsFilter(tags=tags)))

    def reload(self) -> set[str]:
        """Load the code location again; its assets."""
        answer = self.query(
            """mutation($name: String!) { reloadRepositoryLocation(repositoryLocationName: $name) { __typename
                 ... on WorkspaceLocationEntry { locationOrLoadError { __typename
                   ... on PythonError { message } } } } }""",
            name=LOCATION["repositoryLocationName"],
        )["reloadRepositoryLocation"]
        assert answer["__typename"] == "WorkspaceLocationEntry", answer
        nodes = self.query("{ assetNodes { assetKey { path } } }")["assetNodes"]
        return {"/".join(node["assetKey"]["path"]) for node in nodes}

    def start_sensor(self, name: str) -> None:
        answer = self.query(
            "mutation($selector: SensorSelector!) { startSensor(sensorSelector: $selector) { __typename } }",
            selector={**LOCATION, "sensorName": name},
        )
        assert answer["startSensor"]["__typename"] == "Sensor", answer


def environment(sandbox: Sandbox, home: Path, **more: str) -> dict[str, str]:
    """For a process that knows the sandbox and nothing of the machine's own settings."""
    return {**os.environ, **sandbox.environment(), **IMPATIENT, "DAGSTER_HOME": str(home), **more}


@pytest.fixture(scope="module")
def dagster(sandbox_process: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dagster]:
    """``dagster dev`` with webserver and daemon; stopped at the end of the module."""
    with dagster_dev(sandbox_process, tmp_path_factory.mktemp("dagster"), ENRICHMENT_REFRESH_ASSETS="news") as running:
        yield running


@contextmanager
def dagster_dev(sandbox_process: Sandbox, place: Path, **settings_of_its_own: str) -> Iterator[Dagster]:
    """``dagster dev`` over an empty home in ``place``, as new as the sandbox it talks to."""
    sandbox_process.reset()
    csv_dir = place / "data"
    csv_dir.mkdir()
    settings = sandbox_process.settings(dagster_home=place / "home")
    keep_apart(settings)
    home = ensure_home(settings.dagster_home)
    with (home / "dagster.yaml").open("a") as config:
        config.write(AT_ONCE)
    (place / "sitecustomize.py").write_text(SOONER)
    # Dagster's own tables are there before its processes start: two that make them at once spoil the home.
    instance = open_instance(settings)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (place / "dagster.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "dagster", "dev", "-w", "workspace.yaml", "-p", str(port)],
        cwd=ROOT,
        env=environment(
            sandbox_process,
            home,
            ENRICHMENT_CSV_DIR=str(csv_dir),
            PYTHONPATH=str(place),
            **settings_of_its_own,
        ),
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    running = Dagster(port, settings, instance, csv_dir)

    def loaded() -> bool:
        assert process.poll() is None, (place / "dagster.log").read_text()
        try:
            answer = running.query(LOADED)
        except (URLError, HTTPError, ConnectionError):
            return False
        entries = [entry["locationOrLoadError"] for entry in answer["workspaceOrError"]["locationEntries"]]
        for found in entries:
            assert found is None or found["__typename"] != "PythonError", found["message"]
        return bool(entries) and all(entries)

    try:
        until(loaded, "dagster dev answers")
        yield running
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        instance.dispose()
        log.close()
