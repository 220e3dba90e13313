"""The do-not-enrich list: companies that asked to be forgotten, and stay so.

It holds no domain, only a keyed hash (HMAC-SHA256) of each, so that nothing here names who asked. The key lies beside
it: whoever has the whole state can still try a guess, and so can we, which is what the list is for.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from functools import cached_property
from typing import Final

from sqlalchemy import Column, Engine, MetaData, String, Table, Text, delete, select

from enrichment_assets.companies.intake import CompanyList
from enrichment_assets.core.settings import Settings
from enrichment_assets.storage.database import insert_into, transact
from enrichment_assets.storage.state import open_state
from enrichment_assets.storage.together.keyed_hash import hash_key, keyed_hash

metadata = MetaData()

entries = Table(
    "do_not_enrich",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("added_at", Text, nullable=False),
)

CODE: Final = "do_not_enrich"
REASON: Final = "On the do-not-enrich list (enrich forget)."


class DoNotEnrich:
    """The list of one state database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._insert = insert_into(engine)

    @cached_property
    def _key(self) -> bytes:
        return hash_key(self._engine)

    def _fingerprint(self, domain: str) -> str:
        return keyed_hash(self._key, domain)

    def add(self, domains: Iterable[str]) -> None:
        """Never enrich these again."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        rows = [{"fingerprint": one, "added_at": now} for one in sorted(map(self._fingerprint, domains))]
        statement = self._insert(entries).on_conflict_do_nothing()
        transact(self._engine, lambda connection: connection.execute(statement, rows))

    def remove(self, domain: str) -> bool:
        """Allow a company again; whether it was on the list."""
        mine = entries.c.fingerprint == self._fingerprint(domain)
        return transact(self._engine, lambda connection: connection.execute(delete(entries).where(mine)).rowcount) > 0

    def all(self) -> dict[str, str]:
        """Fingerprint to the time it was added (UTC, ISO 8601), oldest first."""
        with self._engine.connect() as connection:
            rows = connection.execute(select(entries).order_by(entries.c.added_at, entries.c.fingerprint)).all()
        return {row.fingerprint: row.added_at for row in rows}

    def among(self, domains: Iterable[str]) -> set[str]:
        """Those of the domains that are on the list."""
        known: Collection[str] = self.all().keys()
        return {domain for domain in domains if self._fingerprint(domain) in known} if known else set()


def respected(listed: CompanyList, settings: Settings) -> CompanyList:
    """The list with the rows of every company that is not to be enriched rejected. No state, no such companies."""
    if not settings.enrichment_state_db and not (settings.dagster_home / "enrichment.db").exists():
        return listed
    state = open_state(settings)
    try:
        return listed.rejecting(DoNotEnrich(state).among(listed.companies.domains), CODE, REASON)
    finally:
        state.dispose()
