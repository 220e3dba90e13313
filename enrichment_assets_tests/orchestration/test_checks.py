"""What the checks say about all companies."""

import dagster as dg

from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.build import build_defs
from enrichment_assets.orchestration.checks import JOB
from enrichment_assets.orchestration.counting import STATES
from enrichment_assets.orchestration.evaluations import CHECK, HEALTH, HEALTH_CHECKS
from enrichment_assets.orchestration.partitions import register
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.state import open_state
from enrichment_assets_tests.builtin import CATALOG

COMPANIES = [Company(f"company{number}.com", f"Company {number}") for number in range(10)]


def evaluate(instance: dg.DagsterInstance, settings: Settings) -> dict[str, dg.AssetCheckEvaluation]:
    result = build_defs(settings).resolve_job_def(JOB).execute_in_process(instance=instance)
    found = {check.asset_key.to_user_string(): check for check in result.get_asset_check_evaluations()}
    assert found.pop("health").check_name in HEALTH_CHECKS
    assert set(found) == set(CATALOG)
    assert {check.check_name for check in found.values()} == {CHECK}
    return found


def counts(check: dg.AssetCheckEvaluation) -> dict[str, object]:
    return {state: check.metadata[state].value for state in STATES if check.metadata[state].value}


def test_a_check_counts_fresh_failed_and_missing_companies_and_names_some(
    instance: dg.DagsterInstance, settings: Settings, sandbox: Sandbox
):
    sandbox.faults({"dns": [{"kind": "servfail", "domains": ["company4.com"]}]})
    run_list(instance, COMPANIES, settings=settings)
    state = open_state(settings)
    register(instance, state, [Company("never.com", "Never Run")])
    state.dispose()
    check = evaluate(instance, settings)["mx"]
    assert counts(check) == {"fresh": 9, "failed": 1, "missing": 1}
    assert not check.passed
    table = check.metadata["not_fresh"]
    assert isinstance(table, dg.TableMetadataValue)
    (row,) = [record.data for record in table.records]
    assert row["company"] == "company4.com"
    assert row["state"] == "failed"
    assert "SERVFAIL" in str(row["reason"])


def test_a_check_passes_when_every_company_is_fresh(instance: dg.DagsterInstance, settings: Settings):
    run_list(instance, COMPANIES, settings=settings)
    for name, check in evaluate(instance, settings).items():
        assert check.passed, name
        assert counts(check) == {"fresh": len(COMPANIES)}


def test_dagsters_freshness_badge_fails_while_companies_are_missing(instance: dg.DagsterInstance, settings: Settings):
    state = open_state(settings)
    register(instance, state, [Company("never.com", "Never Run")])
    state.dispose()
    badges = []
    for listed in (COMPANIES, [Company("never.com", "Never Run")]):
        run_list(instance, listed, settings=settings, assets=["mx"])
        key = dg.AssetKey("mx")
        badges.append(instance.event_log_storage.get_freshness_state_records([key])[key].freshness_state.value)
    assert badges == ["FAIL", "PASS"]


def test_a_share_of_fresh_companies_can_be_enough(instance: dg.DagsterInstance, settings: Settings):
    state = open_state(settings)
    register(instance, state, [Company("never.com", "Never Run")])
    state.dispose()
    run_list(instance, COMPANIES, settings=settings, assets=["mx"])
    for share, passed in ((1.0, False), (0.9, True)):
        enough = settings.model_copy(update={"enrichment_check_fresh_share": share})
        assert evaluate(instance, enough)["mx"].passed is passed


def test_health_is_observed_after_a_run_and_by_the_hourly_check(
    instance: dg.DagsterInstance, settings: Settings, sandbox: Sandbox
):
    sandbox.faults({"dns": [{"kind": "servfail", "domains": ["company4.com"]}]})
    run_list(instance, COMPANIES, settings=settings)
    evaluate(instance, settings)
    records = instance.fetch_observations(dg.AssetKey(HEALTH), limit=10).records
    assert len(records) == 2
    for found in records:
        assert found.asset_observation is not None
        numbers = {name: one.value for name, one in found.asset_observation.metadata.items()}
        assert numbers["fresh_mx"] == 0.9
        failed = {name: number for name, number in numbers.items() if name.startswith("failed_") and number}
        assert failed == {"failed_dns": 1}
        assert numbers["failing_share"] == 0.1
        assert numbers["yield_dns"] == 0.9
        assert 0 < numbers["qualified_rate"] <= 1
        assert 0 < numbers["cost_today_usd"] < 1


def test_another_destination_makes_only_the_deliveries_outdated(instance: dg.DagsterInstance, settings: Settings):
    run_list(instance, COMPANIES, settings=settings)
    moved = settings.model_copy(update={"clay_webhook_url": f"{settings.clay_webhook_url}-other"})
    found = {name: counts(check) for name, check in evaluate(instance, moved).items()}
    assert found.pop("webhook_delivery") == {"outdated": len(COMPANIES)}
    assert all(states == {"fresh": len(COMPANIES)} for states in found.values())
