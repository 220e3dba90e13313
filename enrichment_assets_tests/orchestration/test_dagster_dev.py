"""What a person does in the UI, done through its API against a running ``dagster dev``."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import dagster as dg
import pytest

from enrichment_assets.cache.event_log import report_batch
from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.cache.materialization import materialization
from enrichment_assets.companies.company import Company
from enrichment_assets.companies.intake import read_list
from enrichment_assets.orchestration.partitions import register
from enrichment_assets.orchestration.runs.company_lists import LIST_TAG, add_list
from enrichment_assets.orchestration.runs.company_lists import NAME as LISTS
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.artifacts import ArtifactStore
from enrichment_assets.storage.state import open_state
from enrichment_assets_tests.builtin import CATALOG
from enrichment_assets_tests.orchestration.conftest import Dagster, until

pytestmark = pytest.mark.timeout(600)

COMPANIES = [f"company{number}.com" for number in range(200)]
BROKEN = COMPANIES[40:43] + COMPANIES[150:152]


def register_companies(dagster: Dagster, domains: list[str]) -> None:
    state = open_state(dagster.settings)
    register(dagster.instance, state, [Company.named(domain, None) for domain in domains])
    state.dispose()


@pytest.fixture(scope="module", autouse=True)
def first_backfill(dagster: Dagster, sandbox_process: Sandbox) -> str:
    """Launched before anything else: the daemon needs a while to look."""
    register_companies(dagster, COMPANIES)
    sandbox_process.faults({"dns": [{"kind": "servfail", "domains": BROKEN}]})
    return dagster.backfill(COMPANIES)


@pytest.fixture(scope="module")
def second_backfill(dagster: Dagster, sandbox_process: Sandbox, first_backfill: str) -> str:
    """Of the failed companies, with whatever was broken repaired."""
    dagster.backfilled(first_backfill)
    sandbox_process.faults({})
    return dagster.backfill(BROKEN)


def test_a_dropped_csv_becomes_one_finished_run_however_many_copies_there_are(dagster: Dagster):
    content = "Company,Website\nStripe,https://stripe.com\nAdyen,adyen.com\n"
    for name in ("leads.csv", "leads again.csv"):
        (dagster.csv_dir / name).write_text(content)
    (dagster.csv_dir / "broken.csv").write_text("colour,taste\nred,sweet\n")
    (run,) = until(lambda: dagster.runs(**{"dagster/sensor_name": "csv_sensor"}), "the sensor has seen the file")
    assert dagster.ended(run.run_id).is_success
    assert {"stripe.com", "adyen.com"} <= dagster.partitions("webhook_delivery")["materialized"]
    assert len(dagster.runs(**{"dagster/sensor_name": "csv_sensor"})) == 1


def test_a_backfill_of_lists_is_one_run_for_each(dagster: Dagster, tmp_path: Path):
    state = open_state(dagster.settings)
    keys = []
    for name, domains in (("spring", ["mollie.com", "klarna.com"]), ("autumn", ["klarna.com", "qonto.com"])):
        path = tmp_path / f"{name}.csv"
        path.write_text("Company,Website\n" + "".join(f"{domain},{domain}\n" for domain in domains))
        keys.append(add_list(dagster.instance, dagster.settings, state, read_list(path)).key)
    state.dispose()
    backfill = dagster.backfill(keys, [LISTS])
    runs = until(
        lambda: len(found := dagster.runs(**{"dagster/backfill": backfill})) == 2 and found, "both lists are run"
    )
    assert all(dagster.ended(run.run_id).is_success for run in runs)
    assert set(keys) <= dagster.partitions(LISTS)["materialized"]
    assert {"mollie.com", "klarna.com", "qonto.com"} <= dagster.partitions("webhook_delivery")["materialized"]
    (dropped,) = dagster.runs(**{"dagster/sensor_name": "csv_sensor"}) or [None]
    if dropped is not None:
        assert dropped.tags[LIST_TAG] in dagster.partitions(LISTS)["materialized"]


def test_a_backfill_turns_exactly_the_failed_companies_red(dagster: Dagster, first_backfill: str):
    dagster.backfilled(first_backfill)
    for asset in CATALOG:
        seen = dagster.partitions(asset)
        assert seen["failed"] == set(BROKEN), asset
        assert len(seen["materialized"] & set(COMPANIES)) == 195, asset
        status, counts = dagster.check(asset)
        assert status == "FAILED", asset
        assert ", 5 failed, 0 missing" in counts if asset == "mx" else ", 0 failed, 5 missing" in counts, asset


@pytest.mark.usefixtures("second_backfill")
def test_terminate_keeps_what_was_done_and_re_executing_does_only_the_rest(dagster: Dagster, sandbox_process: Sandbox):
    companies = [f"slow{number}.com" for number in range(150)]
    register_companies(dagster, companies)
    sandbox_process.latency({"dns": 0.5})
    run_id = dagster.launch({"companies": companies, "parallel": 5, "assets": ["mx"]})
    until(lambda: dagster.partitions("mx")["materialized"] & set(companies), "the first company is done")
    dagster.terminate(run_id)
    assert dagster.ended(run_id).status is dg.DagsterRunStatus.CANCELED
    done = dagster.partitions("mx")["materialized"] & set(companies)
    assert 0 < len(done) < len(companies)

    sandbox_process.latency("instant")
    assert dagster.ended(dagster.reexecute(run_id)).is_success
    made_by = {record.domain: record.run_id for record in latest_records(dagster.instance, companies, ["mx"])}
    assert set(made_by) == set(companies)
    assert {domain for domain, run in made_by.items() if run == run_id} == done


@pytest.mark.usefixtures("second_backfill")
def test_the_refresh_sensor_refreshes_scattered_expired_companies_in_one_run(dagster: Dagster):
    known = {record.domain: record for record in latest_records(dagster.instance, COMPANIES, ["news"])}
    stale = [domain for domain in COMPANIES if domain in known and known[domain].status == "OK"][::2][:37]
    assert len(stale) == 37
    age_news(dagster, stale)
    dagster.start_sensor("refresh_sensor")
    (run,) = until(lambda: dagster.runs(**{"enrichment/sensor": "refresh"}), "the sensor has ticked")
    assert dagster.ended(run.run_id).is_success
    refreshed = {r.domain for r in latest_records(dagster.instance, COMPANIES, ["news"]) if r.run_id == run.run_id}
    assert refreshed == set(stale)


def test_a_second_backfill_of_the_failed_companies_turns_them_green(dagster: Dagster, second_backfill: str):
    def green(asset: str) -> bool:
        seen = dagster.partitions(asset)
        return not seen["failed"] and set(COMPANIES) <= seen["materialized"]

    for asset in CATALOG:
        until(partial(green, asset), f"every {asset} is green")
    runs = dagster.runs(**{"dagster/backfill": second_backfill})
    assert all(dagster.ended(run.run_id).is_success for run in runs)


def age_news(dagster: Dagster, domains: list[str]) -> None:
    """As if these companies' news had been fetched 13 hours earlier."""
    earlier = timedelta(hours=13)
    store = ArtifactStore(dagster.settings.store_url)
    aged = []
    for record in latest_records(dagster.instance, domains, ["news"]):
        aged.append(replace(record, computed_at=record.computed_at - earlier))
        envelope = store.get("news", record.domain)
        if envelope is not None:
            store.put(replace(envelope, computed_at=envelope.computed_at - earlier))
    store.close()
    report_batch(
        dagster.instance,
        [materialization(record, {}, CATALOG["news"].ttl) for record in aged],
        run_id=aged[0].run_id,
        job_name="enrich_list",
        step_key=None,
    )
