"""How fresh each artifact of one company is, by its records alone: the view of the checks, the refresh sensor and plan.

It follows the engine's rules without calling anybody: a record counts within its TTL, with its version, made from the
inputs there are; a skip counts while its gate stays closed, and is outdated once it is open.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.cache.decide import decide
from enrichment_assets.cache.record import Decision, Failure, Record
from enrichment_assets.cache.record_index import LatestStatus
from enrichment_assets.cache.standing.stand import Freshness
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.company_state import NOT_LOOKED_FOR
from enrichment_assets.engine.graph import Graph
from enrichment_assets.storage.history.labels import NO_LABELS, OfCompany, heeded

NAMES: Mapping[Decision, Freshness] = {
    Decision.HIT: "fresh",
    Decision.EXPIRED: "expired",
    Decision.VERSION: "outdated",
    Decision.MISSING: "missing",
}


@dataclass(frozen=True, slots=True)
class KnownCompany:
    """What is known of one company: how fresh each artifact is, and what has failed since its latest record."""

    domain: str
    freshness: Mapping[str, Freshness]
    failures: Mapping[str, Failure]
    records: Mapping[str, Record]
    labels: OfCompany = field(default_factory=dict)


def known_companies(
    latest_statuses: Iterable[LatestStatus],
    whole: Graph,
    *,
    ttls: Mapping[str, timedelta | None],
    settings: Settings,
    now: datetime,
    labels: Mapping[str, OfCompany] = NO_LABELS,
) -> Iterator[KnownCompany]:
    """Company by company, by the graph of all artifacts. ``latest_statuses`` come ordered by domain."""
    for domain, group in groupby(latest_statuses, key=attrgetter("domain")):
        known = [found for found in group if found.artifact in whole.catalog]
        records = {found.artifact: found.record for found in known if found.record is not None}
        failures = {found.artifact: found.failure for found in known if found.failure is not None}
        said = labels.get(domain, {})
        fresh = freshness_of(records, graph=whole, ttls=ttls, settings=settings, now=now, labels=said)
        yield KnownCompany(domain, fresh, failures, records, said)


def freshness_of(
    records: Mapping[str, Record],
    *,
    graph: Graph,
    ttls: Mapping[str, timedelta | None],
    settings: Settings,
    now: datetime,
    labels: OfCompany = NO_LABELS,
) -> dict[str, Freshness]:
    """How fresh each artifact of one company is. ``records`` are its latest ones by artifact, as are ``labels``."""
    known = {name: record.data_version for name, record in records.items() if record.status == "OK"}
    closed: set[str] = set()
    found: dict[str, Freshness] = {}
    catalog = graph.catalog
    for name, artifact in catalog.items():
        record = records.get(name)
        if _is_closed(catalog, name, records, labels, closed=closed, settings=settings):
            closed.add(name)
            known.pop(name, None)
            found[name] = "missing" if record is None else "fresh" if record.status == "SKIP" else "outdated"
        elif record is None:
            found[name] = "missing"
        elif record.status == "SKIP":
            decided = record.summary == artifact.condition
            age = ttls[name]
            found[name] = (
                "outdated" if not decided else "expired" if age and now - record.computed_at >= age else "fresh"
            )
        else:
            left_out = {
                need: NOT_LOOKED_FOR for need in graph.left_out if need in artifact.needs and found[need] != "fresh"
            }
            versions = graph.versions(artifact, known | left_out if left_out else known, labels)
            found[name] = NAMES[decide(record, ttl=ttls[name], versions=versions, now=now)]
    return found


def _is_closed(
    catalog: Catalog,
    name: str,
    records: Mapping[str, Record],
    labels: OfCompany,
    *,
    closed: set[str],
    settings: Settings,
) -> bool:
    """Whether nothing is to be known here because a gate before it is closed."""
    artifact = catalog[name]
    if artifact.gate is not None:
        gate = catalog.gates[artifact.gate]
        if gate.artifact in closed:
            return True
        judged = records.get(gate.artifact)
        if (
            judged is not None
            and judged.status == "OK"
            and not gate.opens(heeded(labels.get(gate.artifact), judged.summary), settings)
        ):
            return True
    return bool(closed) and any(need in closed and need not in artifact.may_be_skipped for need in artifact.needs)
