"""Whether the news speak for writing to the company now: the first rule that applies, by name. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from enrichment_assets.artifacts.news.kinds import Kind

Timing = Literal["POSITIVE", "NEUTRAL", "NEGATIVE"]


@dataclass(frozen=True, slots=True)
class TimingRule:
    """A kind of story at most so many days old, and what it means."""

    kind: Kind
    within_days: int
    timing: Timing


TIMING_RULES: Final = (
    TimingRule("layoffs", 60, "NEGATIVE"),
    TimingRule("funding", 90, "POSITIVE"),
    TimingRule("expansion", 60, "POSITIVE"),
    TimingRule("leadership", 60, "POSITIVE"),
    TimingRule("product", 30, "POSITIVE"),
)
"""Bad news comes first: nobody wants a pitch in the week of layoffs, whatever was raised before. An acquisition is
neutral: it may free a budget or freeze it. A story without a date never decides."""


def outreach_timing(stories: Iterable[tuple[Kind, date | None]], today: date) -> tuple[Timing, str]:
    """The timing of stories given as kind and date, and the rule that gave it, as a sentence."""
    ages = [(kind, (today - published_on).days) for kind, published_on in stories if published_on is not None]
    for rule in TIMING_RULES:
        fitting = [age for kind, age in ages if kind == rule.kind and age <= rule.within_days]
        if fitting:
            age = min(fitting)
            return rule.timing, f"{rule.kind} within {rule.within_days} days: {age} {'day' if age == 1 else 'days'} ago"
    return "NEUTRAL", "no rule applies: " + ("no story of a kind that decides" if ages else "no dated story")
