"""A list from the command line to Dagster and back: named, enriched there, resumed here, even without its file."""

import os
import subprocess
import sys

from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.orchestration.runs.company_lists import NAME, runs_over
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.builtin import CATALOG
from enrichment_assets_tests.cli.conftest import Terminal
from enrichment_assets_tests.cli.test_run import run_id

FOUR = "company,website\nStripe,stripe.com\nFigma,figma.com\nLinear,linear.app\nStripe again,www.stripe.com\n"


def dagster(terminal: Terminal, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dagster", "asset", "materialize", "-m", "enrichment_assets.definitions", *options],
        cwd=terminal.folder,
        env={**os.environ, **terminal.environment, "DAGSTER_HOME": str(terminal.folder / ".state"), **environment},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def test_a_list_is_added_materialized_in_dagster_and_resumed_here(terminal: Terminal, healthy: Sandbox) -> None:
    (terminal.folder / "four.csv").write_text(FOUR)
    added = terminal.enrich("add", "--file", "four.csv")
    assert added.returncode == 0, added.stderr
    key = added.stdout.partition(":")[0]
    assert key.startswith("four-")
    assert "3 companies of 4 rows" in added.stdout
    assert healthy.received() == []

    healthy.faults({"dns": [{"kind": "servfail", "domains": ["figma.com"]}]})
    done = dagster(terminal, "--select", NAME, "--partition", key)
    assert done.returncode != 0
    settings = healthy.settings(dagster_home=terminal.folder / ".state")
    with open_instance(settings) as instance:
        (started,) = runs_over(instance, key)
    healthy.faults({})
    (terminal.folder / "four.csv").unlink()
    resumed = terminal.enrich("run", "--resume", started)
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert "Rows: 4" in resumed.stdout
    assert sorted(push["body"]["domain"] for push in healthy.received()) == ["figma.com", "linear.app", "stripe.com"]


def test_a_resumed_run_goes_on_with_the_list_as_it_was(terminal: Terminal, healthy: Sandbox) -> None:
    path = terminal.folder / "four.csv"
    path.write_text(FOUR)
    first = terminal.enrich("run", "--file", "four.csv", "--budget", "0")
    assert first.returncode == 1, first.stderr
    path.write_text("company,website\nRamp,ramp.com\n")
    resumed = terminal.enrich("run", "--resume", run_id(first.stdout), "--budget", "1")
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert "has changed since" in resumed.stdout
    assert sorted(push["body"]["domain"] for push in healthy.received()) == ["figma.com", "linear.app", "stripe.com"]
    with open_instance(healthy.settings(dagster_home=terminal.folder / ".state")) as instance:
        assert len(list(instance.get_dynamic_partitions(NAME))) == 1


def test_a_range_of_companies_is_materialized_though_backfills_are_cut(terminal: Terminal, healthy: Sandbox) -> None:
    assert terminal.enrich("add", "stripe.com", "figma.com").returncode == 0
    cut = {"ENRICHMENT_BACKFILL_COMPANIES_PER_RUN": "1"}
    done = dagster(terminal, "--select", "*", "--partition-range", "stripe.com...figma.com", **cut)
    assert done.returncode == 0, done.stderr[-2000:]
    with open_instance(healthy.settings(dagster_home=terminal.folder / ".state")) as instance:
        records = list(latest_records(instance, ["stripe.com", "figma.com"], CATALOG))
    assert len(records) == 2 * len(CATALOG)
    assert len({record.run_id for record in records}) == 1
