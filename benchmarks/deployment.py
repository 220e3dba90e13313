"""A whole deployment on this machine: ``python -m benchmarks.deployment`` starts what ``deploy/`` would start.

Postgres, an S3 store, a code server, webserver and daemon, each with a home of its own, and for every run a pod as
``pods`` makes them; the providers are the sandbox. Then a list goes through it in slices. Shows that the parts fit
together; ``workers`` measures them.
"""

import argparse
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import dagster as dg
import yaml

from enrichment_assets.cache.queue.run_queue import last_sign
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests import postgres

DAGSTER_YAML = Path(__file__).parents[1] / "deploy" / "dagster.yaml"
START_S = 180
LOCATION = "enrichment_assets.definitions"
WITHOUT = ("--without", "careers")
"""Job boards are the public web, which does not lie on loopback."""


@dataclass(frozen=True)
class Deployment:
    """``environment`` is that of every process; ``home`` is the terminal's own."""

    folder: Path
    environment: dict[str, str]
    home: Path
    webserver: int

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "enrichment_assets", *arguments]

    def start(self, *arguments: str, **more: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env={**self.environment, "DAGSTER_HOME": str(self.home), **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @contextmanager
    def instance(self) -> Iterator[dg.DagsterInstance]:
        """Dagster as the terminal sees it."""
        os.environ["DAGSTER_POSTGRES_URL"] = self.environment["DAGSTER_POSTGRES_URL"]
        with dg.DagsterInstance.from_config(str(self.home)) as instance:
            yield instance


@contextmanager
def deployed(sandbox: Sandbox, folder: Path, server: str, *, s3: bool = False, **settings: str) -> Iterator[Deployment]:
    """Everything, on a new database of ``server``; ended at the end."""
    with ExitStack() as stack:
        database = stack.enter_context(postgres.database_of(server))
        store = stack.enter_context(_s3(folder)) if s3 else {"ENRICHMENT_STORE": database}
        code, web = _free_port(), _free_port()
        inherited = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
        environment = {
            **inherited,
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
            "PYTHONPATH": str(Path(__file__).parents[1]),
            **{name: value for name, value in sandbox.environment().items() if name != "ENRICHMENT_SANDBOX"},
            "DAGSTER_POSTGRES_URL": database,
            "ENRICHMENT_STATE_DB": database,
            "ENRICHMENT_CODE_LOCATION": LOCATION,
            **store,
            **settings,
        }
        config = yaml.safe_load(DAGSTER_YAML.read_text())
        config["run_monitoring"]["poll_interval_seconds"] = 5
        config["run_launcher"] = {
            "module": "benchmarks.pods",
            "class": "PodLauncher",
            "config": {"folder": str(folder)},
        }
        (folder / "dagster.yaml").write_text(yaml.safe_dump(config))
        (folder / "workspace.yaml").write_text(
            f"load_from: [{{grpc_server: {{host: 127.0.0.1, port: {code}, location_name: {LOCATION}}}}}]\n"
        )
        running = Deployment(folder, environment, _home(folder, "terminal"), web)
        with running.instance():
            pass  # the first makes the tables
        workspace = ["-w", str(folder / "workspace.yaml")]
        processes = {
            "code": ["dagster", "api", "grpc", "-m", LOCATION, "--host", "127.0.0.1", "--port", str(code)],
            "daemon": ["dagster-daemon", "run", *workspace],
            "webserver": ["dagster-webserver", "--host", "127.0.0.1", "--port", str(web), *workspace],
        }
        started = {
            name: stack.enter_context(_process(name, command, folder, _home(folder, name), environment))
            for name, command in processes.items()
        }
        _wait_for(running, started)
        yield running
        for pod in folder.glob("pod-*/pid"):
            _end(int(pod.read_text()))


def _home(folder: Path, name: str) -> Path:
    home = folder / f"home-{name}"
    home.mkdir()
    (home / "dagster.yaml").write_text((folder / "dagster.yaml").read_text())
    return home


@contextmanager
def _process(
    name: str, command: list[str], folder: Path, home: Path, environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / f"{name}.log").open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=home,
            env={**environment, "DAGSTER_HOME": str(home)},
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                _end(process.pid)
                process.wait()


def _end(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _wait_for(running: Deployment, started: dict[str, subprocess.Popen[bytes]]) -> None:
    deadline = time.monotonic() + START_S
    with running.instance() as instance:
        while time.monotonic() < deadline:
            for name, process in started.items():
                if process.poll() is not None:
                    raise RuntimeError(f"{name} ended: {(running.folder / f'{name}.log').read_text()[-3_000:]}")
            if last_sign(instance) is not None and _answers(f"http://127.0.0.1:{running.webserver}/server_info"):
                return
            time.sleep(0.5)
    raise RuntimeError(f"not ready after {START_S} s: look into {running.folder}")


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=5):
            return True
    except (URLError, ConnectionError, TimeoutError):
        return False


@contextmanager
def _s3(folder: Path) -> Iterator[dict[str, str]]:
    """moto's server, and a bucket in it. Needs moto[server]."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    program = os.environ.get("MOTO_SERVER", "moto_server")
    with (folder / "s3.log").open("wb") as log:
        process = subprocess.Popen([program, "-p", str(port)], stdout=log, stderr=subprocess.STDOUT)
        try:
            while not _answers(url):
                time.sleep(0.2)
            keys = {"AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox", "AWS_REGION": "us-east-1"}
            variables = {**keys, "AWS_DEFAULT_REGION": "us-east-1", "AWS_ENDPOINT_URL": url}
            make = "import s3fs; s3fs.S3FileSystem().mkdir('enrichment')"
            subprocess.run([sys.executable, "-c", make], env={**os.environ, **variables}, check=True)
            yield {**variables, "ENRICHMENT_STORE": "s3://enrichment/store"}
        finally:
            process.terminate()
            process.wait(20)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.deployment", description=__doc__)
    parser.add_argument("--slices", type=int, default=4)
    parser.add_argument("--companies", type=int, default=100)
    parser.add_argument("--no-s3", action="store_true", help="Values in Postgres; else moto_server has to be there.")
    given = parser.parse_args()
    with (
        Sandbox.start() as sandbox,
        postgres.running() as server,
        tempfile.TemporaryDirectory(prefix="deployed-") as at,
    ):
        folder, began = Path(at), time.monotonic()
        rows = "".join(f"Company {number},company{number}.com\n" for number in range(given.companies))
        (folder / "list.csv").write_text("company_name,website\n" + rows)
        with deployed(sandbox, folder, server, s3=not given.no_s3) as running:
            print(f"ready after {time.monotonic() - began:.0f} s, UI on port {running.webserver}", flush=True)
            command = running.start("run", "--file", "list.csv", "--slices", str(given.slices), "--yes", *WITHOUT)
            assert command.stdout is not None
            for line in command.stdout:
                if not line.startswith("["):
                    print(line, end="", flush=True)
            code = command.wait()
            pods = len(list(folder.glob("pod-*")))
        print(f"{pods} pods, exit code {code}, {time.monotonic() - began:.0f} s in all")
        sys.exit(code)


if __name__ == "__main__":
    main()
