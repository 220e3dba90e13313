"""Dagster's event log, made to keep up: the only module that touches Dagster's private API.

What belongs here: the storage class named in ``dagster.yaml``, and the few functions for which Dagster has no public
way (events of a running run reported many at a time). What does not: what a record is (``materialization``), when it is
written (``writer``), what is asked of it (``queries``).

Stock SQLite makes an engine and a connection per statement and keeps every asset event twice: 55 KB per company and
run. This storage is Dagster's consolidated SQLite variant (one file, each event once) with a kept engine, WAL, and
batches stored by a few multi-row inserts in one transaction. Events lie deflated in ``event_store``; ``event_logs``,
which all of Dagster's own readers ask, is a view over it. The tests compare every answer with the stock storage's and
assert the signatures and columns relied on here, so that an upgrade of Dagster that changes them fails loudly.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._config import StringSource
from dagster._core.definitions.data_version import INPUT_EVENT_POINTER_TAG_PREFIX
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.events import (
    ASSET_EVENTS,
    AssetMaterializationPlannedData,
    AssetObservationData,
    DagsterEvent,
    DagsterEventType,
    StepMaterializationData,
)
from dagster._core.events.log import EventLogEntry
from dagster._core.execution.api import execute_run
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.storage.event_log.polling_event_watcher import SqlPollingEventWatcher
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.consolidated_sqlite_event_log import (
    SQLITE_EVENT_LOG_FILENAME,
    ConsolidatedSqliteEventLogStorage,
)
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._serdes import ConfigurableClassData, deserialize_value, serialize_value
from sqlalchemy import Connection, Engine, MetaData, create_engine, inspect
from sqlalchemy.event import listens_for

from enrichment_assets.cache import record_index
from enrichment_assets.cache.event_bytes import deflate, inflate
from enrichment_assets.cache.event_text import Asset, EventText, UnknownFormatError
from enrichment_assets.cache.materialization import INPUT_TAG, failure_of, is_repeated, record_of
from enrichment_assets.cache.multi_row import insert_rows
from enrichment_assets.cache.record import Failure
from enrichment_assets.cache.record_index import Recorded
from enrichment_assets.core.atomic_create import made_aside

BUSY_TIMEOUT_S = 60
"""How long a writer waits for another process's commit before "database is locked"."""
PAGE_BYTES = 8192
KNOWN_TEXTS = 256
"""Forms of serialized events kept: one per asset and run."""
_COLUMNS = ("run_id", "event", "dagster_event_type", "timestamp", "step_key", "asset_key", "partition")
_INSERT = f"INSERT INTO event_store ({', '.join(_COLUMNS)}) VALUES {{rows}}"  # noqa: S608 - constants
_INSERT_TAG = "INSERT INTO asset_event_tags (event_id, asset_key, key, value, event_timestamp) VALUES {rows}"
_VIEW = (
    """CREATE VIEW event_logs AS SELECT id, run_id, enrichment_inflate(event) AS event, dagster_event_type, timestamp,
        step_key, asset_key, partition FROM event_store""",
    """CREATE TRIGGER event_logs_delete INSTEAD OF DELETE ON event_logs
        BEGIN DELETE FROM event_store WHERE id = OLD.id; END""",
)
_SUPERSEDED = (
    """asset_key IS NOT NULL AND partition IS NOT NULL AND id < (
        SELECT event_id FROM enrichment_latest AS latest WHERE latest.domain = event_store.partition
        AND latest.artifact = substr(event_store.asset_key, 3, length(event_store.asset_key) - 4))""",
    """asset_key IS NOT NULL AND partition IS NULL AND id NOT IN (
        SELECT max(id) FROM event_store WHERE asset_key IS NOT NULL AND partition IS NULL
        GROUP BY asset_key, dagster_event_type)""",
    "asset_key IS NULL",
)
"""Records with a later one, reports with a later one, and logs."""
_ORPHANS = (
    "DELETE FROM asset_event_tags WHERE event_timestamp < ? AND event_id NOT IN (SELECT id FROM event_store)",
    """DELETE FROM asset_check_executions WHERE create_timestamp < ? AND id NOT IN (
        SELECT max(id) FROM asset_check_executions GROUP BY asset_key, check_name)""",
)
_MATERIALIZED = """SELECT DISTINCT partition FROM event_store WHERE asset_key = ?
    AND dagster_event_type = 'ASSET_MATERIALIZATION' AND partition IS NOT NULL AND id > ? AND id < ?"""
