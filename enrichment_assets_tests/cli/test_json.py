"""``--json``: one document per command, as its published schema says; and what programs do with it."""

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from enrichment_assets.cli.main import cli
from enrichment_assets.cli.reference import command_schemas, every_command
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.cli.conftest import Terminal

SCHEMAS = {name: json.loads(text) for name, text in command_schemas().items()}
SERVING = {"enrich ui", "enrich sandbox", "enrich mcp"}
"""They serve until they are ended."""


@pytest.fixture
def here(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """This process in the terminal's folder, with its environment: many commands need not start a process each."""
    monkeypatch.chdir(terminal.folder)
    monkeypatch.setenv("PWD", str(terminal.folder))
    for name, value in terminal.environment.items():
        monkeypatch.setenv(name, value)
    return terminal


def answer(*words: str, status: int = 0) -> dict:
    """What a command prints with ``--json``, which is what its schema says."""
    done = CliRunner().invoke(cli, [*words, "--json"])
    assert done.exit_code == status, done.stderr
    document = json.loads(done.stdout)
    typed = f"enrich {' '.join(words)} "
    name = next(name for name in sorted(SCHEMAS, key=len, reverse=True) if typed.startswith(f"{name} "))
    Draft202012Validator(SCHEMAS[name]).validate(document)
    return document


def test_every_command_that_ends_has_a_document() -> None:
    assert {name for name, _ in every_command()} - SERVING == set(SCHEMAS)


@pytest.mark.usefixtures("healthy", "here")
def test_every_document_is_as_its_schema_says() -> None:
    assert answer("init")["wrote"] == [".env", "icp.yaml"]
    assert answer("init")["wrote"] == []
    ran = answer("run", "--file", "companies.csv", "--output", "out.json")
    assert ran["ended"] == "complete"
    assert ran["summary"] == json.loads(Path("out.json").read_text())["summary"]
    assert sum(ran["summary"]["outcomes"].values()) == ran["summary"]["rows"] == 11
    run_id, other = ran["run_id"], "--icp=icp.yaml"
    assert [run["run_id"] for run in answer("runs")["runs"]] == [run_id]
    said = answer("logs", run_id, "--company", "stripe.com")["lines"]
    assert {line["artifact"] for line in said} >= {"mx", "website", "icp"}
    assert answer("status")["artifacts"]["mx"]["fresh"] == 8
    assert answer("status", run_id)["outcomes"]["mx"] == {"OK": 8}
    assert answer("costs")["total_usd"] == pytest.approx(ran["summary"]["total_cost_usd"])
    assert answer("changes")["changes"] == []
    assert answer("explain", "stripe.com")["domain"] == "stripe.com"
    assert answer("export", "--file", "companies.csv", "--output", "known.csv")["known"] == 8
    assert answer("report", run_id)["runs"] == [run_id]
    assert answer("deliver")["deliveries"] == {"unchanged": 8}
    assert answer("deliver", "--held")["held"] == []
    assert answer("add", "acme-robotics.com", "linkedin.com/in/x", status=2)["added"] == ["acme-robotics.com"]
    assert answer("replay", "stripe.com", "--artifact", "website")["artifacts"][0]["made"]
    assert answer("what-if", other)["cost_usd"] == 0
    assert answer("questions", "new", "pricing_model")["wrote"].endswith("pricing_model.yaml")
    assert [one["name"] for one in answer("questions", "check")["questions"]] == ["pricing_model"]
    assert answer("questions", "list") == answer("questions", "check")
    Path("labelled.csv").write_text("text,fits\nWe sell software to banks.,1\nBread and cakes.,0\n")
    assert answer("eval", "labelled.csv")["figures"]["companies"] == 2
    assert len(answer("review")["cases"]) == answer("status")["artifacts"]["icp"]["fresh"]
    assert answer("review", "--export", "labels.csv")["wrote"] == "labels.csv"
    assert answer("review", "--import", "labels.csv")["labels"] == 0
    assert answer("eval", "--labels")["artifacts"] == {}
    assert {one["grade"] for one in answer("doctor")["findings"]} <= {"OK", "WARN"}
    assert answer("forget", "figma.com", "--dry-run")["companies"][0]["places"]
    assert answer("prune", "--yes")["events"] >= 0


def test_what_cannot_be_started_says_so_on_standard_error_alone(terminal: Terminal) -> None:
    done = terminal.enrich("run", "--file", "nowhere.csv", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert "nowhere.csv" in done.stderr


def test_quiet_says_nothing_but_errors(terminal: Terminal) -> None:
    (terminal.folder / "list.csv").write_text("Company,Website\nAcme,acme.com\n")
    done = terminal.enrich("run", "--file", "list.csv", "--only", "mx", "--quiet")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    refused = terminal.enrich("run", "--file", "nowhere.csv", "-q")
    assert "nowhere.csv" in refused.stderr


@pytest.mark.usefixtures("here")
def test_a_run_ends_at_its_time_and_says_how_to_go_on(healthy: Sandbox) -> None:
    healthy.latency({"spider": 1.5})
    soon = (datetime.now(UTC) + timedelta(seconds=5)).isoformat()
    document = answer("run", "--file", "companies.csv", "--until", soon, "--parallel", "1", status=1)
    assert document["ended"] == "interrupted"
    assert document["summary"]["outcomes"]["qualified"] + document["summary"]["outcomes"]["disqualified"] < 8
    assert document["resume"] == f"enrich run --resume {document['run_id']}"
    assert "is over" in CliRunner().invoke(cli, ["run", "--file", "companies.csv", "--until", "2020-01-01"]).stderr


def test_the_sample_comes_with_the_program(terminal: Terminal) -> None:
    done = terminal.enrich("export", "--file", "sample", "--output", "out.csv")
    assert re.search(r"337 rows, \d+ companies, 0 known", done.stdout), done.stderr


async def test_an_agent_reads_and_spends_within_its_budget(terminal: Terminal) -> None:
    (terminal.folder / "list.csv").write_text("Company,Website\nStripe,stripe.com\n")
    serving = ["-m", "enrichment_assets", "mcp", "--allow-run", "--budget", "0.05"]
    parameters = StdioServerParameters(
        command=sys.executable, args=serving, cwd=terminal.folder, env=dict(terminal.environment)
    )
    async with Client(stdio_client(parameters)) as agent:
        tools = {tool.name for tool in (await agent.list_tools()).tools}
        assert tools == {"status", "explain", "costs", "changes", "runs", "failures", "run"}
        ran = await agent.call_tool("run", {"file": "list.csv", "budget_usd": 0.04})
        assert ran.structured_content["ended"] == "complete"
        known = await agent.call_tool("explain", {"domain": "stripe.com"})
        assert known.structured_content["domain"] == "stripe.com"
        outside = await agent.call_tool("run", {"file": "/etc/passwd"})
        assert outside.is_error
        assert "give a file in" in outside.content[0].text
        option = await agent.call_tool("explain", {"domain": "--sandbox"})
        assert option.is_error


def test_what_runs_may_spend_has_to_be_said(tmp_path: Path, terminal: Terminal) -> None:
    assert "--allow-run needs --budget" in terminal.enrich("mcp", "--allow-run").stderr
