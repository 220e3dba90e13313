"""Our tables in the event log's file, and what that file has been through.

Up to 3d8b09e events lay deflated in a table ``event_store``, with a view over it where Dagster's table is.
"""

import zlib
from functools import cache
from importlib.resources import files
from typing import Final

from sqlalchemy import Connection, inspect

from enrichment_assets.storage.migrations import Schema

DICTIONARY: Final = "event_dictionary_1.txt"
"""A few typical events. What lies deflated on people's disks cannot be read without it."""


def inflate(stored: bytes | str | None) -> str | None:
    """An event as 3d8b09e stored it: a 1, then a raw deflate stream over the dictionary. Text was stored plainly."""
    if not isinstance(stored, bytes):
        return stored
    return zlib.decompressobj(-zlib.MAX_WBITS, zdict=_dictionary()).decompress(stored[1:]).decode()


@cache
def _dictionary() -> bytes:
    return files("enrichment_assets.cache").joinpath(DICTIONARY).read_bytes()


def _make_event_logs_a_table(connection: Connection) -> None:
    if not inspect(connection).has_table("event_store"):
        return
    raw = connection.connection.driver_connection
    assert raw is not None  # noqa: S101 - narrows the type
    raw.create_function("enrichment_inflate", 1, inflate, deterministic=True)
    connection.exec_driver_sql("DROP VIEW event_logs")
    connection.exec_driver_sql("ALTER TABLE event_store RENAME TO event_logs")
    connection.exec_driver_sql("UPDATE event_logs SET event = enrichment_inflate(event)")


EVENT_LOG: Final = Schema(
    "event log",
    (
        (
            """CREATE TABLE IF NOT EXISTS enrichment_latest (
                domain TEXT NOT NULL, artifact TEXT NOT NULL,
                event_id INTEGER, run_id TEXT, status TEXT, computed_at REAL, version TEXT, data_version TEXT,
                answer TEXT, cost_usd REAL, latency_s REAL,
                failed_at REAL, failed_run_id TEXT, failed_outcome TEXT, failed_reason TEXT, failed_cost_usd REAL,
                failed_latency_s REAL, failures INTEGER NOT NULL DEFAULT 0, spent TEXT, failed_spent TEXT,
                PRIMARY KEY (domain, artifact)) WITHOUT ROWID""",
            """CREATE TABLE IF NOT EXISTS enrichment_tally (
                day TEXT NOT NULL, run_id TEXT NOT NULL, artifact TEXT NOT NULL, outcome TEXT NOT NULL,
                events INTEGER NOT NULL, cost_usd REAL NOT NULL,
                PRIMARY KEY (run_id, day, artifact, outcome)) WITHOUT ROWID""",
            """CREATE TABLE IF NOT EXISTS enrichment_spending (
                day TEXT NOT NULL, run_id TEXT NOT NULL, artifact TEXT NOT NULL, provider TEXT NOT NULL,
                attempts INTEGER NOT NULL, cost_usd REAL NOT NULL,
                PRIMARY KEY (run_id, day, artifact, provider)) WITHOUT ROWID""",
        ),
        _make_event_logs_a_table,
        ("ALTER TABLE enrichment_spending ADD COLUMN stored INTEGER NOT NULL DEFAULT 0",),
        (
            """CREATE TABLE enrichment_standing (
                domain TEXT NOT NULL, changes INTEGER NOT NULL, said BIGINT, holds_from REAL, holds_until REAL,
                PRIMARY KEY (domain)) WITHOUT ROWID""",
            """CREATE TABLE enrichment_said (
                id BIGINT NOT NULL, rules TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (id)) WITHOUT ROWID""",
        ),
    ),
)
