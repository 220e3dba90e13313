"""Which site belongs to a name: found, left open, and never a namesake's."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from enrichment_assets.core.errors import PermanentError, TransientError
from enrichment_assets.pages.html_text import page_of
from enrichment_assets.pages.page import Fetched
from enrichment_assets.providers.call.ledger import CostScope, Ledger
from enrichment_assets.site_search.finding import find_site
from enrichment_assets.site_search.named import Named, same_name
from enrichment_assets.site_search.page_signs import page_signs
from enrichment_assets.site_search.weighing import Finding

TEXT = "<p>" + "We make machines that weld steel for shipyards and bridges in many countries. " * 5 + "</p>"


@dataclass(frozen=True)
class Hit:
    title: str
    link: str
    snippet: str | None = None


def html(name: str, *, organization: bool = True, links: Sequence[str] = (), country: str = "", end: str = "") -> str:
    address = f',"address":{{"@type":"PostalAddress","addressCountry":"{country}"}}' if country else ""
    data = f'{{"@context":"https://schema.org","@graph":[{{"@type":"Organization","name":"{name}"{address}}}]}}'
    script = f'<script type="application/ld+json">{data}</script>' if organization else ""
    anchors = "".join(f'<a href="{link}">x</a>' for link in links)
    return f"<html><head><title>{name} | Welding</title>{script}</head><body>{TEXT}{anchors}{end}</body></html>"


def page(url: str, markup: str, status: int = 200, final: str = "") -> Fetched:
    return Fetched(url, final or url, status, markup.encode(), "text/html; charset=utf-8")


class Here:
    """Reads in this process: what is read is written here."""

    async def read(self, _what: str, function: Callable[..., Any], *args: Any) -> Any:
        return function(*args)


def find(named: Named, hits: Sequence[Hit], sites: Mapping[str, str | Fetched | Exception]) -> Finding:
    """``sites`` by host; whoever else is asked does not resolve."""

    async def search(query: str, _scope: CostScope) -> Sequence[Hit]:
        assert '"' not in query
        return hits

    async def fetch(url: str, _scope: CostScope) -> Fetched:
        site = sites.get(url.removeprefix("https://").rstrip("/"))
        if isinstance(site, Exception):
            raise site
        if site is None:
            return page(url, "", 525)
        return site if isinstance(site, Fetched) else page(url, site)

    scope = Ledger(run_cap_usd=None, company_cap_usd=1.0).scope("x", "resolve")
    return asyncio.run(find_site(named, search, fetch, Here(), scope))  # type: ignore[arg-type]


WELDIX = Named("Weldix GmbH")
OWN = Hit("Weldix - Welding machines", "https://www.weldix.de/")
PROFILE = "https://www.linkedin.com/company/weldix-gmbh"


def test_a_page_that_bears_the_name_is_the_companys() -> None:
    found = find(WELDIX, [OWN], {"www.weldix.de": html("Weldix GmbH")})
    assert found.domain == "weldix.de"
    assert found.confidence >= 0.6
    assert "its structured data bears the name; " in found.reason
    assert "the full legal name" in found.reason


def test_where_only_the_name_speaks_for_a_site_it_is_left_open() -> None:
    found = find(Named("Weldix"), [OWN], {"www.weldix.de": html("Weldix")})
    assert found.domain is None
    assert found.reason.startswith("Only the name Weldix speaks for it: weldix.de")
    german = find(Named("Weldix", country="Germany"), [OWN], {"www.weldix.de": html("Weldix", country="DE")})
    assert german.domain == "weldix.de"


def test_a_page_that_does_not_bear_the_name_is_left_open_with_its_candidates() -> None:
    found = find(WELDIX, [OWN], {"www.weldix.de": html("Something Else")})
    assert found.domain is None
    assert "weldix.de" in found.reason


def test_a_longer_name_is_another_company() -> None:
    hits = [Hit("Weldix Consulting", "https://weldix-consulting.com/", "Weldix Consulting advises.")]
    assert find(WELDIX, hits, {"weldix-consulting.com": html("Weldix Consulting")}).domain is None
    assert same_name("Weldix GmbH", "WELDIX")
    assert not same_name("Weldix GmbH", "Weldix Group North")


def test_two_sites_of_one_name_are_never_guessed_between() -> None:
    hits = [OWN, Hit("Weldix", "https://weldix.com/")]
    found = find(WELDIX, hits, {"www.weldix.de": html("Weldix"), "weldix.com": html("Weldix")})
    assert found.domain is None
    assert {site.domain for site in found.candidates} == {"weldix.de", "weldix.com"}
    assert found.runner_up is not None


def test_the_names_own_com_is_looked_at_where_the_search_did_not_show_it() -> None:
    assert find(WELDIX, [OWN], {"www.weldix.de": html("Weldix"), "weldix.com": html("Weldix")}).domain is None
    german = Named("Weldix GmbH", country="Germany")
    assert find(german, [OWN], {"www.weldix.de": html("Weldix"), "weldix.com": html("Weldix")}).domain is None
    parked = "<html><title>weldix.com</title><body>weldix.com is for sale. Make an offer.</body></html>"
    assert find(WELDIX, [OWN], {"www.weldix.de": html("Weldix GmbH"), "weldix.com": parked}).domain == "weldix.de"


@pytest.mark.parametrize("linked", ["/company/weldix-gmbh/", "/company/weldix-gmbh?trk=x"])
def test_a_link_back_to_the_linkedin_page_tells_namesakes_apart(linked: str) -> None:
    named = Named("Weldix", profile=PROFILE)
    hits = [Hit("Weldix", "https://weldix.com/"), OWN]
    own = html("Weldix", links=[f"https://de.linkedin.com{linked}"])
    other = html("Weldix", links=["https://www.linkedin.com/company/weldix-usa"])
    found = find(named, hits, {"www.weldix.de": own, "weldix.com": other})
    assert found.domain == "weldix.de"
    assert found.runner_up is not None
    assert find(named, hits[:1], {"weldix.com": other}).domain is None


def test_a_list_of_linkedin_pages_alone_needs_the_link_back() -> None:
    named = Named("", profile="https://www.linkedin.com/company/weldix")
    assert find(named, [OWN], {"www.weldix.de": html("Weldix")}).domain is None
    linked = html("Weldix", links=["https://www.linkedin.com/company/weldix"])
    assert find(named, [OWN], {"www.weldix.de": linked}).domain == "weldix.de"


def test_what_the_linkedin_page_says_of_its_site_counts() -> None:
    named = Named("Weldix", profile=PROFILE)
    said = Hit("Weldix | LinkedIn", PROFILE, "Weldix | 400 followers on LinkedIn. https://weldix.de")
    found = find(
        named, [Hit("Weldix", "https://weldix.com/"), said], {"weldix.com": html("Weldix"), "weldix.de": html("Weldix")}
    )
    assert found.domain == "weldix.de"


def test_a_directory_is_no_candidate_but_what_it_says_is_looked_at() -> None:
    hits = [
        Hit(
            "Weldix - Crunchbase Company Profile",
            "https://www.crunchbase.com/organization/weldix",
            "Website: weldix.de.",
        ),
        Hit("Weldix raises $5M", "https://techcrunch.com/2025/03/weldix/", "Weldix has raised."),
    ]
    assert find(WELDIX, hits, {"weldix.de": html("Weldix"), "techcrunch.com": html("TechCrunch")}).domain == "weldix.de"


@pytest.mark.parametrize(
    "unread",
    [
        PermanentError("web", "robots.txt does not allow it"),
        page("https://weldix.com/", "<title>Access denied</title>Access denied", 403),
        page("https://weldix.com/", html("Other"), final="https://other-brand.com/"),
        page("https://weldix.com/", "<html><body></body></html>"),
    ],
    ids=["robots", "blocked", "leads elsewhere", "empty"],
)
def test_a_site_of_the_brand_that_shows_nothing_may_be_the_companys(unread: Fetched | Exception) -> None:
    hits = [OWN, Hit("Weldix", "https://weldix.com/")]
    found = find(WELDIX, hits, {"www.weldix.de": html("Weldix"), "weldix.com": unread})
    assert found.domain is None
    assert "More than one site" in found.reason


def test_a_site_that_cannot_be_read_just_now_is_no_answer_to_keep() -> None:
    hits = [OWN, Hit("Weldix", "https://weldix.com/")]
    for trouble in (TransientError("web", "timeout", cause="subject"), page("https://weldix.com/", "", 503)):
        with pytest.raises(TransientError):
            find(WELDIX, hits, {"www.weldix.de": html("Weldix"), "weldix.com": trouble})


def test_a_name_that_is_a_word_needs_more_than_the_name() -> None:
    hits = [Hit("Close", "https://close.com/", "Close is a CRM.")]
    sites = {"close.com": html("Close", country="US")}
    assert find(Named("Close"), hits, sites).domain is None
    assert find(Named("Close", country="United States"), hits, sites).domain == "close.com"


def test_a_country_that_does_not_fit_rules_a_site_out() -> None:
    hits = [Hit("Weldix", "https://weldix.com.au/"), OWN]
    sites = {"weldix.com.au": html("Weldix"), "www.weldix.de": html("Weldix", country="DE")}
    assert find(Named("Weldix", country="Deutschland"), hits, sites).domain == "weldix.de"
    assert find(Named("Weldix", country="Japan"), hits, sites).domain is None


CORPORATION = '[{"@type": ["Thing", "Corporation"], "legalName": "Acme Inc."}]'


@pytest.mark.parametrize(
    ("markup", "place"),
    [
        (f'<script type="application/ld+json">{CORPORATION}</script>', "organization"),
        ('<meta property="og:site_name" content="Acme Inc.">', "site_name"),
        ("<title>Robots — Acme Inc.</title>", "title"),
        ("<body><footer>© 2019-2026 Acme Inc. All rights reserved</footer></body>", "imprint"),
    ],
)  # fmt: skip
def test_names_are_read_from_every_place(markup: str, place: str) -> None:
    signs = page_signs(page_of(page("https://acme.com/", f"<html>{markup}</html>")))
    assert any(same_name(name, "Acme") for name in getattr(signs, place)), signs


@pytest.mark.parametrize("data", ["{", "[1, null]", '{"@graph": "x"}', '{"@type": {"a": 1}, "name": 5}', "[" * 5_000])
def test_broken_structured_data_is_nothing(data: str) -> None:
    signs = page_signs(page_of(page("https://acme.com/", f'<script type="application/ld+json">{data}</script>')))
    assert signs.organization == ()
