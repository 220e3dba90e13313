"""DAGSTER_HOME and the instance that lives there."""

import json
import logging
import os
import re
import time
from pathlib import Path

import dagster as dg
from dotenv import dotenv_values
from filelock import FileLock
from sqlalchemy.exc import IntegrityError, OperationalError, SQLAlchemyError

from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.private import keep_private
from enrichment_assets.core.settings import Settings
from enrichment_assets.core.sides import keep_apart
from enrichment_assets.core.whole_file import write_whole
from enrichment_assets.storage.together.remedies import remedy

log = logging.getLogger(__name__)

_ENV_SOURCE = re.compile(r"^[^#\n]*?\benv[\"']?: ?[\"']?([A-Za-z_]\w*)", re.MULTILINE)
COMPANIES = "company"
"""Dagster's dynamic partitions whose keys are the companies."""
BATCH_VARIABLE = "DAGSTER_EVENT_BATCH_SIZE"
OPEN_ATTEMPTS = 5
BATCH_SIZE = "200"
"""Dagster's own batching (planned events of backfills) is off unless this is set in the process that makes the run."""

DAGSTER_YAML = """\
# Written by enrichment-assets. Yours to change: it is never overwritten.
telemetry:
  enabled: false
nux:
  enabled: false

# Dagster's SQLite event log, written in batches: https://docs.dagster.io/deployment/oss/dagster-yaml
# Several machines or more than a few runs at a time: docs/how-to/postgres.md
event_log_storage:
  module: enrichment_assets.dagster_storage
  class: BatchingSqliteEventLogStorage
  config:
    base_dir: {base_dir}

# Dagster goes by the latest record of an asset: "Passing" with all other companies missing. Ours, said in its
# place, goes by the share of companies that is fresh (ENRICHMENT_CHECK_FRESH_SHARE).
freshness:
  enabled: false

# What sensors and schedules did is of no interest after a while; runs and records are pruned by `enrich prune`.
retention:
  schedule:
    purge_after_days: 30
  sensor:
    purge_after_days:
      skipped: 3
      failure: 30
      success: 90

# A run that never gets going is marked failed after this time. One that is killed later stays "started" until it is
# resumed or terminated: nobody but its own process knows.
run_monitoring:
  enabled: true
  start_timeout_seconds: 180
"""


def ensure_home(home: Path) -> Path:
    """Make DAGSTER_HOME with a ``dagster.yaml`` where there is none. Returns it as an absolute path.

    Raises MisconfiguredError where that cannot be.
    """
    home = home.expanduser().absolute()
    config = home / "dagster.yaml"
    try:
        keep_private(home)
        home.mkdir(parents=True, exist_ok=True)
        if not config.exists():
            # JSON's quoted strings are YAML's: a path may hold anything.
            base_dir = json.dumps(str(home / "history" / "events"))
            write_whole(config, DAGSTER_YAML.format(base_dir=base_dir))
    except OSError as error:
        raise MisconfiguredError("settings", f"DAGSTER_HOME is {home}, which is unusable: {error.strerror}") from error
    return home


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """The instance of ``settings.dagster_home``, made when it is not there yet. The caller disposes of it."""
    keep_apart(settings)
    home = ensure_home(settings.dagster_home)
    use_batches()
    _name_what_is_in_env_file(home)
    instance = _open_whoever_else_does(home)
    warn_if_temporary(instance)
    return instance


def _name_what_is_in_env_file(home: Path) -> None:
    """Dagster reads a password for ``dagster.yaml`` from the environment alone; ``.env`` is part of it everywhere else.

    Raises MisconfiguredError for one that is in neither.
    """
    config = (home / "dagster.yaml").read_text(encoding="utf-8")
    given = dotenv_values(".env")
    for name in _ENV_SOURCE.findall(config):
        if name not in os.environ and given.get(name):
            os.environ[name] = str(given[name])
        if name not in os.environ:
            config_file = home / "dagster.yaml"
            raise MisconfiguredError("settings", f"{config_file} takes {name} from the environment: set it, or in .env")


def _open_whoever_else_does(home: Path) -> dg.DagsterInstance:
    """One process at a time: two that make Dagster's stock tables at once leave a home that no process can open.

    Dagster's own processes know nothing of this lock, so a collision with one of them is tried again.
    """
    for attempt in range(OPEN_ATTEMPTS):
        try:
            with FileLock(home / ".opening.lock"):
                return dg.DagsterInstance.from_config(str(home))
        except (FileNotFoundError, ImportError) as error:
            raise MisconfiguredError("settings", str(error)) from error
        except SQLAlchemyError as error:
            if not isinstance(error, OperationalError | IntegrityError) or attempt == OPEN_ATTEMPTS - 1:
                raise MisconfiguredError(
                    "settings", f"The records of {home} cannot be opened: {remedy(error)}"
                ) from error
            time.sleep(0.2 * (attempt + 1))
    raise AssertionError("unreachable")


def check_instance(instance: dg.DagsterInstance, settings: Settings) -> None:
    """Raises MisconfiguredError where the instance that Dagster has opened is the sandbox's and the settings are not.

    Or the other way round: a ``.env`` may have changed the settings of one of Dagster's processes.
    """
    if not instance.is_ephemeral:
        keep_apart(settings, Path(instance.root_directory))


def use_batches() -> None:
    """Let Dagster batch the planned events of runs that this process makes. A value that is set already stays."""
    os.environ.setdefault(BATCH_VARIABLE, BATCH_SIZE)


def warn_if_temporary(instance: dg.DagsterInstance) -> bool:
    """Whether the instance forgets everything when the process ends; says so in the log."""
    if instance.is_ephemeral:
        log.warning("This Dagster instance is temporary (DAGSTER_HOME is not set): nothing is cached or resumable.")
    return instance.is_ephemeral
