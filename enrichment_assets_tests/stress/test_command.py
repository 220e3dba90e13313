"""``enrich stress`` in a terminal, and the same through ``enrich run --stress``."""

import json
import subprocess

from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.cli.conftest import Terminal, terminal

__all__ = ["terminal"]


def test_it_shows_steps_curve_and_what_to_set_and_saves_it(terminal: Terminal, sandbox: Sandbox) -> None:
    sandbox.limits({"serper": {"rate": 30, "burst": 30}})
    (terminal.folder / ".env").write_text("# mine\nSERPER_REQUESTS_PER_S=50\nENRICHMENT_GRACE_S=3\n")
    environment = {
        k: v for k, v in terminal.environment.items() if not k.startswith(("SERPER_REQ", "SERPER_IN", "ENRICHMENT_PAR"))
    }
    words = (
        "stress",
        "--provider",
        "serper",
        "--duration",
        "7s",
        "--concurrency",
        "8",
        "--save",
        "--output",
        "curve.html",
    )
    said = subprocess.run(
        terminal.command(*words), cwd=terminal.folder, env=environment, capture_output=True, text=True, check=False
    )
    assert said.returncode == 0, said.stderr
    assert "Knee: " in said.stdout
    assert "▇" in said.stdout
    env = (terminal.folder / ".env").read_text()
    assert "# mine" in env
    assert "ENRICHMENT_GRACE_S=3" in env
    saved = dict(line.split("=") for line in env.splitlines() if "=" in line)
    assert 15 < float(saved["SERPER_REQUESTS_PER_S"]) < 40
    assert {"SERPER_IN_FLIGHT", "ENRICHMENT_PARALLEL"} <= saved.keys()
    page = (terminal.folder / "curve.html").read_text()
    assert "Answers per second" in page
    assert "<script" not in page
    assert "SERPER" not in json.dumps([value for name, value in terminal.environment.items() if "KEY" in name])


def test_as_json_and_as_an_option_of_run(terminal: Terminal, sandbox: Sandbox) -> None:
    said = terminal.enrich(
        "stress", "--provider", "serper", "--duration", "2s", "--concurrency", "2", "--budget", "50", "--json"
    )
    found = json.loads(said.stdout)
    assert [step["concurrency"] for step in found["steps"]] == [1, 2]
    assert found["knee"]["answered"] > 0
    assert int(found["settings"]["SERPER_IN_FLIGHT"]) >= 1
    sandbox.faults({"serper": {"out_of_credit": 1.0}})
    said = terminal.enrich("run", "--stress", "4", "--provider", "serper", "--duration", "1m")
    assert said.returncode == 1
    assert "Not enough credits" in said.stdout or "out of credit" in said.stdout
    for words in (
        ("run", "--stress", "4"),
        ("stress", "--provider", "direct"),
        ("stress", "--provider", "serper", "--duration", "long"),
    ):
        assert terminal.enrich(*words).returncode == 2
