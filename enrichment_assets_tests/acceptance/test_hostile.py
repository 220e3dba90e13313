"""A list in which some websites were made to stop whoever reads them."""

import signal
import time

import dagster as dg
import psutil
import pytest
from sqlalchemy import insert

from enrichment_assets.cache.leases import in_flight
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.results import CompanyResult, Outcome
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.sandbox.services.hostile import HOSTILE
from enrichment_assets.storage.state import open_state
from enrichment_assets_tests.cli.conftest import Terminal, terminal
from enrichment_assets_tests.orchestration.conftest import instance, settings

__all__ = ["instance", "settings", "terminal"]

HONEST = [Company(f"honest-{number}.com", f"Honest {number}") for number in range(30)]
BAD = {Company(f"bad-{kind.replace('_', '-')}.com", f"Bad {kind}"): kind for kind in HOSTILE}
TOO_LARGE = {"many_tags", "many_links", "many_entities", "one_word"}
TOO_SLOW = {"many_attributes"}
FACTS = {"mail": "google", "segment": "software", "careers": "greenhouse", "board_on_home": True, "on_www": False}


def why(end: CompanyResult) -> str:
    return next((node.reason for node in end.nodes.values() if node.outcome is Outcome.FAIL), "")


@pytest.mark.timeout(300)
def test_each_hostile_site_is_read_or_refused_by_name_and_nobody_else_is_harmed(
    instance: dg.DagsterInstance, sandbox: Sandbox, settings: Settings
) -> None:
    sandbox.companies({"domain": company.domain, **FACTS, "site": "normal"} for company in HONEST)
    sandbox.companies({"domain": company.domain, **FACTS, "site": f"hostile:{kind}"} for company, kind in BAD.items())
    direct = settings.model_copy(update={"enrichment_pages": ("direct",), "enrichment_reader_s": 1.0})
    ends: dict[str, CompanyResult] = {}

    def remember(end: CompanyResult) -> None:
        ends[end.company.domain] = end

    run_list(instance, [*BAD, *HONEST], settings=direct, parallel=20, on_finished=remember)
    assert {company.domain: why(ends[company.domain]) for company in HONEST if why(ends[company.domain])} == {}
    refused = {kind: why(ends[company.domain]) for company, kind in BAD.items()}
    assert {kind for kind, reason in refused.items() if "larger than" in reason} == TOO_LARGE
    for kind in TOO_SLOW:
        assert refused[kind] == f"reader: the page of bad-{kind.replace('_', '-')}.com took more than 1 s to read"
    assert all(
        "took more than 1 s to read" in refused[kind] for kind in HOSTILE if kind not in TOO_LARGE and refused[kind]
    )


@pytest.mark.timeout(120)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_whose_readers_are_stuck_ends_within_the_grace_time(
    terminal: Terminal, sandbox: Sandbox, number: signal.Signals
) -> None:
    stuck = [f"stuck-{index}.com" for index in range(6)]
    sandbox.companies({"domain": domain, **FACTS, "site": "hostile:many_attributes"} for domain in stuck)
    (terminal.folder / "stuck.csv").write_text("website\n" + "\n".join(stuck) + "\n")
    patient = {**terminal.environment, "ENRICHMENT_READER_S": "600", "ENRICHMENT_GRACE_S": "2"}
    process = Terminal(terminal.folder, patient).start("run", "--file", "stuck.csv", "--dry-run")
    family = _when_reading(process.pid)
    asked = time.monotonic()
    process.send_signal(number)
    process.communicate(timeout=30)
    assert time.monotonic() - asked < 18, "the grace time that nobody asked for is 20 s"
    assert not psutil.wait_procs(family, 60)[1]


def _when_reading(pid: int) -> list[psutil.Process]:
    """The processes of a run, as soon as one of its readers has been working for a while."""
    while True:
        family = psutil.Process(pid).children(recursive=True)
        if any("reader_process" in str(one.cmdline()) and one.cpu_times().user > 1 for one in family):
            return family
        time.sleep(0.1)


def test_a_resume_leaves_out_what_was_in_flight_when_two_runs_died(
    instance: dg.DagsterInstance, sandbox: Sandbox, settings: Settings
) -> None:
    first = run_list(instance, [], settings=settings)
    state = open_state(settings)
    with state.begin() as connection:
        rows = [{"domain": HONEST[0].domain, "run_id": run} for run in ("dead-1", "dead-2")]
        connection.execute(insert(in_flight).values(rows))
    ends: dict[str, CompanyResult] = {}

    def remember(end: CompanyResult) -> None:
        ends[end.company.domain] = end

    run_list(instance, HONEST[:2], settings=settings, resume=first.run_id, on_finished=remember)
    assert why(ends[HONEST[0].domain]).startswith("left out: 2 runs died while it was in flight")
    assert "left out" not in why(ends[HONEST[1].domain])
    run_list(instance, HONEST[:2], settings=settings, on_finished=remember)
    assert "left out" not in why(ends[HONEST[0].domain])
    state.dispose()
