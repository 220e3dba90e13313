"""Dagster's event log, made to keep up: the only module of a run that touches Dagster's private API.

What belongs here: the storage class named in ``dagster.yaml``, and the few functions for which Dagster has no public
way (events of a running run reported many at a time). What does not: what a record is (``materialization``), when it is
written (``writer``), what is asked of it (``queries``).

Stock SQLite makes an engine and a connection per statement and keeps every asset event twice: 80 events/s. This
storage is Dagster's consolidated SQLite variant (one file, each event once) with a kept engine, WAL, and batches stored
by a few multi-row inserts in one transaction. Its tables are Dagster's own: ``dagster instance migrate`` works on them.
The tests compare every answer with the stock storage's and assert the signatures and columns relied on here, so that an
upgrade of Dagster that changes them fails loudly.
"""

import sys
from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import dagster as dg
import orjson
from dagster._core.definitions.asset_checks.asset_check_evaluation import (
    AssetCheckEvaluationTargetMaterializationData,
)
from dagster._core.definitions.data_version import INPUT_EVENT_POINTER_TAG_PREFIX
from dagster._core.definitions.freshness import FreshnessState, FreshnessStateChange
from dagster._core.definitions.job_base import InMemoryJob
from dagster._core.definitions.partitions.context import partition_loading_context
from dagster._core.definitions.repository_definition import SINGLETON_REPOSITORY_NAME
from dagster._core.events import (
    ASSET_CHECK_EVENTS,
    ASSET_EVENTS,
    AssetMaterializationPlannedData,
    AssetObservationData,
    DagsterEvent,
    DagsterEventType,
    StepMaterializationData,
)
from dagster._core.events.log import EventLogEntry
from dagster._core.execution.api import execute_run
from dagster._core.origin import JobPythonOrigin
from dagster._core.remote_origin import (
    ManagedGrpcPythonEnvCodeLocationOrigin,
    RemoteJobOrigin,
    RemoteRepositoryOrigin,
)
from dagster._core.storage.event_log import SqlEventLogStorage
from dagster._core.storage.event_log.base import AssetRecord
from dagster._core.storage.event_log.polling_event_watcher import SqlPollingEventWatcher
from dagster._core.storage.event_log.schema import AssetEventTagsTable, AssetKeyTable, SqlEventLogStorageTable
from dagster._core.storage.event_log.sqlite.consolidated_sqlite_event_log import (
    SQLITE_EVENT_LOG_FILENAME,
    ConsolidatedSqliteEventLogStorage,
)
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.storage.partition_status_cache import AssetStatusCacheValue, get_last_planned_storage_id
from dagster._core.types.loadable_target_origin import LoadableTargetOrigin
from dagster._serdes import ConfigurableClassData, deserialize_value
from dagster_shared.record import copy
from filelock import FileLock
from sqlalchemy import URL, Connection, Engine, MetaData, Table, bindparam, inspect

from enrichment_assets.cache import record_index
from enrichment_assets.cache.event_log_schema import EVENT_LOG
from enrichment_assets.cache.events.event_json import event_json, record_json
from enrichment_assets.cache.materialization import INPUT_TAG, failure_of, is_repeated, record_of
from enrichment_assets.cache.record import Failure
from enrichment_assets.cache.record_index import IndexedEvent
from enrichment_assets.core.private import keep_private
from enrichment_assets.storage.database import NO_TEXT, database_engine, exclusive, insert_rows, marks, retried, run_sql
from enrichment_assets.storage.migrations import migrate, version_of

event_table, tag_table = SqlEventLogStorageTable, AssetEventTagsTable
Asset = dg.AssetMaterialization | dg.AssetObservation

_SUPERSEDED = (
    """asset_key IS NOT NULL AND partition IS NOT NULL AND id < (
        SELECT event_id FROM enrichment_latest AS latest WHERE latest.domain = event_logs.partition
        AND latest.artifact = substr(event_logs.asset_key, 3, length(event_logs.asset_key) - 4))""",
    """asset_key IS NOT NULL AND partition IS NULL AND id NOT IN (
        SELECT max(id) FROM event_logs WHERE asset_key IS NOT NULL AND partition IS NULL
        GROUP BY asset_key, dagster_event_type)""",
    "asset_key IS NULL",
)
"""Records with a later one, reports with a later one, and logs."""
_ORPHANS = (
    "DELETE FROM asset_event_tags WHERE event_timestamp < ? AND event_id NOT IN (SELECT id FROM event_logs)",
    """DELETE FROM asset_check_executions WHERE create_timestamp < ? AND id NOT IN (
        SELECT max(id) FROM asset_check_executions GROUP BY asset_key, check_name)""",
)
_OVERTAKEN_PLAN = """DELETE FROM asset_check_executions AS planned
    WHERE asset_key = ? AND check_name = ? AND run_id = ? AND partition IS NULL
    AND EXISTS (SELECT 1 FROM asset_check_executions AS later WHERE later.asset_key = planned.asset_key
        AND later.check_name = planned.check_name AND later.id > planned.id)"""
