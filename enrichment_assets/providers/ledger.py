"""What every call cost, and the caps that are never exceeded. (Seam: the body comes with the providers' issue.)

An ``Account`` is on whose behalf a provider is called: one artifact of one company in one run. A client reserves the
worst case before each attempt and settles what the provider reported after it, failed attempts included.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Charge:
    """One attempt at one call. ``usd`` is what the provider reported, or its list price where it reports none."""

    provider: str
    usd: float
    ok: bool
    status: int | None
    latency_s: float


@dataclass(slots=True)
class Reservation:
    """The worst case set aside for one attempt; ``settle`` replaces it by what it really cost."""

    usd: float
    charge: Charge | None = None

    def settle(self, *, usd: float, ok: bool, status: int | None = None) -> None:
        """Book the attempt."""
        raise NotImplementedError


@dataclass
class Account:
    """What one artifact of one company spends."""

    company: str
    artifact: str
    ledger: "Ledger"
    charges: list[Charge] = field(default_factory=list)

    @property
    def cost_usd(self) -> float:
        """All attempts so far, in US dollars."""
        return sum(charge.usd for charge in self.charges)

    @contextmanager
    def reserve(self, provider: str, worst_usd: float) -> Iterator[Reservation]:
        """Set the worst case of one attempt aside. Raises BudgetReachedError when a cap does not cover it."""
        raise NotImplementedError
        yield


class Ledger:
    """All spending of one run, under the run's cap and a cap per company. Totals are kept by artifact and provider."""

    def __init__(self, *, run_cap_usd: float | None, company_cap_usd: float) -> None:
        raise NotImplementedError

    def account(self, company: str, artifact: str) -> Account:
        """A fresh account."""
        raise NotImplementedError

    def close_company(self, company: str) -> None:
        """The company is done: forget its cap's running sum (totals stay)."""
        raise NotImplementedError

    @property
    def spent_usd(self) -> float:
        """Settled spending of the run."""
        raise NotImplementedError

    @property
    def cap_reached(self) -> bool:
        """A reservation has been refused because of the run's cap."""
        raise NotImplementedError

    def totals(self) -> dict[tuple[str, str], tuple[int, float]]:
        """(artifact, provider) to (attempts, US dollars)."""
        raise NotImplementedError
