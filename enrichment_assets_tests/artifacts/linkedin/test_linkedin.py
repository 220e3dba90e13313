from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.artifacts.base import Value
from enrichment_assets.artifacts.linkedin.artifact import LinkedIn, from_links, from_search
from enrichment_assets.artifacts.linkedin.declaration import LINKEDIN
from enrichment_assets.artifacts.linkedin.urls import company_slug, company_url
from enrichment_assets.artifacts.website.artifact import Link
from enrichment_assets.companies.company import Company
from enrichment_assets.core.errors import TransientError
from enrichment_assets.pages.search_results import SearchResult
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.artifacts.producing import bench, website_like
from enrichment_assets_tests.builtin import EXAMPLES

ACME = Company("acme.com", "Acme Robotics, Inc.")
SLUGS = st.from_regex(r"[a-z0-9][a-z0-9-]{0,30}[a-z0-9]", fullmatch=True)


@pytest.mark.parametrize(
    "url",
    [
        "https://www.linkedin.com/company/acme-robotics",
        "http://linkedin.com/company/Acme-Robotics/",
        "https://uk.linkedin.com/company/acme-robotics/about/?trk=nav",
        "//www.linkedin.com/company/acme-robotics#x",
        "linkedin.com/company/acme%2Drobotics",
        "https://www.linkedin.com/company-beta/acme-robotics/jobs/",
        "https://www.linkedin.com/company/acme-robotics&trk=nav",
        "https://www.linkedin.com/authwall?sessionRedirect=https%3A%2F%2Fwww.linkedin.com%2Fcompany%2Facme-robotics",
    ],
)
def test_every_spelling_is_one_address(url: str) -> None:
    slug = company_slug(url)
    assert slug is not None
    assert company_url(slug) == "https://www.linkedin.com/company/acme-robotics"


@pytest.mark.parametrize(
    "url",
    [
        "https://www.linkedin.com/showcase/acme-labs", "https://www.linkedin.com/school/acme",
        "https://www.linkedin.com/in/jane-acme", "https://www.linkedin.com/posts/acme_x", "https://www.linkedin.com/jobs/",
        "https://www.linkedin.com/company/", "https://www.linkedin.com/", "https://notlinkedin.com/company/acme",
        "https://www.linkedin.com/shareArticle?url=https://linkedin.com/company/acme", "https://linkedin.com.evil.io/company/x",
        "http://[::1", "",
    ],
)  # fmt: skip
def test_what_is_no_company_page(url: str) -> None:
    assert company_slug(url) is None


@given(SLUGS, st.sampled_from(["www.", "", "de.", "m."]), st.sampled_from(["", "/", "/about", "/?trk=1", "#a"]))
def test_normalising_is_idempotent_and_blind_to_spelling(slug: str, country: str, tail: str) -> None:
    url = f"https://{country}linkedin.com/company/{slug.upper()}{tail}"
    assert company_slug(url) == slug
    assert company_slug(company_url(slug)) == slug


@given(st.text(max_size=60))
def test_no_text_breaks_it(text: str) -> None:
    for url in (text, f"https://www.linkedin.com/company/{text}", f"https://www.linkedin.com/company/{quote(text)}"):
        slug = company_slug(url)
        assert slug is None or company_slug(company_url(slug)) == slug


def linked(*slugs: str) -> LinkedIn | None:
    return from_links(
        ACME, [Link(url=f"https://www.linkedin.com/company/{slug}") for slug in slugs], "https://acme.com/"
    )


def test_of_several_links_the_one_of_its_name_wins_else_the_footers() -> None:
    assert linked("partner", "acme-robotics", "customer").url.endswith("/acme-robotics")  # type: ignore[union-attr]
    assert linked("partner", "customer").url.endswith("/customer")  # type: ignore[union-attr]
    assert linked("1234567").url.endswith("/1234567")  # type: ignore[union-attr]


def test_what_a_template_left_behind_is_no_link() -> None:
    assert linked("your-company", "wix-com", "unavailable") is None


def result(slug: str, title: str, snippet: str = "") -> SearchResult:
    return SearchResult(title, f"https://www.linkedin.com/company/{slug}", snippet)


@pytest.mark.parametrize(
    ("found", "slug"),
    [
        (result("acme-robotics", "Acme Robotics | LinkedIn", "Acme Robotics · 40 followers. https://acme.com"), True),
        (result("acme-robotics", "Acme Robotics | LinkedIn", "Warehouse robots for retailers"), True),
        (result("acme-robotics", "Acme Robotics | LinkedIn", "Bakery in Ohio"), False),
        (result("acme", "Acme Robotics | LinkedIn", "Warehouse robots. https://acme.com.au"), False),
        (result("acme-bakery", "Acme Bakery | LinkedIn", "acme.com"), False),
        (result("acme", "Acme | LinkedIn", "Visit bigacme.com or acme.com.br"), False),
        (SearchResult("Jane - Acme Robotics", "https://www.linkedin.com/in/jane", "acme.com"), False),
    ],
)
def test_a_search_result_needs_the_name_and_a_second_sign(found: SearchResult, slug: bool) -> None:
    page = from_search(ACME, [found], frozenset({"warehouse", "robot", "retailer"}))
    assert page.found is slug
    assert bool(page.url) is slug


def inputs(**changes: object) -> dict[str, Value]:
    return {"website": website_like(**changes), "icp": EXAMPLES["icp"]}


async def test_the_sites_own_link_costs_nothing(sandbox: Sandbox) -> None:
    links = (Link(url="https://de.linkedin.com/company/acme/?trk=x", text="in"),)
    async with bench(sandbox.settings()) as desk:
        page = await desk.produce(LINKEDIN, "acme.com", "Acme", inputs=inputs(links=links))
    assert (page.url, page.source) == ("https://www.linkedin.com/company/acme", "site")
    assert "serper" not in sandbox.bill() or sandbox.bill()["serper"]["calls"] == 0


@pytest.mark.parametrize(("linkedin", "found"), [("search", True), ("none", False)])
async def test_without_a_link_one_search_finds_it_or_says_none(sandbox: Sandbox, linkedin: str, found: bool) -> None:
    sandbox.companies([{"domain": "acmerobotics.com", "name": "Acme Robotics"}])
    sandbox.company("acmerobotics.com", linkedin=linkedin, linkedin_slug="acmerobotics")
    async with bench(sandbox.settings()) as desk:
        page = await desk.produce(LINKEDIN, "acmerobotics.com", "Acme Robotics", inputs=inputs(links=()))
    assert page.found is found, page.reason
    assert sandbox.bill()["serper"]["calls"] == 1


async def test_a_search_that_cannot_be_made_is_not_none(sandbox: Sandbox) -> None:
    sandbox.faults({"serper": {"http_500": 1.0}})
    async with bench(sandbox.settings()) as desk:
        with pytest.raises(TransientError):
            await desk.produce(LINKEDIN, "acme.com", "Acme", inputs=inputs(links=()))