_ASSET_EVENTS = """SELECT id, event FROM event_logs WHERE id > ? AND partition IS NOT NULL
    AND dagster_event_type IN ('ASSET_MATERIALIZATION', 'ASSET_OBSERVATION') ORDER BY id LIMIT 2000"""
_KEYS = """SELECT json_group_array(partition) FROM
    (SELECT partition FROM dynamic_partitions WHERE partitions_def_name = ? ORDER BY id)"""
_ONLY_PLANNED = """WITH planned AS (
        SELECT partition, max(id) AS id FROM event_logs WHERE asset_key = ?
        AND dagster_event_type = 'ASSET_MATERIALIZATION_PLANNED' AND partition IS NOT NULL AND id > ?
        GROUP BY partition)
    SELECT planned.partition, event_logs.run_id, planned.id FROM planned JOIN event_logs USING (id)
    WHERE NOT EXISTS (SELECT 1 FROM event_logs AS made WHERE made.asset_key = ?
        AND made.dagster_event_type = 'ASSET_MATERIALIZATION' AND made.partition = planned.partition
        AND made.id > planned.id)"""

_OF_THE_LATEST = ("last_materialization", "last_run_id", "last_materialization_timestamp")
_MATERIALIZED = (
    AssetKeyTable.update()
    .where(AssetKeyTable.c.asset_key == bindparam("key"))
    .values({name: bindparam(name) for name in _OF_THE_LATEST})
)
"""What Dagster's storage keeps of the latest event of an asset (``_get_asset_entry_values``), in one statement."""


