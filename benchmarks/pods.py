"""Runs as Kubernetes starts them, without Kubernetes: each in a process, namespaces and a home of its own.

What ``K8sRunLauncher`` gives a pod is the command of ``dagster api execute_run`` with the run's code origin; so does
this launcher. It is named in the ``dagster.yaml`` of a simulated deployment and nowhere else. ``ENRICHMENT_CLOCKS``
lists how many seconds the clocks of the pods are off, one after the other: their time of day is another one, while
durations stay true. (libfaketime does that to any program, but time.sleep fails below it.)
"""

import itertools
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from dagster import DagsterRun
from dagster._core.launcher import CheckRunHealthResult, LaunchRunContext, RunLauncher, WorkerStatus
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import ConfigurableClass, ConfigurableClassData

PODS: dict[str, subprocess.Popen[bytes]] = {}
"""Dagster's daemon makes a launcher for each of its threads."""
WRONG_CLOCK = """import datetime
import time_machine
time_machine.travel(datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds={offset}), tick=True).start()
"""


class PodLauncher(RunLauncher, ConfigurableClass):
    """``folder``: where the pods' homes are made; ``dagster.yaml`` there is everybody's."""

    def __init__(self, folder: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._folder = Path(folder)
        self._inst_data = inst_data
        self._clocks = itertools.cycle(os.environ.get("ENRICHMENT_CLOCKS", "0").split(","))
        super().__init__()

    @property
    def inst_data(self) -> ConfigurableClassData | None:
        return self._inst_data

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {"folder": str}

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        return cls(**config_value, inst_data=inst_data)

    def launch_run(self, context: LaunchRunContext) -> None:
        run = context.dagster_run
        assert run.job_code_origin is not None
        home = pod_of(self._folder, run.run_id)
        home.mkdir()
        shutil.copy(self._folder / "dagster.yaml", home)
        arguments = ExecuteRunArgs(run.job_code_origin, run.run_id, None, set_exit_code_on_failure=True)
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(
                [*_own_namespace(), *arguments.get_command_args()],
                cwd=home,
                env={**os.environ, "DAGSTER_HOME": str(home), **_clock(home, next(self._clocks))},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        (home / "pid").write_text(str(process.pid))
        PODS[run.run_id] = process

    def terminate(self, run_id: str) -> bool:
        PODS[run_id].terminate()
        return True

    @property
    def supports_check_run_worker_health(self) -> bool:
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        pod = PODS.get(run.run_id)
        if pod is None:
            return CheckRunHealthResult(WorkerStatus.UNKNOWN)
        return CheckRunHealthResult(WorkerStatus.RUNNING if pod.poll() is None else WorkerStatus.FAILED)


def pod_of(folder: Path, run_id: str) -> Path:
    """The home of a run's pod; the file ``pid`` in it names its process group."""
    return folder / f"pod-{run_id[:8]}"


def _own_namespace() -> list[str]:
    """A PID namespace, which only root may make, and with Debian's ``passt`` a network of its own as well.

    ``pasta`` makes the network and joins the ports of its loopback to ours, where the deployment listens.
    """
    if os.geteuid() != 0:
        return []
    joined = ["-T", "auto", "-U", "auto", "-t", "none", "-u", "none"]
    network = ["pasta", "-q", "--netns-only", "--runas", "0", *joined, "--"] if shutil.which("pasta") else []
    return [*network, "unshare", "--pid", "--fork", "--mount-proc", "--kill-child"]


def _clock(home: Path, offset: str) -> dict[str, str]:
    if not float(offset):
        return {}
    (home / "clock").mkdir()
    (home / "clock" / "sitecustomize.py").write_text(WRONG_CLOCK.format(offset=float(offset)))
    return {"PYTHONPATH": f"{home / 'clock'}:{os.environ.get('PYTHONPATH', '')}"}
