"""Single ticks of the sensors."""

import errno
import os
import subprocess
import sys
import time
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.leases import Leases, live_runs
from enrichment_assets.companies.company import Company
from enrichment_assets.companies.intake import CompanyList, read_list
from enrichment_assets.core.settings import Settings
from enrichment_assets.core.together.process_identity import machine
from enrichment_assets.orchestration.csv_files import Seen, content_hash
from enrichment_assets.orchestration.partitions import COMPANY, NAME
from enrichment_assets.orchestration.runs.enrich_op import RunHooks
from enrichment_assets.orchestration.runs.jobs import list_job
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.orchestration.sensors import csv_sensor as csv_sensor_module
from enrichment_assets.orchestration.sensors.csv_sensor import csv_sensor, csv_tick, runs_to_start
from enrichment_assets.orchestration.sensors.refresh_sensor import refresh_tick
from enrichment_assets.orchestration.wallet import COST_TAG, RESERVED_TAG, SENSOR_TAG, spent_usd
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.lists import Lists
from enrichment_assets.storage.state import open_state
from enrichment_assets_tests.builtin import CATALOG
from enrichment_assets_tests.cache.instances import failure, record, store_failures, store_records

COMPANIES = [Company(f"company{number}.com", f"Company {number}") for number in range(8)]
LATER = timedelta(hours=13)


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    (tmp_path / "data").mkdir()
    return sandbox.settings(
        dagster_home=tmp_path,
        retry_attempts=1,
        enrichment_csv_dir=tmp_path / "data",
        enrichment_refresh_assets=("news",),
    )


def drop(settings: Settings, name: str, content: str) -> None:
    path = settings.enrichment_csv_dir / name
    path.write_text(content)
    long_ago = time.time() - 60
    os.utime(path, (long_ago, long_ago))


def tick(
    settings: Settings, seen: Seen, instance: dg.DagsterInstance | None = None, now: datetime | None = None
) -> tuple[list[dg.RunRequest], list[str], Seen]:
    said, seen = csv_tick(settings, seen, time.time_ns())
    with nullcontext(instance) if instance else open_instance(settings) as opened:
        requests, waits, seen = runs_to_start(opened, settings, seen, now or datetime.now(UTC))
    return requests, [*said, *waits], seen


def ticks(settings: Settings, seen: Seen, count: int = 2) -> tuple[list[dg.RunRequest], list[str], Seen]:
    requests: list[dg.RunRequest] = []
    said: list[str] = []
    for _ in range(count):
        asked, sentences, seen = tick(settings, seen)
        requests += asked
        said += [sentence for sentence in sentences if "waiting" not in sentence]
    return requests, said, seen


def companies_of(settings: Settings, request: dg.RunRequest) -> list[str]:
    list_id = request.run_config["ops"]["enrich_companies"]["config"]["list_id"]
    return [company.domain for company in Lists(open_state(settings)).companies(list_id)]


def test_a_dropped_file_becomes_one_run_over_its_companies(settings: Settings):
    drop(
        settings,
        "leads.csv",
        "Company,Website\nStripe,https://stripe.com/pricing\nStripe,stripe.com\nAdyen,adyen.com\n",
    )
    (request,), _, seen = ticks(settings, Seen())
    assert companies_of(settings, request) == ["stripe.com", "adyen.com"]
    assert ticks(settings, seen)[0] == []


def test_a_broken_file_is_named_once_with_its_reason_and_blocks_nothing(settings: Settings):
    drop(settings, "broken.csv", "colour,taste\nred,sweet\n")
    drop(settings, "good.csv", "Company,Website\nStripe,stripe.com\n")
    requests, said, seen = ticks(settings, Seen())
    assert len(requests) == 1
    assert [sentence for sentence in said if "broken.csv" in sentence and "colour" in sentence]
    assert ticks(settings, seen, 3)[:2] == ([], [])
    drop(settings, "broken.csv", "Company,Website\nAdyen,adyen.com\n")
    assert len(ticks(settings, seen)[0]) == 1


def test_names_without_sites_cost_nothing_and_the_tick_says_what_would_find_them(settings: Settings):
    drop(settings, "names.csv", "Company,LinkedIn URL\nAcme Robotics,\nGlobex,https://linkedin.com/company/globex\n")
    requests, said, _ = ticks(settings, Seen())
    assert requests == []
    assert "2 rows name a company without its site: enrich run --file" in said[0]
    assert said[0].endswith("names.csv --resolve")


def test_a_copy_or_a_touched_file_starts_nothing(settings: Settings):
    content = "Company,Website\nStripe,stripe.com\n"
    drop(settings, "leads.csv", content)
    _, _, seen = ticks(settings, Seen())
    drop(settings, "copy.csv", content)
    (settings.enrichment_csv_dir / "leads.csv").touch()
    os.utime(settings.enrichment_csv_dir / "leads.csv", (1, 1))
    requests, said, _ = ticks(settings, seen)
    assert requests == []
    assert len(said) == 2


