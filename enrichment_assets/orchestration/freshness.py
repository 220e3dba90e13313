"""How fresh what is known of companies is, with Dagster's records and freshness policies: for sensors and checks."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import partial

import dagster as dg

from enrichment_assets.artifacts.catalog import Catalog, Gate
from enrichment_assets.cache import latest_status
from enrichment_assets.cache.decide import AHEAD
from enrichment_assets.cache.record_index import LatestStatus
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.graph import graph
from enrichment_assets.engine.known import freshness
from enrichment_assets.engine.known.freshness import KnownCompany
from enrichment_assets.orchestration.specs import asset_specs, ttls
from enrichment_assets.storage.history.labels import NO_LABELS, OfCompany


def known_companies(
    latest_statuses: Iterable[LatestStatus],
    catalog: Catalog,
    settings: Settings,
    now: datetime,
    labels: Mapping[str, OfCompany] = NO_LABELS,
) -> Iterator[KnownCompany]:
    """Company by company. ``latest_statuses`` come ordered by domain, ``labels`` are by domain.

    Raises MisconfiguredError for a bad profile.
    """
    whole = graph(catalog, settings, frozenset(catalog), catalog.left_out_by(settings))
    windows = ttls(asset_specs(catalog))
    return freshness.known_companies(latest_statuses, whole, ttls=windows, settings=settings, now=now, labels=labels)


def candidates(
    instance: dg.DagsterInstance,
    catalog: Catalog,
    artifacts: Collection[str],
    settings: Settings,
    now: datetime,
    *,
    labelled: Collection[str] = (),
) -> set[str] | None:
    """The companies of which any of these artifacts can be expired or outdated; None: any company can be.

    ``labelled``: those of which people said something, which records do not tell.

    It only leaves out what ``freshness_of`` would call fresh or missing, so that a sensor's tick reads few records.
    """
    left_out = catalog.left_out_by(settings)
    whole, windows = graph(catalog, settings, frozenset(catalog), left_out), ttls(asset_specs(catalog))
    found = set(labelled)
    for name in artifacts:
        ttl = windows[name]
        some = latest_status.candidates(
            instance,
            name,
            computed_before=None if ttl is None else now - ttl,
            computed_after=now + AHEAD,
            versions=None if catalog[name].content_inputs else whole.static_versions[name],
            condition=catalog[name].condition,
            closing={
                gate.artifact: partial(_closes, gate, settings)
                for gate in map(catalog.gates.__getitem__, catalog.gates_before(name))
            },
        )
        if some is None:
            return None
        found |= some
    return found


def _closes(gate: Gate, settings: Settings, answer: str) -> bool:
    return not gate.opens(answer, settings)
