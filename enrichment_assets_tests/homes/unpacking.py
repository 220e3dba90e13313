"""Homes of earlier versions, ready to be opened."""

import json
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

HERE = Path(__file__).parent
NAMES = sorted(path.name.removesuffix(".tar.xz") for path in HERE.glob("*.tar.xz"))
FILES = {
    "state": "enrichment.db",
    "values": "artifacts/values.db",
    "event log": "history/events/event_log.db",
}
"""Schema to file."""


@dataclass(frozen=True)
class Home:
    """``path`` is the sandbox's home inside a home; ``now`` is a minute after it was made."""

    path: Path
    facts: dict[str, Any]
    runs: dict[str, str]
    now: datetime

    @contextmanager
    def database(self, schema: str) -> Iterator[sqlite3.Connection]:
        """One of its files, by itself."""
        with closing(sqlite3.connect(self.path / FILES[schema], isolation_level=None)) as connection:
            yield connection


def unpacked(name: str, folder: Path) -> Home:
    """A home at another place than where it was made: ``dagster.yaml`` is told so, as its error message says."""
    with tarfile.open(HERE / f"{name}.tar.xz") as tar:
        tar.extractall(folder, filter="data")
    path = folder / "sandbox"
    made = orjson.loads((path / "made.json").read_bytes())
    config = path / "dagster.yaml"
    config.write_text(config.read_text().replace(json.dumps(made["home"])[1:-1], json.dumps(str(path))[1:-1]))
    now = datetime.fromtimestamp(made["at"], UTC) + timedelta(minutes=1)
    return Home(path, orjson.loads((path / "facts.json").read_bytes()), made["runs"], now)
