"""What is read of pages and news: ``python -m benchmarks.page_reading [FOLDER]`` (default ``../shared/data``).

No network. Real home pages and descriptions of companies, and made-up pages, headlines and dates beside this file. Each
line is one figure with what it was measured on. ``--show ROW`` prints that row's misses.
"""

import csv
import gzip
import json
import re
import tarfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import polars as pl

from benchmarks.careers_reading import Row, show
from enrichment_assets.artifacts.linkedin.artifact import from_links
from enrichment_assets.artifacts.linkedin.urls import company_slug
from enrichment_assets.artifacts.news.dates import published_on
from enrichment_assets.artifacts.news.kinds import kind_of
from enrichment_assets.artifacts.news.matching import why_about
from enrichment_assets.artifacts.website.artifact import HomePage, Link, read_home
from enrichment_assets.companies.company import Company
from enrichment_assets.companies.suffixes import registrable
from enrichment_assets.pages.kinds.site_status import landing
from enrichment_assets.pages.page import Fetched, Page
from enrichment_assets.pages.search_results import NewsResult

HERE = Path(__file__).parent
ASKED = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
FOREIGN = {"parked", "for_sale", "dead", "blocked"}
WANTED = {"company": {"same_site"}, "lander": {"parked", "for_sale", "dead"}, "wall": {"blocked"}}
_NAMED = re.compile(r"linkedin\.com\\?/company(?:-beta)?\\?/[\w%.&+~-]+", re.IGNORECASE)


def rows(folder: Path) -> Iterator[Row]:
    """Every figure of the data in a folder."""
    yield from real_pages(folder)
    yield from descriptions(folder)
    yield from made_up_pages()
    yield from served_pages()
    yield from headlines()
    yield dates()


def real_pages(folder: Path) -> Iterator[Row]:
    """Real pages: is each its company's, its text free of tags and mojibake, its LinkedIn page found?"""
    own, clean, named = (
        Row("real pages taken for the company's"),
        Row("texts without tags"),
        Row("LinkedIn pages found"),
    )
    spent = 0.0
    for fetched, domain in _pages(folder):
        began = time.process_time()
        home = read_home(fetched, domain, domain.partition(".")[0])
        spent += time.process_time() - began
        own.add(home.landing.landed not in FOREIGN, f"{fetched.url} {home.landing.reason}")
        tag = re.search(r"</?(?:div|span|a|p|li|script|td)\b[^>]{0,80}>|Ã[\x80-\xbf©¼¶¤]", home.text)
        clean.add(tag is None, f"{fetched.url} {tag[0] if tag else ''}")
        markup = re.sub(r"(?s)<!--.*?-->", "", fetched.body.decode("utf-8", "replace"))
        slugs = {slug for found in _NAMED.findall(markup) if (slug := company_slug(found.replace("\\", "")))}
        if slugs:
            said = _linkedin(home, domain)
            named.add(said in slugs, f"{fetched.url} {said} of {sorted(slugs)}")
    print(f"reading a page: {spent / max(1, own.total) * 1_000:.2f} ms of CPU (n={own.total})")
    yield from (own, clean, named)


def _pages(folder: Path) -> Iterator[tuple[Fetched, str]]:
    with (
        (folder / "html/pages_index.csv").open(newline="") as index,
        tarfile.open(folder / "html/pages.tar.gz") as pages,
    ):
        for row in csv.DictReader(index):
            file = pages.extractfile(row["file"])
            body = file.read() if file else b""
            host = urlsplit(row["url"]).hostname or ""
            kind = f"text/html; charset={row['declared_charset']}"
            yield Fetched(row["url"], row["url"], 200, body, kind), registrable(host) or host


def _linkedin(home: HomePage, domain: str) -> str | None:
    parts = home.parts
    links = [Link(url=url, text=text, in_header=url in parts.header_links) for url, text in parts.links]
    found = from_links(Company(domain, domain.partition(".")[0]), links, f"https://{domain}/")
    return company_slug(found.url) if found and found.url else None


