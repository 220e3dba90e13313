"""Whether a headline is about the company, what it tells, and when: reported and made-up ones."""

import csv
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from enrichment_assets.artifacts.news.dates import published_on
from enrichment_assets.artifacts.news.kinds import kind_of
from enrichment_assets.artifacts.news.matching import why_about
from enrichment_assets.companies.company import Company
from enrichment_assets.core.pattern_rules import Rule, load_rules
from enrichment_assets.pages.search_results import NewsResult

CASES = Path(__file__).parents[3] / "benchmarks" / "news_cases.tsv"
ASKED = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
EVENTS = load_rules("enrichment_assets.artifacts.news", "data/events.yaml")
SENSES = load_rules("enrichment_assets.artifacts.news", "data/senses.yaml")


def about(name: str, title: str, text: str = "", topics: str = "") -> bool:
    result = NewsResult(title, "https://paper.example/x", text or None, None, None)
    return bool(why_about(Company(f"{name.lower().replace(' ', '')}.com", name), result, frozenset(topics.split())))


def test_the_reported_headlines_are_whose_they_are(shared_data: Path) -> None:
    rows = {row["id"]: row for row in json.loads((shared_data.parent / "cases" / "pages.json").read_text())}
    for name, wanted in (("N1", True), ("N2", False)):
        company, _, title = rows[name]["input"].partition(": ")
        assert about(company, title.strip('"')) is wanted
    for title in rows["N4"]["input"].split('"')[1::2]:
        assert kind_of(title, None) == rows["N4"]["want"]


def test_made_up_headlines_are_whose_they_are_and_tell_what_they_tell() -> None:
    with CASES.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    wrong = [row["title"] for row in rows if about(row["company"], row["title"], row["text"], row["topics"])
             is not (row["about"] == "yes")]  # fmt: skip
    assert wrong == ["Stripe Atlas launches in Brazil"]  # a product's name alone may be anything's
    told = [(row["title"], row["kind"]) for row in rows if row["kind"]]
    assert [title for title, kind in told if kind_of(title, None) != kind] == []
    assert len(rows) == 129


@pytest.mark.parametrize("rule", EVENTS, ids=lambda rule: rule.id)
def test_events_are_read_in_other_languages(rule: Rule) -> None:
    assert [text for text in rule.match if kind_of(text, None) != rule.scope] == []
    assert [text for text in rule.no_match if rule.found_in(text, text.lower())] == []


@pytest.mark.parametrize("rule", SENSES, ids=lambda rule: rule.id)
def test_a_row_of_senses_matches_its_examples_alone(rule: Rule) -> None:
    assert rule.match
    assert rule.no_match
    assert [text for text in rule.match if not rule.found_in(text, text.lower())] == []
    assert [text for text in rule.no_match if rule.found_in(text, text.lower())] == []
    assert [text for text in rule.match if kind_of(text, None) != rule.scope] == []


@pytest.mark.parametrize(
    ("text", "told", "day"),
    [
        ("12.03.2026", "", date(2026, 3, 12)),
        ("03.04.2026", "", date(2026, 4, 3)),
        ("3/4/2026", "Acme raises $12M", date(2026, 3, 4)),
        ("3/4/2026", "Acme lève 12 millions d’euros pour les robots", date(2026, 4, 3)),
        ("25/12/2025", "", date(2025, 12, 25)),
        ("2026. 3. 12.", "", date(2026, 3, 12)),
        ("3 napja", "", date(2026, 11, 21)),
        ("acum 3 zile", "", date(2026, 11, 21)),
        ("πριν από 3 ημέρες", "", date(2026, 11, 21)),
        ("3 дні тому", "", date(2026, 11, 21)),
        ("12 березня 2026 р.", "", date(2026, 3, 12)),
        ("قبل 3 أيام", "", date(2026, 11, 21)),
        ("לפני 3 ימים", "", date(2026, 11, 21)),
        ("3 ngày trước", "", date(2026, 11, 21)),
        ("昨日", "", date(2026, 11, 23)),
        ("dün", "", date(2026, 11, 23)),
        ("Updated 3 hours ago", "", date(2026, 11, 24)),
        ("Published Mar 12, 2026", "", date(2026, 3, 12)),
        ("30+ days ago", "", date(2026, 10, 25)),
        ("3 min read", "", None),
        ("Reading 3 min", "", None),
        ("Lesezeit: 3 Min.", "", None),
        ("3 min de lecture", "", None),
        ("5 мин чтения", "", None),
    ],
)
def test_dates_of_any_language(text: str, told: str, day: date | None) -> None:
    assert published_on(text, ASKED, told) == day
