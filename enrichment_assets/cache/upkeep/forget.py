"""One company forgotten: put on the do-not-enrich list first, then erased wherever this state says something of it."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import dagster as dg
import fsspec
import polars as pl
from sqlalchemy import func, make_url, select

from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.upkeep.erase import Eraser, compact, state_files
from enrichment_assets.cache.upkeep.erase_postgres import in_postgres
from enrichment_assets.companies.fetched import copies_that_name, names_company
from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.settings import Settings
from enrichment_assets.storage.answers.store import answers_file, open_answers
from enrichment_assets.storage.artifacts import FsspecBackend, is_postgres, local_folder
from enrichment_assets.storage.do_not_enrich import DoNotEnrich
from enrichment_assets.storage.exports import FOLDER
from enrichment_assets.storage.inputs.company_lists import FOLDER as LISTS
from enrichment_assets.storage.inputs.company_lists import drop_bytes, fetch_bytes, kept_bytes
from enrichment_assets.storage.inputs.run_inputs import FOLDER as RUN_INPUTS
from enrichment_assets.storage.lists import list_companies
from enrichment_assets.storage.names import company_names
from enrichment_assets.storage.outbox import pushes
from enrichment_assets.storage.state import open_state
from enrichment_assets.storage.value_file import FILE


@dataclass(frozen=True)
class Forgotten:
    """What was erased, by place; and how many pushes had reached destinations, which is not ours to erase."""

    places: Counter[str]
    pushed: int


def forget(
    settings: Settings, domain: str, *, dry_run: bool, write_exports: Callable[[pl.DataFrame, Path, Path], object]
) -> Forgotten:
    """Erase one company from this state, and refuse it from now on. Call while no run is at work.

    What is not erased by an interruption is by the next call. ``write_exports`` writes a table as Parquet and CSV.
    Raises sqlite3.OperationalError for a file in use.
    """
    names, pushed = _known(settings, domain)
    if not dry_run:
        _refuse_from_now_on(settings, domain)
    eraser = Eraser(domain, names)
    places: Counter[str] = Counter()
    places += _in_exports(settings, domain, write_exports, dry_run=dry_run)
    home = settings.dagster_home
    for named, remove in _whole_files(settings, domain, names, eraser):
        places[named] += 1
        if not dry_run:
            remove()
    databases, logs = state_files(home)
    for database in dict.fromkeys([*databases, *_elsewhere(settings)]):
        found = eraser.in_database(database, dry_run=dry_run)
        if not dry_run:
            compact(database)
        place = database.relative_to(home) if database.is_relative_to(home) else database
        places += Counter({f"{place}: {table}": rows for table, rows in found.items()})
    for url in _postgres_urls(settings):
        rows = in_postgres(eraser, url, dry_run=dry_run)
        places += Counter({f"Postgres: {table}": count for table, count in rows.items()})
    for log in logs:
        places[str(log.relative_to(home))] += eraser.in_file(log, dry_run=dry_run)
    if local_folder(settings.store_url) is None and not is_postgres(settings.store_url):
        places["values in the store"] += _in_remote_store(settings, domain, dry_run=dry_run)
    if answers_file(settings) is None and not is_postgres(settings.answers_url or ""):
        places["stored answers"] += _in_remote_answers(settings, domain, dry_run=dry_run)
    return Forgotten(+places, pushed)


def _whole_files(
    settings: Settings, domain: str, names: set[str], eraser: Eraser
) -> Iterator[tuple[str, Callable[[], object]]]:
    """Files that name the company and are deleted whole, each with what deletes it.

    Lists go on without their bytes; a run that needs its inputs writes them again, from what the database still has.
    """
    home = settings.dagster_home
    for copy in copies_that_name(home, domain, names):
        yield str(copy.relative_to(home)), copy.unlink
    for file in (path for folder in (home, home / "sandbox") for path in (folder / RUN_INPUTS).rglob("*.yaml")):
        if eraser.mentions(file.read_text("utf-8")):
            yield RUN_INPUTS, file.unlink
    store, root = fsspec.core.url_to_fs(settings.exports_url)
    for report in store.glob(f"{root}/{FOLDER}/*.html"):
        if eraser.mentions(store.cat_file(report).decode()):
            yield f"{FOLDER}: reports", partial(store.rm_file, report)
    with TemporaryDirectory() as folder:
        for key in kept_bytes(settings.exports_url):
            copy = Path(folder) / key
            if fetch_bytes(settings.exports_url, key, copy) and names_company(copy, domain, names):
                yield f"{LISTS}/{key}", partial(drop_bytes, settings.exports_url, key)


def _known(settings: Settings, domain: str) -> tuple[set[str], int]:
    """The names the company goes by, and how many of its pushes arrived."""
    state = open_state(settings)
    try:
        with state.connect() as connection:
            names = {
                name
                for table in (company_names, list_companies)
                for name in connection.execute(select(table.c.name).where(table.c.domain == domain)).scalars()
            }
            sent = select(func.count()).where(pushes.c.domain == domain, pushes.c.state == "sent")
            return names, connection.execute(sent).scalar_one()
    finally:
        state.dispose()


def _refuse_from_now_on(settings: Settings, domain: str) -> None:
    state = open_state(settings)
    try:
        DoNotEnrich(state).add([domain])
    finally:
        state.dispose()


def _elsewhere(settings: Settings) -> list[Path]:
    """The databases that were put outside the home, one by one: their folders may hold anything."""
    state = make_url(settings.state_db_url)
    database = state.database if state.get_backend_name() == "sqlite" else None
    store = None if is_postgres(settings.store_url) else local_folder(settings.store_url)
    named = [
        Path(database).absolute() if database else None,
        store / FILE if store is not None else None,
        answers_file(settings),
    ]
    return [path for path in named if path is not None and path.exists()]


def _postgres_urls(settings: Settings) -> list[str]:
    """The databases of state, values, answers and Dagster's records that are in Postgres, each once."""
    ours = [settings.state_db_url, settings.store_url, settings.answers_url or ""]
    with open_instance(settings) as instance:
        dagsters = [
            getattr(instance.event_log_storage, "postgres_url", ""),
            getattr(instance.run_storage, "postgres_url", ""),
        ]
    return [url for url in dict.fromkeys([*ours, *dagsters]) if is_postgres(url)]


