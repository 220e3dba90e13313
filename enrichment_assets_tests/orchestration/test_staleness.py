"""What Dagster itself calls stale, partition by partition."""

import dagster as dg
from dagster._core.definitions.data_version import CachingStaleStatusResolver
from dagster._core.loader import LoadingContextForTest

from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.build import build_defs
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.builtin import CATALOG

COMPANIES = [Company(f"company{number}.com", f"Company {number}") for number in range(6)]


def stale(instance: dg.DagsterInstance, settings: Settings) -> dict[str, set[str]]:
    """Artifacts by company, those that the partition's page calls stale."""
    resolver = CachingStaleStatusResolver(
        instance, build_defs(settings).resolve_asset_graph(), LoadingContextForTest(instance)
    )
    found: dict[str, set[str]] = {}
    for company in COMPANIES:
        for name in CATALOG:
            status = resolver.get_status(dg.AssetKey(name), company.domain).value
            assert status in ("FRESH", "STALE"), (company.domain, name)
            if status == "STALE":
                found.setdefault(company.domain, set()).add(name)
    return found


def test_what_was_made_from_the_inputs_there_are_is_fresh_for_dagster_too(
    instance: dg.DagsterInstance, settings: Settings
):
    run_list(instance, COMPANIES, settings=settings)
    assert stale(instance, settings) == {}
    # The same again: other events, the same content, and nothing is built from it anew.
    run_list(instance, COMPANIES, settings=settings, assets=["mx", "website", "news"], refresh=True)
    assert stale(instance, settings) == {}


def test_another_page_makes_stale_what_was_made_from_the_old_one(
    instance: dg.DagsterInstance, settings: Settings, sandbox: Sandbox
):
    run_list(instance, COMPANIES, settings=settings)
    sandbox.page("company1.com", "<title>New</title><p>We sell warehouse software to security teams.</p>")
    run_list(instance, COMPANIES, settings=settings, assets=["website"], refresh=True)
    found = stale(instance, settings)
    assert found.keys() == {"company1.com"}
    assert "icp" in found["company1.com"]
    run_list(instance, COMPANIES, settings=settings)
    assert "icp" not in stale(instance, settings).get("company1.com", set())
