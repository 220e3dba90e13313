"""All companies counted: per asset how many are fresh, expired, outdated, failed and missing, and why some are not."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import dagster as dg

from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.cache.standing.stand import Standing
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.census import Census

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


def counts_now(instance: dg.DagsterInstance, catalog: Catalog, settings: Settings) -> Counts:
    """All companies as they stand now. Raises MisconfiguredError for a broken ICP profile."""
    return count(Census(instance, catalog, settings, datetime.now(UTC)), catalog)


def count(census: Census, catalog: Iterable[str]) -> Counts:
    """Count all companies. A failure counts before the age of an earlier record."""
    names = tuple(catalog)
    counts: dict[str, Counter[str]] = {name: Counter() for name in names}
    summaries: dict[str, Counter[str]] = {name: Counter() for name in names}
    examples: dict[str, list[tuple[str, str, str]]] = {name: _settled_examples(census, name) for name in names}
    reasons: Counter[str] = Counter()
    others: Counter[str] = Counter()
    known = failing = 0
    for standing, number in census.settled:
        known += number if standing else 0
        for stand in standing:
            counts[stand.artifact][stand.freshness] += number
            if stand.status == "OK":
                summaries[stand.artifact][stand.summary] += number
    for company in census.others():
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
            if state != "fresh" and others[name] < EXAMPLES:
                others[name] += 1
                examples[name].append((company.domain, state, failure.reason if failure else ""))
    for name in names:
        counts[name]["missing"] += census.total - known
    assets = {name: AssetCounts(+counts[name], +summaries[name], sorted(examples[name])[:EXAMPLES]) for name in names}
    return Counts(census.total, assets, failing, reasons)


def _settled_examples(census: Census, artifact: str) -> list[tuple[str, str, str]]:
    def is_stale(standing: Standing) -> bool:
        return any(stand.artifact == artifact and stand.freshness != "fresh" for stand in standing)

    return [
        (domain, stand.freshness, "")
        for domain, standing in census.such(is_stale, EXAMPLES)
        for stand in standing
        if stand.artifact == artifact
    ]