def _in_exports(
    settings: Settings, domain: str, write: Callable[[pl.DataFrame, Path, Path], object], *, dry_run: bool
) -> Counter[str]:
    """Rows of the exported tables in the store, which are written again without the company."""
    found: Counter[str] = Counter()
    store, root = fsspec.core.url_to_fs(settings.exports_url)
    for path in store.glob(f"{root}/{FOLDER}/*.parquet"):
        with TemporaryDirectory() as folder:
            parquet, csv = Path(folder) / Path(path).name, Path(folder) / Path(path).with_suffix(".csv").name
            store.get_file(path, str(parquet))
            table = pl.read_parquet(parquet)
            kept = table.filter(pl.col("domain") != domain)
            if kept.height < table.height:
                found[f"{FOLDER}/{parquet.stem}"] += table.height - kept.height
                if not dry_run:
                    write(kept, parquet, csv)
                    for file in (parquet, csv):
                        store.put_file(str(file), f"{root}/{FOLDER}/{file.name}")
    return found


def _in_remote_store(settings: Settings, domain: str, *, dry_run: bool) -> int:
    values = FsspecBackend(settings.store_url)
    if dry_run:
        return sum(values.read(artifact, domain) is not None for artifact in values.artifacts())
    return sum(values.delete(artifact, domain) for artifact in values.artifacts())


def refuse_elsewhere(instance: dg.DagsterInstance) -> None:
    """Raises MisconfiguredError where Dagster keeps its records elsewhere than in SQLite files or Postgres."""
    for storage in (instance.event_log_storage, instance.run_storage, instance.schedule_storage):
        if not {"sqlite", "postgres"} & set(re.findall("sqlite|postgres", type(storage).__name__.lower())):
            message = f"{type(storage).__name__} is neither SQLite nor Postgres: enrich forget cannot erase there"
            raise MisconfiguredError("dagster.yaml", message)


def _in_remote_answers(settings: Settings, domain: str, *, dry_run: bool) -> int:
    store = open_answers(settings)
    if store is None:
        return 0
    try:
        keys = [answer.key for answer in store.backend.of(domain)]
        if not dry_run:
            store.backend.delete(domain, keys)
            store.backend.commit()
        return len(keys)
    finally:
        store.close()


def at_work(instance: dg.DagsterInstance) -> list[str]:
    """Runs that have begun and not ended."""
    begun = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
    return [run.run_id for run in instance.get_runs(dg.RunsFilter(statuses=begun))]
