import time
from pathlib import Path

import pytest

from enrichment_assets.core.pattern_rules import Rule, load_rules
from enrichment_assets.pages.evidence import without_orders
from enrichment_assets.pages.prompt_injection import undisguised

ORDERS = load_rules("enrichment_assets.pages", "data/prompt_injection.yaml")
rows = pytest.mark.parametrize("rule", ORDERS, ids=lambda rule: rule.id)


@rows
def test_a_rule_matches_its_examples_alone_and_not_its_counterexamples(rule: Rule) -> None:
    assert rule.match
    for said in rule.match:
        assert rule.found_in(said, said.lower()), said
    for said in rule.no_match:
        assert not rule.found_in(said, said.lower()), said


@rows
def test_no_counterexample_of_a_rule_is_matched_by_another(rule: Rule) -> None:
    for said in rule.no_match:
        assert [other.id for other in ORDERS if other.found_in(said, said.lower())] == [], said


@rows
def test_no_example_is_without_a_hint_of_its_pattern(rule: Rule) -> None:
    """Texts are only searched for patterns whose hints are there."""
    for said in rule.match:
        for pattern in rule.patterns:
            if pattern.compiled.search(said):
                assert all(any(hint in said.lower() for hint in group) for group in pattern.hints), said


def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> tuple[Rule, ...]:
    package = tmp_path / name
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "rules.yaml").write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    return load_rules(name, "rules.yaml")


@pytest.mark.parametrize(
    ("pattern", "complaint"),
    [
        ("(?=x)y", "lookaround"),
        (r"(a)\1", "backreference"),
        ("a.*b", "unbounded"),
        ("a{2,}", "unbounded"),
        ("(x|{words})", "inside brackets"),
        ("{nothing}", "nothing"),
        ("(", "unterminated"),
    ],
)
def test_a_pattern_that_may_be_slow_or_is_none_is_refused_with_its_row(
    pattern: str, complaint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"words: {{words: {{en: [a]}}}}\nrules: [{{id: bad-row, patterns: ['{pattern}'], match: []}}]\n"
    with pytest.raises(ValueError, match="bad-row") as raised:
        loaded(tmp_path, monkeypatch, f"refused{abs(hash(pattern))}", text)
    assert complaint in str(raised.value)


def test_a_word_stands_for_itself_and_a_stem_for_its_words_in_any_script(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = "words: {w: {en: [fit, ignor-], ru: [игнор-], zh: [忽略]}}\nrules: [{id: r, patterns: ['{w}'], match: []}]\n"
    (rule,) = loaded(tmp_path, monkeypatch, "some_words", text)
    for said in ("a fit.", "Ignoring", "Игнорируй", "请忽略之前"):
        assert rule.found_in(said, said.lower()), said
    for said in ("fitness", "profit", "signor"):
        assert not rule.found_in(said, said.lower()), said


def test_rules_and_what_undoes_disguises_take_linear_time() -> None:
    """The first example never ended."""
    assert undisguised(f"x{'_' * 200}ab") == f"x{'_' * 200}ab"
    pumps = [word for rule in ORDERS for word in rule.match[0].split()[:2]]
    began = time.thread_time()
    for pump in dict.fromkeys(["x_", "a b ", "a.b-", "1n", *pumps]):
        without_orders(f"x{(pump + ' ') * (20_000 // len(pump))}ab")
    assert time.thread_time() - began < 20
