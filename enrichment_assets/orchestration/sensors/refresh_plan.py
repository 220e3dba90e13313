"""Which stale companies to refresh now: a few at a time, and without hammering those that keep failing. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.cache.standing.stand import Freshness

FIRST_WAIT = timedelta(hours=1)
LONGEST_WAIT = timedelta(days=7)
DOUBLINGS = 16
"""Beyond this the longest wait is long reached."""


@dataclass(frozen=True, slots=True)
class Stale:
    """A company with artifacts to refresh, the oldest of them made at ``since``.

    ``failures``: of what would be refreshed, in a row, the last of them at ``failed_at``.
    """

    domain: str
    since: datetime
    failures: int = 0
    failed_at: datetime | None = None

    def due(self, now: datetime) -> bool:
        """An hour after the first failure, twice as long after each further one, a week at most."""
        if self.failed_at is None or self.failures == 0:
            return True
        wait = min(FIRST_WAIT * (1 << min(self.failures - 1, DOUBLINGS)), LONGEST_WAIT)
        return now - self.failed_at >= wait


def choose(stale: Iterable[Stale], now: datetime, at_most: int) -> list[str]:
    """The domains to refresh now: those that have not failed first, and of these the oldest."""
    due = sorted((company for company in stale if company.due(now)), key=lambda one: (one.failures, one.since))
    return [company.domain for company in due[:at_most]]


def refreshable(
    catalog: Catalog, found: Mapping[str, Freshness], opted_in: Collection[str]
) -> tuple[set[str], set[str]]:
    """The artifacts of one company to refresh, and the stale ones they would need that were not opted in.

    What was never computed is not refreshed: that would spend money on companies nobody has asked to enrich.
    """
    stale = {name for name, freshness in found.items() if freshness in ("expired", "outdated")}
    wanted = stale & set(opted_in)
    lacking = {
        need for name in wanted for need in catalog.upstream(name) if found[need] != "fresh" and need not in opted_in
    }
    return wanted, lacking
