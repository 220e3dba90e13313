"""Which traits tell companies that were won from companies that were lost, and how sure that is. Pure.

The lift is the log-odds ratio with half a company added to each count (Haldane 1956, Anscombe 1956). Of many thousand
phrases some differ by chance: a trait counts where Fisher's exact test stays below a false discovery rate of 5%
(Benjamini and Hochberg 1995) among all that enough companies have.
"""

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

Kind = Literal["criterion", "phrase", "answer", "hiring", "news"]
LEAST_SUPPORT: Final = 5
"""Companies that have a trait, of both lists together, before it is looked at."""
LEAST_SHARE: Final = 0.04
FALSE_DISCOVERIES: Final = 0.05


@dataclass(frozen=True, slots=True)
class Trait:
    """Something that a company has or has not: a phrase on its page, a criterion with its ``said``, an answer …"""

    kind: Kind
    text: str
    said: str = ""

    def __str__(self) -> str:
        return f"{self.text}: {self.said}" if self.said else self.text


@dataclass(frozen=True)
class Evidence:
    """One company: its traits, each with a quote where there is one already, and the kinds that were looked for.

    ``text`` is what the model would read of its page, ``verdict`` the stored one.
    """

    domain: str
    won: bool
    traits: Mapping[Trait, str]
    kinds: Collection[Kind]
    text: str = ""
    verdict: str | None = None


@dataclass(frozen=True, slots=True)
class Lift:
    """How many of those looked at have a trait, and by how much more often those that were won do."""

    trait: Trait
    won_with: int
    won: int
    lost_with: int
    lost: int

    @property
    def log_odds(self) -> float:
        """Natural logarithm of the odds ratio, smoothed: above 0 for what was won."""
        won = (self.won_with + 0.5) / (self.won - self.won_with + 0.5)
        lost = (self.lost_with + 0.5) / (self.lost - self.lost_with + 0.5)
        return math.log(won / lost)

    @property
    def chance(self) -> float:
        """Probability that the two lists differ at least as much in this direction by chance (Fisher's exact test)."""
        with_it, everyone = self.won_with + self.lost_with, self.won + self.lost
        if self.log_odds >= 0:
            return _tail(self.won_with, self.won, with_it, everyone)
        return _tail(self.lost_with, self.lost, with_it, everyone)


def lifts(companies: Sequence[Evidence]) -> list[Lift]:
    """The traits that tell the two lists apart, the strongest first."""
    looked = {kind: [one for one in companies if kind in one.kinds] for one in companies for kind in one.kinds}
    counts: dict[Trait, list[int]] = {}
    for one in companies:
        for trait in one.traits:
            counts.setdefault(trait, [0, 0])[0 if one.won else 1] += 1
    totals = {kind: (sum(one.won for one in them), sum(not one.won for one in them)) for kind, them in looked.items()}
    enough = []
    for trait, (won_with, lost_with) in counts.items():
        won, lost = totals[trait.kind]
        if won and lost and won_with + lost_with >= max(LEAST_SUPPORT, LEAST_SHARE * (won + lost)):
            enough.append(Lift(trait, won_with, won, lost_with, lost))
    found = _said_at_length(_not_by_chance(enough), companies)
    return sorted(found, key=lambda lift: (-abs(lift.log_odds), lift.chance, str(lift.trait)))


def _said_at_length(found: Iterable[Lift], companies: Sequence[Evidence]) -> list[Lift]:
    """Of phrases that the same companies have, the longest: "gift cards are" for "gift" and "cards"."""
    longest: dict[object, Lift] = {}
    for lift in found:
        trait = lift.trait
        having = frozenset(one.domain for one in companies if trait in one.traits)
        key = having if trait.kind == "phrase" else trait
        before = longest.get(key)
        if before is None or (len(trait.text), trait.text) > (len(before.trait.text), before.trait.text):
            longest[key] = lift
    return list(longest.values())


def _not_by_chance(found: Iterable[Lift]) -> list[Lift]:
    ordered = sorted(found, key=lambda lift: lift.chance)
    passing = [
        place for place, lift in enumerate(ordered, 1) if lift.chance <= FALSE_DISCOVERIES * place / len(ordered)
    ]
    return ordered[: max(passing, default=0)]


@cache
def _tail(hits: int, drawn: int, with_it: int, everyone: int) -> float:
    """P(at least so many hits) when ``drawn`` of ``everyone``, of whom some are ``with_it``, are drawn by chance."""
    most = min(drawn, with_it)
    total = sum(math.comb(with_it, k) * math.comb(everyone - with_it, drawn - k) for k in range(hits, most + 1))
    return total / math.comb(everyone, drawn)
