"""SIGKILL at every step of a push. ``KILLS=50 pytest .../test_kill.py`` kills 50 processes instead of 8."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from enrichment_assets.cli.sandboxed import variables
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.delivery.pushing import STEPS, running

KILLS = int(os.environ.get("KILLS", "8"))
COMPANIES = 4
ARRIVES_TWICE = {"after POST"}
IS_REPEATED = {"after intent", "after POST"}


def environment(settings: object) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], **variables(settings)}  # type: ignore[arg-type]


@pytest.mark.parametrize("kill", range(KILLS))
async def test_a_kill_at_any_step_loses_nothing_and_repeats_under_the_first_key(
    kill: int, sandbox: Sandbox, tmp_path: Path
) -> None:
    step, victim = STEPS[kill % len(STEPS)], kill // len(STEPS) % COMPANIES
    settings = sandbox.settings(dagster_home=tmp_path)
    command = [sys.executable, "-m", "enrichment_assets_tests.delivery.pushing"]
    killed = await asyncio.to_thread(
        subprocess.run,
        [*command, str(tmp_path), step, str(COMPANIES), str(victim)],
        cwd=Path(__file__).parents[2],
        env=environment(settings),
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    assert len(sandbox.received()) == victim + (step in ("after POST", "after acknowledgement"))

    async with running(settings, "next") as run:
        statuses = [(await run.push(f"company-{number}.example")).status for number in range(COMPANIES)]

    received = sandbox.received()
    rows = Counter(row["body"]["domain"] for row in received)
    assert set(rows) == {f"company-{number}.example" for number in range(COMPANIES)}
    assert rows.total() == COMPANIES + (step in ARRIVES_TWICE)
    for domain in rows:
        keys = {row["body"]["delivery_key"] for row in received if row["body"]["domain"] == domain}
        headers = {row["headers"]["idempotency-key"] for row in received if row["body"]["domain"] == domain}
        assert len(keys) == 1
        assert headers == keys
    assert statuses[:victim] == ["unchanged"] * victim
    assert (statuses[victim] == "redelivered") == (step in IS_REPEATED)
    marked = [row["body"]["domain"] for row in received if row["body"]["delivery_redelivered"]]
    assert marked == ([f"company-{victim}.example"] if step in IS_REPEATED else [])
