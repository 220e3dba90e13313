"""What the page says, as data: counted from rows, records and what was paid; nothing is estimated."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, Final

import polars as pl

from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.cache.record import Failure
from enrichment_assets.cache.record_index import LatestStatus, Spending, Tally
from enrichment_assets.core.text import truncate_line
from enrichment_assets.reports.page.patterns import suspicious

MOST_REASONS: Final = 12
MOST_COMPANIES: Final = 25
MOST_FAILURES: Final = 20
LONGEST_REASON: Final = 160
TIERS: Final = ("QUALIFIED", "REVIEW", "DISQUALIFIED")


@dataclass(frozen=True, slots=True)
class Count:
    """A number of something. ``share`` is of the largest in its list, 0 to 1: the length of its bar."""

    name: str
    number: int
    share: float


@dataclass(slots=True)
class Made:
    """One artifact: how it ended, how long it took, what it cost. ``latency_s`` is the median of those made."""

    name: str
    outcomes: dict[str, int] = field(default_factory=dict)
    latency_s: float | None = None
    cost_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Paid:
    """A provider's calls, failed ones included, and US dollars."""

    provider: str
    calls: int
    usd: float


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything on the page."""

    rows: Sequence[Count]
    companies: int
    known: int
    qualified: int
    funnel: Sequence[Count]
    reasons: Mapping[str, Sequence[Count]]
    made: Sequence[Made]
    paid: Sequence[Paid]
    cost_usd: float
    failures: Sequence[Count]
    failed: Sequence[Failure]
    companies_to_look_at: Mapping[str, Sequence[Mapping[str, Any]]]
    patterns: Sequence[str]

    @property
    def cost_per_qualified(self) -> float | None:
        """US dollars, all costs over those that qualified; None where none did."""
        return self.cost_usd / self.qualified if self.qualified else None


def facts_of(
    catalog: Catalog,
    *,
    rows: Mapping[str, int],
    current: pl.DataFrame,
    statuses: Iterable[LatestStatus],
    spendings: Sequence[Spending],
    tallies: Sequence[Tally],
    runs: frozenset[str],
) -> Facts:
    """Count. ``current``: ``reports.current_companies`` of the list; ``statuses`` of the same companies.

    ``rows``: the list's rows by what became of them. ``spendings`` and ``tallies`` are of all runs, ``runs`` names
    those the page is about: the others are what is usual.
    """
    statuses = list(statuses)
    mine = [spending for spending in spendings if spending.run_id in runs]
    known = current.filter(pl.col("known"))
    tiers = Counter(known["tier"].to_list()) if known.height else Counter[str]()
    failed = [found.failure for found in statuses if found.failure is not None]
    return Facts(
        rows=_counts({name.replace("_", " "): number for name, number in rows.items()}),
        companies=current.height,
        known=known.height,
        qualified=tiers["QUALIFIED"],
        funnel=_funnel(catalog, statuses, current.height, tiers["QUALIFIED"], known),
        reasons={tier: _reasons(known, tier) for tier in TIERS[1:] if tiers[tier]},
        made=_made(catalog, statuses, mine, [tally for tally in tallies if tally.run_id in runs]),
        paid=_paid(mine),
        cost_usd=sum(spending.cost_usd for spending in mine),
        failures=_counts(
            Counter(f"{one.artifact}: {kind_of(one.reason, {one.domain: 'the domain'})}" for one in failed)
        ),
        failed=failed[:MOST_FAILURES],
        companies_to_look_at={tier: _shown(known, tier) for tier in TIERS if tiers[tier]},
        patterns=suspicious(catalog, statuses, tallies, runs),
    )


def kind_of(text: str, own: Mapping[str, str]) -> str:
    """A reason without what is one company's: its names, addresses and hosts, what its page says, numbers.

    ``own``: what to say for each of its names.
    """
    for name, instead in own.items():
        text = text.replace(name, instead)
    text = re.sub(r"\bhttps?://\S++|“[^“”]*+”|(?<![\w.-])[\w-]++(?:\.(?=[^\W_])[\w-]++)++", "…", text)
    text = re.sub(r"[:,]? ?…(?=\s*\.|\s*$)", "", text)
    return truncate_line(re.sub(r"[0-9]{5,}+|[0-9]++[.,][0-9]++", "#", text).rstrip(". "), LONGEST_REASON)


def _counts(counted: Mapping[str, int], most: int | None = None) -> list[Count]:
    ordered = sorted(((name, number) for name, number in counted.items() if number), key=lambda one: (-one[1], one[0]))
    largest = max((number for _, number in ordered), default=1)
    return [Count(name, number, number / largest) for name, number in ordered[:most]]


def _funnel(
    catalog: Catalog, statuses: Sequence[LatestStatus], companies: int, qualified: int, known: pl.DataFrame
) -> list[Count]:
    """Companies, those beyond each gate, those that qualified, those the destination has."""
    closed: dict[str, set[str]] = defaultdict(set)
    met: set[str] = set()
    for found in statuses:
        met.add(found.domain)
        if found.record is not None and found.record.status == "SKIP":
            closed[found.record.summary].add(found.domain)
    steps = {"companies in the list": companies, "enriched": known.height}
    out: set[str] = set()
    for gate in catalog.gates:
        out |= closed[gate]
        steps[f"beyond {gate.removesuffix('_pass')}"] = min(known.height, len(met - out))
    delivered = int((known["delivery"] == "delivered").sum()) if known.height else 0
    steps |= {"qualified": qualified, "delivered, whatever their tier": delivered}
    return [Count(name, number, number / max(companies, 1)) for name, number in steps.items()]


def _reasons(known: pl.DataFrame, tier: str) -> list[Count]:
    rows = known.filter(pl.col("tier") == tier).select("tier_reason", "domain", "company_name").iter_rows()
    return _counts(
        Counter(
            kind_of(reason, {domain: "the domain"} | ({name: "the company"} if name else {}))
            for reason, domain, name in rows
        ),
        MOST_REASONS,
    )


def _made(
    catalog: Catalog, statuses: Sequence[LatestStatus], spendings: Sequence[Spending], tallies: Sequence[Tally]
) -> list[Made]:
    took: dict[str, list[float]] = defaultdict(list)
    for found in statuses:
        if found.record is not None and found.record.status == "OK":
            took[found.artifact].append(found.record.latency_s)
    made = {name: Made(name, latency_s=median(took[name]) if took[name] else None) for name in catalog}
    for tally in tallies:
        if tally.artifact in made:
            outcomes = made[tally.artifact].outcomes
            outcomes[tally.outcome] = outcomes.get(tally.outcome, 0) + tally.events
    for spending in spendings:
        if spending.artifact in made:
            made[spending.artifact].cost_usd += spending.cost_usd
    return list(made.values())


def _paid(spendings: Sequence[Spending]) -> list[Paid]:
    calls: Counter[str] = Counter()
    usd: dict[str, float] = defaultdict(float)
    for spending in spendings:
        calls[spending.provider] += spending.attempts
        usd[spending.provider] += spending.cost_usd
    return sorted((Paid(name, calls[name], usd[name]) for name in calls), key=lambda one: (-one.usd, one.provider))


def _shown(known: pl.DataFrame, tier: str) -> list[dict[str, Any]]:
    """The best of a tier first, with the words that speak for the verdict."""
    ordered = known.filter(pl.col("tier") == tier).sort("icp_score", descending=True, nulls_last=True)
    return ordered.head(MOST_COMPANIES).to_dicts()
