"""Lists as partitions: made known by whoever runs one, enriched by materializing them, red where companies failed."""

import os
import time
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import DagsterEvent, DagsterEventType
from dagster._daemon.types import DaemonHeartbeat
from sqlalchemy import select

from enrichment_assets.artifacts.base import DELIVERY
from enrichment_assets.cache.event_log import execute_here
from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.companies.intake import read_list
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.build import build_defs
from enrichment_assets.orchestration.runs.company_lists import LISTS, NAME, add_list, runs_over
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.do_not_enrich import DoNotEnrich
from enrichment_assets.storage.inputs.company_lists import fetch_bytes
from enrichment_assets.storage.lists import Lists
from enrichment_assets.storage.state import open_state
from enrichment_assets.storage.together.budgets import purses
from enrichment_assets_tests.builtin import CATALOG

KEY = dg.AssetKey(NAME)
ROWS = "Company,Website\nStripe,stripe.com\nStripe again,www.stripe.com\nAdyen,adyen.com\nNobody,\nMollie,mollie.com\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "Q3 prospects, new.csv"
    file.write_text(ROWS)
    return file


@pytest.fixture
def key(instance: dg.DagsterInstance, settings: Settings, path: Path) -> str:
    state = open_state(settings)
    known = add_list(instance, settings, state, read_list(path))
    assert add_list(instance, settings, state, read_list(path)) == known
    state.dispose()
    return known.key


def materialize(instance: dg.DagsterInstance, settings: Settings, key: str) -> dg.DagsterRun:
    """As the UI's Materialize does."""
    job = build_defs(settings).resolve_implicit_global_asset_job_def().get_subset(asset_selection={KEY})
    run = instance.create_run_for_job(job, tags={"dagster/partition": key}, asset_selection=frozenset({KEY}))
    execute_here(instance, job, run)
    done = instance.get_run_by_id(run.run_id)
    assert done is not None
    return done


def status(instance: dg.DagsterInstance, key: str) -> str | None:
    found = (instance.get_status_by_partition(KEY, [key], LISTS) or {})[key]
    return None if found is None else found.value


