"""A run over a list in this process: what ``enrich run`` starts."""

import sqlite3
from pathlib import Path

import dagster as dg
import pytest

from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.results import CompanyResult, Outcome
from enrichment_assets.orchestration.build import build_defs
from enrichment_assets.orchestration.partitions import COMPANY
from enrichment_assets.orchestration.runs.launch import Ran, run_list
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.builtin import CATALOG

COMPANIES = [Company(f"company{number}.com", f"Company {number}") for number in range(12)]
BROKEN = ["company3.com", "company8.com"]
FAULTY = {"dns": [{"kind": "servfail", "domains": BROKEN}]}


def red(instance: dg.DagsterInstance, asset: str) -> set[str]:
    domains = [company.domain for company in COMPANIES]
    found = instance.get_status_by_partition(dg.AssetKey(asset), domains, COMPANY) or {}
    return {domain for domain, status in found.items() if status is not None and status.value == "FAILED"}


def run(instance: dg.DagsterInstance, settings: Settings, **options: object) -> tuple[Ran, dict[str, CompanyResult]]:
    finished: dict[str, CompanyResult] = {}

    def remember(company: CompanyResult) -> None:
        finished[company.company.domain] = company

    return run_list(instance, COMPANIES, settings=settings, on_finished=remember, **options), finished


def test_a_run_is_a_dagster_run_whose_records_are_materializations(instance: dg.DagsterInstance, settings: Settings):
    started: list[str] = []
    ran, finished = run(instance, settings, on_started=started.append)
    assert (ran.status, ran.error, started) == (dg.DagsterRunStatus.SUCCESS, None, [ran.run_id])
    assert ran.result is not None
    assert ran.result.finished == len(finished) == len(COMPANIES)
    domains = [company.domain for company in COMPANIES]
    assert len(list(latest_records(instance, domains, CATALOG))) == len(COMPANIES) * len(CATALOG)
    stored = instance.get_run_by_id(ran.run_id)
    assert stored is not None
    assert stored.remote_job_origin is not None
    assert stored.remote_job_origin.location_name == "enrichment_assets.definitions"
    assert set(instance.get_dynamic_partitions("company")) == set(domains)


def test_failed_companies_are_red_and_cache_hits_stay_green(
    instance: dg.DagsterInstance, settings: Settings, sandbox: Sandbox
):
    whole = [company for company in COMPANIES if company.domain not in BROKEN]
    run_list(instance, whole, settings=settings)
    sandbox.faults(FAULTY)
    ran, finished = run(instance, settings)
    assert ran.status is dg.DagsterRunStatus.FAILURE
    assert ran.error is not None
    assert "2 companies failed" in ran.error
    assert "company3.com" in ran.error
    assert f"enrich run --resume {ran.run_id}" in ran.error
    assert {domain for domain, company in finished.items() if company.outcome == "failed"} == set(BROKEN)
    for asset in CATALOG:
        assert red(instance, asset) == set(BROKEN)

    sandbox.faults({})
    ran, _ = run(instance, settings)
    assert ran.status is dg.DagsterRunStatus.SUCCESS
    for asset in CATALOG:
        assert red(instance, asset) == set()


def test_resuming_does_the_rest_and_what_the_run_recorded_counts_even_if_a_refresh_was_asked_for(
    instance: dg.DagsterInstance, settings: Settings, sandbox: Sandbox
):
    sandbox.faults(FAULTY)
    first, _ = run(instance, settings, refresh=True)
    sandbox.faults({})
    second, finished = run(instance, settings, resume=first.run_id)
    assert second.status is dg.DagsterRunStatus.SUCCESS
    for domain, company in finished.items():
        expected = Outcome.OK if domain in BROKEN else Outcome.CACHE
        assert company.nodes["mx"].outcome is expected
    stored = instance.get_run_by_id(second.run_id)
    assert stored is not None
    assert (stored.parent_run_id, stored.root_run_id) == (first.run_id, first.run_id)


def test_a_missing_key_is_named_before_anything_is_spent(
    instance: dg.DagsterInstance, settings: Settings, sandbox: Sandbox
):
    keyless = settings.model_copy(update={"serper_api_key": None, "clay_webhook_url": None})
    ran, finished = run(instance, keyless)
    assert ran.result is None
    assert ran.error is not None
    assert "SERPER_API_KEY" in ran.error
    assert "https://serper.dev/api-key" in ran.error
    assert "CLAY_WEBHOOK_URL" in ran.error
    assert not finished
    assert sum(provider["calls"] for provider in sandbox.bill().values()) == 0
    ran, _ = run(instance, keyless, assets=["mx", "website", "icp"])
    assert ran.status is dg.DagsterRunStatus.SUCCESS


