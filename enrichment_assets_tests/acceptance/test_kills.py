"""The command is killed at random instants and resumed, again and again, until its list is done."""

import os
import random
import re
import signal
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest

from enrichment_assets.cli.sandboxed import variables
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.acceptance.sizes import SIZES, TIMEOUT_S
from enrichment_assets_tests.acceptance.worlds import companies, csv_of, paid_calls, since

pytestmark = pytest.mark.timeout(TIMEOUT_S)

PARALLEL = 10
LATENCY = {"spider": 0.03, "openrouter": 0.05, "serper": 0.02, "clay": 0.02}
"""So that a kill finds calls in flight at every provider."""
ON_THE_WAY = 3
"""Answers per kill that the provider had sent and the process had not yet taken in: in its socket, or on their way into
the store. On an idle machine less than one."""


@dataclass
class Terminal:
    """``enrich run`` on one home, as often as it takes."""

    sandbox: Sandbox
    folder: Path
    run_id: str | None = None
    seconds: float = 0.0
    """From the run's beginning to the end of the command."""

    def start(self) -> subprocess.Popen[str]:
        """Start or resume, and wait until the run has begun."""
        what = ["--resume", self.run_id] if self.run_id else ["--file", "list.csv"]
        base = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
        options = ["--parallel", str(PARALLEL), "--output", "o.json"]
        process = subprocess.Popen(
            [sys.executable, "-m", "enrichment_assets", "run", *what, *options],
            cwd=self.folder,
            env={**base, **variables(self.sandbox.settings())},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert process.stdout is not None
        seen = ""
        while not (found := re.search(r"^Run ([0-9a-f-]{36})$", seen, re.MULTILINE)):
            line = process.stdout.readline()
            assert line, seen
            seen += line
        self.run_id = found[1]
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
        assert process.returncode == 0, said
        return orjson.loads((self.folder / "o.json").read_bytes())["rows"]


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
        while kills < SIZES.kills and runs.killed_after(instants.uniform(0, whole.seconds / 3)):
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
