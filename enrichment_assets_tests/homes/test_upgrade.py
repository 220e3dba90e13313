"""A home of an earlier version opens, costs nothing, pushes nothing again, and says what it said before."""

import fcntl
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import orjson
import pytest

from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.latest_status import latest_statuses
from enrichment_assets.companies.company import Company
from enrichment_assets.engine.results import CompanyResult
from enrichment_assets.orchestration.census import rules_of
from enrichment_assets.orchestration.runs.launch import Ran, run_list
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.names import Names
from enrichment_assets.storage.state import open_state
from enrichment_assets_tests.acceptance.worlds import PAID, paid_calls
from enrichment_assets_tests.builtin import CATALOG
from enrichment_assets_tests.homes.facts import LISTS, PORTS, facts, settings_for
from enrichment_assets_tests.homes.unpacking import NAMES, Home, unpacked


@pytest.fixture(params=NAMES)
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Home:
    return unpacked(request.param, tmp_path)


@pytest.fixture
def usual_sandbox() -> Iterator[Sandbox]:
    """Where the home's webhook is: a push to another address is another push. One test at a time has it."""
    with (Path(tempfile.gettempdir()) / f"enrichment-tests-{PORTS[0]}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        with Sandbox.start(port=PORTS[0], dns_port=PORTS[1]) as sandbox:
            yield sandbox


def run(home: Home, listed: str, resume: str | None = None) -> tuple[Ran, dict[str, CompanyResult]]:
    settings = settings_for(home.path)
    state = open_state(settings)
    companies: list[Company] = list(Names(state).companies(LISTS[listed]))
    state.dispose()
    finished: dict[str, CompanyResult] = {}
    with open_instance(settings) as instance:
        ran = run_list(
            instance,
            companies,
            settings=settings,
            resume=resume,
            clock=lambda: home.now,
            on_finished=lambda company: finished.update({company.company.domain: company}),
        )
    return ran, finished


def test_it_says_what_it_said_before(home: Home) -> None:
    known: dict[str, Any] = orjson.loads(orjson.dumps(facts(home.path)))
    for what, before in home.facts.items():
        assert known[what] == before, what


def test_its_list_again_costs_nothing_and_pushes_nothing(home: Home, usual_sandbox: Sandbox) -> None:
    ran, finished = run(home, "done")
    assert ran.status is dg.DagsterRunStatus.SUCCESS, ran.error
    assert len(finished) == len(LISTS["done"])
    assert sum(company.cost_usd for company in finished.values()) == 0
    assert usual_sandbox.bill() == {}
    assert usual_sandbox.received() == []


def freshness(home: Home, now: datetime, **given: Any) -> dict[str, set[str]]:
    """Of the list that was done: states by artifact."""
    settings = settings_for(home.path).model_copy(update=given)
    with open_instance(settings) as instance:
        known = list(rules_of(CATALOG, settings).known(latest_statuses(instance, LISTS["done"], CATALOG), now))
    return {name: {company.freshness[name] for company in known} for name in CATALOG}


def test_what_it_knows_is_fresh_until_its_ttl_ends(home: Home) -> None:
    states = freshness(home, home.now)
    assert set.union(*states.values()) == {"fresh"}
    states = freshness(home, home.now + timedelta(hours=12))
    assert {name for name, found in states.items() if "expired" in found} == {"news"}


def test_a_profile_or_fetcher_that_changed_since_makes_what_it_decides_outdated(home: Home, tmp_path: Path) -> None:
    profile = tmp_path / "icp.yaml"
    profile.write_text("we_sell: Payroll.\nwe_sell_to: Restaurants.\nmust_haves: [Runs a restaurant.]\n")
    states = freshness(home, home.now, enrichment_icp_profile=profile)
    assert {name for name, found in states.items() if "outdated" in found} == {"icp"}
    states = freshness(home, home.now, enrichment_pages=("direct", "spider"))
    assert {name for name, found in states.items() if "outdated" in found} == {"website", "careers"}


def test_its_interrupted_run_is_resumed_and_its_killed_run_ended(home: Home, usual_sandbox: Sandbox) -> None:
    before = home.facts["run reports"]["interrupted"]["outcomes"]
    ran, finished = run(home, "interrupted", resume=home.runs["interrupted"])
    assert ran.status is dg.DagsterRunStatus.SUCCESS, ran.error
    left = len(LISTS["interrupted"]) - before["webhook_delivery"]["OK"]
    assert len(finished) == len(LISTS["interrupted"])
    assert len({row["body"]["domain"] for row in usual_sandbox.received()}) == len(usual_sandbox.received()) == left
    assert paid_calls(usual_sandbox)["openrouter"] <= len(LISTS["interrupted"]) - before["icp"]["OK"]
    with open_instance(settings_for(home.path)) as instance:
        killed = instance.get_run_by_id(home.runs["killed"])
    assert killed is not None
    assert killed.status is dg.DagsterRunStatus.FAILURE


def test_what_its_killed_run_left_unknown_is_pushed_again_under_its_key(home: Home, usual_sandbox: Sandbox) -> None:
    with home.database("state") as connection:
        left = dict(
            connection.execute(
                "SELECT domain, key FROM push WHERE state = 'intent' AND owner = ?", (home.runs["killed"],)
            )
        )
    assert left
    ran, _ = run(home, "killed", resume=home.runs["killed"])
    assert ran.status is dg.DagsterRunStatus.SUCCESS, ran.error
    rows = {row["body"]["domain"]: row["body"] for row in usual_sandbox.received()}
    assert rows.keys() == set(LISTS["killed"])
    assert {domain: rows[domain]["delivery_key"] for domain in left} == left
    assert all(rows[domain]["delivery_redelivered"] for domain in left)
    assert {name: calls for name, calls in paid_calls(usual_sandbox).items() if calls} == {}, PAID


def test_a_held_push_still_waits_for_a_person(home: Home, usual_sandbox: Sandbox) -> None:
    _, finished = run(home, "failed")
    assert finished["held.com"].nodes["webhook_delivery"].outcome == "FAIL"
    assert {row["body"]["domain"] for row in usual_sandbox.received()} == set(LISTS["failed"]) - {
        "fine.com",
        "held.com",
    }


def test_the_commands_read_it(home: Home) -> None:
    total = sum(row["cost_usd"] for row in home.facts["costs"] if "provider" not in row)
    assert f"Total: ${total:.4f}" in said(home, "costs", "--sandbox", "--all")
    assert home.runs["killed"] in said(home, "status", "--sandbox")
    assert "no-dns.com: mx: dns" in said(home, "status", "--sandbox", home.runs["failed"])
    assert "delivery: pushed" in said(home, "explain", "--sandbox", "done-1.com")
    assert "held.com" in said(home, "deliver", "--sandbox", "--held")


def said(home: Home, *command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "enrichment_assets", *command],
        cwd=home.path.parent,
        env={**os.environ, "DAGSTER_HOME": str(home.path.parent)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
