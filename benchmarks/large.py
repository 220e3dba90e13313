"""A home with very many companies, written once: its bytes, and the time and memory of what looks at all of them.

    python -m benchmarks.large --companies 100000 [--home FOLDER]

One company is really enriched; its records, values and answers are then written under every other domain, as a run
writes them. The first look works out how each company stands, as the end of the runs or the hourly check would have
done. Each command and tick is a process of its own, after one that warms up the disk's cache. ``--home`` keeps the
home, or looks at one that was kept.
"""

import argparse
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import dagster as dg

from enrichment_assets.artifacts.catalog import load_catalog
from enrichment_assets.cache.event_log import report_batch
from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.cache.materialization import materialization
from enrichment_assets.cache.writer import MAX_BATCH
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.counting import counts_now
from enrichment_assets.orchestration.partitions import register
from enrichment_assets.orchestration.runs.enrich_op import RunHooks
from enrichment_assets.orchestration.sensors.csv_sensor import csv_sensor
from enrichment_assets.orchestration.sensors.refresh_sensor import refresh_tick
from enrichment_assets.orchestration.specs import asset_specs, ttls
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.answers.store import answers_file
from enrichment_assets.storage.artifacts import ArtifactStore, encode
from enrichment_assets.storage.state import open_state

from benchmarks.world import companies, facts, run, FULL_PATH  # isort: skip

PAGE = 2_000
"""Companies written together."""
ENRICH = [sys.executable, "-m", "enrichment_assets"]
TICKS = ("refresh", "csv", "checks")


def write(settings: Settings, wanted: Sequence[Company]) -> None:
    """The first of them is in this home; all others get what is known of it."""
    first, others = wanted[0], [company.domain for company in wanted[1:]]
    catalog = load_catalog(settings)
    state = open_state(settings)
    with open_instance(settings) as instance:
        register(instance, state, wanted)
        records = list(latest_records(instance, [first.domain], catalog))
        windows = ttls(asset_specs(catalog))
        for start in range(0, len(others), PAGE):
            page = others[start : start + PAGE]
            events = [
                materialization(
                    replace(record, domain=domain), {}, windows[record.artifact], artifact=catalog[record.artifact]
                )
                for domain in page
                for record in records
            ]
            for batch in range(0, len(events), MAX_BATCH):
                report_batch(
                    instance,
                    events[batch : batch + MAX_BATCH],
                    run_id=records[0].run_id,
                    job_name="enrich_list",
                    step_key=None,
                )
    state.dispose()
    _copy_values(settings, first.domain, others)
    _copy_answers(settings, first.domain, others)


def _copy_values(settings: Settings, first: str, others: Sequence[str]) -> None:
    store = ArtifactStore(settings.store_url)
    values = [found for name in load_catalog(settings) if (found := store.get(name, first)) is not None]
    for start in range(0, len(others), PAGE):
        for domain in others[start : start + PAGE]:
            for value in values:
                store._backend.write(value.artifact, domain, encode(replace(value, domain=domain)))
        store._backend.commit()
    store.close()


def _copy_answers(settings: Settings, first: str, others: Sequence[str]) -> None:
    path = answers_file(settings)
    if path is None:
        return
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TEMPORARY TABLE other (domain TEXT)")
        database.executemany("INSERT INTO other VALUES (?)", ((domain,) for domain in others))
        names = [row[1] for row in database.execute("PRAGMA table_info(answer)")]
        columns = ", ".join(f'"{name}"' for name in names)
        taken = ", ".join("other.domain" if name == "domain" else f'answer."{name}"' for name in names)
        database.execute(
            f"INSERT INTO answer ({columns}) SELECT {taken} FROM other, answer WHERE answer.domain = ?", (first,)
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
