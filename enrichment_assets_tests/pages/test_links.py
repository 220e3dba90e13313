import csv
import tarfile
from pathlib import Path
from time import process_time

from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.pages.kinds.site_status import landing
from enrichment_assets.pages.links import MAX_EMBEDS, MAX_LINKS, absolute, page_parts
from enrichment_assets.pages.page import Page

SCRAPS = (
    "<a href='", "<a href=/x>", "'>", "</a>", "<script type=application/ld+json>", "</script>", "<iframe src=//",
    "<base href='http://[::1'>", "&amp;", "&#xD800;", "\ud800", "\x00", "<meta name=description content='", "http://[",
    "<!--", "<title>", "JobPosting", "boards.greenhouse.io/acme", "<html lang='",
)  # fmt: skip
MARKUP = st.lists(
    st.one_of(
        st.sampled_from(SCRAPS),
        st.text(max_size=12),
    ),
    max_size=40,
).map("".join)


def test_links_are_absolute_deduplicated_and_only_the_webs() -> None:
    html = """<base href="https://acme.com/de/"><a href="/jobs">Jobs</a><a href="about">About &amp; us</a>
    <a href="https://acme.com/jobs#top"></a><a href="mailto:x@acme.com">m</a><a href="javascript:x()">j</a>
    <a href="//cdn.acme.com/page">c</a><a href="/logo.png">l</a><a href="#x">x</a>"""
    assert page_parts(html, "https://acme.com/").links == (
        ("https://acme.com/jobs", "Jobs"),
        ("https://acme.com/de/about", "About & us"),
        ("https://cdn.acme.com/page", "c"),
    )


def test_job_boards_are_found_in_iframes_scripts_and_escaped_inline_json() -> None:
    html = r"""<iframe src="https://jobs.ashbyhq.com/acme?embed=js"></iframe>
    <script src="https://boards.greenhouse.io/embed/job_board/js?for=acme"></script>
    <script>fetch("https:\/\/api.lever.co\/v0\/postings\/acme?mode=json"); x = "apply.workable.com%2Facme"</script>
    <script src="https://www.googletagmanager.com/gtm.js"></script>"""
    embeds = page_parts(html, "https://acme.com/").embeds
    assert embeds[:4] == (
        "https://jobs.ashbyhq.com/acme?embed=js",
        "https://boards.greenhouse.io/embed/job_board/js?for=acme",
        "https://api.lever.co/v0/postings/acme?mode=json",
        "https://apply.workable.com/acme",
    )


def test_json_ld_postings_language_title_and_description_are_kept() -> None:
    html = """<html lang="de-AT"><title>A &amp; B</title><meta name=description content="Robots &quot;here&quot;">
    <script type="application/ld+json">{"@type": "JobPosting", "title": "Engineer",}</script>
    <script type="application/ld+json">{"@type": "Organization"}</script>"""
    parts = page_parts(html, "https://acme.at/")
    assert (parts.language, parts.title, parts.description) == ("de", "A & B", 'Robots "here"')
    assert [posting[:24] for posting in parts.job_postings] == ['{"@type": "JobPosting", ']


def test_a_page_of_thousands_of_links_keeps_those_that_matter_and_its_ends() -> None:
    links = [f'<a href="/page/{number}">{number}</a>' for number in range(5_000)]
    links.insert(1_900, '<a href="/careers">Careers</a>')
    links.insert(2_500, '<a href="https://linkedin.com/company/acme">in</a>')
    html = "".join(links)
    kept = [url for url, _ in page_parts(html, "https://acme.com/").links]
    assert len(kept) == MAX_LINKS
    assert {"https://acme.com/careers", "https://linkedin.com/company/acme", "https://acme.com/page/0"} <= set(kept)


@given(MARKUP)
def test_no_markup_breaks_it_and_everything_it_gives_can_be_stored(html: str) -> None:
    parts = page_parts(html, "https://acme.com/")
    assert len(parts.embeds) <= MAX_EMBEDS
    for text in (
        parts.title,
        parts.description,
        *parts.embeds,
        *parts.job_postings,
        *(x for two in parts.links for x in two),
    ):
        text.encode()
        assert "\x00" not in text
    assert all(url.startswith(("http://", "https://")) for url, _ in parts.links)


def test_a_page_nested_without_end_costs_less_than_a_second() -> None:
    started = process_time()
    page_parts("<div>" * 500_000, "https://acme.com/")
    assert process_time() - started < 1.0


@given(st.text(), st.text())
def test_an_address_is_the_webs_or_none(href: str, base: str) -> None:
    url = absolute(href, base)
    assert url is None or url.startswith(("http://", "https://"))


def test_real_pages_are_read_cheaply_and_their_careers_links_are_kept(shared_data: Path) -> None:
    with (shared_data / "html" / "pages_index.csv").open(encoding="utf-8", newline="") as file:
        index = {row["file"]: row for row in csv.DictReader(file)}
    spent_s, careers, kept, read = 0.0, 0, 0, 0
    with tarfile.open(shared_data / "html" / "pages.tar.gz") as pages:
        for member in pages.getmembers():
            row = next((row for name, row in index.items() if member.name.endswith(name)), None)
            content = pages.extractfile(member)
            if row is None or content is None:
                continue
            html = content.read().decode("utf-8", "replace")
            started = process_time()
            parts = page_parts(html, row["url"])
            landing("acme.com", "Acme", Page(row["url"], row["url"], 200, html, html[:5_000], parts.title), parts.title)
            spent_s += process_time() - started
            read += 1
            if row["first_careers_link"]:
                careers += 1
                kept += any(row["first_careers_link"].rstrip("/").split("/")[-1] in url for url, _ in parts.links)
    assert read == 122
    assert careers - kept <= 1
    assert spent_s / read < 0.010  # measured: 2-3 ms on a busy machine