_ONLY_PLANNED = """WITH planned AS (
        SELECT partition, max(id) AS id FROM event_store WHERE asset_key = ?
        AND dagster_event_type = 'ASSET_MATERIALIZATION_PLANNED' AND partition IS NOT NULL AND id > ?
        GROUP BY partition)
    SELECT planned.partition, event_store.run_id, planned.id FROM planned JOIN event_store USING (id)
    WHERE NOT EXISTS (SELECT 1 FROM event_store AS made WHERE made.asset_key = ?
        AND made.dagster_event_type = 'ASSET_MATERIALIZATION' AND made.partition = planned.partition
        AND made.id > planned.id)"""
_CHECK_EVENTS = frozenset({DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED, DagsterEventType.ASSET_CHECK_EVALUATION})


FEW_KEYS = 900
"""Of so many, Dagster's own query finds those that exist."""


class BatchingSqliteEventLogStorage(ConsolidatedSqliteEventLogStorage):
    """One SQLite file for all events, written in batches, read by Dagster as usual."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        path = Path(base_dir).absolute() / f"{SQLITE_EVENT_LOG_FILENAME}.db"
        if not path.exists():
            _refuse_a_home_that_was_moved(path.parent)
            _create(path)
        self._engine = _engine(path)
        self._tables: set[str] = set()
        self._texts: dict[Any, EventText] = {}
        with self._engine.begin() as connection:
            record_index.create(connection)
        self._watcher: SqlPollingEventWatcher | None = None
        super().__init__(str(path.parent), inst_data)

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData, config_value: Mapping[str, Any]
    ) -> "BatchingSqliteEventLogStorage":
        """What ``dagster.yaml`` says. Without it Dagster would quietly make the base class."""
        return cls(inst_data=inst_data, **config_value)

    @classmethod
    def config_type(cls) -> Any:
        """``base_dir``: the directory of the database file."""
        return {"base_dir": StringSource}

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    def read_transaction(self) -> AbstractContextManager[Connection]:
        """One consistent view of the database."""
        return self._connect()

    @contextmanager
    def write_transaction(self) -> Iterator[Connection]:
        """A transaction that holds the write lock from its start, so that it cannot be refused half way."""
        with self._engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    def has_table(self, table_name: str) -> bool:
        """Tables are never dropped: one that was there once is not looked for again."""
        if table_name not in self._tables and inspect(self._engine).has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    @cached_property
    def _asset_key_columns(self) -> frozenset[str]:
        return frozenset(column["name"] for column in inspect(self._engine).get_columns("asset_keys"))

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:  # noqa: ARG002 - Dagster's
        return column_name in self._asset_key_columns

    def has_asset_key_col(self, column_name: str) -> bool:
        """Whether the table of assets has a column; it is asked for on every event."""
        return column_name in self._asset_key_columns

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """All keys in the order they came. A page of the UI asks several times, so it is one plain query."""
        self._check_partitions_table()
        query = "SELECT partition FROM dynamic_partitions WHERE partitions_def_name = ? ORDER BY id"
        with self._connect() as connection:
            return [key for (key,) in record_index.plain_rows(connection, query, (partitions_def_name,))]

    def get_existing_dynamic_partitions(
        self, partitions_def_name: str, partition_keys: Sequence[str]
    ) -> AbstractSet[str]:
        """Those of the keys that exist. Many are looked up in all there are: Dagster would ask for 900 at a time."""
        if len(partition_keys) <= FEW_KEYS:
            return super().get_existing_dynamic_partitions(partitions_def_name, partition_keys)
        return set(partition_keys).intersection(self.get_dynamic_partitions(partitions_def_name))

    def get_materialized_partitions(
        self, asset_key: dg.AssetKey, before_cursor: int | None = None, after_cursor: int | None = None
    ) -> set[str]:
        """Partitions with a materialization. What the colours of all companies are worked out from."""
        if self._was_wiped(asset_key):
            return super().get_materialized_partitions(asset_key, before_cursor, after_cursor)
        where = asset_key.to_string(), after_cursor or 0, before_cursor or sys.maxsize
        with self._connect() as connection:
            return {partition for (partition,) in record_index.plain_rows(connection, _MATERIALIZED, where)}

    def get_latest_asset_partition_materialization_attempts_without_materializations(
        self, asset_key: dg.AssetKey, after_storage_id: int | None = None
    ) -> Mapping[str, tuple[str, int]]:
        """Run and event of what was planned last and not made since. Dagster compares all partitions in Python."""
        if self._was_wiped(asset_key):
            return super().get_latest_asset_partition_materialization_attempts_without_materializations(
                asset_key, after_storage_id
            )
        key = asset_key.to_string()
        with self._connect() as connection:
            rows = list(record_index.plain_rows(connection, _ONLY_PLANNED, (key, after_storage_id or 0, key)))
        return {partition: (run_id, event_id) for partition, run_id, event_id in rows}

    def _was_wiped(self, asset_key: dg.AssetKey) -> bool:
        (details,) = self._get_assets_details([asset_key])
        return details is not None and bool(details.last_wipe_timestamp)

    def store_event(self, event: EventLogEntry) -> None:
        """Store one event."""
        self.store_event_batch([event])

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events in their order, all or none."""
        if not events:
            return
        with self.write_transaction() as connection:
            first = _last_id(connection) + 1
            ids = range(first, first + len(events))
            insert_rows(connection, _INSERT, [self._row(entry, ids[-1]) for entry in events])
            stored = [(event_id, entry) for event_id, entry in zip(ids, events, strict=True) if _is_of_asset(entry)]
            self._store_tags(connection, stored)
            self._store_asset_keys(connection, stored)
            record_index.write(connection, [found for pair in stored if (found := _recorded(*pair)) is not None])
        for event_id, entry in zip(ids, events, strict=True):
            if entry.dagster_event_type in _CHECK_EVENTS:
                self.store_asset_check_event(entry, event_id)

    def _row(self, entry: EventLogEntry, last_id: int) -> tuple[Any, ...]:
        found, asset = entry.dagster_event, _plain_asset(entry)
        if found is None or asset is None:
            stock = self._event_to_row(entry)
            row = tuple(stock[column] for column in _COLUMNS)
        else:
            key = asset.asset_key.to_string()
            text = self._text(entry, asset, _pointers(asset, last_id))
            row = (entry.run_id, text, found.event_type_value, None, found.step_key, key, asset.partition)
        return (row[0], deflate(row[1]), row[2], self._inserted_at(entry), *row[4:])

    def _text(self, entry: EventLogEntry, asset: Asset, more_tags: Mapping[str, str]) -> str:
        """What ``serialize_value`` gives for an event that ``report_batch`` made, with tags added."""
        key = (type(asset), asset.asset_key, entry.run_id, entry.job_name, entry.step_key, entry.level)
        try:
            if key not in self._texts:
                if len(self._texts) >= KNOWN_TEXTS:
                    self._texts.clear()
                made = (entry.run_id, entry.job_name or "", entry.step_key)
                self._texts[key] = EventText(
                    type(asset), asset.asset_key, lambda sample, at: serialize_value(_entry(sample, at, *made))
                )
            return self._texts[key].text(asset, entry.timestamp, more_tags)
        except UnknownFormatError:
            return serialize_value(entry)

    def _store_tags(self, connection: Connection, stored: Sequence[tuple[int, EventLogEntry]]) -> None:
        tags = [
            (event_id, _asset_key(entry), key, value, self._inserted_at(entry))
            for event_id, entry in stored
            for key, value in self._tags_for_asset_event(entry).items()
        ]
        if tags:
            insert_rows(connection, _INSERT_TAG, tags)

    def _inserted_at(self, entry: EventLogEntry) -> str:
        moment: datetime = self._event_insert_timestamp(entry)  # type: ignore[no-untyped-call]
        return moment.isoformat(" ", "microseconds")

    def _store_asset_keys(self, connection: Connection, stored: Sequence[tuple[int, EventLogEntry]]) -> None:
        """Dagster updates an asset's row for each event; only the last event of each type can leave a trace."""
        last: dict[tuple[str, str], tuple[int, EventLogEntry]] = {}
        for event_id, entry in stored:
            last[_asset_key(entry), entry.get_dagster_event().event_type_value] = (event_id, entry)
        for event_id, entry in sorted(last.values(), key=lambda pair: pair[0]):
            self._store_asset_event(connection, entry, event_id)

    def wipe(self) -> None:
        """Forget everything."""
        super().wipe()
        with self.write_transaction() as connection:
            for table in record_index.NAMES:
                connection.exec_driver_sql(f"DELETE FROM {table}")  # noqa: S608 - constants

    def wipe_asset(self, asset_key: dg.AssetKey) -> None:
        """Forget one asset: none of its records counts any more."""
        super().wipe_asset(asset_key)
        with self.write_transaction() as connection:
            record_index.forget(connection, "artifact = ?", (asset_key.to_user_string(),))

    def delete_events_for_run(self, conn: Connection, run_id: str) -> None:
        """Delete a run's events; what is latest goes back to the run before. What was paid stays known."""
        conn.exec_driver_sql(
            "DELETE FROM asset_event_tags WHERE event_id IN (SELECT id FROM event_store WHERE run_id = ?)", (run_id,)
        )
        conn.exec_driver_sql("DELETE FROM event_store WHERE run_id = ?", (run_id,))
        if record_index.forget(conn, "run_id = ? OR (event_id IS NULL AND failed_run_id = ?)", (run_id, run_id)):
            self._restore_latest(conn)

    def _restore_latest(self, conn: Connection) -> None:
        for event_id, entry in _latest_not_known(conn):
            recorded = _recorded(event_id, entry)
            if recorded is not None and not isinstance(recorded.what, Failure):
                record_index.rewrite_record(conn, event_id, recorded.what)

    def has_events(self, run_id: str) -> bool:
        """Whether anything of a run is left."""
        with self.read_transaction() as connection:
            query = "SELECT 1 FROM event_store WHERE run_id = ? LIMIT 1"
            return connection.exec_driver_sql(query, (run_id,)).first() is not None

    def prune(self, before: datetime, unfinished: Sequence[str]) -> int:
        """Delete what was stored before a moment and is superseded, except of unfinished runs. How many events."""
        moment = before.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
        theirs = ", ".join("?" * len(unfinished))
        deleted = 0
        with self.write_transaction() as connection:
            for superseded in _SUPERSEDED:
                statement = f"DELETE FROM event_store WHERE timestamp < ? AND run_id NOT IN ({theirs}) AND {superseded}"  # noqa: S608 - constants
                deleted += connection.exec_driver_sql(statement, (moment, *unfinished)).rowcount
            for statement in _ORPHANS:
                connection.exec_driver_sql(statement, (moment,))
        return deleted

    def shrink(self) -> int:
        """Give unused space back to the disk. How many bytes."""
        path = Path(self.get_db_path())  # type: ignore[no-untyped-call]
        size = path.stat().st_size
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        return max(0, size - path.stat().st_size)

    def watch(self, run_id: str, cursor: str | None, callback: Any) -> None:
        """Tell of new events of a run, written by whichever process: polled, because WAL hides writes from inotify."""
        if self._watcher is None:
            self._watcher = SqlPollingEventWatcher(self)
        self._watcher.watch_run(run_id, cursor, callback)

    def end_watch(self, run_id: str, handler: Any) -> None:
        """Tell no more."""
        if self._watcher is not None:
            self._watcher.unwatch_run(run_id, handler)

    def dispose(self) -> None:
        """Close files and threads."""
        if self._watcher is not None:
            self._watcher.close()
            self._watcher = None
        self._engine.dispose()


