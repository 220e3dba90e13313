"""What this home's records tell of the price of things: by artifact and provider, run by run.

A record counts as a price where somebody was asked or nothing was needed; one that was made again from stored answers
alone does not. Failures count with what they have cost.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.cache.record import Record
from enrichment_assets.cache.record_index import LatestStatus, Spending
from enrichment_assets.core.money import Spent
from enrichment_assets.core.settings import Settings
from enrichment_assets.planning.chances import Amount
from enrichment_assets.providers.llm.refused import PROVIDER as LLM

FEW: Final = 12
MOST_LATENCIES: Final = 2_000
"""Of one artifact: a median needs no more."""

Counted = dict[str, list[int]]
"""Run to [hits, all]."""


def _counted() -> Counted:
    return defaultdict(lambda: [0, 0])


@dataclass
class History:
    """``gates``: gate to run to [opened, decided]. ``asked``: the same of artifacts that may find they are not wanted.

    ``usd`` and ``calls`` are by artifact and provider, per company. ``per_call`` is what one call has cost on average.
    """

    companies: set[str] = field(default_factory=set)
    gates: dict[str, Counted] = field(default_factory=lambda: defaultdict(_counted))
    asked: dict[str, Counted] = field(default_factory=lambda: defaultdict(_counted))
    made: Counter[str] = field(default_factory=Counter)
    usd: dict[str, dict[str, Amount]] = field(default_factory=lambda: defaultdict(dict))
    calls: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    latencies: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    judged: dict[str, list[tuple[str, float]]] = field(default_factory=lambda: defaultdict(list))
    """Artifact to a few companies for which a model was asked and nobody else was paid, and what that has cost."""
    per_call: Mapping[str, float] = field(default_factory=dict)

    @property
    def runs(self) -> int:
        """Runs that records stand from."""
        return len({run for runs in self.gates.values() for run in runs})

    def latency_s(self, artifact: str) -> float | None:
        """The median; None where nothing was made."""
        return median(self.latencies[artifact]) if self.latencies.get(artifact) else None


def shares(counted: Counted | None) -> list[tuple[int, int]]:
    """(hits, all) of each run."""
    return [(hits, all_) for hits, all_ in (counted or {}).values()]


class Reader:
    """Takes in records one after the other, and hands them on."""

    def __init__(self, catalog: Catalog, settings: Settings) -> None:
        self.history = History()
        self._catalog = catalog
        self._settings = settings
        self._priced: dict[str, Counter[str]] = defaultdict(Counter)
        self._sums: dict[tuple[str, str], dict[str, list[float]]] = defaultdict(
            lambda: defaultdict(lambda: [0.0, 0.0, 0])
        )

    def passing(self, statuses: Iterable[LatestStatus]) -> Iterable[LatestStatus]:
        """The same, taken in."""
        for found in statuses:
            if found.artifact in self._catalog:
                self._take(found)
            yield found

    def _take(self, found: LatestStatus) -> None:
        history, name, record, failure = self.history, found.artifact, found.record, found.failure
        artifact = self._catalog[name]
        history.companies.add(found.domain)
        if record is not None and record.status == "OK":
            for gate, opens in artifact.gates.items():
                counted = history.gates[gate][record.run_id]
                counted[0] += opens(record.summary, self._settings)
                counted[1] += 1
            if is_price(record):
                self._price(name, record.run_id, record.spent, record.latency_s)
                alone = record.cost_usd and [paid.provider for paid in record.spent if paid.attempts] == [LLM]
                if alone and len(history.judged[name]) < FEW:
                    history.judged[name].append((found.domain, record.cost_usd))
        if failure is not None and failure.outcome == "FAIL":
            self._price(name, failure.run_id, failure.spent, None)
        if artifact.condition is not None and record is not None:
            own = record.status == "SKIP" and record.summary == artifact.condition
            if own or record.status == "OK":
                counted = history.asked[name][record.run_id]
                counted[0] += not own
                counted[1] += 1

    def _price(self, name: str, run: str, spent: Sequence[Spent], latency_s: float | None) -> None:
        history = self.history
        history.made[name] += 1
        self._priced[name][run] += 1
        for paid in spent:
            sums = self._sums[name, paid.provider][run]
            sums[0] += paid.usd
            sums[1] += paid.usd * paid.usd
            sums[2] += paid.attempts
        if latency_s is not None and len(history.latencies[name]) < MOST_LATENCIES:
            history.latencies[name].append(latency_s)

    def finish(self, spendings: Sequence[Spending]) -> History:
        """After the last record."""
        history = self.history
        for (name, provider), by_run in self._sums.items():
            priced = self._priced[name]
            empty = (0.0, 0.0, 0)
            sums = {run: (number, *by_run.get(run, empty)) for run, number in priced.items()}
            usd = {run: (number, total, squares) for run, (number, total, squares, _) in sums.items()}
            history.usd[name][provider] = Amount(0.0, usd)
            calls = sum(calls for _, _, _, calls in sums.values())
            history.calls[name][provider] = calls / sum(priced.values())
        attempts: Counter[str] = Counter()
        total: dict[str, float] = defaultdict(float)
        for spending in spendings:
            attempts[spending.provider] += spending.attempts
            total[spending.provider] += spending.cost_usd
        history.per_call = {name: total[name] / number for name, number in attempts.items() if number}
        return history


def is_price(record: Record) -> bool:
    """Whether it tells what making such a value costs: not where stored answers alone did."""
    return any(paid.attempts or paid.usd for paid in record.spent) or not any(paid.stored for paid in record.spent)
