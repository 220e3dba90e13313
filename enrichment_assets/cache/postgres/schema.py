"""Our tables beside Dagster's in Postgres: those of the event log's SQLite file, in the types of Postgres."""

from typing import Final

from sqlalchemy import Connection

from enrichment_assets.cache.event_log import index_events
from enrichment_assets.storage.migrations import Schema

_STANDING: Final = (
    """CREATE TABLE IF NOT EXISTS enrichment_standing (
        domain TEXT NOT NULL, changes INTEGER NOT NULL, said BIGINT, holds_from DOUBLE PRECISION,
        holds_until DOUBLE PRECISION, PRIMARY KEY (domain))""",
    """CREATE TABLE IF NOT EXISTS enrichment_said (
        id BIGINT NOT NULL, rules TEXT NOT NULL, text TEXT NOT NULL, PRIMARY KEY (id))""",
)


def _index_events(connection: Connection) -> None:
    """What is written about events needs the tables of a later step too."""
    for statement in _STANDING:
        connection.exec_driver_sql(statement)
    index_events(connection)


POSTGRES_LOG: Final = Schema(
    "event log",
    (
        (
            """CREATE TABLE enrichment_latest (
                domain TEXT NOT NULL, artifact TEXT NOT NULL,
                event_id BIGINT, run_id TEXT, status TEXT, computed_at DOUBLE PRECISION, version TEXT,
                data_version TEXT, answer TEXT, cost_usd DOUBLE PRECISION, latency_s DOUBLE PRECISION,
                failed_at DOUBLE PRECISION, failed_run_id TEXT, failed_outcome TEXT, failed_reason TEXT,
                failed_cost_usd DOUBLE PRECISION, failed_latency_s DOUBLE PRECISION,
                failures INTEGER NOT NULL DEFAULT 0, spent TEXT, failed_spent TEXT,
                PRIMARY KEY (domain, artifact))""",
            """CREATE TABLE enrichment_tally (
                day TEXT NOT NULL, run_id TEXT NOT NULL, artifact TEXT NOT NULL, outcome TEXT NOT NULL,
                events INTEGER NOT NULL, cost_usd DOUBLE PRECISION NOT NULL,
                PRIMARY KEY (run_id, day, artifact, outcome))""",
            """CREATE TABLE enrichment_spending (
                day TEXT NOT NULL, run_id TEXT NOT NULL, artifact TEXT NOT NULL, provider TEXT NOT NULL,
                attempts INTEGER NOT NULL, cost_usd DOUBLE PRECISION NOT NULL, stored INTEGER NOT NULL DEFAULT 0,
                PRIMARY KEY (run_id, day, artifact, provider))""",
        ),
        _index_events,
        _STANDING,
    ),
)
