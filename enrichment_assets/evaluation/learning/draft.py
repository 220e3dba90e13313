"""The learned lines as an ``icp.yaml``: each with its counts and quotes, as comments above it.

What strangers wrote stands in comments of one printable line and in JSON strings, which are YAML's, so that nothing in
it can end either; and what was written is read back by the profile's own reader before anybody else sees it.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from enrichment_assets.artifacts.icp.profile import IcpProfile, MustHave, parse_profile
from enrichment_assets.core.text import truncate_line
from enrichment_assets.evaluation.agreement import Rate
from enrichment_assets.evaluation.learning.lifts import Evidence, Lift
from enrichment_assets.evaluation.learning.phrases import sentence_with
from enrichment_assets.evaluation.learning.rules import LONGEST_TEXT, Line, Rules

QUOTES: Final = 3
"""Of each line."""
LONGEST_COMMENT: Final = 400
LONGEST_SENTENCE: Final = 600


def quotes_of(line: Line, companies: Sequence[Evidence]) -> list[tuple[str, str]]:
    """(domain, the page's own words) for a line, of as many traits and companies as there is room for."""
    side = [one for one in companies if one.won is (line.section == "must_haves")]
    found: dict[str, str] = {}
    for turn in range(QUOTES):
        for lift in line.lifts:
            having = [one for one in side if lift.trait in one.traits and one.domain not in found]
            for one in having[turn:]:
                quote = one.traits[lift.trait] or sentence_with(one.text, lift.trait.text)
                if quote:
                    found[one.domain] = quote
                    break
            if len(found) == QUOTES:
                return list(found.items())
    return list(found.items())


def write_draft(
    rules: Rules, companies: Sequence[Evidence], present: IcpProfile, source: str, held_out: tuple[Rate, Rate]
) -> str:
    """The text of the file. ``present`` is the profile of today: what you sell stands in it, and is not learned.

    Raises ValueError where the lines cannot be written so that they are read as they are meant.
    """
    learned = _profile(rules, present, companies)
    own = any(line.section == "must_haves" for line in rules.lines)
    parts = [
        f"# Learned from {sum(one.won for one in companies)} companies that were won and "
        f"{sum(not one.won for one in companies)} that were lost. A draft: read every line, and say it in your words.",
        f"# On companies held out, by these lines alone: {_rates(held_out)}",
        f"name: {_text(learned.name)}",
        f"# Not learned: as in {source}.",
        f"we_sell: {_text(learned.we_sell)}",
        f"we_sell_to: {_text(learned.we_sell_to)}",
        "must_haves:" if own else f"# Not learned: as in {source}.\nmust_haves:",
    ]
    for must_have in learned.must_haves if not own else ():
        presumed = "\n    unless_contradicted: true" if must_have.unless_contradicted else ""
        parts.append(f"  - text: {_text(must_have.text)}{presumed}")
    parts += _lines("must_haves", rules, companies)
    if learned.disqualifiers:
        parts += ["disqualifiers:", *_lines("disqualifiers", rules, companies)]
    text = "\n".join(_printable(part) for part in parts) + "\n"
    if parse_profile(text, "the draft") != learned:
        raise ValueError("the draft would not be read as it is meant")
    return text


def _profile(rules: Rules, present: IcpProfile, companies: Sequence[Evidence]) -> IcpProfile:
    lines = {
        section: [truncate_line(line.text, LONGEST_TEXT) for line in rules.lines if line.section == section]
        for section in ("must_haves", "disqualifiers")
    }
    must_haves = [MustHave(text=text) for text in lines["must_haves"]] or present.must_haves
    return IcpProfile(
        name=f"Learned from {len(companies)} companies",
        we_sell=truncate_line(present.we_sell, LONGEST_SENTENCE),
        we_sell_to=truncate_line(present.we_sell_to, LONGEST_SENTENCE),
        must_haves=[MustHave(text=truncate_line(one.text, LONGEST_TEXT), unless_contradicted=one.unless_contradicted)
                    for one in must_haves],
        disqualifiers=lines["disqualifiers"],
    )  # fmt: skip


def _lines(section: str, rules: Rules, companies: Sequence[Evidence]) -> Iterator[str]:
    for line in rules.lines:
        if line.section != section:
            continue
        for lift in line.lifts:
            yield f"  # {_comment(told(lift))}"
        for domain, quote in quotes_of(line, companies):
            yield f"  #   {_comment(f'{domain}: “{quote}”')}"
        yield f"  - {_text(truncate_line(line.text, LONGEST_TEXT))}"


def told(lift: Lift) -> str:
    """A trait with its counts, in one line."""
    return (
        f"{lift.trait} (won {lift.won_with} of {lift.won}, lost {lift.lost_with} of {lift.lost}; "
        f"log-odds {lift.log_odds:+.1f})"
    )


def _rates(rates: tuple[Rate, Rate]) -> str:
    return ", ".join(
        f"{name} {rate.hits} of {rate.of}" for name, rate in zip(("precision", "recall"), rates, strict=True)
    )


def _comment(text: str) -> str:
    return truncate_line(text, LONGEST_COMMENT)


def _text(text: str) -> str:
    """A JSON string is a double-quoted scalar of YAML 1.2."""
    return json.dumps(text, ensure_ascii=False)


def _printable(part: str) -> str:
    return "\n".join("".join(c if c.isprintable() else " " for c in line) for line in part.split("\n"))
