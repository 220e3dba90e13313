"""Everything on Postgres against the same on SQLite: records, a run, a tick, the commands that look at all companies.

    python -m benchmarks --only on_postgres [--full]

Postgres keeps what it is told as it does by default (fsync, synchronous_commit), on this machine, and holds records,
state, values and answers. Each command is a process of its own, as a person waits for it; the providers answer at once.
Best of ``REPEATS`` where a command can be repeated. The tick is that of the next day, when all news have expired.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

from benchmarks.event_log import records_per_s
from benchmarks.figure import Figure
from benchmarks.world import FULL_PATH, companies, facts, home
from enrichment_assets.artifacts.catalog import load_catalog
from enrichment_assets.cache.instance import open_instance
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.sensors.refresh_sensor import refresh_tick
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests import postgres

ENRICH = (sys.executable, "-m", "enrichment_assets")
TICK = (sys.executable, "-m", "benchmarks.on_postgres", "--tick")
REPEATS = 3
RUN_TIMES, LOOK_TIMES = 1.2, 2.0
"""A run may take so many times as long as on SQLite, what only looks or delivers so many times."""


@dataclass(frozen=True)
class Place:
    """Where state lies: the environment of a command's process."""

    environment: Mapping[str, str]

    def seconds(self, *command: str) -> float:
        """How long a command takes. Raises RuntimeError where it fails."""
        started = perf_counter()
        done = subprocess.run(command, env=dict(self.environment), capture_output=True, text=True, check=False)
        took_s = perf_counter() - started
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {(done.stdout + done.stderr)[-2_000:]}")
        return took_s


def measure(quick: bool, full: bool = False) -> list[Figure]:
    count = 40 if quick else 5_000 if full else 2_000
    wanted = companies(count)
    with (
        home() as folder,
        postgres.running(durable=True) as server,
        postgres.database_of(server) as url,
        postgres.database_of(server) as of_records,
        Sandbox.start(facts(one, FULL_PATH) for one in wanted) as served,
    ):
        listed = folder / "list.csv"
        listed.write_text("company,website\n" + "".join(f"{one.name},{one.domain}\n" for one in wanted))
        places = {"SQLite": _place(served, folder / "sqlite", None), "Postgres": _place(served, folder / "pg", url)}
        rates = {"SQLite": _records(folder / "a", None, quick), "Postgres": _records(folder / "b", of_records, quick)}
        took = {name: _commands(place, listed, 1 if quick else REPEATS) for name, place in places.items()}
    on_sqlite, on_postgres = took["SQLite"], took["Postgres"]
    return [
        Figure(
            "Postgres: records", f"{rates['Postgres']:,.0f} events/s", f"SQLite {rates['SQLite']:,.0f} events/s",
            rates["Postgres"], "events/s", 3_000,
        ),
        *(
            Figure(
                f"Postgres: {name}, {count:,} companies", f"{seconds:.1f} s", f"SQLite {on_sqlite[name]:.1f} s",
                seconds / on_sqlite[name], "x SQLite's time", RUN_TIMES if name == "run" else LOOK_TIMES, at_most=True,
            )
            for name, seconds in on_postgres.items()
        ),
    ]  # fmt: skip


def _place(served: Sandbox, at: Path, url: str | None) -> Place:
    at.mkdir()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ENRICHMENT_")}
    sandbox = {name: value for name, value in served.environment().items() if name != "ENRICHMENT_SANDBOX"}
    environment = {**inherited, **sandbox, "DAGSTER_HOME": str(at), "ENRICHMENT_REFRESH_ASSETS": "news"}
    if url is not None:
        environment |= {"ENRICHMENT_STATE_DB": url, "ENRICHMENT_STORE": url}
        _records_in(at, url)
    return Place(environment)


def _records_in(at: Path, url: str) -> None:
    ours = {"module": "enrichment_assets.dagster_storage", "class": "BatchingPostgresStorage"}
    storage = {"custom": {**ours, "config": {"postgres_url": url}}}
    (at / "dagster.yaml").write_text(json.dumps({"telemetry": {"enabled": False}, "storage": storage}))


def _records(at: Path, url: str | None, quick: bool) -> float:
    at.mkdir()
    if url is not None:
        _records_in(at, url)
    with open_instance(Settings(_env_file=None, dagster_home=at)) as instance:  # type: ignore[call-arg]
        return records_per_s(instance, 800 if quick else 40_000)


def _commands(place: Place, listed: Path, repeats: int) -> dict[str, float]:
    """Seconds by command. Deliver comes once: it has nothing to do the second time."""
    without = ("--without", "careers,webhook_delivery")
    took = {
        "run": place.seconds(*ENRICH, "run", "--file", str(listed), "--yes", *without),
        "deliver": place.seconds(*ENRICH, "deliver", "--file", str(listed)),
    }
    looking: Mapping[str, Sequence[str]] = {
        "status": (*ENRICH, "status"),
        "costs": (*ENRICH, "costs"),
        "refresh tick": TICK,
    }
    return took | {name: min(place.seconds(*command) for _ in range(repeats)) for name, command in looking.items()}


def tick() -> None:
    """One look of the refresh sensor, a day later."""
    settings = Settings()
    with open_instance(settings) as instance:
        print(refresh_tick(instance, load_catalog(settings), settings, datetime.now(UTC) + timedelta(days=1)))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.on_postgres", description=__doc__)
    parser.add_argument("--tick", action="store_true", help=argparse.SUPPRESS)
    if parser.parse_args().tick:
        tick()


if __name__ == "__main__":
    main()
