"""What a run says about itself while it goes on, and why it failed at the end."""

from collections import Counter
from collections.abc import Callable
from time import monotonic

from enrichment_assets.engine.results import CompanyResult, Outcome
from enrichment_assets.engine.summary import delivery_of

EVERY_S = 15.0
"""A line in Dagster's log is an event that is stored."""
NAMED = 20
"""Failed companies named in the run's error; the others are counted."""


class Progress:
    """Counts companies as they finish, says so now and then, and remembers what failed.

    ``failed`` holds (artifact, domain) of everything that was attempted or waited for in vain.
    """

    def __init__(self, total: int, say: Callable[[str], None]) -> None:
        self._total = total
        self._say = say
        self._ended: Counter[str] = Counter()
        self._started = self._last = monotonic()
        self._failures: list[str] = []
        self.cost_usd = 0.0
        self.deliveries: Counter[str] = Counter()
        self.failed: list[tuple[str, str]] = []

    def finished(self, company: CompanyResult) -> None:
        """One company is done."""
        self._ended[company.outcome] += 1
        self.cost_usd += company.cost_usd
        delivery = delivery_of(company)
        if delivery is not None:
            self.deliveries[delivery] += 1
        self.failed += [
            (name, company.company.domain) for name, node in company.nodes.items() if node.outcome is Outcome.FAIL
        ]
        if company.outcome in ("failed", "budget") and len(self._failures) < NAMED:
            self._failures.append(f"{company.company.domain}: {company.reason}")
        if monotonic() - self._last >= EVERY_S:
            self._last = monotonic()
            self._say(self.line())

    def line(self) -> str:
        """How far the run has come."""
        done = self._ended.total()
        per_minute = done / max(monotonic() - self._started, 1e-9) * 60
        return f"[{done}/{self._total}] {self.outcomes()}, ${self.cost_usd:.4f}, {per_minute:.1f}/min"

    def outcomes(self) -> str:
        """How many companies ended how."""
        return ", ".join(f"{count} {outcome}" for outcome, count in sorted(self._ended.items())) or "none"

    def failures(self) -> str:
        """The first failures, one line each."""
        more = self._ended["failed"] + self._ended["budget"] - len(self._failures)
        return "\n".join([*self._failures, *([f"... and {more} more"] if more > 0 else [])])
