"""Make a home as this version of the program leaves it, with everything in it that a later version must understand.

``python -m enrichment_assets_tests.homes.make NAME`` writes ``NAME.tar.xz`` beside this file. Run it once per release,
in a checkout of that release, and never change what it wrote.
"""

import os
import re
import signal
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import orjson

from enrichment_assets.cli.sandboxed import variables
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.state import state_engine
from enrichment_assets_tests.homes.facts import LISTS, PORTS, facts, settings_for

HERE = Path(__file__).parent


def make(name: str) -> Path:
    """The archive's path."""
    with tempfile.TemporaryDirectory(prefix="home-") as folder:
        home = Path(folder) / "sandbox"
        home.mkdir()
        (home / "ports.json").write_bytes(orjson.dumps(PORTS))
        for listed, domains in LISTS.items():
            lines = "".join(f"{domain.partition('.')[0].title()},https://{domain}\n" for domain in domains)
            (home / f"{listed}.csv").write_text(f"company_name,website\n{lines}")
        runs = _live(home)
        _settle(home)
        (home / "made.json").write_bytes(orjson.dumps({"at": time.time(), "home": str(home), "runs": runs}))
        (home / "facts.json").write_bytes(orjson.dumps(facts(home), option=orjson.OPT_INDENT_2))
        _settle(home)
        archive = HERE / f"{name}.tar.xz"
        with tarfile.open(archive, "w:xz", preset=9) as tar:
            tar.add(home, arcname="sandbox")
    return archive


def _live(home: Path) -> dict[str, str]:
    """Run ids by what became of the run."""
    command = _start(home, {"DAGSTER_HOME": str(home.parent)}, "run", "--sandbox", "--file", "done.csv")
    runs = {"done": _run_id(command)}
    assert command.wait() == 0
    with Sandbox.start(port=PORTS[0], dns_port=PORTS[1]) as sandbox:
        env = {**variables(settings_for(home)), "DAGSTER_HOME": str(home)}

        fine, no_dns, refused, unknown, held = LISTS["failed"]
        assert fine
        sandbox.faults(
            {
                "dns": {"kind": "servfail", "domains": [no_dns]},
                "clay": [
                    {"kind": "http_400", "domains": [refused]},
                    {"kind": "accept_then_reset", "domains": [unknown, held]},
                ],
            }
        )
        command = _start(home, env, "run", "--file", "failed.csv")
        runs["failed"] = _run_id(command)
        assert command.wait() == 1
        (home / "held.csv").write_text(f"company_name,website\nHeld,https://{held}\n")
        command = _start(home, {**env, "WEBHOOK_UNKNOWN": "hold"}, "run", "--file", "held.csv")
        runs["held"] = _run_id(command)
        assert command.wait() == 1
        sandbox.faults({})

        span = f"{LISTS['done'][0]}...{LISTS['done'][2]}"
        launch = ["-m", "dagster", "asset", "materialize", "-m", "enrichment_assets.definitions", "--select", "*"]
        subprocess.run([sys.executable, *launch, "--partition-range", span], cwd=home, env=_env(env), check=True)

        sandbox.latency(dict.fromkeys(("spider", "openrouter", "serper", "clay"), 0.2))
        command = _start(home, env, "run", "--file", "interrupted.csv", "--parallel", "2")
        runs["interrupted"] = _run_id(command)
        _until(home, "SELECT count(*) FROM push WHERE state = 'sent' AND owner = ?", runs["interrupted"], 2)
        command.send_signal(signal.SIGINT)
        assert command.wait() == 130, command.returncode

        sandbox.latency({"clay": 600})
        command = _start(home, env, "run", "--file", "killed.csv")
        runs["killed"] = _run_id(command)
        _until(home, "SELECT count(*) FROM push WHERE state = 'intent' AND owner = ?", runs["killed"], 2)
        time.sleep(2)
        os.kill(command.pid, signal.SIGKILL)
        command.wait()
    return runs


def _env(env: Mapping[str, str]) -> dict[str, str]:
    return {**{name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}, **env}


def _start(home: Path, env: Mapping[str, str], *command: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "enrichment_assets", *command],
        cwd=home,
        env=_env(env),
        stdout=subprocess.PIPE,
        text=True,
    )


def _run_id(command: subprocess.Popen[str]) -> str:
    assert command.stdout is not None
    for line in command.stdout:
        if found := re.fullmatch(r"Run ([0-9a-f-]{36})\n", line):
            return found[1]
    raise AssertionError("the run did not start")


def _until(home: Path, query: str, run_id: str, many: int) -> None:
    with state_engine(f"sqlite:///{home / 'enrichment.db'}").connect() as connection:
        while connection.exec_driver_sql(query, (run_id,)).scalar_one() < many:
            time.sleep(0.05)


def _settle(home: Path) -> None:
    """Everything in the files themselves, and no page of them empty."""
    for file in home.rglob("*.db"):
        with closing(sqlite3.connect(file, isolation_level=None)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("VACUUM")
    for left in (*home.rglob("*.db-wal"), *home.rglob("*.db-shm"), *home.rglob("*.lock")):
        left.unlink()


if __name__ == "__main__":
    print(make(sys.argv[1]))