def test_a_list_is_called_after_its_file_and_its_bytes_are_kept(
    instance: dg.DagsterInstance, settings: Settings, key: str, path: Path, tmp_path: Path
):
    assert key.startswith("Q3-prospects-new-")
    assert list(instance.get_dynamic_partitions(NAME)) == [key]
    path.unlink()
    assert fetch_bytes(settings.store_url, key, tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == ROWS


def test_materializing_a_list_enriches_exactly_its_companies_in_one_run_and_accounts_for_every_row(
    instance: dg.DagsterInstance, settings: Settings, key: str
):
    instance.add_dynamic_partitions("company", ["other.com"])
    run = materialize(instance, settings, key)
    assert run.is_success
    domains = ["stripe.com", "adyen.com", "mollie.com", "other.com"]
    records = list(latest_records(instance, domains, CATALOG))
    assert {record.domain for record in records} == set(domains[:3])
    assert {record.artifact for record in records} == set(CATALOG)
    assert status(instance, key) == "MATERIALIZED"
    assert runs_over(instance, key) == [run.run_id]
    (found,) = instance.fetch_materializations(KEY, limit=10).records
    made = found.asset_materialization
    assert made is not None
    assert made.partition == key
    facts = {name: value.value for name, value in made.metadata.items()}
    assert facts["every_row_accounted_for"] is True
    assert facts["companies"] == 3
    assert "| duplicate | 1 |" in facts["rows"]
    assert r"| rejected: name\_only | 1 |" in facts["rows"]
    assert r"| \= accounted for | 5 |" in facts["rows"].replace("= acc", r"\= acc")
    assert "| rows in the file | 5 |" in facts["rows"]
    assert "stripe.com" in facts["preview"]
    assert facts["cost_usd"] == pytest.approx(float(run.tags["enrichment/cost_usd"]), abs=1e-5)
    report = Path(str(facts["report"]))
    assert "stripe.com" in report.read_text()
    again = materialize(instance, settings, key)
    assert again.is_success
    found, *_ = instance.fetch_materializations(KEY, limit=10).records
    assert found.run_id == again.run_id
    assert found.asset_materialization is not None
    assert found.asset_materialization.metadata["cost_usd"].value == 0.0


def test_a_list_with_failures_is_red_and_materializing_it_again_does_only_those(
    instance: dg.DagsterInstance, settings: Settings, sandbox: Sandbox, key: str
):
    sandbox.faults({"dns": [{"kind": "servfail", "domains": ["adyen.com"]}]})
    assert not materialize(instance, settings, key).is_success
    assert status(instance, key) == "FAILED"
    (found,) = instance.fetch_observations(KEY, limit=10).records
    assert found.asset_observation is not None
    assert found.asset_observation.metadata["failed"].value == 1
    sandbox.faults({})
    again = materialize(instance, settings, key)
    assert again.is_success
    assert status(instance, key) == "MATERIALIZED"
    made = {
        one.domain
        for one in latest_records(instance, ["stripe.com", "adyen.com"], ["mx"])
        if one.run_id == again.run_id
    }
    assert made == {"adyen.com"}
    assert len(sandbox.received()) == 3


def test_a_list_that_the_state_does_not_know_says_how_it_becomes_one(instance: dg.DagsterInstance, settings: Settings):
    instance.add_dynamic_partitions(NAME, ["typed-by-hand"])
    run = materialize(instance, settings, "typed-by-hand")
    assert not run.is_success
    failure = [
        entry for entry in instance.all_logs(run.run_id) if entry.dagster_event and entry.dagster_event.is_step_failure
    ]
    said = failure[0].get_dagster_event().step_failure_data.user_failure_data
    assert said is not None
    assert "enrich run --file" in (said.description or "")


def test_checks_are_evaluated_after_a_list_run_too(instance: dg.DagsterInstance, settings: Settings, key: str):
    materialize(instance, settings, key)
    check = dg.AssetCheckKey(dg.AssetKey(DELIVERY), "every_company_is_fresh")
    (found,) = instance.event_log_storage.get_latest_asset_check_execution_by_key([check]).values()
    assert found.status.value == "SUCCEEDED"


def test_a_copy_of_a_file_that_was_dropped_has_the_same_name(settings: Settings, path: Path, key: str):
    os.utime(path, (1, time.time()))
    state = open_state(settings)
    with dg.DagsterInstance.ephemeral() as other:
        assert add_list(other, settings, state, read_list(path)).key == key
    state.dispose()


def test_a_list_in_parts_is_materialized_when_the_last_part_is_done(
    instance: dg.DagsterInstance, settings: Settings, path: Path, key: str
):
    state = open_state(settings)
    companies = read_list(path).companies
    seen = []
    for part in (companies[:2], companies[2:]):
        list_id = Lists(state).store(part, "a part").list_id
        assert run_list(instance, list_id, list_key=key, settings=settings).status is dg.DagsterRunStatus.SUCCESS
        seen.append(status(instance, key))
    assert seen == [None, "MATERIALIZED"]
    (found,) = instance.fetch_observations(KEY, limit=10).records
    assert found.asset_observation is not None
    rows = found.asset_observation.metadata
    assert "| in another run | 1 |" in str(rows["rows"].value)
    assert rows["every_row_accounted_for"].value is True
    state.dispose()


def test_a_company_that_was_forgotten_since_is_left_out_and_accounted_for(
    instance: dg.DagsterInstance, settings: Settings, key: str
):
    state = open_state(settings)
    DoNotEnrich(state).add(["adyen.com"])
    state.dispose()
    assert materialize(instance, settings, key).is_success
    assert status(instance, key) == "MATERIALIZED"
    (found,) = instance.fetch_materializations(KEY, limit=10).records
    assert found.asset_materialization is not None
    assert found.asset_materialization.metadata["every_row_accounted_for"].value is True
    assert not list(latest_records(instance, ["adyen.com"], CATALOG))


def test_a_list_is_shared_among_runs_that_its_partition_asks_for(
    instance: dg.DagsterInstance, settings: Settings, key: str, sandbox: Sandbox
) -> None:
    """Nobody waits: what is left for the queue is done by whoever looks into it, here this process."""
    instance.add_daemon_heartbeat(DaemonHeartbeat(time.time(), "QUEUED_RUN_COORDINATOR", "1", []))
    definitions = build_defs(settings.model_copy(update={"enrichment_list_budget_usd": 1.0}))
    job = definitions.resolve_implicit_global_asset_job_def().get_subset(asset_selection={KEY})
    config = {"ops": {"enrich_company_list": {"config": {"slices": 3}}}}
    tags = {"dagster/partition": key}
    first = instance.create_run_for_job(job, tags=tags, asset_selection=frozenset({KEY}), run_config=config)
    execute_here(instance, job, first)
    assert status(instance, key) != "MATERIALIZED"
    queued = instance.get_runs(dg.RunsFilter(statuses=[dg.DagsterRunStatus.QUEUED]))
    assert {run.tags["enrichment/slice"] for run in queued} == {"2 of 3", "3 of 3"}
    for run in queued:
        starting = DagsterEvent(DagsterEventType.RUN_STARTING.value, run.job_name)  # as the daemon says
        instance.report_dagster_event(starting, run.run_id)
        started = instance.get_run_by_id(run.run_id)
        assert started is not None
        execute_here(instance, definitions.resolve_job_def("enrich_list"), started)
    assert status(instance, key) == "MATERIALIZED"
    assert len(sandbox.received()) == 3
    runs = [found for run in (first, *queued) if (found := instance.get_run_by_id(run.run_id))]
    assert len({run.tags["enrichment/budget"] for run in runs}) == 1
    assert len({run.tags["enrichment/inputs"] for run in runs}) == 1
    state = open_state(settings)
    with state.connect() as connection:
        taken = set(connection.execute(select(purses.c.purse)).scalars())
    state.dispose()
    assert len([purse for purse in taken if purse.startswith("ENRICHMENT_LIST_BUDGET_USD")]) == 1
