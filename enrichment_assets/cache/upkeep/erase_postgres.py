"""What the tables in Postgres say of one company, erased as in SQLite's files: Dagster's tables and ours, no others."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, inspect

from enrichment_assets.cache.upkeep.erase import Eraser
from enrichment_assets.storage.database import database_engine, exclusive

TABLES: Final = frozenset(
    (
        *("asset_check_executions", "asset_event_tags", "asset_keys", "backfill_tags", "bulk_actions"),
        *(
            "dynamic_partitions",
            "event_logs",
            "instigators",
            "job_ticks",
            "jobs",
            "kvs",
            "run_tags",
            "runs",
            "snapshots",
        ),
        *("enrichment_latest", "enrichment_said", "enrichment_spending", "enrichment_standing", "enrichment_tally"),
        *(
            "answer",
            "change",
            "claim",
            "company_name",
            "found_site",
            "in_flight",
            "list",
            "list_company",
            "push",
            "value",
        ),
    )
)
"""A team's database may hold more than this."""


def in_postgres(eraser: Eraser, url: str, *, dry_run: bool) -> Counter[str]:
    """Rows by table that were, or would be, erased; the tables are written anew, so that nothing is left in them."""
    engine = database_engine(url)
    try:
        with exclusive(engine) as connection, connection.begin_nested() as erased:
            found = _in_tables(eraser, connection)
            if dry_run:
                erased.rollback()
        if not dry_run and found:
            with engine.connect() as connection:
                for table in found:
                    connection.exec_driver_sql(f'VACUUM FULL "{table}"')
    finally:
        engine.dispose()
    return found


def _in_tables(eraser: Eraser, connection: Connection) -> Counter[str]:
    found: Counter[str] = Counter()
    there = TABLES.intersection(inspect(connection).get_table_names())
    for table in sorted(there, key=lambda name: name != "asset_event_tags"):  # they name events that go after them
        columns = {column["name"]: str(column["type"]).upper() for column in inspect(connection).get_columns(table)}
        if table == "asset_event_tags":
            query = "DELETE FROM asset_event_tags WHERE event_id IN (SELECT id FROM event_logs WHERE partition = %s)"
            found[table] += connection.exec_driver_sql(query, (eraser.domain,)).rowcount
        key = next((name for name in ("domain", "partition") if name in columns and table != "runs"), None)
        if key is not None:
            query = f'DELETE FROM "{table}" WHERE {key} = %s'  # noqa: S608 - the schema's own names
            found[table] += connection.exec_driver_sql(query, (eraser.domain,)).rowcount
        texts = [name for name, kind in columns.items() if "CHAR" in kind or "TEXT" in kind]
        for name in texts:
            if name != key:
                found[table] += _in_column(eraser, connection, table, name, key)
    if "list_company" in there:
        counted = "SELECT count(*) FROM list_company WHERE list_company.list_id = list.list_id"
        connection.exec_driver_sql(f"UPDATE list SET companies = ({counted})")  # noqa: S608 - a constant
    return +found


def _in_column(eraser: Eraser, connection: Connection, table: str, name: str, key: str | None) -> int:
    """Rows of a text column that mention the company, of those that are about no company."""
    others = f" AND {key} IS NULL" if key is not None else ""
    mentioned = " OR ".join([f'position(%s in lower("{name}")) > 0'] * len(eraser.needles))
    query = f'SELECT ctid, "{name}" FROM "{table}" WHERE ({mentioned}){others}'  # noqa: S608 - the schema's own names
    rows: Sequence[tuple[str, str]] = [
        (row[0], row[1]) for row in connection.exec_driver_sql(query, eraser.needles) if eraser.mentions(row[1])
    ]
    # The event that Dagster keeps as an asset's latest is the company's, names and all.
    is_latest = (table, name) == ("asset_keys", "last_materialization")
    for ctid, text in rows:
        update = f'UPDATE "{table}" SET "{name}" = %s WHERE ctid = %s::tid'  # noqa: S608
        connection.exec_driver_sql(update, (None if is_latest else eraser.forgotten(text), ctid))
    return len(rows)
