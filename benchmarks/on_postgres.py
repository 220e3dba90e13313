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
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

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
LIMITED = ("OPENROUTER", "SPIDER", "SERPER", "WEBHOOK", "DNS")
UNLIMITED = {f"{name}_REQUESTS_PER_S": "5000" for name in LIMITED}
REPEATS = 3
RUN_TIMES, LOOK_TIMES = 1.2, 2.0
"""A run may take so many times as long as on SQLite, what only looks or delivers so many times."""


class Took(NamedTuple):
    """Seconds on the wall, and of CPU without that of a database's server."""

    wall_s: float
    cpu_s: float

    def __str__(self) -> str:
        return f"{self.wall_s:.1f} s ({self.cpu_s:.1f} s of CPU)"


@dataclass(frozen=True)
class Place:
    """Where state lies: the environment of a command's process."""

    environment: Mapping[str, str]

    def seconds(self, *command: str) -> "Took":
        """How long a command takes. Raises RuntimeError where it fails."""
        started, before = perf_counter(), os.times()
        done = subprocess.run(command, env=dict(self.environment), capture_output=True, text=True, check=False)
        wall_s, after = perf_counter() - started, os.times()
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {(done.stdout + done.stderr)[-2_000:]}")
        cpu_s = after.children_user + after.children_system - before.children_user - before.children_system
        return Took(wall_s, cpu_s)


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
        rates = _records({"SQLite": (folder / "a", None), "Postgres": (folder / "b", of_records)}, quick)
        on_sqlite, on_postgres = _commands(list(places.values()), listed, 1 if quick else REPEATS)
    return [
        Figure(
            "Postgres: records", f"{rates['Postgres']:,.0f} events/s", f"SQLite {rates['SQLite']:,.0f} events/s",
            rates["Postgres"], "events/s", 3_000,
        ),
        *(_figure(f"{name}, {count:,} companies", took, on_sqlite[name]) for name, took in on_postgres.items()),
    ]  # fmt: skip


def _figure(name: str, took: Took, on_sqlite: Took) -> Figure:
    ratio, target = took.wall_s / on_sqlite.wall_s, RUN_TIMES if name.startswith("run") else LOOK_TIMES
    what = f"Postgres: {name}"
    return Figure(what, str(took), f"SQLite {on_sqlite}", ratio, "x SQLite's time", target, at_most=True)


def _place(served: Sandbox, at: Path, url: str | None) -> Place:
    at.mkdir()
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("ENRICHMENT_")}
    sandbox = {name: value for name, value in served.environment().items() if name != "ENRICHMENT_SANDBOX"}
    environment = {**inherited, **sandbox, **UNLIMITED, "DAGSTER_HOME": str(at), "ENRICHMENT_REFRESH_ASSETS": "news"}
    if url is not None:
        environment |= {"ENRICHMENT_STATE_DB": url, "ENRICHMENT_STORE": url}
        records_in(at, url)
    return Place(environment)


def records_in(at: Path, url: str) -> None:
    """A home whose records lie in this Postgres."""
    ours = {"module": "enrichment_assets.dagster_storage", "class": "BatchingPostgresStorage"}
    storage = {"custom": {**ours, "config": {"postgres_url": url}}}
    (at / "dagster.yaml").write_text(json.dumps({"telemetry": {"enabled": False}, "storage": storage}))


def _records(places: Mapping[str, tuple[Path, str | None]], quick: bool) -> dict[str, float]:
    """Records per second by place, the best of rounds that take turns."""
    best = dict.fromkeys(places, 0.0)
    with ExitStack() as stack:
        instances = {}
        for name, (at, url) in places.items():
            at.mkdir()
            if url is not None:
                records_in(at, url)
            settings = Settings(_env_file=None, dagster_home=at)  # type: ignore[call-arg]
            instances[name] = stack.enter_context(open_instance(settings))
        for _ in range(1 if quick else REPEATS):
            for name, instance in instances.items():
                best[name] = max(best[name], records_per_s(instance, 800 if quick else 12_000))
    return best


def _commands(places: Sequence[Place], listed: Path, repeats: int) -> list[dict[str, Took]]:
    """By place, what each command took. By turns: on a machine that others use both meet the same load."""
    once = {
        "run": (*ENRICH, "run", "--file", str(listed), "--yes", "--without", "careers,webhook_delivery"),
        "deliver": (*ENRICH, "deliver", "--file", str(listed)),
    }
    often = {"status": (*ENRICH, "status"), "costs": (*ENRICH, "costs"), "refresh tick": TICK}
    took: list[dict[str, Took]] = [{} for _ in places]
    for name, command in {**once, **often}.items():
        for _ in range(repeats if name in often else 1):
            for place, found in zip(places, took, strict=True):
                found[name] = min(place.seconds(*command), found.get(name, Took(float("inf"), 0.0)))
    return took


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
