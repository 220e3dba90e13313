"""Pages made to take time: twice the page takes about twice the time, whatever is on it."""

import time
from collections.abc import Callable
from datetime import date

import pytest

from enrichment_assets.artifacts.careers.board import pointers
from enrichment_assets.artifacts.careers.jsonld import jsonld_openings
from enrichment_assets.artifacts.careers.lines import hides_openings, says_no_openings, stated_total
from enrichment_assets.artifacts.careers.links import careers_links, openings_link
from enrichment_assets.artifacts.careers.listing import job_links, listed_openings
from enrichment_assets.artifacts.news.kinds import funding_amount, kind_of
from enrichment_assets.artifacts.news.matching import why_about
from enrichment_assets.artifacts.news.merging import NewsItem, same_story_groups
from enrichment_assets.companies.company import Company
from enrichment_assets.pages.html_text import decode, read
from enrichment_assets.pages.kinds.site_status import landing, visible_text
from enrichment_assets.pages.links import page_parts, parsed
from enrichment_assets.pages.page import Page
from enrichment_assets.pages.quotes import Words, readable
from enrichment_assets.pages.search_results import NewsResult
from enrichment_assets.providers.boards.board import Opening, once

CHARACTERS = 60_000
FREE_S = 0.25
"""What is faster is fast enough; slower reading is measured against half the page."""
MOST_S = 3.0
POSTING = '{"@type":"JobPosting","title":"Engineer","identifier":"1","jobLocation":"Oslo"}'

FLOODS: dict[str, Callable[[int], str]] = {
    **{
        name: lambda times, unit=unit: unit * times
        for name, unit in {
            "nested": "<div>",
            "nested, ended by others": "<div></x>",
            "lists": "<ul><li>",
            "tables": "<table><tr><td>",
            "lost in tables": "<table><a>x<tr>",
            "links in links": '<a href="/jobs/engineer"><object>Engineer ',
            "links": '<a href="/jobs/software-engineer-1">Software Engineer - Oslo</a>\n',
            "tags without end": "<a <a ",
            "comments": "<!-- <!--",
            "raw text": '<xmp><a b="<a" ',
            "raw comments": "<xmp><!-- ",
            "scripts": "<script>lever.co aaa</script>",
            "script": "<script>jobs.lever.co/a workable.com " + "a-" * 100,
            "addresses": "boards.greenhouse.io/embed/a?b;&",
            "backslashes": "lever.co" + "\\" * 200,
            "blanks": " \t\xa0",
            "lines": " \n",
            "entities": "&amp;lt;",
            "no entities": "&#",
            "underscores": "_",
            "letters apart": "a_ ",
            "marks": "\u0301\u0316",
            "joiners": "é\u200d",
            "ligatures": "\ufdfa",
            "links in markdown": "[](",
            "images in markdown": "![",
            "pictures": "![](data:image/png;base64,AAAA ",
            "quotes in links": '](a "',
            "signs": "*_`#>|[]\\",
            "figures": "$1,1.",
            "one word": "a",
            "names": "Acme's Acme - ",
            "one sentence": "Acme raised, said it would ",
        }.items()
    },
    "open formatting": lambda times: "".join(f"<p><b id={at}></p>" for at in range(times)),
    "postings": lambda times: f'<script type="application/ld+json">[{",".join([POSTING] * times)}]</script>',
    "broken postings": lambda times: f'<script type="application/ld+json">{"[{" + POSTING[:-1] * times}</script>',
    "refresh": lambda times: f'<meta http-equiv="refresh" content="{"1" * times}">',
}  # fmt: skip


def read_all(html: str) -> None:
    """Everything that is done with a page, and with its text as if it were a search result."""
    decode(html.encode("utf-8", "surrogatepass"), "text/html; charset=punycode")
    said = read(html)
    url = "https://acme.com/careers"
    parts = page_parts(html, url)
    landing("acme.com", "Acme", Page(url, url, 200, html, said.text, said.title, said.description), said.title)
    careers_links(parts.links, "acme.com")
    openings_link(parts.links, "acme.com", url, frozenset())
    listed_openings(parsed(html), url)
    job_links(parts.links, url)
    pointers(parts.links, parts.embeds, html)
    jsonld_openings(parts.job_postings, date(2026, 1, 1))
    for text in (said.text, html):
        says_no_openings(text)
        hides_openings(text)
        stated_total(text)
        visible_text(text)
        Words(readable(text)).find("We sell accounting software to dentists")
        kind_of(text, text)
        funding_amount(text, text)
        result = NewsResult(text, "https://news.example/a", text, None, None)
        why_about(Company("acme.com", "Acme"), result, frozenset({"software"}))
        same_story_groups([NewsItem(text, url, None, None)] * 2)


def cpu_s(work: Callable[[], object]) -> float:
    start = time.thread_time()
    work()
    return time.thread_time() - start


@pytest.mark.parametrize("flood", FLOODS)
def test_twice_the_page_takes_about_twice_the_time(flood):
    make = FLOODS[flood]
    times = CHARACTERS // (len(make(2)) - len(make(1)))
    whole, half = make(times), make(times // 2)
    seconds = cpu_s(lambda: read_all(whole))
    assert seconds < MOST_S
    if seconds > FREE_S:
        ratios = (cpu_s(lambda: read_all(whole)) / cpu_s(lambda: read_all(half)) for _ in range(3))
        assert any(ratio < 2.8 for ratio in ratios)


def test_a_posting_listed_thousands_of_times_is_merged_at_once():
    rows = [Opening("1", "Engineer", location=f"Place {at}") for at in range(20_000)]
    assert cpu_s(lambda: once(rows)) < 1
    (opening,) = once(rows)
    assert (opening.location or "").startswith("Place 0; Place 1; ")
