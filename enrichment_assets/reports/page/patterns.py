"""What looks wrong in the sum though no single company does: shares that moved, artifacts that say one thing only."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from math import sqrt
from typing import Final

from enrichment_assets.artifacts.base import DELIVERY
from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.cache.record_index import LatestStatus, Tally

ENOUGH: Final = 30
"""Fewer companies tell nothing about a share."""
SIGMAS: Final = 3.0
_WORDS: Final = {"OK": "made", "SKIP": "skipped behind a closed gate", "FAIL": "failed"}


def suspicious(
    catalog: Catalog, statuses: Sequence[LatestStatus], tallies: Sequence[Tally], runs: frozenset[str]
) -> list[str]:
    """A sentence for each."""
    return [*_moved(catalog, tallies, runs), *_one_answer(catalog, statuses)]


def _moved(catalog: Catalog, tallies: Sequence[Tally], runs: frozenset[str]) -> Iterator[str]:
    """Shares of an artifact's outcomes in these runs against all other runs: two proportions, pooled."""
    now, before = (_outcomes([tally for tally in tallies if (tally.run_id in runs) is mine]) for mine in (True, False))
    for name in catalog:
        n, m = sum(now[name].values()), sum(before[name].values())
        if min(n, m) < ENOUGH:
            continue
        for outcome, words in _WORDS.items():
            share, usual = now[name][outcome] / n, before[name][outcome] / m
            pooled = (now[name][outcome] + before[name][outcome]) / (n + m)
            spread = sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
            if spread and abs(share - usual) > SIGMAS * spread:
                yield f"{name}: {share:.0%} {words}; in earlier runs {usual:.0%} (more than three sigma apart)."


def _outcomes(tallies: Sequence[Tally]) -> Mapping[str, Counter[str]]:
    counted: dict[str, Counter[str]] = defaultdict(Counter)
    for tally in tallies:
        if tally.outcome in _WORDS:
            counted[tally.artifact][tally.outcome] += tally.events
    return counted


def _one_answer(catalog: Catalog, statuses: Sequence[LatestStatus]) -> Iterator[str]:
    """A provider that has gone silent says the same of everybody."""
    said: dict[str, Counter[str]] = defaultdict(Counter)
    for found in statuses:
        if found.record is not None and found.record.status == "OK":
            said[found.artifact][found.record.summary] += 1
    for name in catalog:
        if name != DELIVERY and catalog[name].providers and len(said[name]) == 1 and said[name].total() >= ENOUGH:
            ((word, count),) = said[name].items()
            yield f"{name}: all {count} companies have the same answer, “{word}”."
