"""How fresh what is known of companies is, with Dagster's records and freshness policies: for sensors and checks."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from enrichment_assets.artifacts.catalog import Catalog
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
