"""A profile's lines chosen from traits, and what they say of a company without asking a model. Pure.

Each line is satisfied by any of its traits; a company fits that satisfies every must-have and no disqualifier. Traits
are taken one after the other as long as the share of won companies that fit minus that of lost ones (Youden's J) grows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from enrichment_assets.evaluation.agreement import Rate
from enrichment_assets.evaluation.learning.lifts import Evidence, Lift

LEAST_GAIN: Final = 0.02
"""By so much J has to grow for a further trait."""
MOST_PHRASES: Final = 8
"""In one line."""
LONGEST_TEXT: Final = 300
"""Characters that a profile takes in one line."""
MOST_DISQUALIFIERS: Final = 5
COVERS: Final = 0.8
"""A criterion is demanded of everyone only where so many that were won show it."""

Section = Literal["must_haves", "disqualifiers"]


@dataclass(frozen=True)
class Line:
    """One learned line: any of these traits."""

    section: Section
    lifts: tuple[Lift, ...]

    def holds(self, company: Evidence) -> bool:
        """Whether the company shows one of them."""
        return any(lift.trait in company.traits for lift in self.lifts)

    @property
    def text(self) -> str:
        """As the profile says it."""
        first = self.lifts[0].trait
        if first.kind == "criterion":
            return first.text
        said = ", ".join(f"“{lift.trait.text}”" for lift in self.lifts)
        return f"Its page speaks of {said}." if len(self.lifts) == 1 else f"Its page speaks of one of these: {said}."


@dataclass(frozen=True)
class Rules:
    """The learned lines."""

    lines: tuple[Line, ...] = ()

    def fits(self, company: Evidence) -> bool:
        """What they say of a company."""
        return all(line.holds(company) is (line.section == "must_haves") for line in self.lines)

    def score(self, companies: Sequence[Evidence]) -> tuple[Rate, Rate]:
        """Precision and recall on companies whose outcome is known."""
        return rates(companies, self.fits)


def rates(companies: Sequence[Evidence], fits: Callable[[Evidence], bool]) -> tuple[Rate, Rate]:
    """Precision and recall of a judgement."""
    said = [one.won for one in companies if fits(one)]
    return Rate(sum(said), len(said)), Rate(sum(said), sum(one.won for one in companies))


def learn(companies: Sequence[Evidence], found: Sequence[Lift]) -> Rules:
    """The lines that tell the companies apart best, from the traits that a home page shows."""
    shown = [lift for lift in found if lift.trait.kind in ("criterion", "phrase")]
    speaking = [lift for lift in shown if lift.log_odds > 0]
    opposing = [lift for lift in shown if lift.log_odds < 0]
    rules = _widened(
        Rules(), Line("must_haves", ()), [one for one in speaking if one.trait.kind == "phrase"], companies
    )
    demanded = [
        one
        for one in speaking
        if one.trait.kind == "criterion" and one.trait.said == "met" and one.won_with >= COVERS * one.won
    ]
    rules = _lengthened(rules, "must_haves", demanded, companies)
    against = [one for one in opposing if one.trait.kind == "criterion" and one.trait.said == "applies"]
    rules = _lengthened(rules, "disqualifiers", against, companies)
    phrases = [one for one in opposing if one.trait.kind == "phrase"]
    return _widened(rules, Line("disqualifiers", ()), phrases, companies)


def _gain(rules: Rules, companies: Sequence[Evidence]) -> float:
    """Youden's J: 0 for what tells nothing."""
    won = [rules.fits(one) for one in companies if one.won]
    lost = [rules.fits(one) for one in companies if not one.won]
    return sum(won) / len(won) - sum(lost) / len(lost)


def _widened(rules: Rules, line: Line, offered: Sequence[Lift], companies: Sequence[Evidence]) -> Rules:
    """With one more line, made of as many of these traits as help."""
    best, reached, left = rules, _gain(rules, companies), list(offered)
    while left and len(line.lifts) < MOST_PHRASES:
        tried = [(replace(line, lifts=(*line.lifts, lift)), lift) for lift in left]
        tried = [(longer, lift) for longer, lift in tried if len(longer.text) <= LONGEST_TEXT]
        if not tried:
            break
        scored = [(_gain(Rules((*rules.lines, longer)), companies), -place) for place, (longer, _) in enumerate(tried)]
        gain, place = max(scored)
        if gain < reached + LEAST_GAIN:
            break
        line, taken = tried[-place]
        left.remove(taken)
        best, reached = Rules((*rules.lines, line)), gain
    return best


def _lengthened(rules: Rules, section: Section, offered: Sequence[Lift], companies: Sequence[Evidence]) -> Rules:
    """With a line for each of these traits that helps."""
    for lift in offered:
        longer = Rules((*rules.lines, Line(section, (lift,))))
        of_section = sum(line.section == section for line in longer.lines)
        if of_section <= MOST_DISQUALIFIERS and _gain(longer, companies) >= _gain(rules, companies) + LEAST_GAIN:
            rules = longer
    return rules