def _engine(path: Path) -> Engine:
    engine = create_engine(f"sqlite:///{path}", connect_args={"timeout": BUSY_TIMEOUT_S}, pool_size=5, max_overflow=-1)

    @listens_for(engine, "connect")
    def _tune(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        # Nothing is lost when a process dies; a power cut may take the last commits, as with any unsynced log.
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA cache_size=-65536")
        cursor.close()
        connection.create_function("enrichment_inflate", 1, inflate, deterministic=True)

    return engine


def _refuse_a_home_that_was_moved(base_dir: Path) -> None:
    """An empty log where the old home was would mean paying for everything again."""
    if not base_dir.parent.parent.is_dir():
        raise FileNotFoundError(
            f"dagster.yaml keeps its event log in {base_dir}, but there is no {base_dir.parent.parent}. "
            "Was DAGSTER_HOME moved? Write the new place of its history/events into base_dir there."
        )


def _create(path: Path) -> None:
    """Make the database."""
    with made_aside(path) as made:
        ConsolidatedSqliteEventLogStorage(str(made.parent)).dispose()  # type: ignore[no-untyped-call]
        engine = create_engine(f"sqlite:///{made}", isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=DELETE")
            # Ids of deleted events are never given out again, or cursors of sensors and of the UI would miss events.
            SqlEventLogStorageTable.drop(connection)
            table = SqlEventLogStorageTable.to_metadata(MetaData(), name="event_store")
            table.dialect_options["sqlite"]["autoincrement"] = True
            table.create(connection)
            for statement in _VIEW:
                connection.exec_driver_sql(statement)
            record_index.create(connection)
            connection.exec_driver_sql(f"PRAGMA page_size={PAGE_BYTES}")
            connection.exec_driver_sql("VACUUM")
        engine.dispose()


def _is_of_asset(entry: EventLogEntry) -> bool:
    found = entry.dagster_event
    return found is not None and entry.dagster_event_type in ASSET_EVENTS and found.asset_key is not None


def _last_id(connection: Connection) -> int:
    """The id given out last. Ids of one transaction follow it without a gap, because it holds the write lock."""
    query = "SELECT seq FROM sqlite_sequence WHERE name = 'event_store'"
    return int(connection.exec_driver_sql(query).scalar() or 0)


def _pointers(asset: Asset, last_id: int) -> dict[str, str]:
    """Dagster calls a partition stale when an input has another data version after the event that was used.

    That event has been stored by now, or is in this batch, and the next one will come later: of everything that could
    be pointed at, the batch's end is known before it is written.
    """
    names = [tag.removeprefix(INPUT_TAG) for tag in asset.tags or {} if tag.startswith(INPUT_TAG)]
    return {f"{INPUT_EVENT_POINTER_TAG_PREFIX}/{name}": str(last_id) for name in names}


def _asset_key(entry: EventLogEntry) -> str:
    key = entry.get_dagster_event().asset_key
    if key is None:
        raise TypeError(f"{entry.dagster_event_type} names no asset")
    return key.to_string()


def _recorded(event_id: int, entry: EventLogEntry) -> Recorded | None:
    """What our own tables keep of an event; None for events that are neither records nor failures."""
    found = entry.get_dagster_event()
    if found.is_step_materialization:
        materialized = found.step_materialization_data.materialization
        record = record_of(materialized, entry.run_id)
        if record is None:
            return None
        return Recorded(event_id, entry.timestamp, entry.run_id, record, is_repeated(materialized))
    if found.is_asset_observation:
        observed = found.asset_observation_data.asset_observation
        failure = failure_of(observed, entry.run_id, datetime.fromtimestamp(entry.timestamp, UTC))
        return None if failure is None else Recorded(event_id, entry.timestamp, entry.run_id, failure)
    return None


def _latest_not_known(connection: Connection) -> Iterator[tuple[int, EventLogEntry]]:
    """The latest materialization of every asset and partition that has no row of ours."""
    rows = connection.exec_driver_sql(
        """SELECT id, event FROM event_logs WHERE id IN (
            SELECT max(id) FROM event_logs
            WHERE dagster_event_type = 'ASSET_MATERIALIZATION' AND partition IS NOT NULL GROUP BY asset_key, partition
        ) AND NOT EXISTS (SELECT 1 FROM enrichment_latest AS latest WHERE latest.event_id = event_logs.id)"""
    ).all()
    for event_id, serialized in rows:
        yield event_id, deserialize_value(serialized, EventLogEntry)


def storage_of(instance: dg.DagsterInstance) -> BatchingSqliteEventLogStorage | None:
    """Our own storage where the instance uses it; None on any other (Postgres, stock SQLite, in memory)."""
    storage = instance.event_log_storage
    return storage if isinstance(storage, BatchingSqliteEventLogStorage) else None


def report_batch(
    instance: dg.DagsterInstance,
    events: Iterable[dg.AssetMaterialization | dg.AssetObservation],
    *,
    run_id: str,
    job_name: str,
    step_key: str | None,
) -> None:
    """Store events of a run together, in their order, through whatever storage the instance has."""
    now = datetime.now(UTC).timestamp()
    _store(instance, [_entry(found, now, run_id, job_name, step_key) for found in events])


def planned(
    instance: dg.DagsterInstance,
    companies: Iterable[tuple[str, str]],
    *,
    run_id: str,
    job_name: str,
    step_key: str | None,
) -> None:
    """Say which (artifact, domain) a run will make: in progress until a record, failed when the run fails before."""
    now = datetime.now(UTC).timestamp()
    events = [
        DagsterEvent(
            event_type_value=DagsterEventType.ASSET_MATERIALIZATION_PLANNED.value,
            job_name=job_name,
            message="",
            event_specific_data=AssetMaterializationPlannedData(dg.AssetKey(artifact), partition=domain),
            step_key=step_key,
        )
        for artifact, domain in companies
    ]
    _store(instance, [_around(found, now, run_id) for found in events])


def report_check(instance: dg.DagsterInstance, found: dg.AssetCheckEvaluation, *, run_id: str, job_name: str) -> None:
    """Say in a run how an asset's check stands, whether or not the run had planned it."""
    event = DagsterEvent(
        event_type_value=DagsterEventType.ASSET_CHECK_EVALUATION.value,
        job_name=job_name,
        message=found.description,
        event_specific_data=found,
    )
    instance.event_log_storage.store_event(_around(event, datetime.now(UTC).timestamp(), run_id))


def _entry(found: Asset, timestamp: float, run_id: str, job_name: str, step_key: str | None) -> EventLogEntry:
    kind: DagsterEventType
    data: StepMaterializationData | AssetObservationData
    if isinstance(found, dg.AssetObservation):
        kind, data = DagsterEventType.ASSET_OBSERVATION, AssetObservationData(found)
    else:
        kind, data = DagsterEventType.ASSET_MATERIALIZATION, StepMaterializationData(found, [])
    event = DagsterEvent(
        event_type_value=kind.value, job_name=job_name, message="", event_specific_data=data, step_key=step_key
    )
    return _around(event, timestamp, run_id)


def _plain_asset(entry: EventLogEntry) -> Asset | None:
    """The asset's event in an entry that has nothing else to say than ``_entry`` writes."""
    event = entry.dagster_event
    if event is None or entry.user_message or entry.error_info or event.message or event.logging_tags:
        return None
    if (event.job_name, event.step_key) != (entry.job_name, entry.step_key):
        return None
    if any(part is not None for part in (event.pid, event.step_handle, event.node_handle, event.step_kind_value)):
        return None
    match event.event_specific_data:
        case StepMaterializationData(materialization=found, asset_lineage=[]) if found.description is None:
            return found
        case AssetObservationData(asset_observation=found) if found.description is None:
            return found
        case _:
            return None


def _around(event: DagsterEvent, timestamp: float, run_id: str) -> EventLogEntry:
    return EventLogEntry(  # type: ignore[no-untyped-call]
        user_message="",
        level="INFO",
        job_name=event.job_name,
        run_id=run_id,
        error_info=None,
        timestamp=timestamp,
        step_key=event.step_key,
        dagster_event=event,
    )


def _store(instance: dg.DagsterInstance, entries: Sequence[EventLogEntry]) -> None:
    """On Postgres a batch moves on the asset of its last event only, so each is of one asset and one type there."""
    storage = instance.event_log_storage
    if isinstance(storage, BatchingSqliteEventLogStorage):
        if entries:
            storage.store_event_batch(entries)
        return
    batches: dict[tuple[str, str], list[EventLogEntry]] = {}
    for entry in entries:
        batches.setdefault((_asset_key(entry), entry.get_dagster_event().event_type_value), []).append(entry)
    for batch in batches.values():
        storage.store_event_batch(batch)


def create_listed_run(
    instance: dg.DagsterInstance,
    job: dg.JobDefinition,
    *,
    run_config: Mapping[str, Any],
    tags: Mapping[str, str],
    module: str,
    parent: dg.DagsterRun | None = None,
) -> dg.DagsterRun:
    """A run of a plain job that this process will execute, visible and re-executable in the UI like any other.

    ``module`` is the code location's module as ``workspace.yaml`` names it; by it the UI finds the job again.
    """
    location = ManagedGrpcPythonEnvCodeLocationOrigin(
        LoadableTargetOrigin(executable_path=sys.executable, module_name=module, working_directory=str(Path.cwd())),
        location_name=module,
    )
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(location, SINGLETON_REPOSITORY_NAME), job.name)
    return instance.create_run_for_job(
        job,
        run_config=run_config,
        tags=tags,
        remote_job_origin=origin,
        parent_run_id=parent.run_id if parent else None,
        root_run_id=(parent.root_run_id or parent.run_id) if parent else None,
    )


def execute_here(instance: dg.DagsterInstance, job: dg.JobDefinition, run: dg.DagsterRun) -> str | None:
    """Execute a created run in this process with its output on this terminal; what it failed with, if it did.

    Dagster otherwise redirects stdout and stderr of a step into files and starts two processes that copy them back.
    """
    captured = instance._compute_log_manager
    instance._compute_log_manager = NoOpComputeLogManager()
    try:
        result = execute_run(InMemoryJob(job), run, instance)
    finally:
        instance._compute_log_manager = captured
    for event in result.all_events:
        if event.is_step_failure:
            failure = event.step_failure_data
            user = failure.user_failure_data
            if user and user.description:
                return user.description
            # Dagster wraps what the op raised, and says of it only that it was raised.
            error = failure.error.cause or failure.error if failure.error else None
            return error.message.strip() if error else None
    return None