def test_a_large_file_becomes_runs_of_the_configured_size(settings: Settings):
    rows = "".join(f"Company {number},company{number}.com\n" for number in range(25))
    drop(settings, "large.csv", f"Company,Website\n{rows}")
    small = settings.model_copy(
        update={"enrichment_csv_companies_per_run": 10, "enrichment_sensor_daily_budget_usd": 100.0}
    )
    requests, _, _ = ticks(small, Seen())
    assert [len(companies_of(small, request)) for request in requests] == [10, 10, 5]
    assert len({request.run_key for request in requests}) == 3


def test_a_file_that_changes_while_it_is_read_is_read_again(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    rows = "Company,Website\nStripe,stripe.com\n"
    drop(settings, "leads.csv", rows)

    def read_while_it_is_written(path: Path) -> CompanyList:
        listed = read_list(path)
        path.write_text(rows + "Adyen,adyen.com\n")
        return listed

    _, _, seen = tick(settings, Seen())
    with monkeypatch.context() as patch:
        patch.setattr(csv_sensor_module, "read_list", read_while_it_is_written)
        requests, said, seen = tick(settings, seen)
    assert (requests, said) == ([], ["leads.csv: changed while it was read"])
    drop(settings, "leads.csv", rows + "Adyen,adyen.com\n")
    (request,), _, _ = ticks(settings, seen)
    assert companies_of(settings, request) == ["stripe.com", "adyen.com"]


def test_a_file_that_goes_or_cannot_be_opened_blocks_nothing(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    for name in ("gone.csv", "locked.csv"):
        drop(settings, name, "Company,Website\nStripe,stripe.com\n")
    drop(settings, "open.csv", "Company,Website\nAdyen,adyen.com\n")

    def hashed(path: Path) -> str:
        if path.name == "gone.csv":
            path.unlink(missing_ok=True)
        if path.name == "locked.csv":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return content_hash(path)

    monkeypatch.setattr(csv_sensor_module, "content_hash", hashed)
    (request,), said, seen = ticks(settings, Seen())
    assert companies_of(settings, request) == ["adyen.com"]
    assert any("locked.csv cannot be read: Permission denied" in sentence for sentence in said)
    assert ticks(settings, seen, 3)[:2] == ([], [])


def test_files_that_take_too_long_for_one_tick_are_read_in_the_next(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(csv_sensor_module, "READS_FOR_S", 0.0)
    for number in range(3):
        drop(settings, f"list{number}.csv", f"Company,Website\nA,company{number}.com\n")
    _, _, seen = tick(settings, Seen())
    for number in range(3):
        (request,), _, seen = tick(settings, seen)
        assert companies_of(settings, request) == [f"company{number}.com"]


@pytest.mark.parametrize("sensor", ["csv", "refresh"])
def test_a_tick_marks_a_killed_run_as_failed(instance: dg.DagsterInstance, settings: Settings, sensor: str):
    hooks = RunHooks(lambda: settings)
    run = instance.create_run_for_job(list_job(hooks), status=dg.DagsterRunStatus.STARTED, tags={SENSOR_TAG: "refresh"})
    killed = subprocess.Popen([sys.executable, "-c", ""])
    killed.wait()
    store_records(instance, [record("made.com"), record("fresh.com")], run.run_id)
    store_failures(instance, [failure("failed.com", run_id=run.run_id)], run.run_id)
    state = open_state(settings)
    leases = Leases(state, run.run_id)
    leases._closed.set()
    with state.begin() as connection:
        connection.execute(live_runs.update().values(owner=f"{machine()} {killed.pid} 1"))
    state.dispose()
    if sensor == "csv":
        csv_sensor(hooks)(dg.build_sensor_context(instance=instance))
    else:
        instance.add_run_tags(run.run_id, {RESERVED_TAG: "0"})
        assert "still running" not in str(refresh_tick(instance, CATALOG, settings, datetime.now(UTC)))
    ended = instance.get_run_by_id(run.run_id)
    assert ended is not None
    assert ended.status is dg.DagsterRunStatus.FAILURE
    companies = ["made.com", "fresh.com", "failed.com", "in-flight.com"]
    instance.add_dynamic_partitions(NAME, companies)
    colours = instance.get_status_by_partition(dg.AssetKey("mx"), companies, COMPANY)
    assert {company: status.value for company, status in (colours or {}).items() if status is not None} == {
        "made.com": "MATERIALIZED",
        "fresh.com": "MATERIALIZED",
        "failed.com": "FAILED",
    }


def test_a_run_killed_before_its_first_heartbeat_does_not_block_the_refresh_for_ever(
    instance: dg.DagsterInstance, settings: Settings
):
    tags = {SENSOR_TAG: "refresh", RESERVED_TAG: "0"}
    starting = dg.DagsterRunStatus.STARTED
    silent, alive = (
        instance.create_run_for_job(list_job(RunHooks(lambda: settings)), status=starting, tags=tags) for _ in range(2)
    )
    state = open_state(settings)
    leases = Leases(state, alive.run_id)
    soon = datetime.now(UTC) + timedelta(minutes=1)
    assert "still running" in str(refresh_tick(instance, CATALOG, settings, soon))
    refresh_tick(instance, CATALOG, settings, soon + timedelta(minutes=5))
    statuses = [instance.get_run_by_id(run.run_id).status.value for run in (silent, alive)]  # type: ignore[union-attr]
    assert statuses == ["FAILURE", "STARTED"]
    leases.close()
    state.dispose()


def test_the_refresh_asks_for_exactly_the_expired_companies(instance: dg.DagsterInstance, settings: Settings):
    run_list(instance, COMPANIES, settings=settings)
    now = datetime.now(UTC)
    nothing = refresh_tick(instance, CATALOG, settings, now)
    assert isinstance(nothing, dg.SkipReason)
    request = refresh_tick(instance, CATALOG, settings, now + LATER)
    assert isinstance(request, dg.RunRequest)
    config = request.run_config["ops"]["enrich_companies"]["config"]
    assert config["assets"] == ["news"]
    assert 0 < len(companies_of(settings, request)) < len(COMPANIES)
    few = settings.model_copy(update={"enrichment_refresh_max_companies": 2})
    limited = refresh_tick(instance, CATALOG, few, now + LATER)
    assert isinstance(limited, dg.RunRequest)
    assert len(companies_of(settings, limited)) == 2


def test_companies_that_keep_failing_wait_longer_and_longer(
    instance: dg.DagsterInstance, settings: Settings, sandbox: Sandbox
):
    run_list(instance, COMPANIES, settings=settings)
    later = datetime.now(UTC) + LATER
    request = refresh_tick(instance, CATALOG, settings, later)
    assert isinstance(request, dg.RunRequest)
    stale = [Company.named(domain, None) for domain in companies_of(settings, request)]
    sandbox.faults({"serper": {"http_500": 1.0}})
    for _ in range(5):
        run_list(instance, stale, settings=settings, assets=["news"], refresh=True)
    failed_at = datetime.now(UTC)
    waits = refresh_tick(instance, CATALOG, settings, failed_at + timedelta(hours=15))
    assert isinstance(waits, dg.SkipReason)
    assert "failed lately" in (waits.skip_message or "")
    assert isinstance(refresh_tick(instance, CATALOG, settings, failed_at + timedelta(hours=17)), dg.RunRequest)


def test_only_failures_of_what_is_refreshed_hold_a_company_back(instance: dg.DagsterInstance, settings: Settings):
    run_list(instance, COMPANIES, settings=settings)
    later = datetime.now(UTC) + LATER
    asked = refresh_tick(instance, CATALOG, settings, later)
    assert isinstance(asked, dg.RunRequest)
    stale = companies_of(settings, asked)
    broken = [failure(domain, "linkedin", at=later) for domain in stale for _ in range(5)]
    store_failures(instance, broken, run_list(instance, [], settings=settings).run_id)
    again = refresh_tick(instance, CATALOG, settings, later)
    assert isinstance(again, dg.RunRequest)
    assert companies_of(settings, again) == stale


def test_without_money_left_for_the_day_nothing_is_started(instance: dg.DagsterInstance, settings: Settings):
    run_list(instance, COMPANIES, settings=settings, tags={SENSOR_TAG: "refresh", RESERVED_TAG: "5.0"})
    (run,) = instance.get_runs()
    assert spent_usd(instance, datetime.now(UTC)) == pytest.approx(float(run.tags[COST_TAG]))
    instance.add_run_tags(run.run_id, {COST_TAG: "5.0"})
    skipped = refresh_tick(instance, CATALOG, settings, datetime.now(UTC) + LATER)
    assert isinstance(skipped, dg.SkipReason)
    assert "ENRICHMENT_SENSOR_DAILY_BUDGET_USD" in (skipped.skip_message or "")


@pytest.mark.parametrize(
    ("update", "said"),
    [
        ({"enrichment_refresh_assets": ()}, "ENRICHMENT_REFRESH_ASSETS is empty"),
        ({"enrichment_refresh_assets": ("gossip",)}, "gossip"),
        ({"serper_api_key": None}, "SERPER_API_KEY"),
    ],
)
def test_a_refresh_that_cannot_work_says_why(
    instance: dg.DagsterInstance, settings: Settings, update: dict[str, object], said: str
):
    skipped = refresh_tick(instance, CATALOG, settings.model_copy(update=update), datetime.now(UTC))
    assert isinstance(skipped, dg.SkipReason)
    assert said in (skipped.skip_message or "")
