"""No pattern of the package takes more than linear time, on any text."""

import re

import pytest

import enrichment_assets
from enrichment_assets.artifacts.news import matching
from enrichment_assets.cache.upkeep.erase import Eraser
from enrichment_assets.companies.lists.footers import _begins
from enrichment_assets.core.pattern_rules import load_rules
from enrichment_assets_tests.pumping import Found, compiled, growth, inline, key, slowest

TEXTS_PER_PATTERN = 100
COVERED = {
    "enrichment_assets.pages.prompt_injection._rule": "its patterns are in the module's rules",
    "enrichment_assets.artifacts.news.matching._patterns": "by NAMES",
    "enrichment_assets.evaluation.evaluation.masked": "reads the operator's own labelled file only",
    "enrichment_assets.core.pattern_rules._pattern": "refuses what is not linear; its rows are in RULES",
    "enrichment_assets.companies.lists.footers._begins": "in BUILT",
    "enrichment_assets.companies.lists.dialect.prepared": "in BUILT",
    "enrichment_assets.cache.upkeep.erase.__init__": "in BUILT",
}
"""Functions that make a pattern of what they are given."""
ERASER = Eraser("acme.com", ["Acme & Sons Robotics Inc"])
BUILT = (
    _begins(),
    ERASER._domain,
    ERASER._name,
    re.compile(r'(?<!\\)((?:\\\\)*)\\"'),
)
NAMES = ("Acme", "Acme & Sons Robotics Inc", "Ramp", "Žluťoučký kůň")
RULES = (
    ("enrichment_assets.pages", "data/prompt_injection.yaml"),
    ("enrichment_assets.pages", "data/page_kinds.yaml"),
    ("enrichment_assets.artifacts.linkedin", "data/credits.yaml"),
    ("enrichment_assets.artifacts.news", "data/events.yaml"),
    ("enrichment_assets.artifacts.news", "data/senses.yaml"),
    ("enrichment_assets.artifacts.careers.data", "functions.yaml"),
    ("enrichment_assets.artifacts.careers.data", "listing.yaml"),
    ("enrichment_assets.artifacts.careers.data", "not_careers.yaml"),
    ("enrichment_assets.providers.boards", "vendors.yaml"),
)
"""Patterns that are rows of data."""
ONCE_SLOW = (
    (r"(?<!\w)(?:\w[ ._*-]{1,2}){5,}\w(?!\w)", "x", "_", "ab"),
    (r"(?:https?:)?(?://)?(?:jobs\.lever\.co|[a-z0-9-]+\.workable\.com|[a-z0-9-]+\.breezy\.hr)", "lever.co ", "a", ""),
    (r"\[\s?\s?\]\([^)\n]*\)", "", "[](", ""),
    (r"\(data:[^)\s]*\)", "", "(data:", ""),
    (r"""^\s*(\d+)[^;]*;\s*url\s*=\s*['"]?([^'">\s]+)""", "", "1", ""),
    (r"""<!--.*?-->|<(/?)([a-z][^\s>/]*)((?:[^>"]|"[^"]*")*)>""", "<xmp>", "<a ", ""),
    (r"\s*[(\[][^()\[\]]*[)\]]\s*$", "", " ", "x"),
    (r"(?:(?<![^\x00-\x7f])|^)[\u200c\u200d]+|[\u200c\u200d]+(?=[\x00-\x7f]|$)", "é", "\u200d", "é"),
)
"""Patterns that the package had, and what slowed them down."""


def all_patterns() -> list[Found]:
    written, unknown = inline(enrichment_assets)
    assert unknown <= set(COVERED), "a pattern of what a function is given: bound it and say here how it is tested"
    built = [Found(f"news_matching._patterns({name!r})", matching._patterns(name).anywhere) for name in NAMES]
    built += [Found(f"BUILT[{at}]", pattern) for at, pattern in enumerate(BUILT) if pattern is not None]
    built += [
        Found(f"{name} {rule.id}", pattern.compiled)
        for package, name in RULES
        for rule in load_rules(package, name)
        for pattern in rule.patterns
    ]
    found = compiled(enrichment_assets) | written | {key(each.pattern): each for each in built}
    return list(found.values())


def test_every_pattern_is_linear():
    found = all_patterns()
    assert len(found) > 200
    slow = [each for pattern in found if (each := slowest(pattern, TEXTS_PER_PATTERN, seed=1))]
    assert not slow, "\n".join(map(str, slow))


@pytest.mark.parametrize(("pattern", "lead", "pump", "end"), ONCE_SLOW)
def test_the_stopwatch_sees_what_was_slow(pattern, lead, pump, end):
    assert growth(Found("", re.compile(pattern, re.DOTALL)), lead, pump, end)


@pytest.mark.parametrize(("pattern", "lead", "pump", "end"), ONCE_SLOW[:-1], ids=str)
def test_the_generator_finds_what_was_slow(pattern, lead, pump, end):
    assert slowest(Found("", re.compile(pattern, re.DOTALL)), 4 * TEXTS_PER_PATTERN, seed=1)
