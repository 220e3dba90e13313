"""What `enrich status`, `enrich costs` and `enrich prune` say and do."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from click.testing import CliRunner

from enrichment_assets.cache.event_log import report_batch
from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.cache.materialization import materialization
from enrichment_assets.cache.queries import by_provider, run_report, spendings, tallies
from enrichment_assets.cache.upkeep.prune import prune
from enrichment_assets.cli.commands.keeping.prune import prune as prune_command
from enrichment_assets.cli.commands.looking.costs import costs
from enrichment_assets.cli.commands.looking.status import status
from enrichment_assets.core.money import Spent
from enrichment_assets_tests.builtin import CATALOG
from enrichment_assets_tests.cache.instances import (
    failure,
    make_run,
    our_instance,
    postgres_instance,
    record,
    stock_instance,
    store_failures,
    store_planned,
    store_records,
)

FUTURE = datetime.now(UTC) + timedelta(days=1)


@pytest.fixture(params=["our storage", "stock storage", "our storage on Postgres", "Dagster's on Postgres"])
def instance(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    if "Postgres" in request.param:
        url = request.getfixturevalue("postgres")
        opening = postgres_instance(tmp_path, url, stock=request.param.startswith("Dagster"))
    else:
        opening = our_instance(tmp_path) if request.param == "our storage" else stock_instance(tmp_path)
    with opening as opened:
        yield opened


def finish(instance: dg.DagsterInstance, run_id: str) -> None:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    instance.report_run_failed(run)


def test_a_run_is_reported_and_paid_for_once(instance: dg.DagsterInstance) -> None:
    run_id = make_run(instance)
    store_records(instance, [record("a.com"), record("b.com"), record("a.com", "icp", cost_usd=0.01)], run_id)
    store_records(instance, [record("b.com", "icp", status="SKIP", summary="mx_pass")], run_id)
    paid = Spent("serper", 2, 0.0015), Spent("spider", 1, 0.0005)
    store_failures(instance, [replace(failure("c.com"), spent=paid)], run_id)
    store_records(instance, [record("e.com", cost_usd=0.001, spent=(Spent("spider", 1, 0.001),))], run_id)
    hit = materialization(record("d.com", cost_usd=5.0, spent=(Spent("spider", 9, 5.0),)), {}, None, repeated=True)
    report_batch(instance, [hit], run_id=run_id, job_name="enrich_list", step_key=None)
    report = run_report(instance, run_id)
    assert {name: dict(counts) for name, counts in report.outcomes.items() if counts} == {
        "mx": {"OK": 3, "FAIL": 1, "CACHE": 1},
        "icp": {"OK": 1, "SKIP": 1},
    }
    assert report.cost_usd == pytest.approx({"mx": 0.005, "icp": 0.01})
    assert report.failures == [("c.com", "mx", "dns: SERVFAIL")]
    assert sum(tally.cost_usd for tally in tallies(instance)) == pytest.approx(0.015)
    assert by_provider(report.spendings) == {"serper": (2, 0.0015), "spider": (2, 0.0015)}
    assert by_provider(spendings(instance)) == by_provider(report.spendings)


def test_pruning_keeps_the_latest_record_of_every_company(instance: dg.DagsterInstance) -> None:
    runs = [make_run(instance) for _ in range(3)]
    domains = ["a.com", "b.com", "c.com"]
    for number, run_id in enumerate(runs):
        later = domains if number < 2 else domains[:1]
        store_planned(instance, [("mx", domain) for domain in later], run_id)
        store_records(instance, [record(domain, summary=str(number)) for domain in later], run_id)
        finish(instance, run_id)
    instance.add_dynamic_partitions("company", domains)
    before = sorted(latest_records(instance, domains, CATALOG), key=lambda found: found.domain)
    assert [found.summary for found in before] == ["2", "1", "1"]
    paid = sum(tally.cost_usd for tally in tallies(instance))
    assert prune(instance, datetime.now(UTC) - timedelta(days=1), "company").runs == 0
    pruned = prune(instance, FUTURE, "company")
    assert pruned.runs == 1
    assert sorted(latest_records(instance, domains, CATALOG), key=lambda found: found.domain) == before
    assert instance.get_materialized_partitions(dg.AssetKey("mx")) == set(domains)
    assert {run.run_id for run in instance.get_runs()} == set(runs[1:])
    if pruned.events:
        assert sum(tally.cost_usd for tally in tallies(instance)) == pytest.approx(paid)
        left = instance.fetch_materializations(dg.AssetKey("mx"), limit=100).records
        assert len(left) == 3


def test_pruning_leaves_unfinished_runs_alone(tmp_path: Path) -> None:
    with our_instance(tmp_path) as instance:
        running = make_run(instance)
        store_records(instance, [record("a.com"), record("a.com")], running)
        assert prune(instance, FUTURE, "company").events == 0


def test_the_commands_say_what_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    with our_instance(tmp_path / "home") as instance:
        run_id = make_run(instance)
        instance.add_dynamic_partitions("company", ["a.com", "b.com", "c.com"])
        store_records(instance, [record("a.com", version="another", spent=(Spent("spider", 3, 0.001),))], run_id)
        store_failures(instance, [failure("b.com")], run_id)
    shell = CliRunner()
    now = shell.invoke(status)
    assert now.exit_code == 0
    assert now.output.startswith("3 companies")
    mx = next(line.split() for line in now.output.splitlines() if line.startswith("mx"))
    assert mx == ["mx", "0", "0", "0", "1", "1", "1"]
    assert run_id in now.output
    of_run = shell.invoke(status, [run_id])
    assert "b.com: mx: dns: SERVFAIL" in of_run.output
    assert "$0.0030" in of_run.output
    assert re.search(r"spider +3 calls +\$0.001000", of_run.output)
    unknown = shell.invoke(status, ["nonsense"])
    assert (unknown.exit_code, "nonsense" in unknown.output) == (2, True)
    assert "Total: $0.0030, of which $0.0020 for what failed" in shell.invoke(costs).output
    assert re.search(r"By provider:\n +spider +3 calls +\$0.001000", shell.invoke(costs).output)
    assert shell.invoke(prune_command, ["--days", "30", "--yes"]).output.startswith("Deleted 0 events and 0 runs")
