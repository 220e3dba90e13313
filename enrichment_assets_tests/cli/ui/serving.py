"""``enrich ui`` running, and its API as a program uses it."""

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

import httpx

T = TypeVar("T")
WAITS_S = 120
LOCATION = {"repositoryName": "__repository__", "repositoryLocationName": "enrichment_assets.definitions"}
LAUNCH = """mutation($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message } } }"""
RUNS = "{ runsOrError { ... on Runs { results { runId status jobName tags { key value } } } } }"
LOADED = """{ workspaceOrError { ... on Workspace { locationEntries { locationOrLoadError {
  __typename ... on PythonError { message causes { message } } } } } } }"""


def until(look: Callable[[], T], what: str) -> T:
    """What ``look`` returns as soon as it is true."""
    deadline = time.monotonic() + WAITS_S
    while not (seen := look()):
        assert time.monotonic() < deadline, f"not within {WAITS_S} s: {what}"
        time.sleep(0.2)
    return seen


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def launch_params(*companies: str, **options: Any) -> dict[str, Any]:
    """Variables of ``LAUNCH``."""
    config = {"companies": list(companies), **options}
    return {
        "params": {
            "selector": {**LOCATION, "jobName": "enrich_list"},
            "runConfigData": {"ops": {"enrich_companies": {"config": config}}},
        }
    }


@dataclass(frozen=True)
class Served:
    """Where it is, and what it says."""

    port: int
    said: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(self, query: str, **variables: Any) -> dict[str, Any]:
        answer = httpx.post(f"{self.url}/graphql", json={"query": query, "variables": variables}, timeout=60)
        assert answer.status_code == 200, answer.text
        return dict(answer.json()["data"])

    def location(self) -> dict[str, Any] | None:
        """What became of loading the definitions; None while they load."""
        try:
            entries = self.ask(LOADED)["workspaceOrError"]["locationEntries"]
        except httpx.TransportError:
            return None
        return entries[0]["locationOrLoadError"] if entries else None

    def launch(self, *companies: str, **options: Any) -> str:
        launched = self.ask(LAUNCH, **launch_params(*companies, **options))["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", launched
        return str(launched["run"]["runId"])

    def runs(self) -> list[dict[str, Any]]:
        return list(self.ask(RUNS)["runsOrError"]["results"])

    def ended(self, run_id: str) -> str:
        """How a run ended, once it has."""

        def status() -> str | None:
            (found,) = [run["status"] for run in self.runs() if run["runId"] == run_id]
            return found if found in {"SUCCESS", "FAILURE", "CANCELED"} else None

        return until(status, "the run has ended")


@contextmanager
def serving(folder: Path, environment: dict[str, str], *command: str) -> Iterator[Served]:
    """``python -m COMMAND`` with a port of its own, ended by Ctrl-C."""
    port, said = free_port(), folder / "said.txt"
    with said.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", *command, "--port", str(port)],
            cwd=folder,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    served = Served(port, said)

    def loaded() -> dict[str, Any] | None:
        assert process.poll() is None, said.read_text()
        return served.location()

    try:
        until(loaded, "the UI answers")
        yield served
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(WAITS_S)
        except subprocess.TimeoutExpired:
            process.kill()
