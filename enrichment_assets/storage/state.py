"""The state database: outbox, leases, names, found sites, stored lists, labels. SQLite by default.

Or any SQLAlchemy URL.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, make_url
from sqlalchemy.exc import SQLAlchemyError

from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.settings import Settings
from enrichment_assets.core.sides import keep_apart
from enrichment_assets.storage.database import database_engine
from enrichment_assets.storage.migrations import migrate
from enrichment_assets.storage.state_schema import STATE
from enrichment_assets.storage.together.limits import AccountLimits
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


def has_state(settings: Settings) -> bool:
    """Whether there may be some: only a file can be seen to be missing."""
    url = make_url(settings.state_db_url)
    return url.get_backend_name() != "sqlite" or Path(url.database or "").expanduser().exists()


@contextmanager
def limits_of_runs(settings: Settings) -> Iterator[AccountLimits | None]:
    """Where a command that is no run shares the limits of its accounts with the runs under way.

    None where there is no state yet, and so no run: looking makes none. Raises MisconfiguredError where it is unusable.
    """
    if not has_state(settings):
        yield None
        return
    state = open_state(settings)
    try:
        yield AccountLimits(state)
    finally:
        state.dispose()
