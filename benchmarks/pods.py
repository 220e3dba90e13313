"""Runs as Kubernetes starts them, without Kubernetes: each a process of its own, in a PID namespace and home of its own.

What ``K8sRunLauncher`` gives a pod is the command of ``dagster api execute_run`` with the run's code origin; so does this
launcher. It is named in the ``dagster.yaml`` of a simulated deployment and nowhere else. ``ENRICHMENT_CLOCKS`` lists
offsets of the pods' clocks, one after the other, as libfaketime takes them.
"""

import itertools
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from dagster._core.launcher import LaunchRunContext, RunLauncher
from dagster._grpc.types import ExecuteRunArgs
from dagster._serdes import ConfigurableClass, ConfigurableClassData

LIBFAKETIME = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1")


class PodLauncher(RunLauncher, ConfigurableClass):
    """``folder``: where the pods' homes are made; ``dagster.yaml`` there is everybody's."""

    def __init__(self, folder: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._folder = Path(folder)
        self._inst_data = inst_data
        self._clocks = itertools.cycle(os.environ.get("ENRICHMENT_CLOCKS", "+0").split(","))
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
        home = self._folder / f"pod-{run.run_id[:8]}"
        home.mkdir()
        shutil.copy(self._folder / "dagster.yaml", home)
        arguments = ExecuteRunArgs(run.job_code_origin, run.run_id, None, set_exit_code_on_failure=True)
        with (home / "log").open("wb") as log:
            process = subprocess.Popen(
                [*_own_namespace(), *arguments.get_command_args()],
                cwd=home,
                env={**os.environ, "DAGSTER_HOME": str(home), **_clock(next(self._clocks))},
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        (home / "pid").write_text(str(process.pid))

    def terminate(self, run_id: str) -> bool:
        return False


def _own_namespace() -> list[str]:
    """Only root may make one; the others share ours."""
    return ["unshare", "--pid", "--fork", "--mount-proc", "--kill-child"] if os.geteuid() == 0 else []


def _clock(offset: str) -> dict[str, str]:
    if float(offset) == 0:
        return {}
    # Durations stay true: what is wrong is the time of day, as on a machine that nobody has set.
    return {"LD_PRELOAD": str(LIBFAKETIME), "FAKETIME": f"{offset}s", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
