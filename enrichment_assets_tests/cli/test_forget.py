"""A company that is forgotten: nothing in the home names it any more, and nothing enriches it again."""

import gzip
import os
import sqlite3
import time
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import dagster as dg
import polars as pl
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.cache.upkeep.erase import Eraser
from enrichment_assets.cache.upkeep.forget import forget, refuse_elsewhere
from enrichment_assets.cli.main import cli
from enrichment_assets.companies.company import Company
from enrichment_assets.companies.intake import read_list
from enrichment_assets.companies.lists.sources import fetch_input
from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.build import build_defs
from enrichment_assets.orchestration.csv_files import Seen
from enrichment_assets.orchestration.partitions import NAME
from enrichment_assets.orchestration.runs.enrich_op import RunHooks
from enrichment_assets.orchestration.runs.jobs import OP, list_job
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.orchestration.sensors.csv_sensor import csv_tick, runs_to_start
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.artifacts import FsspecBackend
from enrichment_assets.storage.do_not_enrich import DoNotEnrich
from enrichment_assets.storage.lists import Lists
from enrichment_assets.storage.state import open_state
from enrichment_assets_tests.builtin import CATALOG

DOMAIN, NAMED = "zorblatt-widgets.com", "Zorblatt Widgets"
COMPANIES = [Company(DOMAIN, NAMED), Company("stripe.com", "Stripe"), Company("adyen.com", "Adyen")]


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    (tmp_path / "data").mkdir()
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return sandbox.settings(
        dagster_home=tmp_path / "home", retry_attempts=1, webhook_retries=0, enrichment_csv_dir=tmp_path / "data"
    )


def enrich(*words: str) -> Result:
    return CliRunner().invoke(cli, list(words), catch_exceptions=False)


def lived_in(settings: Settings, sandbox: Sandbox) -> None:
    """A home in which the company has left traces of every kind."""
    path = settings.enrichment_csv_dir / "leads.csv"
    path.write_text(f"Company,Website\n{NAMED},https://{DOMAIN}/\nStripe,stripe.com\n")
    os.utime(path, (1, 1))
    with open_instance(settings) as instance:
        run_list(instance, COMPANIES, settings=settings)
        sandbox.faults({"serper": {"http_500": 1.0}})
        run_list(instance, COMPANIES, settings=settings, refresh=True)
        sandbox.faults({})
        job = list_job(RunHooks(lambda: settings))
        config = {"ops": {OP: {"config": {"companies": [DOMAIN, "adyen.com"], "assets": ["mx"]}}}}
        job.execute_in_process(run_config=config, instance=instance, raise_on_error=False)
        partitions = build_defs(settings).get_implicit_global_asset_job_def()
        partitions.execute_in_process(
            partition_key=DOMAIN,
            asset_selection=[dg.AssetKey(name) for name in CATALOG],
            instance=instance,
            raise_on_error=False,
        )
        dg.materialize([build_defs(settings).get_assets_def("enriched_companies")], instance=instance)
        seen = Seen()
        for _ in range(2):
            _, seen = csv_tick(settings, seen, time.time_ns())
            runs_to_start(instance, settings, seen, datetime.now(UTC))
    fetched = fetch_input(
        settings.dagster_home / "fetched_lists", BytesIO(f"Company,Website\n{NAMED},www.{DOMAIN}\nA,a.io\n".encode())
    )
    assert fetched.exists()
    fetch_input(fetched.parent, BytesIO(b"Company,Website\nStripe,stripe.com\n"))
    named = pl.DataFrame({"company": ["Adyen", NAMED]})
    named.write_parquet(fetched.parent / "query-1.parquet")
    log = settings.dagster_home / "storage" / "some-run" / "compute_logs"
    log.mkdir(parents=True)
    (log / "step.err").write_text(f"a line\n{DOMAIN}: it failed\nanother\n")


def traces(home: Path) -> list[str]:
    """Where the domain or the name stands below a folder: in raw bytes, and in what is packed inside databases."""
    words = (DOMAIN.encode(), NAMED.encode(), DOMAIN.partition(".")[0].encode())
    found = []
    for path in home.rglob("*"):
        if not path.is_file():
            continue
        content = path.read_bytes()
        if any(word in content for word in words):
            found.append(str(path.relative_to(home)))
        if content.startswith(b"SQLite format 3"):
            found += [f"{path.name}: packed" for cell in packed(path) if any(word in cell for word in words)]
        elif path.suffix == ".parquet":
            found += [path.name] * (DOMAIN in str(pl.read_parquet(path).to_dicts()))
    return found


