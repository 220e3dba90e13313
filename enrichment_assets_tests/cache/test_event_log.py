"""Our event log answers like Dagster's own, and what it relies on in Dagster is still there."""

import hashlib
import inspect
import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from dagster._core.definitions.asset_checks.asset_check_evaluation import AssetCheckEvaluationPlanned
from dagster._core.event_api import RunStatusChangeRecordsFilter
from dagster._core.events import DagsterEvent, DagsterEventType, EngineEventData
from dagster._core.events.log import EventLogEntry
from dagster._core.loader import LoadingContextForTest
from dagster._core.storage.event_log import SqlEventLogStorage, SqliteEventLogStorage
from dagster._core.storage.event_log.schema import AssetEventTagsTable, SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.consolidated_sqlite_event_log import ConsolidatedSqliteEventLogStorage
from dagster._core.storage.partition_status_cache import (
    get_and_update_asset_status_cache_value,
    get_last_planned_storage_id,
)

from enrichment_assets.cache import record_index
from enrichment_assets.cache.event_log import report_checks, storage_of
from enrichment_assets.cache.event_log_schema import _dictionary
from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets_tests.builtin import CATALOG
from enrichment_assets_tests.cache.instances import (
    enrich_list,
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

COMPANIES = [f"company-{number}.com" for number in range(6)]
MADE, FAILED, RUNNING = (f"{digit * 8}-{digit * 4}-4{digit * 3}-8{digit * 3}-{digit * 12}" for digit in "123")
COMPANY = dg.DynamicPartitionsDefinition(name="company")
MX, ICP = dg.AssetKey("mx"), dg.AssetKey("icp")


@pytest.fixture(params=["sqlite", "postgres"])
def ours(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    home = tmp_path / "ours"
    if request.param == "sqlite":
        opened = our_instance(home)
    else:
        opened = postgres_instance(home, request.getfixturevalue("postgres"))
    with opened as instance:
        yield instance


@pytest.fixture
def stock(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with stock_instance(tmp_path / "stock") as instance:
        assert isinstance(instance.event_log_storage, SqliteEventLogStorage)
        yield instance


def live_a_little(instance: dg.DagsterInstance) -> None:
    """Three runs: one that made everything, one that failed some, one that is still at it."""
    instance.add_dynamic_partitions("company", COMPANIES)
    for run_id in (MADE, FAILED, RUNNING):
        make_run(instance, run_id)
        run = instance.get_run_by_id(run_id)
        assert run is not None
        instance.report_dagster_event(
            DagsterEvent(DagsterEventType.PIPELINE_START.value, "enrich_list", event_specific_data=None), run_id
        )
        instance.report_engine_event("walking", run, EngineEventData({}))
    both = [(name, domain) for domain in COMPANIES[:5] for name in ("mx", "icp")]
    store_planned(instance, both, MADE)
    store_records(instance, [record(domain, name) for name, domain in both], MADE)
    store_planned(instance, [("mx", domain) for domain in COMPANIES[2:4]], FAILED)
    store_records(instance, [record(COMPANIES[2], data_version="0" * 16)], FAILED)
    store_failures(instance, [failure(COMPANIES[3]), failure(COMPANIES[5], "icp")], FAILED)
    store_planned(instance, [("mx", COMPANIES[4]), ("icp", COMPANIES[5])], RUNNING)
    for run_id in (MADE, FAILED):
        run = instance.get_run_by_id(run_id)
        assert run is not None
        if run_id == MADE:
            instance.report_dagster_event(DagsterEvent(DagsterEventType.PIPELINE_SUCCESS.value, "enrich_list"), run_id)
        else:
            instance.report_run_failed(run)
    instance.report_runless_asset_event(
        dg.AssetCheckEvaluation(asset_key=MX, check_name="fresh", passed=False, metadata={"fresh": 5})
    )
    instance.report_runless_asset_event(dg.AssetMaterialization("enriched_companies", metadata={"rows": float("nan")}))


def entries(records: Any) -> list[Any]:
    """Events without storage ids, which count per file, and without the moment they were stored."""
    return [(found.event_log_entry.run_id, plain(found.event_log_entry)) for found in records]


def plain(entry: EventLogEntry) -> Any:
    return repr(entry._replace(timestamp=0.0, error_info=None))


def in_order(ids: Any) -> list[str]:
    return sorted(ids, key=lambda partition: ids[partition])


def status(instance: dg.DagsterInstance, asset: dg.AssetKey) -> Any:
    cached = get_and_update_asset_status_cache_value(instance, asset, COMPANY)
    return cached and (
        cached.deserialize_materialized_partition_subsets(COMPANY),
        cached.deserialize_failed_partition_subsets(COMPANY),
        cached.deserialize_in_progress_partition_subsets(COMPANY),
    )


def asset_rows(instance: dg.DagsterInstance) -> Any:
    return [
        (
            found.asset_entry.asset_key,
            found.asset_entry.last_run_id,
            plain(found.asset_entry.last_materialization_record.event_log_entry)
            if found.asset_entry.last_materialization_record
            else None,
        )
        for found in sorted(instance.get_asset_records(), key=lambda found: found.asset_entry.asset_key.to_string())
    ]


def check_history(instance: dg.DagsterInstance) -> Any:
    history = instance.event_log_storage.get_asset_check_execution_history(dg.AssetCheckKey(MX, "fresh"), limit=10)
    return [(found.status, plain(found.event) if found.event else None) for found in history]


QUESTIONS: dict[str, Callable[[dg.DagsterInstance], Any]] = {
    "materialized partitions": lambda i: i.get_materialized_partitions(MX),
    "status by partition": lambda i: [i.get_status_by_partition(key, COMPANIES, COMPANY) for key in (MX, ICP)],
    "partition status cache": lambda i: [status(i, key) for key in (MX, ICP)],
    "materializations": lambda i: entries(i.fetch_materializations(MX, limit=100).records),
    "materializations of some companies": lambda i: entries(
        i.fetch_materializations(dg.AssetRecordsFilter(MX, asset_partitions=COMPANIES[1:3]), limit=100).records
    ),
    "materializations page by page": lambda i: pages(i, i.fetch_materializations),
    "observations": lambda i: entries(i.fetch_observations(MX, limit=100).records),
    "planned": lambda i: entries(
        i.get_event_records(dg.EventRecordsFilter(DagsterEventType.ASSET_MATERIALIZATION_PLANNED, MX))
    ),
    "latest planned": lambda i: (
        (found := i.event_log_storage.get_latest_planned_materialization_info(MX, COMPANIES[4])) and found.run_id
    ),
    "attempts without materialization": lambda i: {
        partition: run_id
        for partition, (run_id, _) in (
            i.event_log_storage.get_latest_asset_partition_materialization_attempts_without_materializations(MX).items()
        )
    },
    "latest order by partition": lambda i: in_order(
        i.event_log_storage.get_latest_storage_id_by_partition(MX, DagsterEventType.ASSET_MATERIALIZATION)
    ),
    "latest data versions": lambda i: i.event_log_storage.get_latest_tags_by_partition(
        MX, DagsterEventType.ASSET_MATERIALIZATION, ["dagster/data_version"]
    ),
    "event tags": lambda i: sorted(map(repr, i.get_event_tags_for_asset(MX))),
    "latest events": lambda i: {k: plain(v) for k, v in i.get_latest_materialization_events([MX, ICP]).items() if v},
    "asset records": asset_rows,
    "asset keys": lambda i: sorted(i.all_asset_keys()),
    # Events of one moment: other storages are given them asset by asset.
    "run logs": lambda i: [sorted(plain(found) for found in i.all_logs(run.run_id)) for run in i.get_runs()],
    "run logs by type": lambda i: [
        sorted(plain(found) for found in i.all_logs(run.run_id, of_type=DagsterEventType.ASSET_MATERIALIZATION))
        for run in i.get_runs()
    ],
    "run stats": lambda i: [stats(i.get_run_stats(run.run_id)) for run in i.get_runs()],
    "asset partitions of a run": lambda i: [
        i.event_log_storage.get_asset_partitions_for_run(run.run_id) for run in i.get_runs()
    ],
    "run status changes": lambda i: entries(
        i.fetch_run_status_changes(RunStatusChangeRecordsFilter(DagsterEventType.PIPELINE_FAILURE), limit=10).records
    ),
    "check history": check_history,
    "dynamic partitions": lambda i: i.get_dynamic_partitions("company"),
    "existing dynamic partitions": lambda i: [
        i.event_log_storage.get_existing_dynamic_partitions(
            "company", [*COMPANIES, *(f"no{n}.com" for n in range(many))]
        )
        for many in (1, 1_000)
    ],
    "latest records, by our own function": lambda i: sorted(
        latest_records(i, COMPANIES, CATALOG), key=lambda found: (found.domain, found.artifact)
    ),
}


def stats(found: Any) -> Any:
    return (found.run_id, found.materializations, found.steps_failed, found.expectations, found.end_time is not None)


def pages(instance: dg.DagsterInstance, fetch: Any) -> Any:
    found, cursor = [], None
    while True:
        answer = fetch(MX, limit=2, cursor=cursor, ascending=True)
        found += entries(answer.records)
        if not answer.has_more:
            return found
        cursor = answer.cursor


def test_everything_dagster_reads_is_answered_as_by_the_stock_storage(
    ours: dg.DagsterInstance, stock: dg.DagsterInstance
) -> None:
    live_a_little(ours)
    live_a_little(stock)
    for question, ask in QUESTIONS.items():
        expected = ask(stock)
        assert expected or question == "event tags", f"{question}: the question says nothing"
        assert ask(ours) == expected, question


def graph(instance: dg.DagsterInstance) -> Any:
    """What the asset graph asks for, as one page of it does."""
    (found,) = instance.event_log_storage.get_asset_status_cache_values(
        [(MX, COMPANY)], LoadingContextForTest(instance)
    )
    return found and (
        sorted(found.deserialize_materialized_partition_subsets(COMPANY).get_partition_keys()),
        sorted(found.deserialize_failed_partition_subsets(COMPANY).get_partition_keys()),
        sorted(found.deserialize_in_progress_partition_subsets(COMPANY).get_partition_keys()),
    )


def test_the_graph_is_told_what_was_worked_out_before_only_while_nothing_has_changed(
    ours: dg.DagsterInstance, stock: dg.DagsterInstance
) -> None:
    def plan(*domains: str) -> Callable[[dg.DagsterInstance], Any]:
        return lambda instance: store_planned(instance, [("mx", domain) for domain in domains], RUNNING)

    def make(*domains: str) -> Callable[[dg.DagsterInstance], Any]:
        return lambda instance: store_records(instance, [record(domain, "mx") for domain in domains], MADE)

    steps: list[Callable[[dg.DagsterInstance], Any]] = [
        lambda instance: [make_run(instance, run_id) for run_id in (MADE, RUNNING)],
        lambda instance: instance.add_dynamic_partitions("company", COMPANIES[:5]),
        make(*COMPANIES[:3]),
        plan(COMPANIES[3]),
        make(COMPANIES[3]),
        lambda instance: instance.add_dynamic_partitions("company", COMPANIES[5:]),
        make(COMPANIES[5]),
        lambda instance: instance.delete_dynamic_partition("company", COMPANIES[0]),
        lambda instance: instance.delete_run(MADE),
    ]
    for number, step in enumerate(steps):
        step(ours)
        step(stock)
        for _ in range(2):
            assert graph(ours) == graph(stock), number


def test_after_a_deleted_run_and_a_wiped_asset_the_answers_are_those_of_the_stock_storage(
    ours: dg.DagsterInstance, stock: dg.DagsterInstance
) -> None:
    for instance in (ours, stock):
        live_a_little(instance)
        instance.delete_run(FAILED)
        instance.wipe_assets([ICP])
    for question, ask in QUESTIONS.items():
        assert ask(ours) == ask(stock), question


def test_deleting_the_latest_run_makes_the_record_before_it_the_latest_again(ours: dg.DagsterInstance) -> None:
    first, second = make_run(ours), make_run(ours)
    store_records(ours, [record("a.com", summary="accepts")], first)
    store_records(ours, [record("a.com", summary="rejects")], second)
    ours.delete_run(second)
    assert [found.summary for found in latest_records(ours, ["a.com"], CATALOG)] == ["accepts"]


def test_ids_of_deleted_events_are_never_given_out_again(ours: dg.DagsterInstance) -> None:
    first, second = make_run(ours), make_run(ours)
    store_records(ours, [record("a.com")], first)
    before = ours.event_log_storage.get_maximum_record_id()
    ours.delete_run(first)
    store_records(ours, [record("a.com")], second)
    after = ours.event_log_storage.get_maximum_record_id()
    assert before is not None
    assert after is not None
    assert after > before


def test_a_wiped_log_knows_nothing(ours: dg.DagsterInstance) -> None:
    live_a_little(ours)
    ours.wipe()
    assert not list(latest_records(ours, COMPANIES, CATALOG))
    assert not ours.get_materialized_partitions(MX)


def test_a_failure_is_counted_until_a_record_follows(ours: dg.DagsterInstance) -> None:
    run_id = make_run(ours)
    store_failures(ours, [failure("a.com"), failure("a.com")], run_id)
    storage = storage_of(ours)
    assert storage is not None
    with storage.read_transaction() as connection:
        (standing,) = record_index.latest_statuses(connection)
    assert standing.record is None
    assert standing.failure is not None
    assert (standing.failure.in_a_row, standing.failure.reason) == (2, "dns: SERVFAIL")
    store_records(ours, [record("a.com")], run_id)
    with storage.read_transaction() as connection:
        (standing,) = record_index.latest_statuses(connection)
    assert standing.failure is None
    assert standing.record is not None


def test_what_was_said_last_of_a_check_counts_whichever_run_was_planned_first(ours: dg.DagsterInstance) -> None:
    key = dg.AssetCheckKey(MX, "every_company_is_fresh")
    for run_id in (MADE, FAILED):
        make_run(ours, run_id)
    plan = DagsterEvent(
        DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED.value,
        "enrich_list",
        event_specific_data=AssetCheckEvaluationPlanned(asset_key=MX, check_name=key.name),
    )
    ours.report_dagster_event(plan, MADE)
    store_records(ours, [record(COMPANIES[0], "mx")], FAILED)
    for run_id, passed in ((FAILED, False), (MADE, True)):
        said = dg.AssetCheckEvaluation(MX, key.name, passed, {})
        report_checks(ours, [said], run_id=run_id, job_name="enrich_list")
    latest = ours.event_log_storage.get_latest_asset_check_execution_by_key([key])[key]
    assert (latest.run_id, latest.status.value) == (MADE, "SUCCEEDED")
    (made,) = ours.get_asset_records([MX])
    seen, stored = latest.evaluation, made.asset_entry.last_materialization_record
    assert seen is not None
    assert seen.target_materialization_data is not None
    assert stored is not None
    assert seen.target_materialization_data.storage_id == stored.storage_id


def test_the_log_survives_being_opened_again(tmp_path: Path) -> None:
    with our_instance(tmp_path) as instance:
        live_a_little(instance)
        expected = QUESTIONS["materializations"](instance)
    with our_instance(tmp_path) as instance:
        assert QUESTIONS["materializations"](instance) == expected


def test_a_home_that_was_moved_is_named_instead_of_started_afresh(tmp_path: Path) -> None:
    with our_instance(tmp_path / "old") as instance:
        store_records(instance, [record("a.com")], make_run(instance))
    (tmp_path / "old").rename(tmp_path / "new")
    with pytest.raises(MisconfiguredError, match="Was DAGSTER_HOME moved"), our_instance(tmp_path / "new"):
        pass
    assert not (tmp_path / "old").exists()
    config = tmp_path / "new" / "dagster.yaml"
    config.write_text(config.read_text().replace(str(tmp_path / "old"), str(tmp_path / "new")))
    with our_instance(tmp_path / "new") as instance:
        assert instance.get_materialized_partitions(MX) == {"a.com"}


def test_events_of_a_run_are_told_to_whoever_watches_it(ours: dg.DagsterInstance) -> None:
    run_id = make_run(ours)
    seen: list[EventLogEntry] = []
    ours.watch_event_logs(run_id, None, lambda entry, _cursor: seen.append(entry))
    store_records(ours, [record("a.com")], run_id)
    deadline = time.monotonic() + 100
    while not seen and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [entry.dagster_event_type for entry in seen] == [DagsterEventType.ASSET_MATERIALIZATION]


def test_a_batch_is_stored_as_a_whole_or_not_at_all(ours: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch) -> None:
    def power_cut(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(record_index, "write", power_cut)
    run_id = make_run(ours)
    with pytest.raises(OSError, match="disk full"):
        store_records(ours, [record("a.com"), record("b.com")], run_id)
    monkeypatch.undo()
    assert not ours.get_materialized_partitions(MX)


def test_on_another_storage_a_batch_is_of_one_asset_and_one_type(
    stock: dg.DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Postgres takes no other batches whole: of several assets only the last event's is shown as materialized.
    storage, batches = stock.event_log_storage, []
    stored = storage.store_event_batch

    def watched(events: list[EventLogEntry]) -> None:
        batches.append({(found.get_dagster_event().asset_key, found.dagster_event_type) for found in events})
        stored(events)

    monkeypatch.setattr(storage, "store_event_batch", watched)
    pairs = [(name, domain) for domain in COMPANIES for name in ("mx", "icp")]
    store_records(stock, [record(domain, name) for name, domain in pairs], make_run(stock))
    assert [len(kinds) for kinds in batches] == [1, 1]
    assert len(list(latest_records(stock, COMPANIES, CATALOG))) == len(pairs)


def _write_many(home: Path, start: int) -> None:
    with our_instance(home) as instance:
        run_id = make_run(instance)
        for number in range(start, start + 20):
            store_records(instance, [record(f"c{number}-{part}.com", run_id=run_id) for part in range(5)], run_id)


def test_several_processes_create_and_write_the_log_at_once(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(tmp_path, start)) for start in (0, 100)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(200)
        assert writer.exitcode == 0
    with our_instance(tmp_path) as instance:
        assert len(instance.get_materialized_partitions(MX)) == 200


def _write_forever(home: Path) -> None:
    with our_instance(home) as instance:
        run_id = make_run(instance)
        for number in count():
            store_records(instance, [record(f"c{number}-{part}.com", run_id=run_id) for part in range(20)], run_id)


def test_a_killed_writer_leaves_whole_batches_and_our_tables_agree_with_the_events(tmp_path: Path) -> None:
    writer = multiprocessing.get_context("spawn").Process(target=_write_forever, args=(tmp_path,))
    writer.start()
    with our_instance(tmp_path) as instance:
        deadline = time.monotonic() + 200
        while len(instance.get_materialized_partitions(MX)) < 60 and time.monotonic() < deadline:
            time.sleep(0.05)
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        companies = sorted(instance.get_materialized_partitions(MX))
        assert len(companies) >= 60
        assert len(companies) % 20 == 0
        assert sorted(found.domain for found in latest_records(instance, companies, CATALOG)) == companies


def test_the_dictionary_of_stored_events_is_never_changed() -> None:
    # Homes of 3d8b09e cannot be read without it.
    assert hashlib.sha256(_dictionary()).hexdigest()[:16] == "7bc1fc56700783f8"


def test_a_company_with_eight_artifacts_takes_less_than_25_kb_and_its_plans_10_more(tmp_path: Path) -> None:
    with our_instance(tmp_path) as instance:
        run_id = make_run(instance)
        empty = bytes_of(tmp_path)
        pairs = [(name, f"company-{number}.com") for number in range(300) for name in CATALOG]
        store_records(instance, [record(domain, name) for name, domain in pairs], run_id)
    with our_instance(tmp_path) as instance:
        recorded = bytes_of(tmp_path)
        store_planned(instance, pairs, run_id)
    assert (recorded - empty) / 300 < 25_000
    assert (bytes_of(tmp_path) - recorded) / 300 < 12_000


def bytes_of(home: Path) -> int:
    return sum(file.stat().st_size for file in (home / "history" / "events").rglob("*") if file.is_file())


def test_dagster_still_has_what_this_storage_relies_on() -> None:
    columns = ["id", "run_id", "event", "dagster_event_type", "timestamp", "step_key", "asset_key", "partition"]
    assert [column.name for column in SqlEventLogStorageTable.columns] == columns
    tags = ["id", "event_id", "asset_key", "key", "value", "event_timestamp"]
    assert [column.name for column in AssetEventTagsTable.columns] == tags
    parameters: dict[Callable[..., Any], list[str]] = {
        ConsolidatedSqliteEventLogStorage.__init__: ["self", "base_dir", "inst_data"],
        ConsolidatedSqliteEventLogStorage._connect: ["self"],
        ConsolidatedSqliteEventLogStorage.run_connection: ["self", "run_id"],
        ConsolidatedSqliteEventLogStorage.index_connection: ["self"],
        ConsolidatedSqliteEventLogStorage.watch: ["self", "run_id", "cursor", "callback"],
        ConsolidatedSqliteEventLogStorage.end_watch: ["self", "run_id", "handler"],
        ConsolidatedSqliteEventLogStorage.has_table: ["self", "table_name"],
        SqlEventLogStorage.store_event: ["self", "event"],
        SqlEventLogStorage.store_event_batch: ["self", "events"],
        SqlEventLogStorage.delete_events_for_run: ["self", "conn", "run_id"],
        SqlEventLogStorage._event_to_row: ["self", "event"],
        SqlEventLogStorage._store_asset_event_tags: ["self", "conn", "events", "event_ids"],
        SqlEventLogStorage.reindex_events: ["self", "print_fn", "force"],
        SqlEventLogStorage.reindex_assets: ["self", "print_fn", "force"],
        ConsolidatedSqliteEventLogStorage._init_db: ["self"],
        SqlEventLogStorage._store_asset_event: ["self", "conn", "event", "event_id"],
        SqlEventLogStorage._get_asset_entry_values: ["self", "event", "event_id", "has_asset_key_index_cols"],
        SqlEventLogStorage.store_asset_check_event: ["self", "event", "event_id"],
        SqlEventLogStorage.wipe_asset: ["self", "asset_key"],
        SqlEventLogStorage.get_latest_asset_partition_materialization_attempts_without_materializations: [
            "self",
            "asset_key",
            "after_storage_id",
        ],
        SqlEventLogStorage._get_assets_details: ["self", "asset_keys"],
        SqlEventLogStorage.get_dynamic_partitions: ["self", "partitions_def_name"],
        SqlEventLogStorage.get_asset_status_cache_values: ["self", "partitions_defs_by_key", "context"],
        get_last_planned_storage_id: ["instance", "asset_key", "asset_record"],
    }
    for function, expected in parameters.items():
        assert list(inspect.signature(function).parameters) == expected, function.__qualname__


def test_the_configured_class_is_the_one_in_use(ours: dg.DagsterInstance) -> None:
    assert type(ours.event_log_storage).__name__.startswith("Batching")
    assert storage_of(ours) is ours.event_log_storage
    assert enrich_list.name == "enrich_list"
