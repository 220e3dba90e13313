"""Shares and amounts that are known from samples only, and drawn as often as one likes.

A share (how many companies a gate lets through) is Beta-distributed: what was counted, and an assumption that counts
as a few companies. An amount (what one company costs) has the mean of its samples, with the assumption as a few more.
The next list is not the last one: the logit of a share, and the logarithm of an amount, also vary from list to list.
How much is estimated from this home's own runs, again with an assumption that counts as a few runs, and drawn
scaled by an inverse chi-square, so that few runs leave wide tails. And the next list may be of another kind altogether,
with a chance that falls with each list seen, as in Laplace's rule of succession.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Final

ASSUMED_SHARE: Final = 1.0
"""What an assumed share weighs against companies that were counted: as 50% it is Jeffreys' prior."""
ASSUMED_COMPANIES: Final = 2.0
"""... and an assumed amount."""
ASSUMED_RUNS: Final = 2.0
SHARE_SPREAD: Final = 0.7
"""Assumed standard deviation, from list to list, of a share's logit: 50% is between 20% and 80% in 19 of 20 lists."""
AMOUNT_SPREAD: Final = 0.1
"""... of an amount's logarithm."""
ASSUMED_SPREAD: Final = 0.5
"""... and of how far an assumed amount may be off: a factor of up to 2.7 in 19 of 20."""
FEWEST_OF_A_RUN: Final = 10
"""Runs over fewer companies say little about how lists differ."""
WIDEST: Final = 10.0
"""A drawn variance is at most so many times the estimated one."""
ANOTHER_KIND: Final = 0.6
"""What the assumption weighs for a list of another kind: most of such lists pass nearly nobody, or nearly everybody."""
SEEN_BEFORE: Final = 4
"""The chance that the next list is of another kind is one in so many, plus the lists that this home has seen."""
TINY: Final = 1e-6


@dataclass(frozen=True, slots=True)
class Share:
    """A share: (hits, all) of each run, and what is assumed where nothing was counted."""

    assumed: float
    counted: Sequence[tuple[int, int]] = ()
    weight: float = ASSUMED_SHARE
    spread: float = SHARE_SPREAD

    @property
    def samples(self) -> int:
        """Companies counted."""
        return sum(all_ for _, all_ in self.counted)

    @property
    def mean(self) -> float:
        """Expected, for any list."""
        hits = sum(one for one, _ in self.counted)
        return (self.weight * self.assumed + hits) / (self.weight + self.samples)

    def draw(self, random: Random | None) -> float:
        """The share of one list; None for what is expected."""
        if random is None:
            return self.mean
        runs = sum(all_ >= FEWEST_OF_A_RUN for _, all_ in self.counted)
        if self.spread and runs and random.random() < 1 / (runs + SEEN_BEFORE):
            hits = ANOTHER_KIND * self.assumed
            return random.betavariate(max(hits, TINY), max(ANOTHER_KIND - hits, TINY))
        hits = self.weight * self.assumed + sum(one for one, _ in self.counted)
        misses = self.weight + self.samples - hits
        share = random.betavariate(max(hits, TINY), max(misses, TINY))
        if self.spread == 0:
            return share
        share = min(max(share, TINY), 1 - TINY)
        moved = math.log(share / (1 - share)) + _between(self.spread, self._apart(), random)
        return 1 / (1 + math.exp(-moved))

    def _apart(self) -> list[float]:
        """Each run's squared distance from the mean, as logits, beyond what chance alone makes of so many companies."""
        mean = min(max(self.mean, TINY), 1 - TINY)
        apart = []
        for hits, all_ in self.counted:
            if all_ >= FEWEST_OF_A_RUN:
                share = (hits + 0.5) / (all_ + 1)
                chance = 1 / (all_ * share * (1 - share))
                distance = math.log(share / (1 - share)) - math.log(mean / (1 - mean))
                apart.append(max(0.0, distance**2 - chance))
        return apart


