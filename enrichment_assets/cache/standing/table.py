"""How each company stood when somebody last worked it out, in one row; very many companies stand the same way.

A row says which standing it is and from when until when that holds, as long as nothing is recorded of the company: what
is recorded makes it void in the same transaction. ``changes`` counts these, so that a standing worked out from older
records is not stored over them. What a standing means is said in ``engine.known.standing``; here it is a text.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import REAL, BigInteger, Column, Connection, Integer, MetaData, Table, Text

from enrichment_assets.storage.database import insert_rows, marks, pages, run_sql, upsert

metadata = MetaData()
standing = Table(
    "enrichment_standing",
    metadata,
    Column("domain", Text, primary_key=True),
    Column("changes", Integer, nullable=False),
    Column("said", BigInteger),
    Column("holds_from", REAL),
    Column("holds_until", REAL),
)
said = Table(
    "enrichment_said",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("rules", Text, nullable=False),
    Column("text", Text, nullable=False),
)
PAGE: Final = 1_000
_PARTITIONS: Final = """FROM dynamic_partitions AS p LEFT JOIN enrichment_standing AS s
    ON s.domain = p.partition AND s.holds_from <= ? AND s.holds_until > ? WHERE p.partitions_def_name = ?"""
_VOID: Final = "said = NULL, holds_from = NULL, holds_until = NULL, changes = enrichment_standing.changes + 1"


class Settled(NamedTuple):
    """One company's row: its standing, worked out when ``changes`` was so much; Unix times."""

    domain: str
    changes: int
    said: int
    holds_from: float
    holds_until: float


def key_of(rules: str, text: str) -> int:
    """The same everywhere, so that processes which find a standing at once store it once."""
    return int.from_bytes(hashlib.sha256(f"{rules} {text}".encode()).digest()[:7], "big")


def touch(connection: Connection, domains: Iterable[str]) -> None:
    """Something is recorded of these companies: what was worked out of them is void."""
    void = {"said": None, "holds_from": None, "holds_until": None}
    upsert(connection, standing, ({"domain": one, "changes": 1, **void} for one in set(domains)), added=("changes",))


def touch_where(connection: Connection, where: str, parameters: Sequence[Any] = ()) -> None:
    """The same for companies that have records, as ``where`` says of these."""
    chosen = f"domain IN (SELECT domain FROM enrichment_latest WHERE {where})"  # noqa: S608 - our own constants
    run_sql(connection, f"UPDATE enrichment_standing SET {_VOID} WHERE {chosen}", parameters)  # noqa: S608


def changes(connection: Connection, domains: Sequence[str]) -> dict[str, int]:
    """How often something was recorded of these companies; of one that is not named, never since it is counted."""
    query = f"SELECT domain, changes FROM enrichment_standing WHERE domain IN ({marks(domains)})"  # noqa: S608
    return _pairs(connection, query, domains)


def texts(connection: Connection, rules: str) -> dict[int, str]:
    """All standings that were worked out by these rules."""
    return _pairs(connection, "SELECT id, text FROM enrichment_said WHERE rules = ?", (rules,))


def settle(
    connection: Connection, partitions: str, rules: str, new: Mapping[int, str], rows: Sequence[Settled]
) -> None:
    """Store standings of companies of which nothing was recorded in the meantime, and which are still partitions."""
    told = [{"id": key, "rules": rules, "text": text} for key, text in sorted(new.items())]
    insert_rows(connection, said, told, "ON CONFLICT (id) DO NOTHING")
    there = partitions_among(connection, partitions, [row.domain for row in rows])
    kept = (row._asdict() for row in rows if row.domain in there)
    upsert(connection, standing, kept, where="WHERE enrichment_standing.changes = excluded.changes")


def counted(connection: Connection, partitions: str, now: float) -> dict[int | None, int]:
    """All companies that are partitions, by how they stand now; None: it is to be worked out."""
    query = f"SELECT s.said, count(*) {_PARTITIONS} GROUP BY s.said"
    return _pairs(connection, query, (now, now, partitions))


def with_standing(
    connection: Connection, partitions: str, now: float, keys: Collection[int | None], limit: int | None = None
) -> list[tuple[str, int | None]]:
    """The companies that stand in one of these ways, and in which, by their domains."""
    if not keys:
        return []
    # The keys are our own whole numbers; there may be more of them than parameters of one statement.
    among = f"s.said IN ({', '.join(f'{key:d}' for key in keys if key is not None) or 'NULL'})"
    unknown = " OR s.said IS NULL" if None in keys else ""
    ordered = f"ORDER BY p.partition {'' if limit is None else f'LIMIT {limit:d}'}"
    query = f"SELECT p.partition, s.said {_PARTITIONS} AND ({among}{unknown}) {ordered}"
    return [(domain, key) for domain, key in run_sql(connection, query, (now, now, partitions))]


def oldest(
    connection: Connection,
    partitions: str,
    now: float,
    *,
    keys: Collection[int],
    artifacts: Collection[str],
    limit: int,
) -> list[tuple[str, float]]:
    """Of the companies that stand in one of these ways those whose records of these artifacts are oldest, and how old.

    Unix times. One query: no record leaves the database but those asked for.
    """
    among = ", ".join(f"{key:d}" for key in keys)
    partitioned = _PARTITIONS.replace("WHERE", "JOIN enrichment_latest AS l ON l.domain = p.partition WHERE")
    query = f"""SELECT p.partition, min(l.computed_at) {partitioned}
        AND s.said IN ({among}) AND l.artifact IN ({marks(artifacts)})
        GROUP BY p.partition ORDER BY 2, 1 LIMIT {limit:d}"""
    return [(domain, at) for domain, at in run_sql(connection, query, (now, now, partitions, *artifacts))]


def partitions_among(connection: Connection, partitions: str, domains: Collection[str]) -> set[str]:
    """Those of these companies that are partitions."""
    found: set[str] = set()
    for page in pages(domains, PAGE):
        query = (
            f"SELECT partition FROM dynamic_partitions WHERE partitions_def_name = ? AND partition IN ({marks(page)})"  # noqa: S608
        )
        found.update(run_sql(connection, query, (partitions, *page)).scalars())
    return found


def standings_of(connection: Connection, domains: Collection[str], now: float) -> dict[str, int]:
    """How those of these companies stand of which it has been worked out and holds."""
    found: dict[str, int] = {}
    for page in pages(domains, PAGE):
        query = f"""SELECT domain, said FROM enrichment_standing
            WHERE holds_from <= ? AND holds_until > ? AND domain IN ({marks(page)})"""  # noqa: S608 - only question marks
        found |= _pairs(connection, query, (now, now, *page))
    return found


def _pairs(connection: Connection, query: str, parameters: Sequence[Any]) -> dict[Any, Any]:
    return {key: value for key, value in run_sql(connection, query, parameters)}  # noqa: C416 - rows are no tuples
