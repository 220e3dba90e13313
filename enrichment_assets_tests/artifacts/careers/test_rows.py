"""Every row of the data files matches its own examples, and none of those it must not match."""

import pytest

from enrichment_assets.core.pattern_rules import Rule, load_rules

FILES = {
    "functions": ("enrichment_assets.artifacts.careers.data", "functions.yaml"),
    "listing": ("enrichment_assets.artifacts.careers.data", "listing.yaml"),
    "not_careers": ("enrichment_assets.artifacts.careers.data", "not_careers.yaml"),
    "vendors": ("enrichment_assets.providers.boards", "vendors.yaml"),
}
ROWS = [pytest.param(rule, id=f"{file}-{rule.id}") for file, place in FILES.items() for rule in load_rules(*place)]


@pytest.mark.parametrize("rule", ROWS)
def test_a_row_matches_its_examples_alone(rule: Rule) -> None:
    assert rule.match
    assert rule.no_match
    assert [text for text in rule.match if not rule.found_in(text, text.lower())] == []
    assert [text for text in rule.no_match if rule.found_in(text, text.lower())] == []
