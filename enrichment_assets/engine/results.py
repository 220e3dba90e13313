"""How things ended."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Literal

from enrichment_assets.artifacts.base import DELIVERY, PAYLOAD
from enrichment_assets.companies.company import Company
from enrichment_assets.core.money import Spent


class Outcome(StrEnum):
    """How one artifact ended in one run."""

    OK = "OK"
    CACHE = "CACHE"
    SKIP = "SKIP"
    FAIL = "FAIL"
    BUDGET = "BUDGET"


WAITS = "waits for "

CompanyOutcome = Literal["qualified", "disqualified", "review", "failed", "budget"]


@dataclass(frozen=True, slots=True)
class ArtifactResult:
    """One artifact of one company in one run."""

    outcome: Outcome
    summary: str = ""
    reason: str = ""
    """Why it was skipped, failed or not attempted."""
    cost_usd: float = 0.0
    latency_s: float = 0.0
    spent: tuple[Spent, ...] = ()
    """``cost_usd`` by provider."""

    @property
    def waiting(self) -> bool:
        """It was not attempted because something upstream is not there."""
        return self.reason.startswith(WAITS)

    def awaited(self, name: str) -> "ArtifactResult":
        """How an artifact downstream of this one, called ``name``, ends."""
        return ArtifactResult(self.outcome, reason=self.reason if self.waiting else f"{WAITS}{name}: {self.reason}")


@dataclass(frozen=True)
class CompanyResult:
    """One company has gone through the catalog as far as it could."""

    company: Company
    nodes: Mapping[str, ArtifactResult]
    labels: Mapping[str, str] = field(default_factory=dict)
    """By artifact: what a person said of it."""

    def of(self, company: Company) -> "CompanyResult":
        """Another company that has ended exactly so; what was worked out of this one is not worked out again."""
        other = copy(self)
        object.__setattr__(other, "company", company)
        return other

    @cached_property
    def cost_usd(self) -> float:
        """What this run paid for it, US dollars, failures included."""
        return sum(node.cost_usd for node in self.nodes.values())

    @cached_property
    def outcome(self) -> CompanyOutcome:
        """Failed before budget before the payload's tier. A delivery that failed is a failure."""
        outcomes = {node.outcome for node in self.nodes.values()}
        if Outcome.FAIL in outcomes:
            return "failed"
        if Outcome.BUDGET in outcomes:
            return "budget"
        match self.tier:
            case "QUALIFIED":
                return "qualified"
            case "DISQUALIFIED":
                return "disqualified"
            case _:
                return "review"

    @cached_property
    def tier(self) -> str | None:
        """The payload's tier, where a payload was built or found."""
        payload = self.nodes.get(PAYLOAD)
        return payload.summary if payload is not None and payload.summary else None

    @cached_property
    def delivered(self) -> bool:
        """The destination has this payload, from this run or an earlier one."""
        delivery = self.nodes.get(DELIVERY)
        return delivery is not None and delivery.outcome in (Outcome.OK, Outcome.CACHE)

    @cached_property
    def reason(self) -> str:
        """Why it failed or was not attempted: what waited for something else is left out."""
        ended = {name: node for name, node in self.nodes.items() if node.outcome in (Outcome.FAIL, Outcome.BUDGET)}
        causes = {name: node for name, node in ended.items() if not node.waiting} or ended
        return "; ".join(f"{name}: {node.reason}" for name, node in causes.items())
