"""A home with very many companies, written once: its bytes, and the time and memory of what looks at all of them.

    python -m benchmarks.large --companies 100000 [--home FOLDER]

One company is really enriched; the database copies its records, values and answers for every other domain. The first
look works out how each company stands, as the end of the runs or the hourly check would have done. Each command and
tick is a process of its own, after one that warms up the disk's cache. ``--home`` keeps the home, or looks at one that
was kept.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import dagster as dg

from enrichment_assets.artifacts.catalog import load_catalog
from enrichment_assets.cache.instance import open_instance
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.counting import counts_now
from enrichment_assets.orchestration.partitions import register
from enrichment_assets.orchestration.runs.enrich_op import RunHooks
from enrichment_assets.orchestration.sensors.csv_sensor import csv_sensor
from enrichment_assets.orchestration.sensors.refresh_sensor import refresh_tick
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.answers.store import answers_file
from enrichment_assets.storage.state import open_state
from enrichment_assets.storage.values.packing import gzipped, unpacked

from benchmarks.world import companies, facts, run, FULL_PATH  # isort: skip

ENRICH = [sys.executable, "-m", "enrichment_assets"]
TICKS = ("refresh", "csv", "checks")


def write(settings: Settings, wanted: Sequence[Company]) -> None:
    """The first of them is in this home; all others get what is known of it."""
    first, others = wanted[0].domain, [company.domain for company in wanted[1:]]
    state = open_state(settings)
    with open_instance(settings) as instance:
        register(instance, state, wanted)
        (log,) = Path(settings.dagster_home).rglob("event_log.db")
    state.dispose()
    values = Path(settings.store_url) / "values.db"
    for place, copies in ((log, _RECORDS), (values, _VALUES), (answers_file(settings), _ANSWERS)):
        assert place is not None
        with closing(sqlite3.connect(place)) as database:
            database.create_function("of_other", 3, _of_other, deterministic=True)
            database.execute("PRAGMA journal_mode=OFF")  # else the disk needs twice the room
            database.execute("PRAGMA synchronous=OFF")
            database.execute("CREATE TEMPORARY TABLE other (number INTEGER PRIMARY KEY, domain TEXT)")
            database.executemany("INSERT INTO other VALUES (?, ?)", enumerate(others))
            for copy in copies:
                database.execute(copy, (first,) if "?" in copy else ())
            database.commit()
            database.execute("PRAGMA journal_mode=WAL")


def _of_other(content: bytes, first: str, other: str) -> bytes:
    """A value as it would be another company's."""
    changed = unpacked(content).replace(first.encode(), other.encode())
    return changed if unpacked(content) is content else gzipped(changed)


_ID = "model.base + other.number * model.events + model.place"
_RECORDS = (
    "CREATE TEMPORARY TABLE model AS SELECT *, row_number() OVER (ORDER BY id) AS place, count(*) OVER () AS events, "
    "(SELECT max(id) FROM event_logs) AS base FROM event_logs WHERE partition = ?",
    f"""INSERT INTO event_logs (id, run_id, event, dagster_event_type, timestamp, step_key, asset_key, partition)
    SELECT {_ID}, run_id, replace(event, partition, domain), dagster_event_type, timestamp, step_key, asset_key, domain
    FROM other CROSS JOIN model""",
    f"""INSERT INTO asset_event_tags (event_id, asset_key, key, value, event_timestamp)
    SELECT {_ID}, tag.asset_key, key, value, event_timestamp
    FROM other CROSS JOIN model CROSS JOIN asset_event_tags AS tag ON tag.event_id = model.id""",
    f"""INSERT INTO enrichment_latest SELECT other.domain, artifact, {_ID}, latest.run_id, status, computed_at, version,
    data_version, answer, cost_usd, latency_s, failed_at, failed_run_id, failed_outcome, failed_reason, failed_cost_usd,
    failed_latency_s, failures, spent, failed_spent
    FROM other CROSS JOIN model CROSS JOIN enrichment_latest AS latest
    ON latest.event_id = model.id AND latest.domain = model.partition""",
    "INSERT INTO enrichment_standing (domain, changes) SELECT domain, 1 FROM other",
)
_VALUES = (
    "CREATE TEMPORARY TABLE model AS SELECT * FROM value WHERE domain = ?",
    """INSERT INTO value (domain, artifact, content)
    SELECT other.domain, artifact, of_other(content, model.domain, other.domain) FROM other CROSS JOIN model""",
)
_ANSWERS = (
    "CREATE TEMPORARY TABLE model AS SELECT * FROM answer WHERE domain = ?",
    """INSERT INTO answer (domain, key, provider, artifact, answered_at, expires_at, cost_usd, content)
    SELECT other.domain, key, provider, artifact, answered_at, expires_at, cost_usd, content
    FROM other CROSS JOIN model""",
)


