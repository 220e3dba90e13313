"""``--json``: one document per command, as its published schema says; and what programs do with it."""

import json
import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

from enrichment_assets.cli.reference import command_schemas, every_command
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.cli.conftest import Terminal

SCHEMAS = {name: json.loads(text) for name, text in command_schemas().items()}
SERVING = {"enrich ui", "enrich sandbox", "enrich mcp"}
"""They serve until they are ended."""


def answer(terminal: Terminal, *words: str, status: int = 0, **environment: str) -> dict:
    """What a command prints with ``--json``, which is what its schema says."""
    done = terminal.enrich(*words, "--json", **environment)
    assert done.returncode == status, done.stderr
    document = json.loads(done.stdout)
    name = next(
        name for name in sorted(SCHEMAS, key=len, reverse=True) if f"enrich {' '.join(words)} ".startswith(f"{name} ")
    )
    Draft202012Validator(SCHEMAS[name]).validate(document)
    return document


def test_every_command_that_ends_has_a_document() -> None:
    assert {name for name, _ in every_command()} - SERVING == set(SCHEMAS)


@pytest.mark.usefixtures("healthy")
def test_every_document_is_as_its_schema_says(terminal: Terminal) -> None:
    terminal.enrich("init")
    assert answer(terminal, "init")["wrote"] == []
    ran = answer(terminal, "run", "--file", "companies.csv", "--output", "out.json")
    assert ran["ended"] == "complete"
    assert ran["summary"] == json.loads((terminal.folder / "out.json").read_text())["summary"]
    assert sum(ran["summary"]["outcomes"].values()) == ran["summary"]["rows"] == 11
    run_id, other = ran["run_id"], "--icp=icp.yaml"
    assert [run["run_id"] for run in answer(terminal, "runs")["runs"]] == [run_id]
    said = answer(terminal, "logs", run_id, "--company", "stripe.com")["lines"]
    assert {line["artifact"] for line in said} >= {"mx", "website", "icp"}
    assert answer(terminal, "status")["artifacts"]["mx"]["fresh"] == 8
    assert answer(terminal, "status", run_id)["outcomes"]["mx"] == {"OK": 8}
    assert answer(terminal, "costs")["total_usd"] == pytest.approx(ran["summary"]["total_cost_usd"])
    assert answer(terminal, "changes")["changes"] == []
    assert answer(terminal, "explain", "stripe.com")["domain"] == "stripe.com"
    assert answer(terminal, "export", "--file", "companies.csv", "--output", "known.csv")["known"] == 8
    assert answer(terminal, "report", run_id)["runs"] == [run_id]
    assert answer(terminal, "deliver")["deliveries"] == {}
    assert answer(terminal, "deliver", "--held")["held"] == []
    assert answer(terminal, "add", "acme-robotics.com", "linkedin.com/in/x", status=2)["added"] == ["acme-robotics.com"]
    assert answer(terminal, "replay", "stripe.com", "--artifact", "website")["artifacts"][0]["made"]
    assert answer(terminal, "what-if", other)["cost_usd"] == 0
    assert answer(terminal, "questions", "new", "pricing_model")["wrote"].endswith("pricing_model.yaml")
    assert [one["name"] for one in answer(terminal, "questions", "check")["questions"]] == ["pricing_model"]
    assert answer(terminal, "questions", "list") == answer(terminal, "questions", "check")
    (terminal.folder / "labelled.csv").write_text("text,fits\nWe sell software to banks.,1\nBread and cakes.,0\n")
    assert answer(terminal, "eval", "labelled.csv")["figures"]["companies"] == 2
    assert {one["grade"] for one in answer(terminal, "doctor")["findings"]} <= {"OK", "WARN"}
    assert answer(terminal, "forget", "figma.com", "--dry-run")["companies"][0]["places"]
    assert answer(terminal, "prune", "--yes")["events"] >= 0


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


def test_a_run_ends_at_its_time_and_says_how_to_go_on(terminal: Terminal, healthy: Sandbox) -> None:
    healthy.latency({"spider": 1.5})
    soon = (datetime.now(UTC) + timedelta(seconds=10)).isoformat()
    done = terminal.enrich("run", "--file", "companies.csv", "--until", soon, "--parallel", "1", "--json")
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    assert document["ended"] == "interrupted"
    assert document["summary"]["outcomes"]["qualified"] + document["summary"]["outcomes"]["disqualified"] < 8
    assert document["resume"] == f"enrich run --resume {document['run_id']}"
    assert "is over" in terminal.enrich("run", "--file", "companies.csv", "--until", "2020-01-01").stderr


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
