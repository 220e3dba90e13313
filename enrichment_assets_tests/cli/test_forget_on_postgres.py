"""All state in one Postgres: a run, another at the same time, and a company that is forgotten."""

import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from enrichment_assets.cache.event_log import storage_of
from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.upkeep.forget import forget, refuse_elsewhere
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.enriched_companies import write_both
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.sandbox.process import Sandbox

DOMAIN, NAMED = "zorblatt-widgets.com", "Zorblatt Widgets"
COMPANIES = [Company(DOMAIN, NAMED), Company("stripe.com", "Stripe"), Company("adyen.com", "Adyen")]


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "home"
    given = sandbox.settings(dagster_home=home, dns_timeout_s=30.0)
    open_instance(given).dispose()
    ours = {"module": "enrichment_assets.dagster_storage", "class": "BatchingPostgresStorage"}
    storage = {"custom": {**ours, "config": {"postgres_url": postgres}}}
    (home / "dagster.yaml").write_text(json.dumps({"telemetry": {"enabled": False}, "storage": storage}))
    places = dict.fromkeys(("enrichment_state_db", "enrichment_store", "enrichment_answers"), postgres)
    return given.model_copy(update=places)


def texts(url: str) -> dict[str, str]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            table: str([tuple(bytes(cell) if isinstance(cell, memoryview) else cell for cell in row) for row in rows])
            for table in inspect(connection).get_table_names()
            if (rows := connection.exec_driver_sql(f'SELECT * FROM "{table}"').all())
        }
    engine.dispose()
    return found


def test_a_company_is_forgotten_in_every_table_and_the_others_are_not(settings: Settings, postgres: str) -> None:
    with open_instance(settings) as instance:
        assert storage_of(instance) is not None
        refuse_elsewhere(instance)
        ran = run_list(instance, COMPANIES, settings=settings)
        assert ran.error is None
        assert ran.result is not None
        again = run_list(instance, COMPANIES, settings=settings)
        assert again.result is not None
        assert again.result.spent == {}, "everything is known"
    before = texts(postgres)
    assert len([table for table, text in before.items() if DOMAIN in text]) >= 6

    def write(table, parquet, csv):
        return write_both([table], parquet, csv)

    dry = forget(settings, DOMAIN, dry_run=True, write_exports=write)
    assert texts(postgres) == before
    done = forget(settings, DOMAIN, dry_run=False, write_exports=write)
    assert done.places == dry.places
    after = texts(postgres)
    assert [table for table, text in after.items() if DOMAIN in text or NAMED in text] == []
    assert "stripe.com" in after["enrichment_latest"]
    with open_instance(settings) as instance:
        rest = run_list(instance, COMPANIES, settings=settings)
        assert rest.result is not None
        assert (rest.result.finished, rest.result.spent) == (2, {})


def _run(settings: Settings, order: int) -> float:
    companies = [Company.named(f"c{number}.com", None) for number in range(30)]
    with open_instance(settings) as instance:
        ran = run_list(instance, companies[::order], settings=settings)
    assert ran.error is None, ran.error
    assert ran.result is not None
    return sum(usd for _, usd in ran.result.spent.values())


def test_two_runs_at_once_over_the_same_companies_pay_once(settings: Settings, sandbox: Sandbox) -> None:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as processes:
        costs = list(processes.map(partial(_run, settings), (1, -1)))
    billed = sum(provider["usd"] for provider in sandbox.bill().values())
    assert sum(costs) == pytest.approx(billed, rel=0.01)
    pushed = [row["body"]["domain"] for row in sandbox.received()]
    assert len(set(pushed)) == len(pushed), "each company was pushed once"
