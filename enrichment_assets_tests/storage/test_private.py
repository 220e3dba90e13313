"""Who may read the state; and a state whose making was killed at any moment."""

import logging
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from enrichment_assets.cache.instance import open_instance
from enrichment_assets.companies.company import Company
from enrichment_assets.core.private import OTHERS
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.sandbox.process import Sandbox

pytestmark = pytest.mark.skipif(os.name != "posix", reason="permissions and signals of POSIX")


def open_to_others(folder: Path) -> list[str]:
    return [str(path) for path in (folder, *folder.rglob("*")) if path.stat().st_mode & OTHERS]


def test_whatever_a_run_writes_is_its_owners_alone(sandbox: Sandbox, tmp_path: Path):
    os.umask(0o022)
    elsewhere = {
        "enrichment_store": str(tmp_path / "store"),
        "enrichment_state_db": f"sqlite:///{tmp_path / 'state' / 'enrichment.db'}",
    }
    settings = sandbox.settings(dagster_home=tmp_path / "home").model_copy(update=elsewhere)
    with open_instance(settings) as instance:
        run_list(instance, [Company("stripe.com", "Stripe")], settings=settings)
    for place in ("home", "store", "state"):
        assert open_to_others(tmp_path / place) == []


def test_a_home_of_an_earlier_version_is_closed_and_said_so(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(0o755)
    with caplog.at_level(logging.WARNING), open_instance(Settings(_env_file=None, dagster_home=home)):  # type: ignore[call-arg]
        assert home.stat().st_mode & OTHERS == 0
    assert f"{home} could be read by others" in caplog.text


def test_an_env_file_that_others_could_read_is_closed(tmp_path: Path):
    env = tmp_path / ".env"
    env.write_text("OPENROUTER_API_KEY=s3cret\n")
    env.chmod(0o644)
    command = [sys.executable, "-m", "enrichment_assets", "export", "--file", "x", "--output", "y.csv"]
    shown = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert env.stat().st_mode & OTHERS == 0
    assert ".env could be read by others" in shown.stderr
    assert "s3cret" not in shown.stderr


KILLS = """
    import os, signal, sys, time
    from pathlib import Path
    from enrichment_assets.cache.instance import open_instance
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.storage.lists import Lists
    from enrichment_assets.storage.names import Names
    from enrichment_assets.storage.state import open_state

    def work(home):
        settings = Settings(_env_file=None, dagster_home=home)
        with open_instance(settings) as instance:
            instance.add_dynamic_partitions("company", ["a.com"])
            state = open_state(settings)
            Names(state), Lists(state)
            state.dispose()
            assert instance.get_dynamic_partitions("company") == ["a.com"]
            assert list(instance.get_runs()) == []

    def child(home):
        pid = os.fork()
        if pid == 0:
            try:
                work(home)
            except BaseException as error:
                print(f"{home.name}: {type(error).__name__}: {error}", flush=True)
                os._exit(1)
            os._exit(0)
        return pid

    base = Path(sys.argv[1])
    started = time.monotonic()
    os.waitpid(child(base / "whole"), 0)
    whole_s = time.monotonic() - started
    moments = int(sys.argv[2])
    for number in range(moments):
        home = base / f"home{number}"
        for share in (number / moments, (number * 7 % moments) / moments):
            victim = child(home)
            time.sleep(whole_s * share)
            os.kill(victim, signal.SIGKILL)
            os.waitpid(victim, 0)
        last = child(home)
        _, status = os.waitpid(last, 0)
        if status:
            print(f"{home.name}: cannot be opened after kills", flush=True)
"""


def test_a_home_whose_making_was_killed_at_any_moment_opens(tmp_path: Path):
    command = [sys.executable, "-c", textwrap.dedent(KILLS), str(tmp_path), "5"]
    shown = subprocess.run(command, check=False, capture_output=True, text=True, timeout=240)
    assert (shown.stdout, shown.returncode) == ("", 0), shown.stdout + shown.stderr
