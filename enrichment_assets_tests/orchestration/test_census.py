"""What is counted of companies by how they were found to stand before is what their records say one by one."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from enrichment_assets.cache.event_log import report_batch
from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.latest_status import latest_statuses
from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.cache.materialization import materialization, observation
from enrichment_assets.cache.record import Failure, Record
from enrichment_assets.cache.standing import table
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.core.sides import keep_apart
from enrichment_assets.engine.results import CompanyResult, Outcome
from enrichment_assets.orchestration.census import Census, rules_of
from enrichment_assets.orchestration.counting import Counts, count
from enrichment_assets.orchestration.partitions import NAME, register
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.history.labels import Label, Labels, all_labels
from enrichment_assets.storage.state import open_state
from enrichment_assets_tests.builtin import CATALOG

COMPANIES = [Company(f"company{number}.com", f"Company {number}") for number in range(12)]
DOMAINS = [company.domain for company in COMPANIES]
BROKEN = "company3.com"
NEWS = timedelta(hours=12)


EVERYWHERE = pytest.mark.parametrize("instance", ["sqlite", "postgres"], indirect=True)


@pytest.fixture
def instance(request: pytest.FixtureRequest, settings: Settings) -> Iterator[dg.DagsterInstance]:
    """On SQLite, or where a test asks for it on Postgres."""
    if getattr(request, "param", "sqlite") == "postgres":
        keep_apart(settings)
        ours = {"module": "enrichment_assets.dagster_storage", "class": "BatchingPostgresStorage"}
        storage = {"custom": {**ours, "config": {"postgres_url": request.getfixturevalue("postgres")}}}
        (settings.dagster_home / "dagster.yaml").write_text(json.dumps({"storage": storage}))
    with open_instance(settings) as instance:
        yield instance


class OneByOne(Census):
    """As if nothing had ever been worked out: every record is read."""

    def __init__(self, instance: dg.DagsterInstance, settings: Settings, now: datetime) -> None:
        domains = instance.get_dynamic_partitions(NAME)
        known = latest_statuses(instance, domains, CATALOG)
        self.total, self.settled = len(domains), []
        self._read = list(rules_of(CATALOG, settings).known(known, now, all_labels(settings)))

    def such(self, *_: object) -> list[tuple[str, tuple[()]]]:  # type: ignore[override]
        return []

    def others(self) -> Iterator[object]:  # type: ignore[override]
        return iter(self._read)


def both(instance: dg.DagsterInstance, settings: Settings, now: datetime) -> tuple[Counts, Counts, int]:
    """Counted with what was worked out before, counted one by one, and how many had to be worked out."""
    census = Census(instance, CATALOG, settings, now)
    return count(census, CATALOG), count(OneByOne(instance, settings, now), CATALOG), census.open


@pytest.fixture
def home(instance: dg.DagsterInstance, settings: Settings, sandbox: Sandbox) -> dg.DagsterInstance:
    """Fresh, failed and skipped ones, and one that was never run; a run has just ended."""
    state = open_state(settings)
    register(instance, state, [Company("never.com", "Never Run")])
    state.dispose()
    sandbox.faults({"dns": [{"kind": "servfail", "domains": [BROKEN]}]})
    run_list(instance, COMPANIES, settings=settings)
    sandbox.faults({})
    return instance


def records_of(instance: dg.DagsterInstance, domain: str) -> dict[str, Record]:
    return {record.artifact: record for record in latest_records(instance, [domain], CATALOG)}


def with_news(instance: dg.DagsterInstance) -> str:
    """A company that went the whole way."""
    return next(domain for domain in DOMAINS if getattr(records_of(instance, domain).get("news"), "status", "") == "OK")


def store(instance: dg.DagsterInstance, *events: dg.AssetMaterialization | dg.AssetObservation) -> None:
    run_id = instance.get_run_records(limit=1)[0].dagster_run.run_id
    report_batch(instance, events, run_id=run_id, job_name="enrich_list", step_key=None)


def test_a_run_leaves_only_what_failed_to_be_worked_out(home: dg.DagsterInstance, settings: Settings):
    counts, expected, opened = both(home, settings, datetime.now(UTC))
    assert counts == expected
    assert opened == 1
    assert counts.assets["mx"].counts == {"fresh": 11, "failed": 1, "missing": 1}


@EVERYWHERE
def test_whatever_happens_next_is_counted(home: dg.DagsterInstance, settings: Settings):
    full = with_news(home)
    mine = records_of(home, full)

    def failure() -> None:
        run_id = mine["news"].run_id
        store(home, observation(Failure(full, "news", "FAIL", "rss: 503", datetime.now(UTC), run_id)))

    def repaired() -> None:
        store(home, materialization(mine["news"], {}, NEWS))

    def ahead() -> None:
        store(home, materialization(replace(mine["news"], computed_at=datetime.now(UTC) + timedelta(days=2)), {}, NEWS))

    def another_page() -> None:
        store(home, materialization(replace(mine["website"], data_version="0123456789abcdef"), {}, timedelta(days=14)))

    def labelled() -> None:
        state = open_state(settings)
        Labels(state).put([Label(full, "icp", "not_fit", "", "ann", datetime.now(UTC))])
        state.dispose()

    def taken_back() -> None:
        state = open_state(settings)
        Labels(state).remove(full, "icp")
        state.dispose()

    def wiped_for_one() -> None:
        home.wipe_asset_partitions(dg.AssetKey("mx"), [full])

    def no_partition() -> None:
        home.delete_dynamic_partition(NAME, DOMAINS[5])

    def wiped() -> None:
        home.wipe_assets([dg.AssetKey("careers")])

    def deleted() -> None:
        home.delete_run(mine["mx"].run_id)

    steps = (
        failure,
        repaired,
        ahead,
        repaired,
        labelled,
        taken_back,
        another_page,
        wiped_for_one,
        no_partition,
        wiped,
        deleted,
    )
    for step in steps:
        before = both(home, settings, datetime.now(UTC))[0]
        step()
        counts, expected, _ = both(home, settings, datetime.now(UTC))
        assert counts == expected, step.__name__
        assert counts != before, step.__name__
        for later in (timedelta(0), timedelta(days=2), timedelta(0)):
            counts, expected, _ = both(home, settings, datetime.now(UTC) + later)
            assert counts == expected, (step.__name__, later)


@EVERYWHERE
def test_time_and_rules_are_heeded_after_the_records_were_looked_at(home: dg.DagsterInstance, settings: Settings):
    now = datetime.now(UTC)
    other = settings.model_copy(update={"enrichment_unclear_passes": not settings.enrichment_unclear_passes})
    for later in (timedelta(0), NEWS + timedelta(minutes=1), timedelta(days=4), timedelta(days=40), timedelta(0)):
        for used in (settings, other):
            counts, expected, _ = both(home, used, now + later)
            assert counts == expected, later
    assert both(home, settings, now + NEWS + timedelta(minutes=1))[0].assets["news"].counts["expired"] > 0
    assert both(home, settings, now + NEWS + timedelta(minutes=1))[2] == 1
    census = Census(home, CATALOG, settings, now + NEWS + timedelta(minutes=1))
    news = {domain: records_of(home, domain)["news"] for domain in DOMAINS if domain != BROKEN}
    made = sorted((record.computed_at, domain) for domain, record in news.items() if record.status == "OK")
    found = census.oldest(lambda one: any(each[:2] == ("news", "expired") for each in one), ["news"], 3)
    assert [domain for domain, _ in found] == [domain for _, domain in made[:3]]
    assert [domain for domain, _ in census.such(lambda _: True, 2)] == sorted({*news, "never.com"})[:2]


@EVERYWHERE
def test_what_is_recorded_while_companies_are_worked_out_is_not_overwritten(
    home: dg.DagsterInstance, settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    domain, now = DOMAINS[0], datetime.now(UTC)
    record = records_of(home, domain)["mx"]
    store(home, materialization(record, {}, None))  # void: to be worked out
    keep = table.settle

    def after_another_run(connection, *given):  # type: ignore[no-untyped-def]
        table.touch(connection, [domain])
        keep(connection, *given)

    monkeypatch.setattr(table, "settle", after_another_run)
    list(Census(home, CATALOG, settings, now).others())
    monkeypatch.undo()
    assert Census(home, CATALOG, settings, now).open == 2


def ended(instance: dg.DagsterInstance, settings: Settings, **options: object) -> dict[str, CompanyResult]:
    finished: dict[str, CompanyResult] = {}
    run_list(
        instance,
        COMPANIES,
        settings=settings,
        on_finished=lambda one: finished.update({one.company.domain: one}),
        **options,  # type: ignore[arg-type]
    )
    return finished


def facts(finished: dict[str, CompanyResult]) -> dict[str, object]:
    return {
        domain: (one.outcome, one.tier, one.delivered, one.reason, one.cost_usd, dict(one.nodes), dict(one.labels))
        for domain, one in finished.items()
    }


def test_a_run_over_settled_companies_says_of_each_what_reading_its_records_says(
    home: dg.DagsterInstance, settings: Settings, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
):
    ended(home, settings)  # the one that had failed
    before = sandbox.bill()
    for options in ({}, {"without": ["news"]}, {"assets": ["mx", "website"]}, {"assets": ["webhook_payload"]}):
        quick = ended(home, settings, **options)
        with monkeypatch.context() as slow:
            slow.setattr("enrichment_assets.cache.run_cache.DagsterRunCache.settled", _nothing)
            assert facts(quick) == facts(ended(home, settings, **options)), options
        assert set(quick) == set(DOMAINS)
    assert sandbox.bill() == before


async def _nothing(*_: object) -> dict[str, object]:
    await asyncio.sleep(0)
    return {}


def test_a_settled_company_is_read_again_once_it_is_not(home: dg.DagsterInstance, settings: Settings, sandbox: Sandbox):
    ended(home, settings)
    now = datetime.now(UTC)
    full = with_news(home)
    news = records_of(home, full)["news"]
    store(home, materialization(replace(news, computed_at=now - NEWS), {}, NEWS))
    ended(home, settings)
    assert records_of(home, full)["news"].computed_at == news.computed_at, "its value is in the store, and still counts"
    list(Census(home, CATALOG, settings, now + NEWS + timedelta(minutes=4)).others())
    later = ended(home, settings, clock=lambda: now + NEWS + timedelta(minutes=5))
    assert {one.nodes["news"].outcome for one in later.values()} <= {Outcome.OK, Outcome.SKIP}
    refreshed = ended(home, settings, assets=["mx"], refresh=True)
    assert {one.nodes["mx"].outcome for one in refreshed.values()} == {Outcome.OK}


def test_a_record_of_a_clock_ahead_is_dated_back_though_its_company_was_settled(
    home: dg.DagsterInstance, settings: Settings
):
    ended(home, settings)
    domain = DOMAINS[0]
    payload = records_of(home, domain)["webhook_payload"]
    store(home, materialization(replace(payload, computed_at=datetime.now(UTC) + timedelta(days=3)), {}, None))
    ended(home, settings)
    assert records_of(home, domain)["webhook_payload"].computed_at < datetime.now(UTC) + timedelta(minutes=1)
