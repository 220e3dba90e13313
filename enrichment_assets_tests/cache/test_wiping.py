"""A wipe in Dagster's UI: what was wiped is made again, for the whole asset or for some companies."""

import dagster as dg
import pytest

from enrichment_assets.artifacts.base import DELIVERY
from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.results import CompanyResult, Outcome
from enrichment_assets.orchestration.partitions import COMPANY
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.orchestration.conftest import instance, settings

__all__ = ["instance", "settings"]
COMPANIES = [Company(f"company{number}.com", f"Company {number}") for number in range(4)]
DOMAINS = [company.domain for company in COMPANIES]
MX = dg.AssetKey("mx")


def outcomes(instance: dg.DagsterInstance, settings: Settings) -> dict[str, Outcome]:
    found: dict[str, Outcome] = {}

    def remember(company: CompanyResult) -> None:
        found[company.company.domain] = company.nodes["mx"].outcome

    run_list(instance, COMPANIES, settings=settings, assets=["mx"], on_finished=remember)
    return found


def status(instance: dg.DagsterInstance) -> dict[str, str | None]:
    found = instance.get_status_by_partition(MX, DOMAINS, COMPANY) or {}
    return {domain: one.value if (one := found.get(domain)) else None for domain in DOMAINS}


@pytest.mark.parametrize("some", [None, DOMAINS[:2]])
def test_what_was_wiped_is_made_again_and_nothing_else(
    instance: dg.DagsterInstance, settings: Settings, some: list[str] | None
):
    assert set(outcomes(instance, settings).values()) == {Outcome.OK}
    assert set(outcomes(instance, settings).values()) == {Outcome.CACHE}
    if some is None:
        instance.wipe_assets([MX])
    else:
        instance.wipe_asset_partitions(MX, some)
    wiped = set(some or DOMAINS)
    assert {one.domain for one in latest_records(instance, DOMAINS, ["mx"])} == set(DOMAINS) - wiped
    assert {domain for domain, said in status(instance).items() if said is None} == wiped
    again = outcomes(instance, settings)
    assert {domain for domain, outcome in again.items() if outcome is Outcome.OK} == wiped
    assert set(outcomes(instance, settings).values()) == {Outcome.CACHE}


def test_a_run_that_is_deleted_after_a_wipe_brings_nothing_back(instance: dg.DagsterInstance, settings: Settings):
    outcomes(instance, settings)
    instance.wipe_assets([MX])
    later = run_list(instance, [Company("other.com", "Other")], settings=settings, assets=["mx"])
    instance.delete_run(later.run_id)
    assert not list(latest_records(instance, DOMAINS, ["mx"]))


def test_a_wiped_delivery_is_not_pushed_a_second_time(
    instance: dg.DagsterInstance, settings: Settings, sandbox: Sandbox
):
    run_list(instance, COMPANIES, settings=settings)
    instance.wipe_assets([dg.AssetKey(DELIVERY)])
    run_list(instance, COMPANIES, settings=settings)
    assert len(sandbox.received()) == len(COMPANIES)
