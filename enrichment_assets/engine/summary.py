"""What a run did, and whether every row of its list is accounted for."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from enrichment_assets.artifacts.base import DELIVERY
from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.results import CompanyOutcome, CompanyResult, Outcome

RowOutcome = Literal[CompanyOutcome, "rejected", "duplicate"]
ROW_OUTCOMES: tuple[RowOutcome, ...] = (
    "qualified",
    "disqualified",
    "review",
    "failed",
    "budget",
    "rejected",
    "duplicate",
)
NOT_REACHED = "not reached before the run was stopped"


@dataclass(frozen=True, slots=True)
class RowResult:
    """What one run's row says about its company. ``nodes`` is by artifact name."""

    outcome: CompanyOutcome
    reason: str
    tier: str | None
    delivered: bool
    nodes: Mapping[str, str]
    cost_usd: float


@dataclass
class Summary:
    """Counts of one run, filled as companies finish. Memory is per company and small: node outcomes are shared."""

    settings: Settings
    catalog: Catalog
    gate_known: Counter[str] = field(default_factory=Counter)
    """By gate: companies of which it is known whether it is open."""
    gate_passed: Counter[str] = field(default_factory=Counter)
    cost_usd: float = 0.0
    deliveries: Counter[str] = field(default_factory=Counter)
    """By what happened at the destination: pushed, redelivered, unchanged, failed, pending."""
    stored: Counter[str] = field(default_factory=Counter)
    """By provider: answers that came from the store, for nothing."""
    results: dict[str, RowResult] = field(default_factory=dict)
    _nodes: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = field(default_factory=dict)

    def add(self, finished: CompanyResult) -> None:
        """Count one company."""
        nodes = finished.nodes
        for name, is_open in known_gates(finished, self.catalog, self.settings).items():
            self.gate_known[name] += 1
            self.gate_passed[name] += is_open
        self.cost_usd += finished.cost_usd
        for paid in (paid for node in nodes.values() for paid in node.spent if paid.stored):
            self.stored[paid.provider] += paid.stored
        delivery = delivery_of(finished)
        if delivery is not None:
            self.deliveries[delivery] += 1
        outcomes = tuple((name, str(node.outcome)) for name, node in nodes.items())
        self.results[finished.company.domain] = RowResult(
            finished.outcome,
            finished.reason,
            finished.tier,
            finished.delivered,
            self._nodes.setdefault(outcomes, dict(outcomes)),
            finished.cost_usd,
        )

    @property
    def pushed(self) -> int:
        """Companies whose payload reached the destination in this run."""
        return self.deliveries["pushed"] + self.deliveries["redelivered"]

    @property
    def failures(self) -> Mapping[str, str]:
        """Domain to reason, of every company that failed."""
        return {domain: result.reason for domain, result in self.results.items() if result.outcome == "failed"}

    @property
    def budget(self) -> int:
        """Companies that were left because a cap was reached."""
        return sum(result.outcome == "budget" for result in self.results.values())

    def outcome_of(self, domain: str) -> RowResult:
        """One company's result; a company the run did not reach has failed with that reason."""
        return self.results.get(domain) or RowResult("failed", NOT_REACHED, None, False, {}, 0.0)


def known_gates(finished: CompanyResult, catalog: Catalog, settings: Settings) -> dict[str, bool]:
    """Whether each gate is open, of those of which it is known; what a person said of a verdict decides."""
    keepers = {name: (gate, finished.nodes.get(gate.artifact)) for name, gate in catalog.gates.items()}
    return {
        name: gate.opens(finished.labels.get(gate.artifact, keeper.summary), settings)
        for name, (gate, keeper) in keepers.items()
        if keeper is not None and keeper.outcome in (Outcome.OK, Outcome.CACHE)
    }


def delivery_of(finished: CompanyResult) -> str | None:
    """What happened at the destination: pushed, redelivered, unchanged, failed, pending; None where none was wanted."""
    delivery = finished.nodes.get(DELIVERY)
    if delivery is None:
        return None
    match delivery.outcome:
        case Outcome.OK:
            return delivery.summary
        case Outcome.CACHE:
            return "unchanged"
        case Outcome.FAIL if not delivery.waiting:
            return "failed"
        case _:
            return "pending"


def reconcile(outcomes: Mapping[str, int], rows: int) -> dict[RowOutcome, int]:
    """Rows by outcome, in order. Raises ValueError when they do not add up to the rows: that would be a bug."""
    counts: dict[RowOutcome, int] = {name: outcomes.get(name, 0) for name in ROW_OUTCOMES}
    unknown = set(outcomes) - set(ROW_OUTCOMES)
    if unknown or sum(counts.values()) != rows:
        raise ValueError(f"{rows} rows in, but outcomes say {dict(outcomes)}")
    return counts
