"""What the work costs, drawn a thousand times from what is known: nearly all draws lie between low and high."""

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from random import Random
from typing import Final

from enrichment_assets.planning.chances import Drawer, Share, quantile, realised
from enrichment_assets.planning.standing import Standing, UnknownGate

DRAWS: Final = 1_000
LOW, HIGH = 0.025, 0.975
"""Of the draws: more than the nine of ten that are promised, because no model is true."""


@dataclass(frozen=True, slots=True)
class Range:
    """Of something that is not known: what is expected, and what it will hardly be below and above."""

    low: float
    expected: float
    high: float

    @classmethod
    def of(cls, draws: Sequence[float]) -> "Range":
        """The first is what is expected, the others are drawn."""
        ordered = sorted(draws[1:])
        return cls(quantile(ordered, LOW), draws[0], quantile(ordered, HIGH)) if ordered else cls(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Beliefs:
    """All that is believed of the work, before any draw.

    ``gates``: how often each opens. ``wanted``: how often an artifact finds that it is wanted. ``again``: the share of
    outdated ones for which somebody must be asked, and ``again_of``: whom; ``moved``: the share of what is fresh that
    is made anew because something that goes in has changed. ``usd`` and ``calls``: of one company, by artifact and
    provider.
    """

    gates: Mapping[UnknownGate, Share]
    wanted: Mapping[str, Share]
    again: Mapping[str, Share]
    again_of: Mapping[str, frozenset[str]]
    moved: Share
    usd: Mapping[str, Mapping[str, Drawer]]
    calls: Mapping[str, Mapping[str, float]]


@dataclass
class Drawn:
    """US dollars and calls by artifact and provider, companies by artifact: what is expected first, then the draws."""

    usd: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    made: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    calls: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    total: list[float] = field(default_factory=list)

    def by_provider(self, draws: Mapping[tuple[str, str], Sequence[float]]) -> dict[str, Range]:
        """Summed over the artifacts, draw by draw."""
        return self._summed(draws, 1)

    def by_artifact(self, draws: Mapping[tuple[str, str], Sequence[float]]) -> dict[str, Range]:
        """Summed over the providers, draw by draw."""
        return self._summed(draws, 0)

    def _summed(self, draws: Mapping[tuple[str, str], Sequence[float]], by: int) -> dict[str, Range]:
        sums: dict[str, list[float]] = {}
        for key, values in draws.items():
            before = sums.get(key[by])
            sums[key[by]] = list(values) if before is None else [a + b for a, b in zip(before, values, strict=True)]
        return {name: Range.of(values) for name, values in sums.items()}

    def reach(self, budget_usd: float, companies: int) -> Range:
        """How many of so many companies a budget is enough for."""
        reached = [companies * min(1.0, budget_usd / total) if total > 0 else float(companies) for total in self.total]
        return Range.of(reached)


def draw(standing: Standing, beliefs: Beliefs, *, draws: int = DRAWS, seed: int = 1) -> Drawn:
    """The same numbers for the same input."""
    chance = Random(seed)  # noqa: S311 - no secret
    drawn = Drawn()
    for random in (None, *repeat(chance, draws)):
        asked, again, free = _companies(standing, beliefs, random)
        total = 0.0
        for name in dict.fromkeys((*asked, *again)):
            drawn.made[name].append(asked.get(name, 0.0) + again.get(name, 0.0) + free.get(name, 0.0))
            for provider, drawer in beliefs.usd.get(name, {}).items():
                number = asked.get(name, 0.0)
                if provider in beliefs.again_of.get(name, ()):
                    number += again.get(name, 0.0)
                usd = drawer.draw(number, random)
                total += usd
                drawn.usd[name, provider].append(usd)
                drawn.calls[name, provider].append(number * beliefs.calls[name][provider])
        drawn.total.append(total)
    return drawn


def _companies(
    standing: Standing, beliefs: Beliefs, random: Random | None
) -> tuple[Mapping[str, float], Mapping[str, float], Mapping[str, float]]:
    """Companies by artifact: asked for anew; made again and somebody is needed all the same; made again for nothing."""
    gates = {gate: share.draw(random) for gate, share in beliefs.gates.items()}
    wanted = {name: share.draw(random) for name, share in beliefs.wanted.items()}
    unstored = {name: share.draw(random) for name, share in beliefs.again.items()}
    moved = beliefs.moved.draw(random)
    asked: dict[str, float] = defaultdict(float)
    again: dict[str, float] = defaultdict(float)
    free: dict[str, float] = defaultdict(float)
    for order, (companies, cells) in standing.work.items():
        left, open_ = float(companies), {}
        for gate in order:
            open_[gate] = realised(gates[gate], left, random)
            left *= open_[gate]
        for (name, need, before), number in cells.items():
            made = number * math.prod(open_[gate] for gate in before) * wanted.get(name, 1.0)
            if need == "again":
                again[name] += made * unstored.get(name, 0.0)
                free[name] += made * (1 - unstored.get(name, 0.0))
            else:
                asked[name] += made * (moved if need == "if_changed" else 1.0)
    return asked, again, free