def test_assets_can_be_selected_singly_and_a_missing_upstream_is_named(
    instance: dg.DagsterInstance, settings: Settings
):
    ran, finished = run(instance, settings, assets=["website"])
    assert ran.status is dg.DagsterRunStatus.FAILURE
    assert {company.nodes["website"].outcome for company in finished.values()} == {Outcome.FAIL}
    assert "select it too" in next(iter(finished.values())).reason
    run(instance, settings, assets=["mx"])
    ran, finished = run(instance, settings, assets=["website"])
    assert ran.status is dg.DagsterRunStatus.SUCCESS
    assert {frozenset(company.nodes) for company in finished.values()} == {frozenset({"website"})}


def test_a_budget_that_is_reached_ends_the_run_failed_but_nobody_red(
    instance: dg.DagsterInstance, settings: Settings, sandbox: Sandbox
):
    ran, _ = run(instance, settings, budget_usd=0.0001)
    assert ran.status is dg.DagsterRunStatus.FAILURE
    assert ran.result is not None
    assert ran.result.budget > 0
    assert ran.result.failed == 0
    assert sum(provider["usd"] for provider in sandbox.bill().values()) <= 0.0001
    for asset in CATALOG:
        assert red(instance, asset) == set()


def test_values_that_have_gone_from_the_store_are_made_again_though_nobody_reads_it(
    instance: dg.DagsterInstance, settings: Settings
):
    _, finished = run(instance, settings)
    news = {domain for domain, company in finished.items() if company.nodes["news"].outcome is Outcome.OK}
    gone = sorted(news)[:2]
    with sqlite3.connect(Path(settings.store_url) / "values.db") as values:
        values.executemany("DELETE FROM value WHERE domain = ? AND artifact = 'news'", [(domain,) for domain in gone])
    values.close()
    _, finished = run(instance, settings)
    again = {domain for domain, company in finished.items() if company.nodes["news"].outcome is Outcome.OK}
    assert again == set(gone)


def test_an_unknown_run_cannot_be_resumed(instance: dg.DagsterInstance, settings: Settings):
    with pytest.raises(LookupError, match="There is no run"):
        run(instance, settings, resume="00000000-0000-0000-0000-000000000000")


def test_a_run_in_a_terminal_stops_when_it_is_terminated_in_the_ui(
    instance: dg.DagsterInstance, settings: Settings, sandbox: Sandbox
):
    sandbox.latency({"dns": 0.5})
    many = [Company(f"slow{number}.com", f"Slow {number}") for number in range(60)]
    started: list[str] = []

    def terminate(_: CompanyResult) -> None:
        run = instance.get_run_by_id(started[0])
        assert run is not None
        if run.status is dg.DagsterRunStatus.STARTED:
            instance.report_run_canceling(run)

    patient = settings.model_copy(update={"dns_timeout_s": 60.0})
    ran = run_list(
        instance, many, settings=patient, assets=["mx"], parallel=3, on_started=started.append, on_finished=terminate
    )
    assert ran.status is dg.DagsterRunStatus.CANCELED
    assert ran.result is not None
    assert ran.result.interrupted
    assert 0 < ran.result.finished < 60


def test_in_a_run_over_partitions_a_cache_hit_is_recorded_again_under_its_own_age(
    instance: dg.DagsterInstance, settings: Settings, sandbox: Sandbox
):
    job = build_defs(settings).resolve_implicit_global_asset_job_def()
    assets = [dg.AssetKey(name) for name in CATALOG]
    instance.add_dynamic_partitions("company", ["company1.com"])
    records = []
    for _ in range(2):
        result = job.execute_in_process(instance=instance, partition_key="company1.com", asset_selection=assets)
        records.append({record.artifact: record for record in latest_records(instance, ["company1.com"], CATALOG)})
        assert {record.run_id for record in records[-1].values()} == {result.run_id}
    first, second = records
    assert {name: record.computed_at for name, record in first.items()} == {
        name: record.computed_at for name, record in second.items()
    }
    assert len(sandbox.received()) == 1
