"""The state database: outbox, leases, names, found sites, stored lists, labels. SQLite by default.

Or any SQLAlchemy URL.
"""

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.settings import Settings
from enrichment_assets.core.sides import keep_apart
from enrichment_assets.storage.database import database_engine
from enrichment_assets.storage.migrations import migrate
from enrichment_assets.storage.state_schema import STATE
from enrichment_assets.storage.together.remedies import remedy


def open_state(settings: Settings) -> Engine:
    """The engine of the state database; its directory is made when it is a local file.

    Raises MisconfiguredError where there is no such database to be had, or only one of a later version.
    """
    keep_apart(settings)
    try:
        return state_engine(settings.state_db_url)
    except (SQLAlchemyError, ImportError, OSError) as error:
        name = "ENRICHMENT_STATE_DB" if settings.enrichment_state_db else f"DAGSTER_HOME is {settings.dagster_home}: it"
        raise MisconfiguredError("settings", f"{name} cannot be opened: {remedy(error)}") from error


def state_engine(database_url: str) -> Engine:
    """An engine for any SQLAlchemy URL, with the tables as this version of the program knows them."""
    engine = database_engine(database_url)
    migrate(engine, STATE)
    return engine
