"""What counts as a change of a value, and what does not."""

import random
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.artifacts.differences import LONGEST, differences
from enrichment_assets_tests.builtin import CATALOG, EXAMPLES

SCALARS = st.none() | st.booleans() | st.integers(0, 9) | st.text("ab", max_size=3)
DOCUMENTS = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text("xyz", max_size=2), inner))
KIND = CATALOG["linkedin"].model


def changed(before: Any, after: Any) -> list[tuple[str, Any, Any]]:
    return [(each.field, each.before, each.after) for each in differences(KIND, {"v": before}, {"v": after})]


def shuffled(node: Any, dice: random.Random) -> Any:
    """The same in another order and at another time."""
    match node:
        case dict():
            items = [(name, shuffled(value, dice)) for name, value in node.items()]
            dice.shuffle(items)
            return dict(items)
        case list():
            items = [shuffled(value, dice) for value in node]
            dice.shuffle(items)
            return items
        case datetime():
            return datetime(2020, 1, dice.randint(1, 28), tzinfo=UTC).isoformat()
        case _:
            return node


@given(DOCUMENTS, st.randoms())
def test_order_and_times_are_no_change(document: Any, dice: random.Random) -> None:
    timed = {"at": datetime(2026, 1, 1, tzinfo=UTC), "is": document}
    assert changed(shuffled(timed, dice), shuffled(timed, dice)) == []


@given(SCALARS, SCALARS)
def test_another_answer_is_a_change_however_deep_it_lies(one: Any, other: Any) -> None:
    found = changed({"a": {"b": [one]}}, {"a": {"b": [other]}})
    assert found == ([] if one == other else [("v.a.b", [one], [other])])


def test_a_field_says_what_it_was_and_is() -> None:
    assert changed({"x": "HOT", "y": 1}, {"x": "COLD", "y": 1}) == [("v.x", "HOT", "COLD")]
    assert changed({"n": {"sales": 1}}, {"n": {"sales": 2, "legal": 1}}) == [
        ("v.n.sales", 1, 2),
        ("v.n.legal", None, 1),
    ]


def test_of_long_texts_the_place_where_they_part_is_shown() -> None:
    ((_, before, after),) = changed("x" * 5_000 + "old" + "y" * 500, "x" * 5_000 + "new" + "y" * 500)
    assert "old" in before
    assert "new" in after
    assert max(len(before), len(after)) <= LONGEST + 2


def test_a_field_that_only_one_of_two_releases_knows_is_none() -> None:
    assert differences(KIND, {"url": "a", "gone": 1}, {"url": "a", "new": 2}) == []


def test_no_artifact_differs_from_itself() -> None:
    for name, artifact in CATALOG.items():
        document = EXAMPLES[name].model_dump(mode="json")
        assert differences(artifact.model, document, document) == []
