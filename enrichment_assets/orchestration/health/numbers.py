"""How it goes, in numbers worth a curve: money, fit, freshness, failures by kind, what providers yield. Pure."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from enrichment_assets.artifacts.base import DELIVERY, PAYLOAD
from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.cache.record_index import Spending, Tally
from enrichment_assets.orchestration.counting import Counts

ENOUGH: Final = 30
"""Companies before one answer for all of them says that a provider has gone silent."""
KINDS: Final = (
    ("too_many_requests", ("429", "too many", "asked to be left alone")),
    ("no_credit", ("402", "credit", "payment")),
    ("key_refused", ("401", "403", "unauthori")),
    ("down", ("it is down", "not asked")),
    ("timeout", ("timed out", "timeout", "no answer within")),
    ("dns", ("servfail", "nameserver", "dns")),
    ("server_error", ("500", "502", "503", "504", "server error")),
    ("connection", ("connect", "reset", "closed")),
    ("unreadable_answer", ("json", "not readable", "cannot be read", "nonsense")),
)
"""Kinds of failure by words in their reasons, the first that fits."""
_NUMBER: Final = re.compile(r"(?<![\d.:])\d+")
"""A status, not a part of an address or its port."""


@dataclass(frozen=True, slots=True)
class Health:
    """One look. Shares are 0 to 1, None where nothing is known; ``today`` is a day in UTC."""

    qualified_rate: float | None
    failing_share: float | None
    """Companies of which something has failed since its latest record."""
    cost_per_qualified_usd: float | None
    """What all runs have cost over the companies that qualify now."""
    cost_today_usd: float
    fresh: Mapping[str, float]
    """By artifact: the share of all companies whose record counts."""
    failures: Mapping[str, int]
    """By kind: (artifact, company) that has failed since its latest record."""
    provider_yield: Mapping[str, float]
    """By provider, today: values made for each that was made or failed, of the artifacts that it was called for."""
    silent: Sequence[str]
    """Artifacts that say the same of every company."""

    def numbers(self) -> dict[str, float | int]:
        """All of it by name, without what is not known."""
        found: dict[str, float | int | None] = {
            "cost_today_usd": self.cost_today_usd,
            "cost_per_qualified_usd": self.cost_per_qualified_usd,
            "qualified_rate": self.qualified_rate,
            "failing_share": self.failing_share,
            **{f"fresh_{name}": share for name, share in self.fresh.items()},
            **{f"failed_{kind}": self.failures.get(kind, 0) for kind, _ in (*KINDS, ("other", ()))},
            **{f"yield_{name}": share for name, share in self.provider_yield.items()},
        }
        return {
            name: round(value, 4) if "usd" not in name else value for name, value in found.items() if value is not None
        }


def kind_of(reason: str) -> str:
    """What kind of failure a reason tells of."""
    said = reason.lower()
    numbers = set(_NUMBER.findall(said))
    return next(
        (kind for kind, words in KINDS if any(word in (numbers if word.isdigit() else said) for word in words)), "other"
    )


def health_of(
    catalog: Catalog, counts: Counts, tallies: Sequence[Tally], spendings: Sequence[Spending], today: str
) -> Health:
    """Work it out from what is known of all companies and of all runs."""
    tiers = counts.assets[PAYLOAD].summaries
    cost = sum((tally.cost_usd for tally in tallies), start=0.0)
    qualified = tiers["QUALIFIED"]
    return Health(
        qualified_rate=qualified / tiers.total() if tiers.total() else None,
        failing_share=counts.failing / counts.total if counts.total else None,
        cost_per_qualified_usd=cost / qualified if qualified else None,
        cost_today_usd=sum((tally.cost_usd for tally in tallies if tally.day == today), start=0.0),
        fresh={name: counts.assets[name].counts["fresh"] / counts.total for name in catalog} if counts.total else {},
        failures=Counter(kind_of(reason) for reason in counts.reasons.elements()),
        provider_yield=_yields(tallies, spendings, today),
        silent=[name for name in catalog if name != DELIVERY and catalog[name].providers and _is_silent(counts, name)],
    )


def _is_silent(counts: Counts, name: str) -> bool:
    said = counts.assets[name].summaries
    return len(said) == 1 and said.total() >= ENOUGH


def _yields(tallies: Sequence[Tally], spendings: Sequence[Spending], today: str) -> dict[str, float]:
    made: dict[str, Counter[str]] = {}
    for tally in tallies:
        if tally.day == today:
            made.setdefault(tally.artifact, Counter())[tally.outcome] += tally.events
    called: dict[str, set[str]] = {}
    for spending in spendings:
        if spending.day == today and spending.attempts:
            called.setdefault(spending.provider, set()).add(spending.artifact)
    shares = {}
    for provider, artifacts in sorted(called.items()):
        outcomes = sum((made.get(name, Counter()) for name in artifacts), Counter[str]())
        asked = outcomes["OK"] + outcomes["FAIL"]
        if asked:
            shares[provider] = outcomes["OK"] / asked
    return shares
