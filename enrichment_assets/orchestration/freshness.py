"""How fresh each artifact of one company is, by its records alone: the view of the checks and the refresh sensor.

It follows the engine's rules without calling anybody: a record counts within its TTL, with its version, made from the
inputs there are; a skip counts while its gate stays closed, and is outdated once it is open.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Literal

import dagster as dg

from enrichment_assets.artifacts.catalog import CATALOG, GATES
from enrichment_assets.cache import latest_status
from enrichment_assets.cache.decide import decide
from enrichment_assets.cache.record import Decision, Failure, Record
from enrichment_assets.cache.record_index import Standing
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.graph import Graph, graph
from enrichment_assets.orchestration.specs import ttls

Freshness = Literal["fresh", "expired", "outdated", "missing"]

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


def known_companies(standings: Iterable[Standing], settings: Settings, now: datetime) -> Iterator[KnownCompany]:
    """Company by company. ``standings`` come ordered by domain. Raises MisconfiguredError for a broken ICP profile."""
    whole = graph(settings, frozenset(CATALOG))
    windows = ttls()
    for domain, group in groupby(standings, key=attrgetter("domain")):
        known = [found for found in group if found.artifact in CATALOG]
        records = {found.artifact: found.record for found in known if found.record is not None}
        failures = {found.artifact: found.failure for found in known if found.failure is not None}
        fresh = freshness_of(records, graph=whole, ttls=windows, settings=settings, now=now)
        yield KnownCompany(domain, fresh, failures, records)


def freshness_of(
    records: Mapping[str, Record],
    *,
    graph: Graph,
    ttls: Mapping[str, timedelta | None],
    settings: Settings,
    now: datetime,
) -> dict[str, Freshness]:
    """How fresh each artifact of one company is. ``records`` are its latest ones by artifact."""
    known = {name: record.data_version for name, record in records.items() if record.status == "OK"}
    closed: set[str] = set()
    found: dict[str, Freshness] = {}
    for name, artifact in CATALOG.items():
        record = records.get(name)
        if _is_closed(name, records, closed, settings):
            closed.add(name)
            known.pop(name, None)
            found[name] = "missing" if record is None else "fresh" if record.status == "SKIP" else "outdated"
        elif record is None:
            found[name] = "missing"
        elif record.status == "SKIP":
            found[name] = "outdated"
        else:
            version = graph.version(artifact, known)
            found[name] = NAMES[decide(record, ttl=ttls[name], version=version, now=now)]
    return found


def candidates(
    instance: dg.DagsterInstance, artifacts: Collection[str], settings: Settings, now: datetime
) -> set[str] | None:
    """The companies of which any of these artifacts can be expired or outdated; None: any company can be.

    It only leaves out what ``freshness_of`` would call fresh or missing, so that a sensor's tick reads few records.
    """
    whole, windows = graph(settings, frozenset(CATALOG)), ttls()
    found: set[str] = set()
    for name in artifacts:
        ttl = windows[name]
        some = latest_status.candidates(
            instance,
            name,
            computed_before=None if ttl is None else now - ttl,
            version=None if CATALOG[name].evidence else whole.static_versions[name],
            closing={
                GATES[gate].artifact: (lambda answer, gate=gate: not GATES[gate].opens(answer, settings))  # type: ignore[misc]
                for gate in _gates_before(name)
            },
        )
        if some is None:
            return None
        found |= some
    return found


def _gates_before(name: str) -> set[str]:
    """All gates that an artifact's company has to pass: its own, and those of what it cannot do without."""
    artifact = CATALOG[name]
    own = {artifact.gate} if artifact.gate else set()
    before = {GATES[gate].artifact for gate in own} | {need for need in artifact.needs if need not in artifact.optional}
    return own.union(*(_gates_before(need) for need in before))


def _is_closed(name: str, records: Mapping[str, Record], closed: set[str], settings: Settings) -> bool:
    """Whether nothing is to be known here because a gate before it is closed."""
    artifact = CATALOG[name]
    if artifact.gate is not None:
        gate = GATES[artifact.gate]
        if gate.artifact in closed:
            return True
        judged = records.get(gate.artifact)
        if judged is not None and judged.status == "OK" and not gate.opens(judged.answer, settings):
            return True
    return any(need in closed and need not in artifact.optional for need in artifact.needs)
