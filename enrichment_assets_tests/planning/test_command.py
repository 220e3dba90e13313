"""``enrich plan`` in a terminal, and what ``enrich run`` says and asks before it starts."""

import json
import os
import pty
import subprocess
import sys

import pytest

from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.cli.conftest import Terminal, terminal

__all__ = ["terminal"]


def test_it_says_everything_and_calls_nobody(terminal: Terminal, sandbox: Sandbox) -> None:
    said = terminal.enrich("plan", "--file", "companies.csv", "--budget", "0.001", WEBHOOK_LIFETIME_SUBMISSIONS="5")
    assert said.returncode == 0, said.stderr
    assert sandbox.bill() == {}
    for words in ("Cost: about $", "Time: about ", "What binds: ", "0 of 5 submissions", "A budget of $0.0010 reaches"):
        assert words.replace("0 of 5", "5 of 5") in said.stdout
    assert "That is more than it will take" in said.stdout
    assert "assumed calls at list prices" in said.stdout


def test_as_json_it_has_every_range(terminal: Terminal) -> None:
    said = terminal.enrich("plan", "--file", "companies.csv", "--without", "news,linkedin", "--dry-run", "--json")
    plan = json.loads(said.stdout)
    assert (plan["rows"], plan["companies"], plan["rejected"], plan["duplicates"]) == (11, 8, 2, 1)
    assert plan["cost_usd"]["low"] < plan["cost_usd"]["expected"] < plan["cost_usd"]["high"]
    assert set(plan["providers"]) == {"dns", "spider", "openrouter", "web", "boards"}
    assert plan["artifacts"]["news"]["to_make"]["high"] == 0
    assert plan["binding_limit"]["limit"]
    parts = sum(one["cost_usd"]["expected"] for one in plan["artifacts"].values())
    assert parts == pytest.approx(plan["cost_usd"]["expected"])


def test_it_does_not_wait_for_dagster(terminal: Terminal) -> None:
    terminal.enrich("run", "--file", "companies.csv", "--only", "mx")
    code = (
        "import sys; from enrichment_assets.cli.main import cli;"
        "cli(['plan', '--file', 'companies.csv'], standalone_mode=False); assert 'dagster' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=terminal.folder,
        env=dict(terminal.environment),
        check=True,
        capture_output=True,
    )


def test_a_run_says_its_price_and_asks_only_a_person(terminal: Terminal, sandbox: Sandbox) -> None:
    real = {**terminal.environment, "ENRICHMENT_ASK_ABOVE_USD": "0"}
    del real["ENRICHMENT_SANDBOX"]
    command = terminal.command("run", "--file", "companies.csv", "--only", "mx,website", "--dry-run")
    nobody = subprocess.run(command, cwd=terminal.folder, env=real, capture_output=True, text=True, check=False)
    assert "8 of 8 companies need work, about $" in nobody.stdout
    assert nobody.returncode == 0, nobody.stdout + nobody.stderr
    billed = sandbox.bill()
    code, said = _at_a_terminal([*command, "--refresh"], terminal, real, answer="n\n")
    assert "It may cost $" in said
    assert code == 130
    assert sandbox.bill() == billed
    code, said = _at_a_terminal([*command, "--refresh", "--yes"], terminal, real, answer="")
    assert "It may cost" not in said
    assert code == 0


def _at_a_terminal(command: list[str], terminal: Terminal, environment: dict[str, str], answer: str) -> tuple[int, str]:
    """Exit code and what stands on the screen."""
    person, screen = pty.openpty()
    with subprocess.Popen(
        command, cwd=terminal.folder, env=environment, stdin=screen, stdout=screen, stderr=screen
    ) as process:
        os.close(screen)
        os.write(person, answer.encode())
        said = b""
        while True:
            try:
                part = os.read(person, 65_536)
            except OSError:
                break
            if not part:
                break
            said += part
    os.close(person)
    return process.returncode, said.decode()
