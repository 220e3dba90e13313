"""Schema versions: every database of ours says how many steps it has taken, and opening it takes the others.

A step and its number are committed together and under a lock, so that a kill leaves a database between two steps and
processes that open it at once take each step once. A step is never changed after a release: a table gets a column by
one more step. The tests compare what all steps make with the tables as the code describes them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Column, Connection, Engine, Integer, MetaData, String, Table, inspect, select

from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.storage.database import exclusive

Step = Sequence[str] | Callable[[Connection], None]
"""SQL statements that SQLite and Postgres both understand, or a function where that is not enough."""

versions = Table(
    "enrichment_schema",
    MetaData(),
    Column("name", String(32), primary_key=True),
    Column("version", Integer, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Schema:
    """The steps of one set of tables, in their order; the version of a database is how many it has taken."""

    name: str
    steps: Sequence[Step]


def version_of(connection: Connection, schema: Schema) -> int:
    """How many steps a database has taken. Raises MisconfiguredError when they are more than this program knows."""
    if not inspect(connection).has_table(versions.name):
        return 0
    version = connection.scalar(select(versions.c.version).where(versions.c.name == schema.name)) or 0
    if version > len(schema.steps):
        raise MisconfiguredError(
            "settings",
            f"{connection.engine.url.render_as_string()} was written by a later version of enrichment-assets (schema "
            f"{version}, this one knows {len(schema.steps)}): upgrade the program, or restore the back-up from before",
        )
    return version


def migrate(engine: Engine, schema: Schema) -> None:
    """Take the steps that are missing. Raises MisconfiguredError for a database of a later version."""
    with engine.connect() as connection:
        version = version_of(connection, schema)
    while version < len(schema.steps):
        with exclusive(engine) as connection:
            version = version_of(connection, schema)
            if version < len(schema.steps):
                _take(connection, schema, version)


def _take(connection: Connection, schema: Schema, version: int) -> None:
    step = schema.steps[version]
    if callable(step):
        step(connection)
    else:
        for statement in step:
            connection.exec_driver_sql(statement)
    versions.create(connection, checkfirst=True)
    connection.execute(versions.delete().where(versions.c.name == schema.name))
    connection.execute(versions.insert().values(name=schema.name, version=version + 1))
