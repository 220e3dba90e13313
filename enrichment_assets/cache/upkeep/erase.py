"""Everything that a home's databases and files say of one company, erased; used by ``enrich forget``.

It goes by what tables look like, not by their names, so that it holds for Dagster's tables, for ours, and for those of
another version: a row whose ``domain`` or ``partition`` is the company goes; what a row about no company says of it
(run configs, ticks, backfills, logs) goes line by line. What is recorded of another company stays as it is.
"""

import json
import os
import re
import shutil
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any, Final

FORGOTTEN: Final = "[forgotten]"
BUSY_TIMEOUT_S: Final = 10.0
SHORTEST_NAME: Final = 4
"""Shorter names are words: looked for in lines of their own they would take strangers' along."""
_SQLITE: Final = b"SQLite format 3\x00"
_FOLDERS: Final = ("history", "schedules", "storage", "artifacts", "logs")
"""What Dagster and we keep in a home."""
_LOGS: Final = frozenset({".out", ".err", ".log"})
_BESIDE: Final = ("-wal", "-shm", "-journal")


class Eraser:
    """Finds and removes what names one company: its domain, and in sentences its names."""

    def __init__(self, domain: str, names: Collection[str] = ()) -> None:
        self.domain = domain
        spelt = {domain, *_unicode(domain)}
        self._domain = re.compile(
            r"(?<![\w-])(?:" + "|".join(map(re.escape, sorted(spelt))) + r")(?![\w-]|\.\w)", re.IGNORECASE
        )
        self.needles = tuple(sorted({text.lower() for text in (*spelt, *names)}))
        """In lower case: a text that has none of them mentions nothing."""
        long = [re.escape(name) for name in sorted(names) if len(name) >= SHORTEST_NAME]
        self._name = re.compile(r"(?<!\w)(?:" + "|".join(long) + r")(?!\w)") if long else None

    def mentions(self, text: str) -> bool:
        """Whether a text names the company; by its name only in a sentence, not in an identifier."""
        named = self._name is not None and " " in text and self._name.search(text)
        return bool(named or self._domain.search(text))

    def forgotten(self, text: str) -> str:
        """The text without what names the company: JSON stays JSON, of other texts whole lines go."""
        if not self.mentions(text):
            return text
        if text.lstrip()[:1] in ("{", "["):
            try:
                return json.dumps(self._without(json.loads(text)))
            except ValueError:
                pass
        return "\n".join(FORGOTTEN if self.mentions(line) else line for line in text.split("\n"))

    def _without(self, node: Any) -> Any:
        match node:
            case dict():
                return {key: self._without(value) for key, value in node.items() if not self.mentions(key)}
            case list():
                return [self._without(item) for item in node if item != self.domain]
            case str():
                return self.forgotten(node)
            case _:
                return node

    def in_database(self, path: Path, *, dry_run: bool) -> Counter[str]:
        """Rows by table that were, or would be, erased from a SQLite file; nothing of them is left in its free pages.

        Raises sqlite3.OperationalError while another process keeps writing.
        """
        connection = sqlite3.connect(path, BUSY_TIMEOUT_S, isolation_level=None)
        try:
            connection.create_function("mentions", 1, lambda cell: self.mentions(_text(cell)))
            connection.create_function("forgotten", 1, lambda cell: self.forgotten(_text(cell)))
            connection.execute("BEGIN IMMEDIATE")
            found = self._in_tables(connection)
            if dry_run or not found:
                connection.execute("ROLLBACK")
                return found
            connection.execute("COMMIT")
        finally:
            connection.close()
        return found

    def _in_tables(self, connection: sqlite3.Connection) -> Counter[str]:
        found: Counter[str] = Counter()
        tables = [
            name
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            if not name.startswith("sqlite_")
        ]
        for table in sorted(tables, key=lambda name: name != "asset_event_tags"):  # they name events that go after them
            columns = {name: kind.upper() for _, name, kind, *_ in connection.execute(f'PRAGMA table_info("{table}")')}
            for statement, parameters in self._statements(table, columns):
                found[table] += connection.execute(statement, parameters).rowcount
        if "list_company" in tables:
            connection.execute(
                "UPDATE list SET companies = (SELECT count(*) FROM list_company WHERE list_id = list.list_id)"
            )
        return +found

    def _statements(self, table: str, columns: dict[str, str]) -> Iterator[tuple[str, tuple[str, ...]]]:
        if table == "asset_event_tags":
            yield (
                "DELETE FROM asset_event_tags WHERE event_id IN (SELECT id FROM event_logs WHERE partition = ?)",
                (self.domain,),
            )
        if table == "asset_keys":
            # The event that Dagster keeps as the asset's latest is the company's, names and all.
            yield "UPDATE asset_keys SET last_materialization = NULL WHERE mentions(last_materialization)", ()
        key = next((name for name in ("domain", "partition") if name in columns and table != "runs"), None)
        if key is not None:
            yield f'DELETE FROM "{table}" WHERE {key} = ?', (self.domain,)  # noqa: S608 - the schema's own names
        texts = [name for name, kind in columns.items() if "CHAR" in kind or "TEXT" in kind or name == "event"]
        others = f" AND {key} IS NULL" if key is not None else ""
        for name in texts:
            if name != key:
                yield f'UPDATE "{table}" SET "{name}" = forgotten("{name}") WHERE mentions("{name}"){others}', ()  # noqa: S608

    def in_file(self, path: Path, *, dry_run: bool) -> int:
        """Lines that were, or would be, taken out of a text file."""
        try:
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        except UnicodeDecodeError:
            return 0
        kept = [line for line in lines if not self.mentions(line)]
        if not dry_run and len(kept) < len(lines):
            handle, name = tempfile.mkstemp(dir=path.parent)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.writelines(kept)
            shutil.copymode(path, name)
            Path(name).replace(path)
        return len(lines) - len(kept)


def state_files(home: Path) -> tuple[list[Path], list[Path]]:
    """The SQLite files and the logs of a home, its sandbox's too. What else lies there is somebody's own, and left."""
    databases: list[Path] = []
    logs: list[Path] = []
    for folder in (home, home / "sandbox"):
        inner = [path for name in _FOLDERS for path in (folder / name).rglob("*")]
        for path in sorted([*folder.glob("*.db"), *inner]):
            if path.is_symlink() or not path.is_file() or path.name.endswith(_BESIDE):
                continue
            with path.open("rb") as file:
                is_database = file.read(16) == _SQLITE
            if is_database:
                databases.append(path)
            elif path.suffix in _LOGS:
                logs.append(path)
    return databases, logs


def compact(database: Path) -> None:
    """Write a SQLite file anew, so that nothing that was ever deleted or replaced is left in it or in its WAL."""
    connection = sqlite3.connect(database, BUSY_TIMEOUT_S, isolation_level=None)
    try:
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _unicode(domain: str) -> set[str]:
    try:
        return {domain.encode("ascii").decode("idna")}
    except UnicodeError:
        return set()


def _text(cell: object) -> str:
    return cell if isinstance(cell, str) else ""
