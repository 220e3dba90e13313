"""What of a model's answer may stand, whatever it says."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.artifacts.questions.figures import date_stands_in, number_of, numbers_in
from enrichment_assets.artifacts.questions.files import parse_question
from enrichment_assets.artifacts.questions.question import Question
from enrichment_assets.artifacts.questions.verifying import Verified, verify

PAGE = """\
# Pricing

Plans start at $49 per seat and month, billed per user.
More than 2,500 finance teams close their books with Ledgerline.
Ledgerline was founded on 3 May 2016 in Lisbon by two accountants.
We are not SOC 2 certified yet; the audit is planned.
Ledgerline integrates with Salesforce, both ways and in minutes.
"""
SEAT = "Plans start at $49 per seat and month"


def question(answer: str, more: str = "") -> Question:
    return parse_question(
        f"name: it\nquestion: What do the plans say?\nanswer: {answer}\npages: [pricing]\n{more}", "q"
    )


def verified(said: Any, answer: str, more: str = "") -> Verified:
    return verify({"it": said}, [question(answer, more)], {"pricing": PAGE}, ["Ledgerline"])["it"]


ENUM = "{type: enum, values: [per_seat, usage]}"
OBJECT = "{type: object, properties: {price: {type: number}, unit: {enum: [seat, request]}}}"


@pytest.mark.parametrize(
    ("answer", "quote", "said", "stands"),
    [
        (ENUM, SEAT, "per_seat", "per_seat"),
        (ENUM, SEAT, "Per seat", "per_seat"),
        (ENUM, SEAT, "flat", None),
        (ENUM, SEAT, ["per_seat"], None),
        (ENUM, "Plans start at $59 per seat and month", "per_seat", None),
        (ENUM, "Plans at $49 per seat and month", "per_seat", None),
        (ENUM, None, "per_seat", None),
        ("number", SEAT, 49, 49),
        ("number", SEAT, "$49", 49),
        ("number", SEAT, 490, None),
        ("number", SEAT, True, None),
        ("number", "More than 2,500 finance teams close their books", 2500, 2500),
        ("number", "More than 2,500 finance teams close their books", 2.5, None),
        ("date", "Ledgerline was founded on 3 May 2016 in Lisbon", "2016-05-03", "2016-05-03"),
        ("date", "Ledgerline was founded on 3 May 2016 in Lisbon", "2016", "2016"),
        ("date", "Ledgerline was founded on 3 May 2016 in Lisbon", "2016-05-04", None),
        ("date", "Ledgerline was founded on 3 May 2016 in Lisbon", "2016-06-03", None),
        ("date", "Ledgerline was founded on 3 May 2016 in Lisbon", "May 2016", None),
        ("boolean", "We are not SOC 2 certified yet; the audit is planned", False, False),
        ("boolean", "We are not SOC 2 certified yet; the audit is planned", "no", False),
        ("boolean", "We are not SOC 2 certified yet; the audit is planned", "perhaps", None),
        ("text", SEAT, "It charges per seat.", "It charges per seat."),
        ("text", SEAT, "It charges $99 per seat.", None),
        ("text", "Ledgerline integrates with Salesforce, both ways and in minutes", "Salesforce", "Salesforce"),
        ("text", "Ledgerline integrates with Salesforce, both ways and in minutes", "HubSpot", None),
        (OBJECT, SEAT, {"price": 49, "unit": "seat"}, {"price": 49, "unit": "seat"}),
        (OBJECT, SEAT, {"price": 50, "unit": "seat"}, {"price": None, "unit": "seat"}),
        (OBJECT, SEAT, {"price": 50, "unit": "cow"}, None),
        (OBJECT, SEAT, "seat", None),
    ],
)
def test_an_answer_stands_on_words_of_the_page(answer: str, quote: str | None, said: Any, stands: Any) -> None:
    found = verified({"quote": quote, "answer": said}, answer)
    assert (found.status, found.answer) == (("unknown", None) if stands is None else ("known", stands))
    assert all(" ".join(words.split()) in " ".join(PAGE.split()) for words in found.quotes)


def test_each_item_of_a_list_stands_in_a_quote_of_its_own() -> None:
    items = [
        {"quote": "Ledgerline integrates with Salesforce, both ways and in minutes", "answer": "Salesforce"},
        {"quote": "Ledgerline integrates with HubSpot, both ways and in minutes", "answer": "HubSpot"},
        {"quote": "Ledgerline integrates with Salesforce, both ways and in minutes", "answer": "Workday"},
        {"quote": None, "answer": "Jira"},
        "Slack",
    ]
    assert verified(items, "{type: list}").answer == ["Salesforce"]
    assert verified(items[1:], "{type: list}").status == verified({}, "{type: list}").status == "unknown"


def test_without_a_quote_only_what_says_so_may_stand() -> None:
    assert verified({"quote": None, "answer": "per_seat"}, ENUM, "quote: optional\n").answer == "per_seat"
    assert verified({"quote": None, "answer": "flat"}, ENUM, "quote: optional\n").status == "unknown"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=30)
    | st.sampled_from([SEAT, "49", "usage"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["quote", "answer", "price"]), inner),
    max_leaves=8,
)


@given(JSON, st.sampled_from([ENUM, "number", "date", "boolean", "text", "{type: list}", OBJECT]))
def test_whatever_is_said_is_read_and_nothing_is_known_without_the_pages_words(said: Any, answer: str) -> None:
    found = verified(said, answer)
    if found.status == "known":
        assert found.quotes
        assert found.answer is not None
        if answer == ENUM:
            assert found.answer in ("per_seat", "usage")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("from $49 per user / month", [49]),
        ("in 2019 500 people", [500, 2019]),
        ("1.234,50 € or $1,234.50", [1234.5]),
        ("12 million users, 1.2M downloads", [1_200_000, 12_000_000]),
        ("10 000 clients and 1'000'000 CHF", [10_000, 1_000_000]),
        ("5, 6 or 7 of v2.3.4", [5, 6, 7]),
        ("-5 degrees, 20-200 people", [-5, 20, 200]),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, numbers: list[float]) -> None:
    assert sorted(map(float, numbers_in(text))) == numbers
    assert all(number_of(number, text) == number for number in numbers)


@pytest.mark.parametrize("text", ["am 3. Mai 2016", "03/05/2016", "2016-05-03", "le 3 mai 2016", "May 3rd, 2016"])
def test_a_date_stands_in_words_of_many_languages(text: str) -> None:
    assert date_stands_in("2016-05-03", text.replace("3rd", "3"))
    assert not date_stands_in("2016-05-03", text.replace("2016", "2015"))
