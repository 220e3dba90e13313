"""What a page is, by its words and by what else is on it."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.page_reading import WANTED, markup_cases, served_pages
from enrichment_assets.core.pattern_rules import Rule, load_rules
from enrichment_assets.pages.html_text import page_of
from enrichment_assets.pages.kinds import ideas, page_kinds, structure
from enrichment_assets.pages.kinds.ideas import Said, said
from enrichment_assets.pages.kinds.page_kinds import kind_of
from enrichment_assets.pages.kinds.site_status import Landing, landing
from enrichment_assets.pages.page import Page

FILE = ("enrichment_assets.pages", "data/page_kinds.yaml")
CASES = Path(__file__).parents[3] / "benchmarks" / "page_cases.tsv"
URL = "https://acme.com/"


def land(title: str, text: str, html: str = "") -> Landing:
    return landing("acme.com", "Acme", Page(URL, URL, 200, html, text, title), title)


def cases() -> list[dict[str, str]]:
    with CASES.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [{**row, "text": row["text"].replace(" / ", "\n")} for row in rows]


def served() -> list[tuple[str, Said]]:
    pages = []
    for kind, fetched, domain, name in markup_cases():
        page = page_of(fetched)
        pages.append((kind, said(page.title, page.text, domain, name, structure.markup_ideas(page.html))))
    return pages


@pytest.mark.parametrize("rule", load_rules(*FILE), ids=lambda rule: rule.id)
def test_a_row_of_markup_matches_its_examples_alone(rule: Rule) -> None:
    assert [text for text in rule.match if structure.markup_ideas(text) != {rule.scope}] == []
    assert [text for text in rule.no_match if structure.markup_ideas(text)] == []


def test_each_row_alone_knows_a_page_of_its_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = [said(case["title"], case["text"], "acme.com", "Acme") for case in cases() if case["kind"] != "company"]
    pages += [page for kind, page in served() if kind != "company"]
    useless = []
    for row in page_kinds._rows():
        monkeypatch.setattr(page_kinds, "_rows", lambda row=row: (row,))
        if not any(map(kind_of, pages)):
            useless.append(row)
    assert useless == []


def test_made_up_pages_of_each_kind_are_told_apart() -> None:
    wrong: dict[str, list[str]] = {kind: [] for kind in WANTED}
    total: Counter[str] = Counter()
    for row in cases():
        total[row["kind"]] += 1
        if land(row["title"], row["text"]).landed not in WANTED[row["kind"]]:
            wrong[row["kind"]].append(row["title"])
    assert total == {"company": 359, "lander": 658, "wall": 264}
    assert wrong["company"] == []
    assert len(wrong["lander"]) <= 14, wrong["lander"]
    assert len(wrong["wall"]) <= 7, wrong["wall"]


def test_pages_as_they_are_served_are_told_apart() -> None:
    company, lander, wall = served_pages()
    assert (company.total, lander.total, wall.total) == (138, 144, 76)
    assert len(company.misses) <= 1, company.misses
    assert lander.misses == []
    assert len(wall.misses) <= 1, wall.misses


def test_each_list_of_words_is_seen_on_a_page() -> None:
    shown = [case[part] for case in cases() for part in ("title", "text")]
    shown += [sentence.text for _, page in served() for sentence in page.sentences]
    pages = "\n".join(ideas._spoken(text, frozenset()) for text in shown)
    unseen = [
        (idea, language)
        for idea, by_language in ideas.page_data()["ideas"].items()
        for language, words in by_language.items()
        if not any(ideas._as_found(str(word)) in pages for word in words)
    ]
    assert unseen == []


def test_the_same_words_on_a_page_with_a_sites_navigation_are_a_sites() -> None:
    navigation = "".join(f"- [Page {n}](/page-{n})\n" for n in range(30))
    text = f"{navigation}\nThis domain is for sale, said the broker. {'We help owners of names to sell them. ' * 30}"
    assert land("Broker", text).landed == "same_site"
    assert land("Broker", "This domain is for sale").landed == "for_sale"


def reported(shared: Path, name: str) -> list[str]:
    rows = json.loads((shared.parent / "cases" / "pages.json").read_text())
    row = next(row for row in rows if row["id"] == name)
    return [row["input"], *row["input"].split('"')[1::2]]


def test_the_reported_pages_are_what_they_are(shared_data: Path) -> None:
    assert land("", "", reported(shared_data, "P1")[0]).landed == "parked"
    for text in reported(shared_data, "P2")[1:]:
        assert land("Acme", f"{text} Talk to our engineers today.").landed == "same_site", text
    for text in reported(shared_data, "P3")[1:]:
        whole = f"This domain name {text}" if text.startswith("has") else text
        assert land("acme.com", whole).landed in ("parked", "dead"), text
    for text in reported(shared_data, "P3b")[0].split("; "):
        words = text.strip('"').replace("...", "door een klant van")
        assert land("acme.com", f"acme.com {words}").landed in ("parked", "for_sale", "dead"), text
    for text in reported(shared_data, "P4")[1:]:
        assert land("acme.com", text).landed == "blocked", text


def test_every_listed_phrase_is_found_in_a_sentence() -> None:
    for idea, phrases in ideas._ideas().items():
        within = {each: f"-{each}-".replace("- ", " ").replace(" -", " ").replace("-", "x") for each in phrases}
        missed = [each for each in phrases if idea not in said("", f"Quux {within[each]} quux", "acme.com").ideas]
        assert idea == "filler" or not missed
