"""The lists that people know by name: which companies each has, what became of its rows, and its bytes in the store.

Each is a partition in Dagster. The bytes are there so that another machine can join results back to the rows; what is
enriched are the companies, which the state database has.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import fsspec
import orjson
from sqlalchemy import Column, Connection, Engine, MetaData, String, Table, Text, select

from enrichment_assets.companies.intake import CompanyList
from enrichment_assets.core.digest import digest
from enrichment_assets.storage.database import insert_into, transact

metadata = MetaData()

company_lists = Table(
    "company_list",
    metadata,
    Column("key", String(100), primary_key=True),
    Column("source", Text, nullable=False),
    Column("list_id", String(16), nullable=False),
    Column("rows", Text, nullable=False),
    Column("asked", Text, nullable=False),
    Column("added_at", String(40), nullable=False),
)
FOLDER: Final = "lists"
"""In the store."""
LONGEST_NAME: Final = 60


@dataclass(frozen=True, slots=True)
class KnownList:
    """``source``: the file's name. ``rows``: by what they are (company, duplicate, rejected: CODE); they add up.

    ``asked``: how the file was read, as ``enrich run`` was told.
    """

    key: str
    source: str
    list_id: str
    rows: Mapping[str, int]
    asked: str = ""


def key_of(path: Path, asked: str = "") -> str:
    """The list's name in Dagster: the file's, and what tells it from another file or reading of that name.

    Only letters, digits, ``_``, ``.`` and ``-``, because Dagster reads ``,`` and ``...`` in a key as several keys.
    """
    with path.open("rb") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
    name = re.sub(r"[^\w-]+", "-", path.name.partition(".")[0]).strip("-")[:LONGEST_NAME] or "list"
    return f"{name}-{digest(content, asked)[:8]}"


def rows_of(listed: CompanyList) -> dict[str, int]:
    """The list's rows by what they are."""
    counted = {name: listed.counts[name] for name in ("company", "duplicate")}
    return counted | {f"rejected: {code}": count for code, count in listed.rejections.items()}


class CompanyLists:
    """The named lists of one state."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = insert_into(engine)

    def keep(self, known: KnownList) -> None:
        """Keep a list; the same one again may have lost companies that were forgotten, or won sites that were found."""
        row = {
            "key": known.key,
            "source": known.source,
            "list_id": known.list_id,
            "rows": orjson.dumps(known.rows).decode(),
            "asked": known.asked,
            "added_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }

        def write(connection: Connection) -> None:
            statement = self._insert(company_lists).values(row)
            again = {name: statement.excluded[name] for name in ("list_id", "rows")}
            connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_=again))

        transact(self._engine, write)

    def get(self, key: str) -> KnownList:
        """The list of that name. Raises LookupError when there is none."""
        with self._engine.connect() as connection:
            row = connection.execute(select(company_lists).where(company_lists.c.key == key)).first()
        if row is None:
            raise LookupError(f"There is no list {key!r} in this state database: enrich run --file makes it one.")
        return KnownList(row.key, row.source, row.list_id, orjson.loads(row.rows), row.asked)


def keep_bytes(store_url: str, key: str, path: Path) -> None:
    """Put a list's file into the store. Raises OSError when it cannot be written."""
    files, root = fsspec.core.url_to_fs(store_url)
    files.makedirs(f"{root}/{FOLDER}", exist_ok=True)
    files.put_file(str(path), f"{root}/{FOLDER}/{key}")


def fetch_bytes(store_url: str, key: str, to: Path) -> bool:
    """Get a list's file out of the store; whether it was there."""
    files, root = fsspec.core.url_to_fs(store_url)
    try:
        files.get_file(f"{root}/{FOLDER}/{key}", str(to))
    except FileNotFoundError:
        return False
    return True


def kept_bytes(store_url: str) -> Iterator[str]:
    """The names of the lists whose files the store has."""
    files, root = fsspec.core.url_to_fs(store_url)
    if files.exists(f"{root}/{FOLDER}"):
        yield from (path.rpartition("/")[2] for path in files.ls(f"{root}/{FOLDER}", detail=False))


def drop_bytes(store_url: str, key: str) -> None:
    """Delete a list's file."""
    files, root = fsspec.core.url_to_fs(store_url)
    files.rm_file(f"{root}/{FOLDER}/{key}")
