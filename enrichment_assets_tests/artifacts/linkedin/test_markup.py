"""The company page as a home page's markup names it."""

import json
from pathlib import Path

import pytest

from enrichment_assets.artifacts.linkedin.artifact import from_links
from enrichment_assets.artifacts.website.artifact import Link
from enrichment_assets.companies.company import Company
from enrichment_assets.core.pattern_rules import Rule, load_rules
from enrichment_assets.pages.links import absolute, page_parts

AT = "https://www.linkedin.com/company"
CREDITS = load_rules("enrichment_assets.artifacts.linkedin", "data/credits.yaml")


def slug_on(markup: str) -> str | None:
    parts = page_parts(markup, "https://acme.com/")
    links = [Link(url=url, text=text, in_header=url in parts.header_links) for url, text in parts.links]
    found = from_links(Company("acme.com", "Acme Robotics"), links, "https://acme.com/")
    return None if found is None else (found.url or "").rpartition("/")[2]


def jsonld(document: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(document)}</script>'


@pytest.mark.parametrize(
    ("markup", "slug"),
    [
        (jsonld({"@type": "Organization", "sameAs": ["https://x.com/a", f"{AT}/acme-inc"]}), "acme-inc"),
        (jsonld({"@graph": [{"@type": ["Brand"], "url": "https://acme.com", "sameAs": f"{AT}/123"}]}), "123"),
        (jsonld({"publisher": {"@type": "Organization", "url": "https://b.com", "sameAs": f"{AT}/b"}}), None),
        (jsonld({"@type": "Person", "sameAs": f"{AT}/globex"}), None),
        ('<script type="application/ld+json">{"sameAs": "linkedin.com</script>', None),
        (f'<link rel="me" href="{AT}/acme">', "acme"),
        (f'<meta property="og:see_also" content="{AT}/acme">', "acme"),
        (f'<link itemprop="sameAs" href="{AT}/acme">', "acme"),
        (f'<a href="{AT.replace("www.", "")}/acme">in</a>', "acme"),
        *((f'<a href="{slip}linkedin.com/company/acme">in</a>', "acme") for slip in (
            "", "www.", "de.", "//", "https//www.", "https:/www.", "http://https://www.", "https:www.",
        )),
        *((f'<a href="https://www.linkedin.com/{login}">in</a>', "acme") for login in (
            "uas/login?session_redirect=https%3A%2F%2Fwww.linkedin.com%2Fcompany%2Facme",
            "login?fromSignIn=true&session_redirect=https%3A%2F%2Fwww.linkedin.com%2Fcompany%2Facme%2Fabout",
            "signup/cold-join?session_redirect=https%253A%252F%252Fwww.linkedin.com%252Fcompany%252Facme",
            "authwall?trk=x&sessionRedirect=https%3A%2F%2Fwww.linkedin.com%2Fcompany%2Facme",
        )),
        (f'<p>Website by <a href="{AT}/webagency">WebAgency</a></p>', None),
        (f'<p>Made with ♥ by <a href="{AT}/webagency"><img alt=""></a></p>', None),
        (f'<p><span>Website by WebAgency</span> <a href="{AT}/777"><svg></svg></a></p>', None),
        (f'<a href="{AT}/studio-x">Webdesign von Studio X</a>', None),
        (f'<p>Our customers: <a href="{AT}/globex">Globex</a></p>', None),
        (f'<a href="{AT}/robot-folks" aria-label="LinkedIn"></a>', "robot-folks"),
        (f'<header><a href="{AT}/a1"></a></header><p><a href="{AT}/b2"></a><footer><a href="{AT}/c3"></a>', "a1"),
        (f'<p><a href="{AT}/b2"></a></p><footer><a href="{AT}/c3"></a></footer>', "c3"),
        (f'<footer><a href="{AT}/c3"></a> Site by <a href="{AT}/webagency">in</a></footer>', "c3"),
        (f'<footer><a href="{AT}/acme"></a> Site by <a href="{AT}/webagency">in</a></footer>', "acme"),
        ('<a href="https://www.linkedin.com/shareArticle?url=https://acme.com">share</a>', None),
    ],
)  # fmt: skip
def test_the_markup_names_the_page(markup: str, slug: str | None) -> None:
    assert slug_on(markup) == slug


def test_the_reported_pages_name_theirs(shared_data: Path) -> None:
    rows = {row["id"]: row for row in json.loads((shared_data.parent / "cases" / "pages.json").read_text())}
    url = rows["L1"]["input"].partition("sameAs ")[2].partition(",")[0]
    assert slug_on(jsonld({"@type": "Organization", "sameAs": url})) == "acme"
    assert slug_on(rows["L2"]["input"]) == rows["L2"]["want"]
    slug = rows["L3"]["input"].rpartition("/")[2]
    assert slug_on(f'<footer>Website by <a href="{AT}/{slug}">WebAgency</a></footer>') is None


@pytest.mark.parametrize("rule", CREDITS, ids=lambda rule: rule.id)
def test_a_row_of_credits_matches_its_examples_alone(rule: Rule) -> None:
    assert rule.match
    assert rule.no_match
    assert [text for text in rule.match if not rule.found_in(text, text.lower())] == []
    assert [text for text in rule.no_match if any(each.found_in(text, text.lower()) for each in CREDITS)] == []


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("www.acme.com/jobs", "https://www.acme.com/jobs"),
        ("https//acme.com/", "https://acme.com/"),
        ("https://https.com/", "https://https.com/"),
        ("http://acme.com/https://b.com/", "http://acme.com/https://b.com/"),
        ("jobs.html", "https://site.com/jobs.html"),
        ("/www.acme.com", "https://site.com/www.acme.com"),
        ("https-guide/", "https://site.com/https-guide/"),
    ],
)
def test_a_slip_in_a_scheme_is_mended_and_nothing_else(href: str, url: str) -> None:
    assert absolute(href, "https://site.com/") == url