def packed(database: Path) -> list[bytes]:
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    cells = []
    for (table,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
        for row in connection.execute(f'SELECT * FROM "{table}"'):
            for cell in row:
                if isinstance(cell, bytes):
                    cells += [gzip.decompress(cell) if cell[:2] == b"\x1f\x8b" else cell]
    connection.close()
    return cells


def test_nothing_in_the_home_names_a_forgotten_company_and_the_others_stay(settings: Settings, sandbox: Sandbox):
    lived_in(settings, sandbox)
    home = settings.dagster_home
    before = traces(home)
    assert {"exports/enriched_companies.csv"} <= {trace.partition("artifacts/")[2] for trace in before}
    planned = enrich("forget", DOMAIN, "--dry-run")
    assert planned.exit_code == 0, planned.output
    assert sorted(traces(home)) == sorted(before)
    refused = CliRunner().invoke(cli, ["forget", DOMAIN], input="n\n")
    assert refused.exit_code != 0
    assert sorted(traces(home)) == sorted(before)

    done = enrich("forget", f"https://www.{DOMAIN}/about", "--yes")
    assert done.exit_code == 0, done.output
    assert traces(home) == []
    assert len(list((home / "fetched_lists").iterdir())) == 1, "the copy that does not name it stays"
    places = [line.split(maxsplit=1)[1] for line in done.output.splitlines() if line.startswith("   ")]
    assert {line.split(maxsplit=1)[1] for line in planned.output.splitlines() if line.startswith("   ")} >= set(places)
    for place in (
        "values.db: value",
        "enrichment_latest",
        "company_name",
        "list_company",
        "push",
        "dynamic_partitions",
    ):
        assert any(place in found for found in places), place
    assert "pushed to a destination" in done.output

    with open_instance(settings) as instance:
        assert set(instance.get_dynamic_partitions(NAME)) == {"stripe.com", "adyen.com"}
        records = list(latest_records(instance, ["stripe.com", "adyen.com"], ["mx", "website"]))
        assert len(records) == 4
        for run in instance.get_runs():
            assert instance.all_logs(run.run_id) is not None
    assert enrich("explain", "stripe.com").exit_code == 0
    assert enrich("status").exit_code == 0
    assert enrich("forget", DOMAIN, "--yes").exit_code == 0, "and again, as after an interruption"


def test_a_forgotten_company_is_refused_on_every_way_in(settings: Settings, sandbox: Sandbox):
    lived_in(settings, sandbox)
    with open_instance(settings) as instance:
        first = instance.get_run_records(ascending=True, limit=1)[0].dagster_run.run_id
    enrich("forget", DOMAIN, "--yes")
    output = settings.enrichment_csv_dir.parent / "out.csv"
    listed = settings.enrichment_csv_dir / "leads.csv"
    listed.write_text(listed.read_text() + f"Zorblatt again,www.{DOMAIN}\n")
    ran = enrich("run", "--file", str(listed), "--output", str(output))
    assert output.exists(), ran.output
    rows = pl.read_csv(output).to_dicts()
    assert [(row["outcome"], row["reason"]) for row in rows if "orblatt" in row["Company"]] == [
        ("rejected", "On the do-not-enrich list (enrich forget).")
    ] * 2
    assert "do_not_enrich" in ran.output
    assert enrich("export", "--file", str(listed), "--output", str(output)).exit_code == 0

    os.utime(listed, (2, 2))
    with open_instance(settings) as instance:
        seen = Seen()
        for _ in range(2):
            _, seen = csv_tick(settings, seen, time.time_ns())
        state = open_state(settings)
        (part,) = seen.parts
        assert [company.domain for company in Lists(state).companies(part.list_id)] == ["stripe.com"]
        state.dispose()
        run_list(instance, COMPANIES, settings=settings)
        run_list(instance, COMPANIES, settings=settings, resume=first)
        job = list_job(RunHooks(lambda: settings))
        config = {"ops": {OP: {"config": {"companies": ["adyen.com"], "assets": ["mx"]}}}}
        assert job.execute_in_process(run_config=config, instance=instance).success
    assert traces(settings.dagster_home) == []

    with open_instance(settings) as instance:
        instance.add_dynamic_partitions(NAME, [DOMAIN])
        partitions = build_defs(settings).get_implicit_global_asset_job_def()
        result = partitions.execute_in_process(
            partition_key=DOMAIN,
            asset_selection=[dg.AssetKey(name) for name in CATALOG],
            instance=instance,
            raise_on_error=False,
        )
        assert not result.success
        assert list(latest_records(instance, [DOMAIN], ["mx"])) == []
    assert enrich("forget", DOMAIN, "--yes").exit_code == 0
    assert traces(settings.dagster_home) == []


def test_files_of_ones_own_beside_the_state_are_left_alone(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A state database in a folder of other things, and a home in a project."""
    monkeypatch.setenv("ENRICHMENT_STATE_DB", f"sqlite:///{tmp_path / 'mine' / 'state.db'}")
    monkeypatch.setenv("ENRICHMENT_STORE", str(tmp_path / "mine"))
    monkeypatch.delenv("ENRICHMENT_SANDBOX", raising=False)
    there = settings.model_copy(
        update={
            "enrichment_state_db": f"sqlite:///{tmp_path / 'mine' / 'state.db'}",
            "enrichment_store": str(tmp_path / "mine"),
            "enrichment_sandbox": None,
        }
    )
    with open_instance(there) as instance:
        run_list(instance, COMPANIES, settings=there, assets=["mx"])
    own = [tmp_path / "mine" / "notes.txt", tmp_path / "mine" / "a.log", settings.dagster_home / "clients.csv"]
    for path in own:
        path.write_text(f"{DOMAIN}\n")
    own_database = tmp_path / "mine" / "crm.sqlite3"
    connection = sqlite3.connect(own_database)
    connection.executescript(f"CREATE TABLE client (domain TEXT); INSERT INTO client VALUES ('{DOMAIN}')")
    connection.close()
    assert enrich("forget", DOMAIN, "--yes").exit_code == 0
    assert sorted(traces(tmp_path / "mine")) == ["a.log", "crm.sqlite3", "notes.txt"]
    assert traces(settings.dagster_home) == ["clients.csv"]


def test_what_is_on_the_list_is_counted_and_can_be_taken_off(settings: Settings, sandbox: Sandbox):
    with open_instance(settings) as instance:
        run_list(instance, COMPANIES, settings=settings, assets=["mx"])
    enrich("forget", DOMAIN, "adyen.com", "--yes")
    shown = enrich("forget", "--list").output
    assert "2 companies" in shown
    assert DOMAIN not in shown
    assert "may be enriched again" in enrich("forget", "--remove", DOMAIN).output
    assert "was not on the list" in enrich("forget", "--remove", DOMAIN).output
    assert "1 companies" in enrich("forget", "--list").output
    state = open_state(settings)
    assert DoNotEnrich(state).among([DOMAIN, "adyen.com"]) == {"adyen.com"}
    state.dispose()


def test_a_run_at_work_is_waited_for(settings: Settings):
    with open_instance(settings) as instance:
        run = instance.create_run_for_job(list_job(RunHooks(lambda: settings)), status=dg.DagsterRunStatus.STARTING)
    refused = enrich("forget", DOMAIN, "--yes")
    assert refused.exit_code == 2
    assert run.run_id in refused.output


def test_every_row_of_a_forgotten_company_is_rejected_and_the_rows_still_add_up(tmp_path: Path):
    path = tmp_path / "list.csv"
    path.write_text(f"Company,Website\nA,{DOMAIN}\nB,stripe.com\nC,www.{DOMAIN}\nD,stripe.com\n")
    listed = read_list(path).rejecting({DOMAIN}, "do_not_enrich", "no")
    assert listed.counts == {"company": 1, "rejected": 2, "duplicate": 1}
    assert listed.rejections == {"do_not_enrich": 2}
    assert [company.domain for company in listed.companies] == ["stripe.com"]


LABELS = st.from_regex(r"[ab1](?:[ab1-]{0,3}[ab1])?", fullmatch=True)


@given(before=LABELS, after=LABELS)
def test_a_company_is_told_from_others_whose_domains_contain_its_own(before: str, after: str):
    eraser = Eraser("acme.com", ["Acme Corp"])
    for other in (f"{before}acme.com", f"acme.com{after}", f"acme.com.{after}", f"acme.community.{after}"):
        assert not eraser.mentions(f"x {other} y"), other
    for own in ("acme.com", f"www.{before}.acme.com", f"https://acme.com/{after}", f"{after}@acme.com", "ACME.COM."):
        assert eraser.mentions(f"x {own} y"), own
    assert eraser.forgotten('{"a": ["acme.com", "b.com"], "acme.com": 1, "t": "one\\nof Acme Corp\\ntwo"}') == (
        '{"a": ["b.com"], "t": "one\\n[forgotten]\\ntwo"}'
    )


def test_a_storage_it_does_not_reach_is_refused(settings: Settings) -> None:
    with open_instance(settings) as instance:
        refuse_elsewhere(instance)
    with (
        dg.DagsterInstance.ephemeral() as elsewhere,
        pytest.raises(MisconfiguredError, match=r"InMemoryEventLogStorage is neither SQLite nor Postgres"),
    ):
        refuse_elsewhere(elsewhere)


def test_values_of_a_question_that_was_removed_are_erased_elsewhere_too(settings: Settings) -> None:
    elsewhere = settings.model_copy(update={"enrichment_store": "memory://forgetting/values"})
    store = FsspecBackend(elsewhere.store_url)
    for artifact in ("mx", "a_question_of_last_year"):
        for domain in (DOMAIN, "stripe.com"):
            store.write(artifact, domain, b"{}")
    for dry_run in (True, False):
        done = forget(elsewhere, DOMAIN, dry_run=dry_run, write_exports=lambda *_: None)
        assert done.places["values in the store"] == 2
    left = [(artifact, domain) for artifact in store.artifacts() for domain in (DOMAIN, "stripe.com")]
    assert {one for one in left if store.read(*one) is not None} == {
        ("mx", "stripe.com"), ("a_question_of_last_year", "stripe.com"),
    }  # fmt: skip
