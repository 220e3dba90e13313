"""Our own tables read without Dagster, which takes longer to load than they to be read: for what people wait for."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from sqlalchemy import URL, Connection

from enrichment_assets.cache import record_index
from enrichment_assets.cache.event_log_schema import EVENT_LOG
from enrichment_assets.cache.record_index import LatestStatus, Spending
from enrichment_assets.core.settings import Settings
from enrichment_assets.core.sides import keep_apart
from enrichment_assets.storage.database import database_engine, pages
from enrichment_assets.storage.migrations import version_of

FILE: Final = "event_log.db"
"""Dagster's name for the one file of its consolidated SQLite storage."""
PAGE: Final = 1_000
STORAGE: Final = "BatchingSqliteEventLogStorage"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a home's records say: each company's latest, and what every run paid."""

    latest: Callable[[Sequence[str]], Iterable[LatestStatus]]
    """Of these companies, and of a sample of the others where there are very many."""
    spendings: Sequence[Spending]


NOTHING: Final = Recorded(lambda _domains: (), ())
MOST_ROWS: Final = 200_000
"""Records of some 25,000 companies, read in two seconds: of a larger home others are a sample."""


@contextmanager
def recorded(settings: Settings) -> Iterator[Recorded | None]:
    """What is recorded in the home of these settings; None where only Dagster can read it (another storage or schema).

    ``latest`` is gone through company by company, while the context is open. Nothing is made or migrated.
    """
    keep_apart(settings)
    home = settings.dagster_home
    config = home / "dagster.yaml"
    if not config.is_file():
        yield NOTHING
        return
    file = _file(config)
    if file is None:
        yield None
        return
    if not file.is_file():
        yield NOTHING
        return
    engine = database_engine(URL.create("sqlite", database=str(file)))
    try:
        with engine.connect() as connection:
            yield _read(connection) if version_of(connection, EVENT_LOG) == len(EVENT_LOG.steps) else None
    finally:
        engine.dispose()


def _read(connection: Connection) -> Recorded:
    rows = connection.exec_driver_sql("SELECT count(*) FROM enrichment_latest").scalar() or 0

    def latest(domains: Sequence[str]) -> Iterator[LatestStatus]:
        if rows <= MOST_ROWS:
            yield from record_index.latest_statuses(connection)
            return
        wanted = set(domains)
        for page in pages(domains, PAGE):
            yield from record_index.latest_statuses(connection, page)
        for found in islice(record_index.latest_statuses(connection), MOST_ROWS):
            if found.domain not in wanted:
                yield found

    return Recorded(latest, record_index.spendings(connection))


def _file(config: Path) -> Path | None:
    """The event log's file where it is our storage's."""
    try:
        document: Any = YAML(typ="safe", pure=True).load(config.read_text(encoding="utf-8"))
        log = document["event_log_storage"]
        return Path(log["config"]["base_dir"]) / FILE if log["class"] == STORAGE else None
    except (OSError, YAMLError, TypeError, KeyError):
        return None
