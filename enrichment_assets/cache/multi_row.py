"""Many rows in one statement of SQLite's.

``executemany`` lets go of the interpreter's lock for every row, and a writer beside a busy event loop has to wait for
it again each time: up to 5 ms for a row that takes 10 µs.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

ROWS = (400, 50, 1)
"""Sizes of a statement, so that few different ones are ever prepared. SQLite binds 32,766 values at most."""


def insert_rows(connection: Connection, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert rows in their order. ``statement`` has ``{rows}`` where the rows go."""
    at = 0
    for size in ROWS:
        while len(rows) - at >= size:
            marks = f"({', '.join('?' * len(rows[at]))})"
            values = tuple(value for row in rows[at : at + size] for value in row)
            connection.exec_driver_sql(statement.replace("{rows}", ", ".join([marks] * size)), values)
            at += size
