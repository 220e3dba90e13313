"""The money of runs that sensors start, and which files they may read."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.csv_files import NotInsideError, Seen, inside
from enrichment_assets.orchestration.runs.enrich_op import RunHooks
from enrichment_assets.orchestration.runs.jobs import OP, list_job
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.orchestration.sensors.csv_sensor import csv_tick, runs_to_start
from enrichment_assets.orchestration.wallet import COST_TAG, DAY, OUT_OF_MONEY_TAG, Granted, Refused, reserve
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.state import open_state

SECRET = "sk-or-v1-0123456789abcdef"


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir()
    return sandbox.settings(
        dagster_home=tmp_path / "home", retry_attempts=1, enrichment_csv_dir=tmp_path / "data", enrichment_parallel=2
    )


def drop(settings: Settings, name: str, companies: int) -> None:
    rows = "".join(f"Company {number},{name}{number}.com\n" for number in range(companies))
    path = settings.enrichment_csv_dir / f"{name}.csv"
    path.write_text(f"Company,Website\n{rows}")
    os.utime(path, (1, 1))


def started(
    instance: dg.DagsterInstance, settings: Settings, seen: Seen, now: datetime | None = None
) -> tuple[list[dg.RunRequest], str, Seen]:
    """Two ticks: a file is read when two looks saw the same."""
    said: list[str] = []
    requests: list[dg.RunRequest] = []
    for _ in range(2):
        _, seen = csv_tick(settings, seen, time.time_ns())
        asked, said, seen = runs_to_start(instance, settings, seen, now or datetime.now(UTC))
        requests += asked
    return requests, " ".join(said), seen


def carry_out(instance: dg.DagsterInstance, settings: Settings, request: dg.RunRequest) -> dg.DagsterRun:
    job = list_job(RunHooks(lambda: settings))
    result = job.execute_in_process(
        run_config=request.run_config, instance=instance, tags=dict(request.tags), raise_on_error=False
    )
    run = instance.get_run_by_id(result.run_id)
    assert run is not None
    return run


def cap_of(request: dg.RunRequest) -> float:
    return float(request.run_config["ops"][OP]["config"]["budget_usd"])


def test_what_dropped_files_may_spend_together_is_never_more_than_the_days_budget(
    instance: dg.DagsterInstance, settings: Settings
):
    for name in ("first", "second", "third"):
        drop(settings, name, 12)
    requests, said, seen = started(instance, settings, Seen())
    assert [cap_of(request) for request in requests] == [3.0, 2.0]
    assert "12 companies" in said
    assert "ENRICHMENT_SENSOR_DAILY_BUDGET_USD ($5.00) is used up" in said
    assert "when a run under way ends" in said
    carry_out(instance, settings, requests[0])
    (third,), _, _ = started(instance, settings, seen)
    assert cap_of(third) == pytest.approx(3.0, abs=0.2), "what the first run did not need is there for the third"


def test_a_run_that_ran_out_of_money_goes_on_the_next_day_and_nothing_is_lost(
    instance: dg.DagsterInstance, settings: Settings
):
    poor = settings.model_copy(
        update={"enrichment_sensor_daily_budget_usd": 0.012, "enrichment_company_budget_usd": 0.012}
    )
    drop(poor, "leads", 40)
    (request,), _, seen = started(instance, poor, Seen())
    run = carry_out(instance, poor, request)
    assert OUT_OF_MONEY_TAG in run.tags
    assert 0 < float(run.tags[COST_TAG]) <= 0.012
    nothing, said, seen = started(instance, poor, seen)
    assert nothing == []
    tomorrow = datetime.now(UTC) + DAY
    assert f"at {tomorrow:%Y-%m-%d %H}" in said
    rich = poor.model_copy(update={"enrichment_sensor_daily_budget_usd": 5.0})
    (again,), _, seen = started(instance, rich, seen, tomorrow + timedelta(minutes=5))
    assert again.run_key != request.run_key
    assert OUT_OF_MONEY_TAG not in carry_out(instance, settings, again).tags
    assert started(instance, rich, seen, tomorrow + timedelta(minutes=6))[2].parts == ()


def test_a_budget_of_nothing_starts_nothing(instance: dg.DagsterInstance, settings: Settings):
    drop(settings, "leads", 1)
    none = settings.model_copy(update={"enrichment_sensor_daily_budget_usd": 0.0})
    requests, said, _ = started(instance, none, Seen())
    assert requests == []
    assert "is 0" in said


def test_two_sensors_cannot_give_out_the_same_money(instance: dg.DagsterInstance, settings: Settings):
    state = open_state(settings)
    now = datetime.now(UTC)
    first = reserve(instance, state, settings, now, sensor="csv", key="a", companies=1_000)
    second = reserve(instance, state, settings, now, sensor="refresh", key="b", companies=1_000)
    state.dispose()
    assert isinstance(first, Granted)
    assert first.usd == 5.0
    assert isinstance(second, Refused)


def test_a_link_in_the_directory_of_lists_is_not_read(instance: dg.DagsterInstance, settings: Settings, tmp_path: Path):
    secret = tmp_path / ".env"
    secret.write_text(f"OPENROUTER_API_KEY={SECRET}\nCompany,Website\nStripe,stripe.com\n")
    (settings.enrichment_csv_dir / "leads.csv").symlink_to(secret)
    os.utime(secret, (1, 1))
    requests, said, seen = started(instance, settings, Seen())
    assert (requests, said, seen) == ([], "", Seen())


@pytest.mark.parametrize(
    "given", ["{out}/.env", "{data}/../.env", "{data}/link.csv", "{data}/folder/list.csv", "{data}"]
)
def test_a_csv_path_from_the_launchpad_stays_inside(
    instance: dg.DagsterInstance, settings: Settings, tmp_path: Path, given: str
):
    data = settings.enrichment_csv_dir
    (tmp_path / ".env").write_text(f"OPENROUTER_API_KEY={SECRET}\n")
    (tmp_path / "list.csv").write_text(f"website,{SECRET}\nstripe.com,x\n")
    (data / "link.csv").symlink_to(tmp_path / ".env")
    (data / "folder").symlink_to(tmp_path)
    config = {"csv_path": given.format(out=tmp_path, data=data)}
    result: Any = list_job(RunHooks(lambda: settings)).execute_in_process(
        run_config={"ops": {OP: {"config": config}}}, instance=instance, raise_on_error=False
    )
    said = result.failure_data_for_node(OP).user_failure_data.description
    assert "ENRICHMENT_CSV_DIR" in said or "link" in said
    assert SECRET[:8] not in said


def test_a_directory_of_lists_may_itself_be_reached_by_a_link(tmp_path: Path):
    (tmp_path / "real" / "sub").mkdir(parents=True)
    (tmp_path / "real" / "sub" / "a.csv").touch()
    (tmp_path / "data").symlink_to(tmp_path / "real")
    for root in ("data", "real"):
        for spelt in ("data", "real"):
            found = inside(tmp_path / root, tmp_path / spelt / "sub" / ".." / "sub" / "a.csv")
            assert found == (tmp_path / "real" / "sub" / "a.csv").resolve()
    with pytest.raises(NotInsideError):
        inside(tmp_path / "data", tmp_path / "real")


@pytest.mark.parametrize(
    ("tags", "more"),
    [
        ({"dagster/backfill": "b1"}, {"enrichment_budget_usd": 0.02}),
        ({}, {"enrichment_daily_budget_usd": 0.02}),
    ],
)
def test_the_runs_of_a_backfill_and_those_of_a_day_share_one_cap(
    instance: dg.DagsterInstance, settings: Settings, tags: dict[str, str], more: dict[str, float]
):
    capped = settings.model_copy(update=more)
    spent = [
        run_list(
            instance,
            [Company.named(f"part{part}-{number}.com", None) for number in range(12)],
            settings=capped,
            tags=tags,
        )
        for part in range(3)
    ]
    costs = [sum(usd for _, usd in ran.result.spent.values()) for ran in spent if ran.result is not None]
    assert len(costs) == 3
    assert 0.01 < sum(costs) <= 0.02
    assert spent[-1].error is not None
    assert "all runs together have taken the rest" in spent[-1].error
