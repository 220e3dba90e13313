"""What a careers page says, and what a home page says about where it is: all that careers match in strangers' words.

Pure functions; ``careers_page`` and ``careers_search`` only fetch, ask and decide.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlsplit

from enrichment_assets.artifacts.careers.board import Pointer, pointers
from enrichment_assets.artifacts.careers.jsonld import jsonld_openings
from enrichment_assets.artifacts.careers.lines import hides_openings, says_no_openings, stated_total
from enrichment_assets.artifacts.careers.links import (
    Link,
    careers_links,
    is_careers_link,
    next_page,
    openings_link,
    speaks_of_careers,
)
from enrichment_assets.artifacts.careers.listing import is_certain, job_links, listed_openings
from enrichment_assets.companies.suffixes import registrable
from enrichment_assets.pages.html_text import page_of
from enrichment_assets.pages.links import parsed, parts_of
from enrichment_assets.pages.page import Fetched, Page
from enrichment_assets.providers.boards.board import Opening
from enrichment_assets.providers.boards.recognise import board_of_url, vendor_of_url, vendors_told

SAME_TEXT_CHARACTERS = 2_000
LONG_LIST = 5
"""A list of so many jobs is one, whatever else the page says, and whatever a board under another name has."""
_HEADING_CHARACTERS = 600
_TOO_SHORT_TO_BE_READ = 40


@dataclass(frozen=True, slots=True)
class Site:
    """What is known of the company's site: the domain asked for, and its home page. ``text`` is its beginning."""

    domain: str
    home_url: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class CareersPage:
    """A careers page, or a job's own page, as read."""

    url: str
    linked: bool
    """The site links to it; else its path was guessed."""
    text: str
    """Markdown."""
    empty: bool
    """There is nothing on it without a browser."""
    is_careers_page: bool
    """No soft 404: another page than home, on a path of its own, that calls itself a careers page."""
    pointers: tuple[Pointer, ...]
    vendors: tuple[str, ...]
    """Vendors of job boards in use by other signs than an address."""
    embedded_vendors: tuple[str, ...]
    """Vendors whose pages it embeds."""
    structured: tuple[Opening, ...]
    """Openings in JSON-LD."""
    listed: tuple[Opening, ...]
    """Openings that it links to; none that are uncertain where it says that nothing is open."""
    stated_total: int
    """How many openings it says there are; 0 where it does not."""
    job_links: tuple[str, ...]
    onward: str | None
    """The link to its list of openings, which is not on a job board."""
    next_page: str | None
    """Where its list goes on."""
    says_no_openings: bool
    hides_openings: bool
    """It says that it shows openings after consent only, or has a place that a script fills."""


@dataclass(frozen=True, slots=True)
class HomePointers:
    """Where a home page says that openings are: on job boards, on careers pages (the likeliest first), here."""

    boards: tuple[Pointer, ...]
    vendors: tuple[str, ...]
    """Vendors without a feed that it points to as the place of its jobs."""
    careers_pages: tuple[str, ...]
    structured: tuple[Opening, ...]


def read_home_pointers(
    links: Sequence[Link], embeds: Sequence[str], job_postings: Sequence[str], domain: str, today: date
) -> HomePointers:
    """From the stored parts of a home page. What a job board shows to people is no careers page."""
    pages = tuple(url for url in careers_links(links, domain) if board_of_url(url) is None)
    places = (*(url for url, text in links if is_careers_link(url, text)), *embeds)
    vendors = tuple(dict.fromkeys(vendor for url in places if (vendor := _without_feed(url))))
    return HomePointers(pointers(links, embeds), vendors, pages, jsonld_openings(job_postings, today))


def _without_feed(url: str) -> str | None:
    return vendor_of_url(url) if board_of_url(url) is None else None


def read_careers_page(fetched: Fetched, site: Site, tried: Sequence[str], today: date, linked: bool) -> CareersPage:
    """Everything at once: asking again would cost more than what is not needed. ``tried`` are pages read before."""
    page = page_of(fetched)
    url = page.final_url or page.url
    tree = parsed(page.html)
    parts = parts_of(tree, url)
    seen = frozenset(address.partition("#")[0].rstrip("/") for address in (*tried, url))
    onward = openings_link(parts.links, site.domain, url, seen)
    listed = listed_openings(tree, url)
    nothing_open = says_no_openings(page.text)
    if nothing_open and len(listed) < LONG_LIST and not is_certain(listed):
        listed = ()
    readable = len(page.text.strip()) >= _TOO_SHORT_TO_BE_READ or bool(parts.job_postings)
    return CareersPage(
        url=url,
        linked=linked,
        text=page.text,
        empty=not readable and not any(board_of_url(embed) for embed in parts.embeds),
        is_careers_page=_is_careers_page(page, site),
        pointers=pointers(parts.links, parts.embeds, page.html),
        vendors=vendors_told(page.html),
        embedded_vendors=tuple(filter(None, map(vendor_of_url, parts.embeds))),
        structured=jsonld_openings(parts.job_postings, today),
        listed=listed,
        stated_total=stated_total(page.text) or 0,
        job_links=job_links(parts.links, url),
        onward=onward if onward and board_of_url(onward) is None else None,
        next_page=next_page(parts.links, url, {address.partition("#")[0] for address in (*tried, url)}),
        says_no_openings=nothing_open,
        hides_openings=hides_openings(page.text),
    )


def _is_careers_page(page: Page, site: Site) -> bool:
    landed, home = urlsplit(page.final_url or page.url), urlsplit(site.home_url)
    if registrable(landed.hostname or "") != registrable(home.hostname or ""):
        return False
    if landed.path.strip("/") == home.path.strip("/") and landed.hostname == home.hostname:
        return False
    if page.text.strip()[:SAME_TEXT_CHARACTERS] == site.text:
        return False
    headings = "\n".join(line for line in page.text.split("\n") if line.startswith("#"))[:_HEADING_CHARACTERS]
    return (page.title != site.title and speaks_of_careers(page.title)) or speaks_of_careers(headings)