class IndexedEventLog(SqlEventLogStorage):
    """What our storages on SQLite and on Postgres have in common: batches in one transaction, and our own tables."""

    @abstractmethod
    def read_transaction(self) -> AbstractContextManager[Connection]:
        """One consistent view of the database."""

    @abstractmethod
    def write_transaction(self) -> AbstractContextManager[Connection]:
        """A transaction."""

    @abstractmethod
    def highest_id(self, connection: Connection) -> int:
        """No event that is stored has a higher one."""

    @abstractmethod
    def shrink(self) -> int:
        """Give unused space back to the disk. How many bytes."""

    def get_latest_asset_partition_materialization_attempts_without_materializations(
        self, asset_key: dg.AssetKey, after_storage_id: int | None = None
    ) -> Mapping[str, tuple[str, int]]:
        """Run and event of what was planned last and not made since: what the graph's colours are worked out from.

        Dagster compares all partitions in Python, which takes 20 times as long.
        """
        if self._was_wiped(asset_key):
            return super().get_latest_asset_partition_materialization_attempts_without_materializations(
                asset_key, after_storage_id
            )
        key = asset_key.to_string()
        with self.read_transaction() as connection:
            rows = run_sql(connection, _ONLY_PLANNED, (key, after_storage_id or 0, key)).all()
        return {partition: (run_id, event_id) for partition, run_id, event_id in rows}

    def get_asset_status_cache_values(
        self, partitions_defs_by_key: Iterable[tuple[dg.AssetKey, dg.PartitionsDefinition | None]], context: Any
    ) -> Sequence[AssetStatusCacheValue | None]:
        """What the graph shows of partitions: as it is stored, where nothing was recorded or planned since.

        Dagster takes all keys of all assets apart and puts them together again, for every page and every few seconds.
        """
        loader = getattr(context, "dynamic_partitions_loader", None)
        found: list[AssetStatusCacheValue | None] = []
        for key, partitions in partitions_defs_by_key:
            with partition_loading_context(None, loader or self._instance):
                stored = self._current_status(AssetRecord.blocking_get(context, key), partitions)
            found += [stored] if stored else super().get_asset_status_cache_values([(key, partitions)], context)
        return found

    def _current_status(
        self, record: AssetRecord | None, partitions: dg.PartitionsDefinition | None
    ) -> AssetStatusCacheValue | None:
        entry = record and record.asset_entry
        stored = entry and entry.cached_status
        if not (entry and stored and partitions) or stored.earliest_in_progress_materialization_event_id is not None:
            return None
        planned = get_last_planned_storage_id(self._instance, entry.asset_key, record)
        if stored.latest_storage_id != max(entry.last_materialization_storage_id or 0, planned):
            return None
        return stored if stored.partitions_def_id == partitions.get_serializable_unique_identifier() else None

    def _was_wiped(self, asset_key: dg.AssetKey) -> bool:
        (details,) = self._get_assets_details([asset_key])
        return details is not None and bool(details.last_wipe_timestamp)

    def store_event(self, event: EventLogEntry) -> None:
        """Store one event."""
        self.store_event_batch([event])

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events in their order, all or none."""
        self.store(len(events), lambda _last_id: events)

    @abstractmethod
    def store(self, number: int, make: Callable[[int], Sequence[EventLogEntry]]) -> None:
        """Store so many events in their order, all or none. They are made knowing the highest id among them."""

    @abstractmethod
    def _insert(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows that name the same columns, by a statement that SQLAlchemy need not compile anew each time."""

    def _put(self, connection: Connection, stored: Sequence[tuple[int, EventLogEntry]]) -> None:
        """Events with their ids, and all that follows from them, but for checks."""
        of_assets = [pair for pair in stored if _is_of_asset(pair[1])]
        ids, entries = [event_id for event_id, _ in of_assets], [entry for _, entry in of_assets]
        self._store_asset_event_tags(connection, entries, ids)
        self._store_asset_keys(connection, of_assets)
        record_index.write(connection, [found for pair in of_assets if (found := _recorded(*pair)) is not None])

    def _rows(self, stored: Sequence[tuple[int, EventLogEntry]]) -> list[dict[str, Any]]:
        return [
            {
                "id": event_id,
                "run_id": entry.run_id,
                "event": event_json(entry),
                "dagster_event_type": found.event_type_value if found else None,
                "timestamp": _moment(entry),
                "step_key": found.step_key if found else entry.step_key,
                "asset_key": asset_key_of(entry) if found and found.asset_key else None,
                "partition": found.partition if found else None,
            }
            for event_id, entry, found in ((event_id, entry, entry.dagster_event) for event_id, entry in stored)
        ]

    def _store_asset_event_tags(
        self, conn: Connection, events: Sequence[EventLogEntry], event_ids: Sequence[int]
    ) -> None:
        """Dagster asks for each batch whether there is such a table, which costs as much as filling it."""
        rows = [
            {
                "event_id": event_id,
                "asset_key": asset_key_of(entry),
                "key": key,
                "value": value,
                "event_timestamp": _moment(entry),
            }
            for event_id, entry in zip(event_ids, events, strict=True)
            for key, value in self._tags_for_asset_event(entry).items()
        ]
        self._insert(conn, tag_table, rows)

    def _store_checks(self, stored: Sequence[tuple[int, EventLogEntry]]) -> None:
        for event_id, entry in stored:
            if entry.dagster_event_type in ASSET_CHECK_EVENTS:
                self.store_asset_check_event(entry, event_id)

    def store_asset_check_event(self, event: EventLogEntry, event_id: int | None) -> None:
        """What was said last of a check is its last row.

        Dagster writes it into the row of its plan, before which it puts the rows of runs that were planned or reported
        in the meantime.
        """
        found = event.get_dagster_event()
        if found.event_type is DagsterEventType.ASSET_CHECK_EVALUATION and event.run_id:
            said = found.asset_check_evaluation_data
            retried(partial(self._forget_overtaken, said.asset_key.to_string(), said.check_name, event.run_id))
        super().store_asset_check_event(event, event_id)

    def _forget_overtaken(self, *check: str) -> None:
        with self.write_transaction() as connection:
            run_sql(connection, _OVERTAKEN_PLAN, check)

    def _store_asset_keys(self, connection: Connection, stored: Sequence[tuple[int, EventLogEntry]]) -> None:
        """Dagster updates an asset's row for each event; only the last event of each type can leave a trace."""
        last: dict[tuple[str, str], tuple[int, EventLogEntry]] = {}
        for event_id, entry in stored:
            last[asset_key_of(entry), entry.get_dagster_event().event_type_value] = (event_id, entry)
        # By asset, so that two runs never wait for each other's rows.
        for event_id, entry in sorted(last.values(), key=lambda pair: (asset_key_of(pair[1]), pair[0])):
            self._store_asset_event(connection, entry, event_id)

    def _store_asset_event(self, conn: Connection, event: EventLogEntry, event_id: int) -> None:
        """Dagster inserts a row, which fails for all but the first event, and looks for its columns each time."""
        if event.get_dagster_event().is_step_materialization:
            found = (record_json(event_id, event), event.run_id, _moment(event))
            values = dict(zip(_OF_THE_LATEST, found, strict=True))
            known = conn.execute(_MATERIALIZED, {"key": asset_key_of(event), **values}).rowcount
        else:
            values = self._get_asset_entry_values(event, event_id, has_asset_key_index_cols=True)
            update = AssetKeyTable.update().values(**values).where(AssetKeyTable.c.asset_key == asset_key_of(event))
            known = not values or conn.execute(update).rowcount
        if not known:
            super()._store_asset_event(conn, event, event_id)

    def wipe(self) -> None:
        """Forget everything."""
        super().wipe()
        with self.write_transaction() as connection:
            for table in record_index.metadata.sorted_tables:
                connection.execute(table.delete())

    def wipe_asset(self, asset_key: dg.AssetKey) -> None:
        """Forget one asset: none of its records counts any more, nor does a stored value that has no record."""
        super().wipe_asset(asset_key)
        with self.write_transaction() as connection:
            last_id = self.highest_id(connection)
            record_index.wipe(connection, asset_key.to_user_string(), last_id, datetime.now(UTC))

    def wipe_asset_partitions(self, asset_key: dg.AssetKey, partition_keys: Sequence[str]) -> None:
        """The same for some companies, which Dagster's own storages cannot do."""
        with self.write_transaction() as connection:
            pairs = [(asset_key.to_string(), partition) for partition in partition_keys]
            _delete_events(connection, "asset_key = ? AND partition = ?", pairs)
            artifact, last_id = asset_key.to_user_string(), self.highest_id(connection)
            record_index.wipe(connection, artifact, last_id, datetime.now(UTC), partition_keys)
        self.wipe_asset_cached_status(asset_key)

    def delete_events_for_run(self, conn: Connection, run_id: str) -> None:
        """Delete a run's events; what is latest goes back to the run before. What was paid stays known."""
        run_sql(
            conn,
            "DELETE FROM asset_event_tags WHERE event_id IN (SELECT id FROM event_logs WHERE run_id = ?)",
            (run_id,),
        )
        run_sql(conn, "DELETE FROM event_logs WHERE run_id = ?", (run_id,))
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
            query = "SELECT 1 FROM event_logs WHERE run_id = ? LIMIT 1"
            return run_sql(connection, query, (run_id,)).first() is not None

    def prune(self, before: datetime, unfinished: Sequence[str]) -> int:
        """Delete what was stored before a moment and is superseded, except of unfinished runs. How many events."""
        moment = before.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds")
        theirs = marks(unfinished, none=NO_TEXT)
        deleted = 0
        with self.write_transaction() as connection:
            for superseded in _SUPERSEDED:
                statement = f"DELETE FROM event_logs WHERE timestamp < ? AND run_id NOT IN ({theirs}) AND {superseded}"  # noqa: S608 - constants
                deleted += run_sql(connection, statement, (moment, *unfinished)).rowcount
            for statement in _ORPHANS:
                run_sql(connection, statement, (moment,))
        return deleted