def tick(name: str, settings: Settings) -> None:
    """One look of a sensor."""
    with open_instance(settings) as instance:
        if name == "checks":
            print(counts_now(instance, load_catalog(settings), settings).total)
        elif name == "refresh":
            print(type(refresh_tick(instance, load_catalog(settings), settings, datetime.now(UTC))).__name__)
        else:
            sensor = csv_sensor(RunHooks(lambda: settings, load_catalog(settings)))
            with dg.build_sensor_context(instance=instance) as context:
                sensor(context)


def _measured(command: Sequence[str], environment: dict[str, str]) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds, peak MB."""
    started = perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    said = process.stderr.read() if process.stderr else b""
    _, status, used = os.wait4(process.pid, 0)
    wall_s = perf_counter() - started
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        raise RuntimeError(f"{' '.join(command)}: {said.decode()[-500:]}")
    return wall_s, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


@contextmanager
def _folder(kept: Path | None) -> Iterator[Path]:
    if kept is not None:
        kept.mkdir(parents=True, exist_ok=True)
        yield kept
        return
    with TemporaryDirectory(prefix=".bench-", dir=Path.cwd(), ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large", description=__doc__)
    parser.add_argument("--companies", type=int, default=1_000_000)
    parser.add_argument("--home", type=Path)
    parser.add_argument("--only", action="append", help="This command or tick; may be repeated.")
    parser.add_argument("--tick", choices=TICKS, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.tick:
        tick(given.tick, Settings())
        return
    wanted = companies(given.companies)
    with _folder(given.home) as folder, Sandbox.start(facts(one, FULL_PATH) for one in wanted[:1]) as served:
        home, listed = folder / "home", folder / "list.csv"
        settings = served.settings(dagster_home=home)
        if not home.exists():
            listed.write_text("company,website\n" + "".join(f"{one.name},{one.domain}\n" for one in wanted))
            run(settings, wanted[:1], parallel=1)
            started = perf_counter()
            write(settings, wanted)
            print(f"written in {perf_counter() - started:.0f} s", flush=True)
        size = sum(path.stat().st_size for path in home.rglob("*") if path.is_file())
        print(f"{size / 2**30:.2f} GB, {size / len(wanted) / 1024:.1f} KB per company", flush=True)
        for path in sorted(home.rglob("*.db"), key=lambda path: -path.stat().st_size)[:4]:
            print(f"  {path.relative_to(home)}: {path.stat().st_size / len(wanted) / 1024:.1f} KB per company")
        watched = folder / "watched"
        watched.mkdir(exist_ok=True)
        environment = {
            **os.environ,
            **served.environment(),
            "DAGSTER_HOME": str(home),
            "ENRICHMENT_REFRESH_ASSETS": "news,careers",
            "ENRICHMENT_CSV_DIR": str(watched),
        }
        looking = {
            "first look": [*ENRICH, "status"],
            "status": [*ENRICH, "status"],
            "checks": [sys.executable, "-m", "benchmarks.large", "--tick", "checks"],
            "costs": [*ENRICH, "costs"],
            "refresh": [sys.executable, "-m", "benchmarks.large", "--tick", "refresh"],
            "csv": [sys.executable, "-m", "benchmarks.large", "--tick", "csv"],
            "sample": [*ENRICH, "run", "--file", str(listed), "--sample", "5", "--dry-run", "--yes"],
            "export": [*ENRICH, "export", "--file", str(listed), "--output", str(folder / "out.parquet")],
        }
        _measured(looking["costs"], environment)
        for name, command in looking.items():
            if given.only and name not in given.only:
                continue
            wall_s, cpu_s, peak_mb = _measured(command, environment)
            print(f"{name}: {wall_s:.1f} s, {cpu_s:.1f} s of CPU, {peak_mb:.0f} MB", flush=True)


if __name__ == "__main__":
    main()
