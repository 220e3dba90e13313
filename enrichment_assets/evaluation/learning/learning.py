"""From two lists of companies to a draft of a profile and what it is worth. Calls nobody."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from enrichment_assets.artifacts.icp.profile import LoadedProfile
from enrichment_assets.core.digest import digest
from enrichment_assets.evaluation.agreement import Rate
from enrichment_assets.evaluation.learning.draft import write_draft
from enrichment_assets.evaluation.learning.lifts import Evidence, Lift, lifts
from enrichment_assets.evaluation.learning.rules import Rules, learn, rates

LEAST_WON: Final = 20
LEAST_LOST: Final = 10
"""Fewer say nothing: whatever they have in common is chance."""
HELD_OUT: Final = 0.3
SEED: Final = "learn-icp"


class TooFewError(Exception):
    """There is not enough to learn from; the message says how much there is and what would add to it."""


@dataclass(frozen=True)
class Learned:
    """What came out. ``draft`` is None where nothing tells the two lists apart.

    ``held_out``: precision and recall of the lines on companies they were not learned from; ``present``: of the
    verdicts that are stored of the same companies.
    """

    train: Sequence[Evidence]
    test: Sequence[Evidence]
    found: Sequence[Lift]
    rules: Rules
    draft: str | None
    held_out: tuple[Rate, Rate]
    present: tuple[Rate, Rate]


def learn_profile(known: Sequence[Evidence], loaded: LoadedProfile) -> Learned:
    """The draft, learned from seven tenths of the companies. Raises TooFewError, and ValueError (see ``draft``)."""
    won = sum(one.won for one in known)
    lost = len(known) - won
    if won < LEAST_WON or lost < LEAST_LOST:
        raise TooFewError(
            f"{won} companies that were won and {lost} that were lost have a stored page: it takes at least "
            f"{LEAST_WON} and {LEAST_LOST}. Fewer have things in common by chance."
        )
    test = [one for one in known if held_out(one.domain)]
    train = [one for one in known if not held_out(one.domain)]
    found = lifts(train)
    rules = learn(train, found)
    scored = rules.score(test)
    draft = write_draft(rules, train, loaded.profile, loaded.source, scored) if rules.lines else None
    return Learned(train, test, found, rules, draft, scored, rates(test, lambda one: one.verdict == "fit"))


def held_out(domain: str) -> bool:
    """Whether a company is kept for the score: three tenths, always the same, whatever else is in the lists."""
    return int(digest(SEED, domain)[:8], 16) < HELD_OUT * 16**8