@dataclass(slots=True)
class Amount:
    """What one company takes of something: number, sum and sum of squares of the samples of each run."""

    assumed: float
    runs: dict[str, tuple[int, float, float]] = field(default_factory=dict)
    factor: float = 1.0
    """What samples are multiplied by: a price that has changed since."""

    def add(self, run: str, value: float) -> None:
        """One company's."""
        number, total, squares = self.runs.get(run, (0, 0.0, 0.0))
        self.runs[run] = number + 1, total + value, squares + value * value

    @property
    def samples(self) -> int:
        """Companies counted."""
        return sum(number for number, _, _ in self.runs.values())

    @property
    def mean(self) -> float:
        """Expected of one company."""
        total = sum(total for _, total, _ in self.runs.values()) * self.factor
        return (ASSUMED_COMPANIES * self.assumed + total) / (ASSUMED_COMPANIES + self.samples)

    @property
    def mean_of_runs(self) -> float:
        """Without what is assumed."""
        total = sum(total for _, total, _ in self.runs.values())
        return total / self.samples if self.samples else 0.0

    @property
    def deviation(self) -> float:
        """Standard deviation from company to company; an assumed amount deviates as much as it is."""
        n, mean = self.samples, self.mean
        squares = sum(squares for _, _, squares in self.runs.values()) * self.factor**2
        total = sum(total for _, total, _ in self.runs.values()) * self.factor
        around = max(0.0, squares - 2 * mean * total + n * mean * mean)
        assumed = ASSUMED_COMPANIES * self.assumed**2
        return math.sqrt((around + assumed) / (n + ASSUMED_COMPANIES))

    def spreads(self) -> tuple[float, list[float]]:
        """How unsure the mean is, in parts of it, and how far apart the runs' means are beyond chance, squared."""
        mean, n = self.mean, self.samples
        if mean <= 0:
            return 0.0, []
        known = self.deviation / mean / math.sqrt(n + ASSUMED_COMPANIES)
        assumed = ASSUMED_SPREAD * math.sqrt(ASSUMED_COMPANIES / (ASSUMED_COMPANIES + n))
        apart = []
        for number, total, _ in self.runs.values():
            if number >= FEWEST_OF_A_RUN and total > 0:
                distance = math.log(total * self.factor / number / mean)
                apart.append(max(0.0, distance**2 - (self.deviation / mean) ** 2 / number))
        return math.hypot(known, assumed) if n else assumed, apart


@dataclass(frozen=True, slots=True)
class Drawer:
    """An amount, worked out once, to be drawn for so many companies."""

    mean: float
    deviation: float
    unsure: float
    apart: Sequence[float]

    @classmethod
    def of(cls, amount: Amount) -> "Drawer":
        """For many draws."""
        unsure, apart = amount.spreads()
        return cls(amount.mean, amount.deviation, unsure, apart)

    def draw(self, companies: float, random: Random | None) -> float:
        """What that many companies take together; None for what is expected."""
        if companies <= 0 or self.mean <= 0:
            return 0.0
        if random is None:
            return companies * self.mean
        spread = random.gauss(0.0, self.unsure) + _between(AMOUNT_SPREAD, self.apart, random)
        mean = self.mean * math.exp(min(max(spread, -5.0), 5.0))
        chance = random.gauss(0.0, self.deviation * mean / self.mean) * math.sqrt(companies)
        return max(0.0, companies * mean + chance)


def realised(share: float, companies: float, random: Random | None) -> float:
    """The share of so many companies that come to a gate which each passes with this chance."""
    if companies < 1 or random is None:
        return share
    spread = math.sqrt(max(share * (1 - share), 0.0) / companies)
    return min(1.0, max(0.0, random.gauss(share, spread)))


def _between(assumed: float, apart: Sequence[float], random: Random) -> float:
    """How far the next list is from the mean of all lists."""
    weight = ASSUMED_RUNS + max(0, len(apart) - 1)
    variance = (ASSUMED_RUNS * assumed**2 + sum(apart)) / weight
    return random.gauss(0.0, math.sqrt(variance * weight / max(random.gammavariate(weight / 2, 2.0), weight / WIDEST)))


def quantile(values: Sequence[float], share: float) -> float:
    """Of sorted values."""
    if not values:
        return 0.0
    place = share * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (values[high] - values[low]) * (place - low)
