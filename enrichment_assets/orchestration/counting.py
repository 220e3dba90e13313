"""All companies counted: per asset how many are fresh, expired, outdated, failed and missing, and why some are not."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import dagster as dg

from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.cache.latest_status import latest_statuses
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.freshness import KnownCompany, known_companies
from enrichment_assets.orchestration.partitions import NAME
from enrichment_assets.storage.history.labels import all_labels

EXAMPLES = 20
STATES = ("fresh", "expired", "outdated", "failed", "missing")


@dataclass(frozen=True)
class AssetCounts:
    """One asset: how many companies are in which state, and some of those that are not fresh, with the reason."""

    counts: Counter[str]
    summaries: Counter[str]
    """Companies by the one-word summary of their latest record, fresh or not."""
    examples: Sequence[tuple[str, str, str]]


@dataclass(frozen=True)
class Counts:
    """``failing``: companies of which something has failed since its latest record; ``reasons`` of those failures."""

    total: int
    assets: Mapping[str, AssetCounts]
    failing: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


def count(catalog: Iterable[str], total: int, companies: Iterable[KnownCompany]) -> Counts:
    """Count ``total`` companies. A failure counts before the age of an earlier record."""
    names = tuple(catalog)
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    examples: dict[str, list[tuple[str, str, str]]] = {name: [] for name in names}
    summaries: dict[str, Counter[str]] = {name: Counter() for name in names}
    reasons: Counter[str] = Counter()
    known = failing = 0
    for company in companies:
        known += 1
        reasons.update(failure.reason for failure in company.failures.values() if failure.outcome == "FAIL")
        failing += any(failure.outcome == "FAIL" for failure in company.failures.values())
        for name, record in company.records.items():
            if record.status == "OK":
                summaries[name][record.summary] += 1
        for name, freshness in company.freshness.items():
            failure = company.failures.get(name)
            state = "failed" if failure is not None and freshness != "fresh" else freshness
            counts[name][state] += 1
            if state != "fresh" and len(examples[name]) < EXAMPLES:
                examples[name].append((company.domain, state, failure.reason if failure else ""))
    for name in names:
        counts[name]["missing"] += total - known
    assets = {name: AssetCounts(counts[name], summaries[name], examples[name]) for name in names}
    return Counts(total, assets, failing, reasons)


def counts_now(instance: dg.DagsterInstance, catalog: Catalog, settings: Settings) -> Counts:
    """All companies as they stand now. Raises MisconfiguredError for a broken ICP profile."""
    domains = instance.get_dynamic_partitions(NAME)
    known = latest_statuses(instance, domains, catalog)
    return count(
        catalog, len(domains), known_companies(known, catalog, settings, datetime.now(UTC), all_labels(settings))
    )
