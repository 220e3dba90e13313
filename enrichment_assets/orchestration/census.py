"""All companies as they stand now: what was worked out before is counted by the database, the others one by one.

What belongs here: which companies have to be worked out, and keeping what came of it. What does not: how one stands
(``engine.known``), the tables (``cache.standing``), and what is said of the counts.
"""

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from math import inf

import dagster as dg
from sqlalchemy.exc import DBAPIError

from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.cache import record_index
from enrichment_assets.cache.event_log import IndexedEventLog, storage_of
from enrichment_assets.cache.latest_status import latest_statuses
from enrichment_assets.cache.standing import table
from enrichment_assets.cache.standing.stand import NOTHING, Standing
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.graph import graph
from enrichment_assets.engine.known.freshness import KnownCompany
from enrichment_assets.engine.known.standing import Rules, standing_of
from enrichment_assets.orchestration.partitions import NAME
from enrichment_assets.orchestration.specs import asset_specs, ttls
from enrichment_assets.storage.database import pages
from enrichment_assets.storage.history.labels import all_labels

log = logging.getLogger(__name__)

PAGE = 1_000
"""Companies worked out and kept together."""


def rules_of(catalog: Catalog, settings: Settings) -> Rules:
    """What decides now how companies stand. Raises MisconfiguredError for a bad profile."""
    whole = graph(catalog, settings, frozenset(catalog), catalog.left_out_by(settings))
    return Rules(whole, ttls(asset_specs(catalog)), settings)


class Standings:
    """What one event log keeps of how companies stand, as far as it counts by the rules of now."""

    def __init__(self, storage: IndexedEventLog, rules: Rules) -> None:
        self._storage = storage
        self._rules = rules
        self._read: dict[int, Standing | None] = {}

    def get(self, keys: Iterable[int | None]) -> dict[int, Standing]:
        """Those of the kept standings that count."""
        wanted = {key for key in keys if key is not None}
        if not wanted <= self._read.keys():
            with self._storage.read_transaction() as connection:
                kept = table.texts(connection, self._rules.version)
            new = kept.keys() - self._read.keys()
            self._read |= dict.fromkeys(wanted) | {key: self._rules.read(kept[key]) for key in new} | self._read
        return {key: standing for key in wanted if (standing := self._read[key]) is not None}

    def of(self, domains: Sequence[str], now: datetime) -> dict[str, Standing]:
        """How companies stand: those of these of which it is kept."""
        with self._storage.read_transaction() as connection:
            found = table.standings_of(connection, domains, now.timestamp())
        known = self.get(found.values())
        return {domain: known[key] for domain, key in found.items() if key in known}

    def keep(self, standings: Mapping[str, tuple[Standing, float, float]], changes: Mapping[str, int]) -> None:
        """Keep how companies stand, from when and until when, unless something was recorded of them since."""
        texts: dict[Standing, tuple[int, str]] = {}
        for standing, _, _ in standings.values():
            if standing not in texts:
                text = self._rules.write(standing)
                texts[standing] = table.key_of(self._rules.version, text), text
        rows = [
            table.Settled(domain, changes.get(domain, 0), texts[standing][0], begins, ends)
            for domain, (standing, begins, ends) in standings.items()
        ]
        new = {key: text for key, text in texts.values() if key not in self._read}
        try:
            with self._storage.write_transaction() as connection:
                table.settle(connection, NAME, self._rules.version, new, rows)
        except DBAPIError as error:  # it is worked out again the next time
            log.warning("How companies stand was not kept: %s", error.orig)


class Census:
    """All companies, as they stand at ``now``. Raises MisconfiguredError for a bad profile."""

    def __init__(self, instance: dg.DagsterInstance, catalog: Catalog, settings: Settings, now: datetime) -> None:
        self._instance, self._now = instance, now
        self._rules = rules_of(catalog, settings)
        self._labels = all_labels(settings)
        self._storage = storage_of(instance)
        self.settled: list[tuple[Standing, int]] = []
        """Companies that stand alike, and how many."""
        self._known: dict[int, Standing] = {}
        self._others: list[int | None] = []
        if self._storage is None:
            self.total = self.open = len(instance.get_dynamic_partitions(NAME))
            return
        self._standings = Standings(self._storage, self._rules)
        with self._storage.read_transaction() as connection:
            counts = Counter(table.counted(connection, NAME, now.timestamp()))
            # What people said is in no record, so these are worked out each time.
            self._labelled = sorted(table.partitions_among(connection, NAME, self._labels))
            labelled = table.standings_of(connection, self._labelled, now.timestamp())
        self.total = counts.total()
        self._known = self._standings.get(counts)
        self._others = [key for key in counts if key not in self._known]
        counts.subtract(labelled.values())
        self.settled = [(standing, counts[key]) for key, standing in self._known.items()]
        self.open = self.total - sum(number for _, number in self.settled)
        """Companies that have to be worked out."""

    def such(self, wanted: Callable[[Standing], bool], limit: int) -> list[tuple[str, Standing]]:
        """The first of the settled companies that stand in such a way, by their domains."""
        keys = [key for key, standing in self._known.items() if wanted(standing)]
        if self._storage is None or not keys:
            return []
        most = limit + len(self._labelled)
        with self._storage.read_transaction() as connection:
            found = table.with_standing(connection, NAME, self._now.timestamp(), keys, most)
        mine = [(domain, self._known[key]) for domain, key in found if key is not None and domain not in self._labels]
        return mine[:limit]

    def oldest(
        self, wanted: Callable[[Standing], bool], artifacts: Collection[str], limit: int
    ) -> list[tuple[str, datetime]]:
        """Of the settled companies that stand in such a way those whose records of these artifacts are oldest."""
        keys = [key for key, standing in self._known.items() if wanted(standing)]
        if self._storage is None or not keys:
            return []
        most = limit + len(self._labelled)
        with self._storage.read_transaction() as connection:
            found = table.oldest(connection, NAME, self._now.timestamp(), keys=keys, artifacts=artifacts, limit=most)
        mine = [(domain, datetime.fromtimestamp(at, UTC)) for domain, at in found if domain not in self._labels]
        return mine[:limit]

    def others(self) -> Iterator[KnownCompany]:
        """The companies that have to be worked out, by their domains; of those without any record nothing is told."""
        if self._storage is None:
            domains = self._instance.get_dynamic_partitions(NAME)
            told = latest_statuses(self._instance, domains, self._rules.graph.catalog)
            yield from self._rules.known(told, self._now, self._labels)
            return
        if not self.open:
            return
        with self._storage.read_transaction() as connection:
            found = table.with_standing(connection, NAME, self._now.timestamp(), self._others)
        for page in pages(sorted({*self._labelled, *(domain for domain, _ in found)}), PAGE):
            with self._storage.read_transaction() as connection:
                changes = table.changes(connection, page)  # before the records: what comes between is noticed
                statuses = list(record_index.latest_statuses(connection, page))
            companies = list(self._rules.known(statuses, self._now, self._labels))
            self._keep(page, companies, changes)
            yield from companies

    def _keep(self, page: Sequence[str], companies: Iterable[KnownCompany], changes: Mapping[str, int]) -> None:
        kept = {domain: (NOTHING, -inf, inf) for domain in page if domain not in self._labels}
        for company in companies:
            holds = self._rules.holds(company, self._now)
            if holds is None:
                kept.pop(company.domain, None)
            else:
                kept[company.domain] = standing_of(company), *holds
        if kept:
            self._standings.keep(kept, changes)
