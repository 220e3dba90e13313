"""The state database: outbox, claims, names, found sites, stored lists. SQLite by default, or any SQLAlchemy URL."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, MetaData, create_engine, event, make_url
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, IntegrityError, NoSuchModuleError, OperationalError, ProgrammingError

from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.settings import Settings

BUSY_TIMEOUT_S = 60
"""How long a writer waits for another process's commit before "database is locked"."""

Insert = Callable[[Any], Any]


def open_state(settings: Settings) -> Engine:
    """The engine of the state database; its directory is made when it is a local file.

    Raises MisconfiguredError where there is no such database to be had.
    """
    try:
        engine = state_engine(settings.state_db_url)
        engine.connect().close()
    except (ArgumentError, NoSuchModuleError, ImportError, OperationalError, OSError) as error:
        name = "ENRICHMENT_STATE_DB" if settings.enrichment_state_db else f"DAGSTER_HOME is {settings.dagster_home}: it"
        raise MisconfiguredError("settings", f"{name} cannot be opened: {str(error).partition(chr(10))[0]}") from error
    return engine


def state_engine(database_url: str) -> Engine:
    """An engine for any SQLAlchemy URL. On SQLite: WAL, so that readers never wait for a writer."""
    url = make_url(database_url)
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    return _sqlite_engine(url)


def _sqlite_engine(url: URL) -> Engine:
    if url.database:
        Path(url.database).expanduser().parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT_S})

    @event.listens_for(engine, "connect")
    def _tune(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        # A power cut may lose the last commits but never corrupts; a killed process loses nothing.
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.close()

    return engine


def create_tables(engine: Engine, metadata: MetaData) -> None:
    """Make the tables that are missing, whoever else does the same at this moment."""
    try:
        metadata.create_all(engine)
    except (OperationalError, ProgrammingError, IntegrityError):
        # Another process made a table between our look and our CREATE; what is still missing is made now.
        metadata.create_all(engine)


def insert_into(engine: Engine) -> Insert:
    """The dialect's ``insert``, which knows ``on_conflict_do_update`` and ``on_conflict_do_nothing``."""
    return postgresql_insert if engine.dialect.name == "postgresql" else sqlite_insert
