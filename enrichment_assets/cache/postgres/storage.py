"""Dagster's Postgres storage with batches and tables as ours on SQLite have them; needs the extra ``postgres``.

What belongs here: the classes that ``dagster.yaml`` names, and what is different on Postgres. A run keeps a connection
of its own for events; Dagster's storage makes one for each statement. Events get their ids before they are written, so
that a batch whose commit nobody heard of is stored once.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from typing import Any

import dagster as dg
from dagster_postgres import DagsterPostgresStorage, PostgresEventLogStorage
from dagster_postgres.utils import create_pg_engine, get_token_provider_from_config, pg_url_from_config
from sqlalchemy import Connection, Table, make_url

from enrichment_assets.cache.event_log import IndexedEventLog, event_table
from enrichment_assets.cache.postgres.schema import POSTGRES_LOG
from enrichment_assets.storage.database import briefly, by_itself, insert_arrays, postgres_engine, transact
from enrichment_assets.storage.migrations import migrate


class BatchingPostgresEventLogStorage(IndexedEventLog, PostgresEventLogStorage):
    """All events in Postgres, written in batches, read by Dagster as usual."""

    def __init__(
        self,
        postgres_url: str,
        should_autocreate_tables: bool = True,
        inst_data: Any = None,
        token_provider: Any = None,
    ) -> None:
        make = partial(create_pg_engine, token_provider=token_provider)
        self._kept = postgres_engine(make_url(postgres_url), make, pool_size=1, max_overflow=8)
        super().__init__(postgres_url, should_autocreate_tables, inst_data, token_provider)
        if should_autocreate_tables:
            migrate(self._kept, POSTGRES_LOG)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Mapping[str, Any]) -> "BatchingPostgresEventLogStorage":
        """As ``dagster.yaml`` has it."""
        return cls(**_given(inst_data, config_value))

    @contextmanager
    def read_transaction(self) -> Iterator[Connection]:
        """One consistent view of the database."""
        with self._kept.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            yield connection

    def write_transaction(self) -> AbstractContextManager[Connection]:
        """A transaction."""
        return briefly(self._kept)

    def store(self, number: int, make: Callable[[int], Sequence[dg.EventLogEntry]]) -> None:
        """Store so many events in their order, all or none. They are made knowing the highest id among them."""
        if not number:
            return
        ids = by_itself(self._kept, lambda connection: _new_ids(connection, number))
        stored = list(zip(ids, make(ids[-1]), strict=True))
        rows = self._rows(stored)

        def write(connection: Connection) -> None:
            if insert_arrays(connection, event_table, rows, "ON CONFLICT DO NOTHING"):
                self._put(connection, stored)

        transact(self._kept, write, synced=False)  # records are made again from values and answers, which were synced
        self._store_checks(stored)

    def _insert(self, connection: Connection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
        insert_arrays(connection, table, rows)

    def highest_id(self, connection: Connection) -> int:
        """No event that is stored has a higher one."""
        return int(connection.exec_driver_sql("SELECT coalesce(max(id), 0) FROM event_logs").scalar_one())

    def shrink(self) -> int:
        """Postgres does that by itself."""
        return 0

    def dispose(self) -> None:
        """Close connections and threads."""
        super().dispose()
        self._kept.dispose()


class BatchingPostgresStorage(DagsterPostgresStorage):
    """Runs, schedules and events in one Postgres: ``storage: custom:`` in ``dagster.yaml``."""

    def __init__(
        self,
        postgres_url: str,
        should_autocreate_tables: bool = True,
        inst_data: Any = None,
        token_provider: Any = None,
    ) -> None:
        super().__init__(postgres_url, should_autocreate_tables, inst_data, token_provider)
        self._event_log_storage.dispose()
        self._event_log_storage = BatchingPostgresEventLogStorage(
            postgres_url, should_autocreate_tables, token_provider=token_provider
        )

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Mapping[str, Any]) -> "BatchingPostgresStorage":
        """As ``dagster.yaml`` has it."""
        return cls(**_given(inst_data, config_value))


def _given(inst_data: Any, config_value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "inst_data": inst_data,
        "postgres_url": pg_url_from_config(config_value),
        "should_autocreate_tables": config_value.get("should_autocreate_tables", True),
        "token_provider": get_token_provider_from_config(config_value),
    }


def _new_ids(connection: Connection, number: int) -> list[int]:
    query = "SELECT nextval(pg_get_serial_sequence('event_logs', 'id')) FROM generate_series(1, %s)"
    return sorted(connection.exec_driver_sql(query, (number,)).scalars())
