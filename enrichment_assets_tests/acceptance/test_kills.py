"""The command is killed at random instants and resumed, again and again, until its list is done."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

import enrichment_assets
from enrichment_assets.cli.sandboxed import variables
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.acceptance.sizes import SIZES, TIMEOUT_S
from enrichment_assets_tests.acceptance.worlds import companies, csv_of, paid_calls, since
from enrichment_assets_tests.cli.conftest import said_until

pytestmark = pytest.mark.timeout(TIMEOUT_S)

PACKAGE = Path(enrichment_assets.__file__).parent
PARALLEL = 10
LATENCY = {"spider": 0.03, "openrouter": 0.05, "serper": 0.02, "clay": 0.02}
"""So that a kill finds calls in flight at every provider."""
KILLS_PER_LIST = 10
ON_THE_WAY = PARALLEL
"""Answers per kill that the provider had sent and the process had not yet taken in: in its socket, or on their way into
the store. One or none on an idle machine; on a busy one as many as companies are in flight."""


@dataclass
class Terminal:
    """``enrich run`` on one home, as often as it takes."""

    sandbox: Sandbox
    folder: Path
    run_id: str | None = None
    release: Path | None = None
    """A copy of the package to run instead of this one."""
    seconds: float = 0.0
    """From the run's beginning to the end of the command."""

    def environment(self) -> dict[str, str]:
        """Of the command."""
        base = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
        release = {"PYTHONPATH": str(self.release)} if self.release else {}
        return base | variables(self.sandbox.settings()) | release

    def start(self) -> subprocess.Popen[str]:
        """Start or resume, and wait until the run has begun."""
        what = ["--resume", self.run_id] if self.run_id else ["--file", "list.csv"]
        options = ["--parallel", str(PARALLEL), "--output", "o.json"]
        process = subprocess.Popen(
            [sys.executable, "-m", "enrichment_assets", "run", *what, *options],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        begun = re.compile(r"^Run ([0-9a-f-]{36})$", re.MULTILINE)
        (self.run_id,) = begun.findall(said_until(process, begun.search))
        return process

    def killed_after(self, seconds: float) -> bool:
        """Whether the run was still going when the kill came."""
        process = self.start()
        try:
            process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
            process.communicate()
        return process.returncode == -signal.SIGKILL

    def finishes(self) -> list[dict]:
        process = self.start()
        started = time.monotonic()
        said = process.communicate(timeout=600)[0]
        self.seconds = time.monotonic() - started
        rows = orjson.loads((self.folder / "o.json").read_bytes())["rows"]
        if self.run_id is not None and any("left out: " in row["reason"] for row in rows):
            # In flight in two runs that died: a resume gets past them, and a run of its own tries again.
            self.run_id = None
            return self.finishes()
        assert process.returncode == 0, said[-3_000:]
        return rows


def terminal(sandbox: Sandbox, folder: Path, listed: str) -> Terminal:
    folder.mkdir()
    (folder / "list.csv").write_text(listed)
    return Terminal(sandbox, folder)


def test_a_list_whose_run_is_killed_at_random_instants_is_finished_by_resuming(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    listed = companies(SIZES.killed, "killed")
    sandbox.latency(LATENCY)
    whole = terminal(sandbox, tmp_path / "uninterrupted", csv_of(listed))
    whole.finishes()
    needed = paid_calls(sandbox)
    instants = random.Random(4)
    kills, lists = 0, 0
    repeated: dict[str, int] = defaultdict(int)
    cut_off: dict[str, int] = defaultdict(int)
    while kills < SIZES.kills:
        lists += 1
        sandbox.reset()
        sandbox.latency(LATENCY)
        runs = terminal(sandbox, tmp_path / f"list-{lists}", csv_of(listed))
        killed_now = 0
        most = min(KILLS_PER_LIST, SIZES.kills - kills)
        while killed_now < most and runs.killed_after(instants.uniform(0, whole.seconds / 3)):
            kills, killed_now = kills + 1, killed_now + 1
        rows = runs.finishes()
        assert len(rows) == SIZES.killed
        assert {row["outcome"] for row in rows} <= {"qualified", "disqualified", "review"}
        assert all(row["delivered"] for row in rows)

        twice, bill = since(needed, paid_calls(sandbox)), sandbox.bill()
        cut = {provider: bill[provider]["statuses"].get("abandoned", 0) for provider in twice}
        for provider, calls in twice.items():
            repeated[provider] += calls
            cut_off[provider] += cut[provider]
        assert 0 <= sum(twice.values()) - sum(cut.values()) <= killed_now * ON_THE_WAY, (twice, cut)
        keys = defaultdict(set)
        for row in sandbox.received():
            keys[row["body"]["domain"]].add(row["body"]["delivery_key"])
        assert keys.keys() == {company.domain for company in listed}
        assert all(len(of_one) == 1 for of_one in keys.values())
        print(f"\nlist {lists}: {killed_now} kills, paid calls repeated: {twice}, cut off without an answer: {cut}")
    assert kills == SIZES.kills
    print(
        f"\n{kills} kills over {lists} lists of {SIZES.killed} companies ({whole.seconds:.1f} s uninterrupted, "
        f"{needed} paid calls): {dict(repeated)} paid calls repeated, {dict(cut_off)} cut off without an answer"
    )


def test_each_change_is_told_once_however_often_its_run_is_killed(sandbox: Sandbox, tmp_path: Path) -> None:
    """Another release reads the same pages in another way, and is killed again and again while it does."""
    listed = companies(SIZES.killed, "changed")
    release = tmp_path / "release"
    rules = shutil.copytree(PACKAGE, release / PACKAGE.name)
    changed = rules / "artifacts" / "website" / "artifact.py"
    assert "page.description[:4_000]), 1_000)" in changed.read_text()
    changed.write_text(
        changed.read_text().replace("page.description[:4_000]), 1_000)", "page.description[:4_000]), 9)")
    )
    told: list[Counter[tuple[str, str, str]]] = []
    kills = 0
    for most in (0, SIZES.kills_while_changing):
        runs = terminal(sandbox, tmp_path / f"killed-{most}", csv_of(listed))
        runs.finishes()
        runs.run_id, runs.release = None, release
        instants, dead = random.Random(5), 0
        while dead < most and runs.killed_after(instants.uniform(0, runs.seconds / 3)):
            dead += 1
        kills += dead
        runs.finishes()
        told.append(changes_told(runs))
    whole, killed = told
    assert whole
    assert killed == whole
    assert set(killed.values()) == {1}
    assert kills > 0
    print(f"\n{kills} kills while {SIZES.killed} companies changed: {len(killed)} changed fields, each told once")


def changes_told(runs: Terminal) -> Counter[tuple[str, str, str]]:
    """Company, artifact and field of every change, as the command tells them."""
    done = subprocess.run(
        [sys.executable, "-m", "enrichment_assets", "changes", "--json"],
        cwd=runs.folder,
        env=runs.environment(),
        capture_output=True,
        check=True,
    )
    return Counter((each["domain"], each["artifact"], each["field"]) for each in orjson.loads(done.stdout)["changes"])
