"""A list among other companies, enriched from Dagster's UI in a real browser: clicks, runs, seconds."""

import os
import random
import time
from pathlib import Path

import pytest

from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.cli.sandboxed import sandbox_state
from enrichment_assets.companies.company import Company
from enrichment_assets.companies.intake import read_list
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.partitions import register
from enrichment_assets.orchestration.runs.company_lists import NAME, add_list
from enrichment_assets.storage.state import open_state
from enrichment_assets_tests.cli.ui.browsing import browser
from enrichment_assets_tests.cli.ui.serving import serving, until

pytestmark = pytest.mark.timeout(600)

KNOWN, LISTED = map(int, os.environ.get("ENRICHMENT_TEST_LISTS", "40,6").split(","))
"""Companies that are partitions already, and how many of them stand in the list."""
MOST_CLICKS = 4


def test_a_list_of_scattered_companies_is_one_run_and_four_clicks(tmp_path: Path) -> None:
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    companies = [Company(f"company{number}.com", f"Company {number}") for number in range(KNOWN)]
    chosen = random.Random(1).sample(companies, LISTED)
    path = tmp_path / "prospects.csv"
    path.write_text("Company,Website\n" + "".join(f"{one.name},{one.domain}\n" for one in chosen))
    settings = sandbox_state(Settings(_env_file=None, dagster_home=tmp_path / ".state"))
    with open_instance(settings) as instance:
        state = open_state(settings)
        register(instance, state, companies)
        key = add_list(instance, settings, state, read_list(path)).key
        state.dispose()
        with (
            serving(tmp_path, environment, "enrichment_assets", "ui", "--sandbox") as ui,
            browser(tmp_path / "b") as page,
        ):
            page.open(f"{ui.url}/assets/{NAME}")
            until(lambda: "Never materialized" in page.text(), "the asset's page is there")
            started = time.monotonic()
            page.click("Materialize…")
            page.click("Select a partition or create one")
            page.click(key)
            page.click("Launch 1 run")
            (run_id,) = until(lambda: [run["runId"] for run in ui.runs()], "the run is there")
            assert ui.ended(run_id) == "SUCCESS"
            seconds = time.monotonic() - started
            page.open(f"{ui.url}/assets/{NAME}?view=partitions&partition={key}")
            until(lambda: "= accounted for" in page.text(), "what came of it is there")
            assert len(ui.runs()) == 1
        domains = [company.domain for company in companies]
        made = {record.domain for record in latest_records(instance, domains, ["mx"])}
    assert made == {company.domain for company in chosen}
    assert page.clicks <= MOST_CLICKS
    print(f"\n{LISTED} companies of {KNOWN}: {page.clicks} clicks, 1 run, {seconds:.0f} s from the first click")
