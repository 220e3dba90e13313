"""The job whose launchpad takes a list."""

from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.runs.enrich_op import RunHooks
from enrichment_assets.orchestration.runs.jobs import OP, list_job
from enrichment_assets.sandbox.process import Sandbox


@dg.op
def nothing() -> None:
    """Stands for a run over partitions that ended before it did anything."""


@dg.job
def killed() -> None:
    nothing()


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    return sandbox.settings(dagster_home=tmp_path, enrichment_csv_dir=tmp_path)


def execute(instance: dg.DagsterInstance, settings: Settings, **config: Any) -> dg.ExecuteInProcessResult:
    job = list_job(RunHooks(lambda: settings))
    return job.execute_in_process(run_config={"ops": {OP: {"config": config}}}, instance=instance, raise_on_error=False)


def error_of(result: dg.ExecuteInProcessResult) -> str:
    assert not result.success
    failure = result.failure_data_for_node(OP)
    assert failure is not None
    assert failure.user_failure_data is not None
    return failure.user_failure_data.description or ""


def test_a_csv_path_is_enough(instance: dg.DagsterInstance, settings: Settings, tmp_path: Path):
    path = tmp_path / "leads.csv"
    path.write_text("Company,Website\nStripe,https://www.stripe.com/\nTwice,stripe.com\nAdyen,adyen.com\n")
    result = execute(instance, settings, csv_path=str(path), assets=["mx"])
    assert result.success
    assert set(instance.get_dynamic_partitions("company")) == {"stripe.com", "adyen.com"}
    records = latest_records(instance, ["stripe.com", "adyen.com"], ["mx", "website"])
    assert {(record.domain, record.artifact) for record in records} == {("stripe.com", "mx"), ("adyen.com", "mx")}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({}, "Exactly one of csv_path, list_id and companies is needed; given: none"),
        ({"csv_path": "a.csv", "companies": ["stripe.com"]}, "given: csv_path, companies"),
        ({"csv_path": "nowhere.csv"}, "nowhere.csv"),
        ({"list_id": "none"}, "no stored list 'none'"),
        ({"companies": ["stripe.com", "a...b", "a,b.com"]}, "a...b, a,b.com"),
        ({"companies": ["stripe.com"], "assets": ["mx", "gossip"]}, "No such assets: gossip"),
    ],
)
def test_what_cannot_be_run_is_refused_with_the_reason_and_nothing_is_registered(
    instance: dg.DagsterInstance, settings: Settings, config: dict[str, Any], said: str
):
    assert said in error_of(execute(instance, settings, **config))
    assert list(instance.get_dynamic_partitions("company")) == []
