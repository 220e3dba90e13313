"""DAGSTER_HOME, the state database, the value store: whose they are, whether they open, whether there is room."""

import importlib.util
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from dagster import DagsterError
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from enrichment_assets.cache.instance import COMPANIES, open_instance
from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.settings import Settings
from enrichment_assets.core.sides import check_side, side_of
from enrichment_assets.diagnosis.finding import Finding, fail, ok, warn
from enrichment_assets.storage.artifacts import local_folder
from enrichment_assets.storage.state import open_state
from enrichment_assets.storage.together.remedies import explained

LITTLE_ROOM: Final = 2_000_000_000
"""Bytes: some 50,000 companies, with what a provider answered."""
NO_ROOM: Final = 50_000_000
MOST_PARTITIONS: Final = 100_000
"""As Dagster advises (docs.dagster.io, Partitioning assets): pages of its UI that show partitions read them all."""
_DRIVERS: Final = {"postgresql": ("psycopg2", "pip install 'enrichment-assets[postgres]'")}
_STORES: Final = {
    "s3": ("s3fs", "pip install 'enrichment-assets[s3]'"),
    "gs": ("gcsfs", "pip install gcsfs"),
    "az": ("adlfs", "pip install adlfs"),
}


def look_at_home(settings: Settings) -> Iterator[Finding]:
    """Everything of the state, from the folder inwards; what cannot be reached because of the first is not asked."""
    home = settings.dagster_home
    try:
        check_side(settings)
    except MisconfiguredError as error:
        yield fail("home", error.message, "See the line; `enrich doctor --sandbox` looks at the sandbox's own home")
        return
    refusal = _refusal(home)
    if refusal:
        yield fail("home", f"{home} cannot be written: {refusal}", "Give the folder to this user, or set DAGSTER_HOME")
        return
    side = "the sandbox's" if settings.enrichment_sandbox else "real"
    yield ok("home", f"{home}, {side if side_of(home) else 'not used yet'}")
    yield _room(home)
    yield from _installed(settings)
    if side_of(home) is not None:
        yield _state(settings)
        yield _records(settings)


def _refusal(home: Path) -> str | None:
    """Why nothing can be written there, asked of the file system itself: permission bits do not tell all."""
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"x")
            file.flush()
    except OSError as error:
        return error.strerror or str(error)
    return None


def _room(home: Path) -> Finding:
    place = next(folder for folder in (home, *home.parents) if folder.exists())
    free = shutil.disk_usage(place).free
    said = f"{free / 1e9:.1f} GB free" if free >= 1e9 else f"{free / 1e6:.0f} MB free"
    remedy = "Make room, `enrich prune`, or set DAGSTER_HOME to another disk"
    if free < NO_ROOM:
        return fail("disk", said, remedy)
    return warn("disk", said, remedy) if free < LITTLE_ROOM else ok("disk", said)


def _installed(settings: Settings) -> Iterator[Finding]:
    """Packages that the chosen databases and stores need beyond the usual ones."""
    try:
        backend = make_url(settings.state_db_url).get_backend_name()
    except ArgumentError:
        yield fail(
            "ENRICHMENT_STATE_DB", "it is no database URL", "Write postgresql://USER:PASSWORD@HOST/NAME, or unset it"
        )
        return
    scheme = "" if local_folder(settings.store_url) is not None else settings.store_url.partition(":")[0]
    for name, needs in (("ENRICHMENT_STATE_DB", _DRIVERS.get(backend)), ("ENRICHMENT_STORE", _STORES.get(scheme))):
        if needs is not None:
            module, remedy = needs
            there = importlib.util.find_spec(module) is not None
            yield (
                ok(name, f"{module} is installed") if there else fail(name, f"needs {module}, which is missing", remedy)
            )


def _state(settings: Settings) -> Finding:
    try:
        open_state(settings).dispose()
    except MisconfiguredError as error:
        return fail("state database", error.message, "Restore it from its back-up, or upgrade the program as it says")
    except SQLAlchemyError as error:
        return _damaged("state database", error)
    return ok("state database", "opens")


def _records(settings: Settings) -> Finding:
    try:
        with open_instance(settings) as instance:
            runs, companies = instance.get_runs_count(), len(instance.get_dynamic_partitions(COMPANIES))
    except MisconfiguredError as error:
        return fail(
            "records", error.message, "Restore DAGSTER_HOME from its back-up, or upgrade the program as it says"
        )
    except SQLAlchemyError as error:
        return _damaged("records", error)
    except (DagsterError, ImportError) as error:
        return fail("records", str(error).partition("\n")[0], f"See {settings.dagster_home / 'dagster.yaml'}")
    said = f"{runs} runs, {companies} companies"
    if companies > MOST_PARTITIONS:
        remedy = "Dagster's pages of companies are slow beyond that: look at company_list (runbook, More than 100,000)"
        return warn("records", f"{said}, more than {MOST_PARTITIONS:,}", remedy)
    return ok("records", said)


def _damaged(subject: str, error: SQLAlchemyError) -> Finding:
    said, what = explained(error)
    return fail(
        subject, said, what or "Restore it from its back-up (docs: upgrading); what is paid for lies in the values"
    )