class BatchingSqliteEventLogStorage(IndexedEventLog, ConsolidatedSqliteEventLogStorage):
    """One SQLite file for all events, written in batches, read by Dagster as usual."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        folder = Path(base_dir).absolute()
        keep_private(folder)  # Dagster's own processes come by here first
        _refuse_a_home_that_was_moved(folder)
        self._engine = database_engine(URL.create("sqlite", database=str(folder / f"{SQLITE_EVENT_LOG_FILENAME}.db")))
        self._watcher: SqlPollingEventWatcher | None = None
        super().__init__(str(folder), inst_data)
        self._init_db()

    def _init_db(self) -> None:
        """Dagster's tables and ours, whoever else opens the log at this moment or was killed while doing so."""
        folder = Path(self._base_dir)
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".opening.lock"):
            with self._connect() as connection:
                new = version_of(connection, EVENT_LOG) == 0 and not inspect(connection).has_table("event_store")
            if new:
                super()._init_db()  # type: ignore[no-untyped-call]
                self.reindex_events()
                self.reindex_assets()
                _never_give_an_id_twice(self._engine)
            migrate(self._engine, EVENT_LOG)

    @contextmanager
    def _connect(self) -> Iterator[Connection]:
        with self._engine.begin() as connection:
            yield connection

    def read_transaction(self) -> AbstractContextManager[Connection]:
        """One consistent view of the database."""
        return self._connect()

    def write_transaction(self) -> AbstractContextManager[Connection]:
        """A transaction that holds the write lock from its start, so that it cannot be refused half way."""
        return exclusive(self._engine)

    def has_table(self, table_name: str) -> bool:
        """With the kept engine."""
        return bool(inspect(self._engine).has_table(table_name))

    def store(self, number: int, make: Callable[[int], Sequence[EventLogEntry]]) -> None:
        """Store so many events in their order, all or none. They are made knowing the id of the last of them."""
        if not number:
            return
        with self.write_transaction() as connection:
            last_id = _last_id(connection) + number
            stored = list(zip(range(last_id - number + 1, last_id + 1), make(last_id), strict=True))
            self._insert(connection, event_table, self._rows(stored))
            self._put(connection, stored)
        self._store_checks(stored)

    def _insert(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        insert_rows(connection, table, [{name: _as_stored(value) for name, value in row.items()} for row in rows])

    def highest_id(self, connection: Connection) -> int:
        """The id given out last."""
        return _last_id(connection)

    def get_dynamic_partitions(self, partitions_def_name: str) -> Sequence[str]:
        """All keys as one value: row by row, as Dagster reads them for each page, takes seven times as long."""
        with self.read_transaction() as connection:
            keys = run_sql(connection, _KEYS, (partitions_def_name,)).scalar_one()
        return list(orjson.loads(keys))

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


def _refuse_a_home_that_was_moved(base_dir: Path) -> None:
    """An empty log where the old home was would mean paying for everything again."""
    if not base_dir.parent.parent.is_dir():
        raise FileNotFoundError(
            f"dagster.yaml keeps its event log in {base_dir}, but there is no {base_dir.parent.parent}. "
            "Was DAGSTER_HOME moved? Write the new place of its history/events into base_dir there."
        )


def _never_give_an_id_twice(engine: Engine) -> None:
    """Dagster's table lacks AUTOINCREMENT: after the latest run was deleted, cursors of sensors would miss events."""
    table = SqlEventLogStorageTable.to_metadata(MetaData())
    table.dialect_options["sqlite"]["autoincrement"] = True
    with exclusive(engine) as connection:
        connection.exec_driver_sql("CREATE TEMPORARY TABLE kept AS SELECT * FROM event_logs")
        SqlEventLogStorageTable.drop(connection)
        table.create(connection)
        connection.exec_driver_sql("INSERT INTO event_logs SELECT * FROM kept")
        connection.exec_driver_sql("DROP TABLE kept")


def _delete_events(connection: Connection, where: str, parameters: Sequence[tuple[str, ...]]) -> None:
    """Delete events with their tags. ``where`` is our own; it has one value for each of a parameter's."""
    theirs = f"SELECT id FROM event_logs WHERE {where}"  # noqa: S608
    for values in parameters:
        run_sql(connection, f"DELETE FROM asset_event_tags WHERE event_id IN ({theirs})", values)  # noqa: S608
        run_sql(connection, f"DELETE FROM event_logs WHERE {where}", values)  # noqa: S608


def _is_of_asset(entry: EventLogEntry) -> bool:
    found = entry.dagster_event
    return found is not None and entry.dagster_event_type in ASSET_EVENTS and found.asset_key is not None


def _moment(entry: EventLogEntry) -> datetime:
    """When it happened, as Dagster's tables have it: UTC without saying so."""
    return datetime.fromtimestamp(entry.timestamp, UTC).replace(tzinfo=None)


def _as_stored(value: Any) -> Any:
    """As SQLAlchemy writes it: a datetime is text in SQLite, with microseconds also where they are 0."""
    return value.isoformat(" ", "microseconds") if isinstance(value, datetime) else value


def _last_id(connection: Connection) -> int:
    """The id given out last. Ids of one transaction follow it without a gap, because it holds the write lock.

    A table that Dagster's migrations have made anew counts in itself, no longer in ``sqlite_sequence``.
    """
    query = """SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'event_logs'), 0),
                          coalesce((SELECT max(id) FROM event_logs), 0))"""
    return int(connection.exec_driver_sql(query).scalar() or 0)


def _pointing(found: Asset, last_id: int) -> Asset:
    """A materialization with tags that say up to which event its inputs were seen.

    Dagster calls a partition stale when an input has another data version after the event that was used. That event
    has been stored by now, or is in this batch, and the next one will come later: of everything that could be pointed
    at, the batch's end is known before it is written.
    """
    names = [tag.removeprefix(INPUT_TAG) for tag in found.tags or {} if tag.startswith(INPUT_TAG)]
    pointers = {f"{INPUT_EVENT_POINTER_TAG_PREFIX}/{name}": str(last_id) for name in names}
    return found._replace(tags={**(found.tags or {}), **pointers}) if pointers else found


def asset_key_of(entry: EventLogEntry) -> str:
    """The asset of an event as the tables have it. Raises TypeError where it names none."""
    key = entry.get_dagster_event().asset_key
    if key is None:
        raise TypeError(f"{entry.dagster_event_type} names no asset")
    return _stored_key(key)


@lru_cache(maxsize=1_000)
def _stored_key(key: dg.AssetKey) -> str:
    return key.to_string()


def _recorded(event_id: int, entry: EventLogEntry) -> IndexedEvent | None:
    """What our own tables keep of an event; None for events that are neither records nor failures."""
    found = entry.get_dagster_event()
    if found.is_step_materialization:
        materialized = found.step_materialization_data.materialization
        record = record_of(materialized, entry.run_id)
        if record is None:
            return None
        return IndexedEvent(event_id, entry.timestamp, entry.run_id, record, is_repeated(materialized))
    if found.is_asset_observation:
        observed = found.asset_observation_data.asset_observation
        failure = failure_of(observed, entry.run_id, datetime.fromtimestamp(entry.timestamp, UTC))
        return None if failure is None else IndexedEvent(event_id, entry.timestamp, entry.run_id, failure)
    return None


def _latest_not_known(connection: Connection) -> Iterator[tuple[int, EventLogEntry]]:
    """The latest materialization of every asset and partition that has no row of ours."""
    rows = run_sql(
        connection,
        """SELECT id, event FROM event_logs WHERE id IN (
            SELECT max(id) FROM event_logs
            WHERE dagster_event_type = 'ASSET_MATERIALIZATION' AND partition IS NOT NULL GROUP BY asset_key, partition
        ) AND NOT EXISTS (SELECT 1 FROM enrichment_latest AS latest WHERE latest.event_id = event_logs.id)
        AND NOT EXISTS (SELECT 1 FROM enrichment_latest AS wiped WHERE wiped.domain = event_logs.partition
            AND wiped.artifact = substr(event_logs.asset_key, 3, length(event_logs.asset_key) - 4)
            AND wiped.status IS NULL AND wiped.event_id >= event_logs.id)""",
    ).all()
    for event_id, serialized in rows:
        yield event_id, deserialize_value(serialized, EventLogEntry)


def index_events(connection: Connection) -> None:
    """Fill our tables from a log that Dagster's own storage has kept so far."""
    last_id = 0
    while rows := run_sql(connection, _ASSET_EVENTS, (last_id,)).all():
        last_id = rows[-1][0]
        entries = [(event_id, deserialize_value(serialized, EventLogEntry)) for event_id, serialized in rows]
        record_index.write(connection, [found for pair in entries if (found := _recorded(*pair)) is not None])


def storage_of(instance: dg.DagsterInstance) -> IndexedEventLog | None:
    """Our own storage where the instance uses it; None on any other (Dagster's SQLite and Postgres, in memory)."""
    storage = instance.event_log_storage
    return storage if isinstance(storage, IndexedEventLog) else None


def report_batch(
    instance: dg.DagsterInstance,
    events: Iterable[dg.AssetMaterialization | dg.AssetObservation],
    *,
    run_id: str,
    job_name: str,
    step_key: str | None,
) -> None:
    """Store events of a run together, in their order, through whatever storage the instance has."""
    found, now = list(events), datetime.now(UTC).timestamp()
    storage = storage_of(instance)
    if storage is None:
        _store(instance, [_entry(event, now, run_id, job_name, step_key) for event in found])
    else:

        def make(last_id: int) -> list[EventLogEntry]:
            return [_entry(_pointing(event, last_id), now, run_id, job_name, step_key) for event in found]

        storage.store(len(found), make)


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


def report_checks(
    instance: dg.DagsterInstance, found: Sequence[dg.AssetCheckEvaluation], *, run_id: str, job_name: str
) -> None:
    """Say in a run how checks of assets stand, whether or not the run had planned them.

    Each says which record it has seen last. Without that Dagster goes by the moment a check was stored, which SQLite
    keeps in whole seconds, and calls it not evaluated when another run's record is of the same second.
    """
    records = instance.get_asset_records(list({each.asset_key for each in found}))
    latest = {record.asset_entry.asset_key: record.asset_entry.last_materialization_record for record in records}
    for each in found:
        seen = latest.get(each.asset_key)
        target = seen and AssetCheckEvaluationTargetMaterializationData(
            run_id=seen.run_id, storage_id=seen.storage_id, timestamp=seen.timestamp
        )
        event = DagsterEvent(
            event_type_value=DagsterEventType.ASSET_CHECK_EVALUATION.value,
            job_name=job_name,
            message=each.description,
            event_specific_data=copy(each, target_materialization_data=target),
        )
        instance.event_log_storage.store_event(_around(event, datetime.now(UTC).timestamp(), run_id))


def report_freshness(instance: dg.DagsterInstance, fresh: Mapping[str, bool]) -> None:
    """Say of assets, where it has changed, whether they are fresh: what Dagster's badge shows.

    Dagster's own daemon goes by an asset's latest record alone, whatever became of all other companies. Where it is on
    (``freshness`` in ``dagster.yaml``) the badge is its own.
    """
    if instance.freshness_enabled:
        return
    keys = [dg.AssetKey(name) for name in fresh]
    before = instance.event_log_storage.get_freshness_state_records(keys)
    for key, passes in zip(keys, fresh.values(), strict=True):
        old = before[key].freshness_state if key in before else FreshnessState.UNKNOWN
        new = FreshnessState.PASS if passes else FreshnessState.FAIL
        if new is not old:
            now = datetime.now(UTC).timestamp()
            change = FreshnessStateChange(key=key, previous_state=old, new_state=new, state_change_timestamp=now)
            instance._report_runless_asset_event(change)


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
    if (storage := storage_of(instance)) is not None:
        storage.store_event_batch(entries)
        return
    batches: dict[tuple[str, str], list[EventLogEntry]] = {}
    for entry in entries:
        batches.setdefault((asset_key_of(entry), entry.get_dagster_event().event_type_value), []).append(entry)
    for batch in batches.values():
        instance.event_log_storage.store_event_batch(batch)


def create_listed_run(
    instance: dg.DagsterInstance,
    job: dg.JobDefinition,
    *,
    run_config: Mapping[str, Any],
    tags: Mapping[str, str],
    module: str,
    location: str,
    parent: dg.DagsterRun | None = None,
    code: JobPythonOrigin | None = None,
) -> dg.DagsterRun:
    """A run of a plain job that this process will execute, visible and re-executable in the UI like any other.

    ``location`` is the code location's name in the workspace of those who look: by it the UI finds the job again.
    ``code``: where another process finds the job, for a run that this one does not execute.
    """
    origin_of_location = ManagedGrpcPythonEnvCodeLocationOrigin(
        LoadableTargetOrigin(executable_path=sys.executable, module_name=module, working_directory=str(Path.cwd())),
        location_name=location,
    )
    origin = RemoteJobOrigin(RemoteRepositoryOrigin(origin_of_location, SINGLETON_REPOSITORY_NAME), job.name)
    return instance.create_run_for_job(
        job,
        run_config=run_config,
        tags=tags,
        remote_job_origin=origin,
        job_code_origin=code,
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
    return next((what_failed(event) for event in result.all_events if event.is_step_failure), None)


def what_failed(event: DagsterEvent) -> str | None:
    """What a step that failed says of it."""
    failure = event.step_failure_data
    user = failure.user_failure_data
    if user and user.description:
        return user.description
    # Dagster wraps what the op raised, and says of it only that it was raised.
    error = failure.error.cause or failure.error if failure.error else None
    return error.message.strip() if error else None