def descriptions(folder: Path) -> Iterator[Row]:
    """What companies say of themselves, as a short page each and as a page of one sentence each."""
    whole, sentence = Row("descriptions taken for a company's"), Row("sentences taken for a company's")
    with gzip.open(folder / "companies/yc_companies.jsonl.gz", "rt") as lines:
        told = [json.loads(line) for line in lines]
    texts = [(each["name"], f"{each['one_liner']}\n{each['long_description']}") for each in told]
    texts += [("", text) for text in pl.read_parquet(folder / "labels/icp_eval.parquet")["text"].to_list() if text]
    for name, text in texts:
        whole.add(_landed(name, text) not in FOREIGN, f"{name}: {text[:100]}")
        for part in re.split(r"(?<=[.!?])\s", text):
            if len(part) > 20:
                sentence.add(_landed(name, part) not in FOREIGN, f"{name}: {part[:100]}")
    yield from (whole, sentence)


def _landed(title: str, text: str) -> str:
    url = "https://acme.com/"
    return landing("acme.com", "Acme", Page(url, url, 200, "", text, title), title).landed


def made_up_pages() -> Iterator[Row]:
    """Short pages of companies that use a lander's words, landers, walls."""
    found = {kind: Row(f"made-up pages: {kind}") for kind in WANTED}
    for row in _table("page_cases.tsv"):
        landed = _landed(row["title"], row["text"].replace(" / ", "\n"))
        found[row["kind"]].add(landed in WANTED[row["kind"]], f"{landed}: {row['title']} | {row['text'][:80]}")
    yield from found.values()


def served_pages() -> Iterator[Row]:
    """The same kinds of pages as markup, with the links and scripts that such pages have."""
    found = {kind: Row(f"made-up markup: {kind}") for kind in WANTED}
    for kind, fetched, domain, name in markup_cases():
        judged = read_home(fetched, domain, name).landing
        found[kind].add(judged.landed in WANTED[kind], f"{domain}: {judged.reason}")
    yield from found.values()


def markup_cases() -> Iterator[tuple[str, Fetched, str, str]]:
    """Kind, page, domain and name of each page of ``page_markup.txt``."""
    for page in (HERE / "page_markup.txt").read_text(encoding="utf-8").split("\n## ")[1:]:
        head, _, html = page.partition("\n")
        kind, domain, name, *status = (part.strip() for part in head.split(" | "))
        url = f"https://{domain}/"
        answered = int(status[0]) if status else 200
        yield kind, Fetched(url, url, answered, html.encode(), "text/html; charset=utf-8"), domain, name


def headlines() -> Iterator[Row]:
    """Whether a headline is about a company, and what it tells."""
    about, told = Row("headlines matched"), Row("kinds of events")
    for row in _table("news_cases.tsv"):
        company = Company(f"{row['company'].lower().replace(' ', '')}.com", row["company"])
        result = NewsResult(row["title"], "https://paper.example/x", row["text"] or None, None, None)
        why = why_about(company, result, frozenset(row["topics"].split()))
        about.add(bool(why) is (row["about"] == "yes"), f"{row['company']}: {row['title']} ({why})")
        if row["kind"]:
            kind = kind_of(row["title"], row["text"])
            told.add(kind == row["kind"], f"{kind}: {row['title']}")
    yield from (about, told)


def dates() -> Row:
    """Dates as results give them, in many languages."""
    row = Row("dates")
    for case in _table("date_cases.tsv"):
        day = published_on(case["text"], ASKED)
        row.add((day.isoformat() if day else "") == case["day"], f"{case['text']}: {day}")
    return row


def _table(name: str) -> Iterator[dict[str, str]]:
    with (HERE / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


if __name__ == "__main__":
    show("page_reading", __doc__, rows)
