"""How all artifacts of a company stand, as one short text: very many companies share it, so it is worked out once each
and counted by the database.

What belongs here: making a standing of what is known, and until when it holds. What does not: what is fresh
(``freshness``) and where standings are kept (``cache.standing``).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from math import inf

import orjson

from enrichment_assets.artifacts import sources
from enrichment_assets.cache.decide import AHEAD
from enrichment_assets.cache.record_index import LatestStatus
from enrichment_assets.cache.standing.stand import Stand, Standing
from enrichment_assets.core.digest import digest
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.graph import Graph
from enrichment_assets.engine.known.freshness import KnownCompany, known_companies
from enrichment_assets.storage.history.labels import NO_LABELS, OfCompany

RULES = (
    "enrichment_assets.cache.decide",
    "enrichment_assets.engine.graph",
    "enrichment_assets.engine.known.freshness",
    "enrichment_assets.engine.known.standing",
)
"""Modules whose sources decide how a company stands."""


def standing_of(company: KnownCompany) -> Standing:
    """How a company stands, whatever has failed since."""
    records = company.records
    return tuple(
        Stand(name, fresh, "", "")
        if (record := records.get(name)) is None
        else Stand(name, fresh, record.status, record.summary)
        for name, fresh in company.freshness.items()
    )


@dataclass(frozen=True)
class Rules:
    """What decides how companies stand, besides their records."""

    graph: Graph
    """Of all artifacts."""
    ttls: Mapping[str, timedelta | None]
    settings: Settings

    @cached_property
    def version(self) -> str:
        """Hash of all of that but the gates' settings, which ``read`` asks."""
        return digest(
            sources.version(*RULES),
            sorted(self.graph.left_out),
            [
                (
                    (name, each.needs, each.may_be_skipped, each.content_inputs, each.gate, each.condition),
                    (each.heeds_labels, self.graph.static_versions[name]),
                    None if (ttl := self.ttls[name]) is None else ttl.total_seconds(),
                )
                for name, each in self.graph.catalog.items()
            ],
            [(name, gate.artifact) for name, gate in self.graph.catalog.gates.items()],
        )

    def known(
        self, statuses: Iterable[LatestStatus], now: datetime, labels: Mapping[str, OfCompany] = NO_LABELS
    ) -> Iterator[KnownCompany]:
        """``freshness.known_companies`` by these rules."""
        return known_companies(statuses, self.graph, ttls=self.ttls, settings=self.settings, now=now, labels=labels)

    def write(self, standing: Standing) -> str:
        """As it is kept."""
        return orjson.dumps([[tuple(stand) for stand in standing], self._open(standing)]).decode()

    def read(self, text: str) -> Standing | None:
        """A kept one; None where a gate is open by now that was closed, or the other way round."""
        stands, gates = orjson.loads(text)
        standing = tuple(Stand(*stand) for stand in stands)
        return standing if gates == self._open(standing) else None

    def _open(self, standing: Standing) -> dict[str, bool]:
        said = {stand.artifact: stand.summary for stand in standing if stand.status == "OK"}
        return {
            name: gate.opens(said[gate.artifact], self.settings)
            for name, gate in self.graph.catalog.gates.items()
            if gate.artifact in said
        }

    def holds(self, company: KnownCompany, now: datetime) -> tuple[float, float] | None:
        """From when until when a company stands like this while nothing is recorded of it (Unix times).

        None where that is not to be told by its records alone: people said something of it, something has failed, or a
        clock was wrong.
        """
        if company.labels or company.failures:
            return None
        begins, ends = -inf, inf
        for name, record in company.records.items():
            if record.computed_at > now + AHEAD:
                return None
            begins = max(begins, (record.computed_at - AHEAD).timestamp())
            ttl = self.ttls[name]
            if ttl is None:
                continue
            if record.computed_at + ttl <= now:
                begins = max(begins, (record.computed_at + ttl).timestamp())
            else:
                ends = min(ends, (record.computed_at + ttl).timestamp())
        return begins, ends
