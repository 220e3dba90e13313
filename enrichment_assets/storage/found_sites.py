"""Which site belongs to a name that a list gave without one: answers of searches that were paid for, and their age."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import Column, Engine, Float, MetaData, String, Table, Text, select

from enrichment_assets.storage.database import briefly, insert_into

Key = tuple[str, str, str]
"""Name, country and LinkedIn page, each in one spelling, "" where the list says nothing."""
metadata = MetaData()

found_sites = Table(
    "found_site",
    metadata,
    Column("name", String(500), primary_key=True),
    Column("country", String(100), primary_key=True),
    Column("profile", String(300), primary_key=True),
    Column("domain", String(253)),
    Column("confidence", Float, nullable=False),
    Column("reason", Text, nullable=False),
    Column("candidates", Text, nullable=False),
    Column("version", String(16), nullable=False),
    Column("asked_at", String(40), nullable=False),
)


@dataclass(frozen=True, slots=True)
class FoundSite:
    """One answer. ``domain`` is None where no site was sure; ``candidates`` are domains with their confidence."""

    domain: str | None
    confidence: float
    reason: str
    candidates: tuple[tuple[str, float], ...]
    version: str
    asked_at: datetime


class FoundSites:
    """The answers of one state database, the latest of each name."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = insert_into(engine)

    def get(self, keys: Iterable[Key]) -> dict[Key, FoundSite]:
        """What is kept of these names."""
        columns = found_sites.c
        found: dict[Key, FoundSite] = {}
        with self._engine.connect() as connection:
            for key in keys:
                row = connection.execute(
                    select(found_sites).where(
                        columns.name == key[0], columns.country == key[1], columns.profile == key[2]
                    )
                ).first()
                if row is not None:
                    found[key] = _site(row)
        return found

    def put(self, key: Key, site: FoundSite) -> None:
        """Keep an answer in the place of an older one."""
        name, country, profile = key
        values = {
            "domain": site.domain,
            "confidence": site.confidence,
            "reason": site.reason,
            "candidates": orjson.dumps(site.candidates).decode(),
            "version": site.version,
            "asked_at": site.asked_at.isoformat(),
        }
        statement = self._insert(found_sites).values(name=name, country=country, profile=profile, **values)
        with briefly(self._engine) as connection:
            connection.execute(
                statement.on_conflict_do_update(index_elements=["name", "country", "profile"], set_=values)
            )


def _site(row: Any) -> FoundSite:
    return FoundSite(
        row.domain,
        row.confidence,
        row.reason,
        tuple((str(domain), float(confidence)) for domain, confidence in orjson.loads(row.candidates)),
        row.version,
        datetime.fromisoformat(row.asked_at),
    )
