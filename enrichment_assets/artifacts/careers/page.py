"""Finding and reading the careers page: the site's own link to it, else a few usual paths.

Linked pages are read as home pages are (Spider, or directly where that is the setting). Guessed paths are tried
directly, which is free, and only believed when what comes back is a careers page and not the home page again. At most
two paid calls per company.
"""

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from enrichment_assets.artifacts.base import Work
from enrichment_assets.artifacts.careers.links import careers_links, speaks_of_careers
from enrichment_assets.artifacts.careers.words import PATHS_BY_LANGUAGE, USUAL_PATHS
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.companies.suffixes import registrable
from enrichment_assets.core.errors import PermanentError, TransientError
from enrichment_assets.pages.links import PageParts, parsed, parts_of
from enrichment_assets.pages.page import Page
from enrichment_assets.providers.boards.recognise import board_of_url

MAX_PAID_CALLS = 2
MAX_LINKS_TRIED = 2

_GONE = frozenset({204, 404, 410, 525})
_KEPT_OUT = frozenset({401, 403, 405, 406, 429, 451, 503})
_SAME_TEXT_CHARACTERS = 2_000
_HEADING_CHARACTERS = 600
_TOO_SHORT_TO_BE_READ = 40


@dataclass(frozen=True, slots=True)
class CareersPage:
    """A careers page as read and parsed, once, with its parts."""

    page: Page
    tree: LexborHTMLParser | None
    parts: PageParts
    linked: bool
    """The site links to it; else its path was guessed."""

    @property
    def url(self) -> str:
        """Where it is."""
        return self.page.final_url or self.page.url


@dataclass
class PageReader:
    """Reads this company's pages, counting what is paid."""

    work: Work
    paid_calls: int = 0
    tried: list[str] = field(default_factory=list)

    async def read(self, url: str, *, render: bool = False) -> Page | None:
        """The page; None when it is gone. Raises TransientError when it is there but could not be read."""
        if self.work.settings.website_source == "direct":
            page = await self.direct(url)
        elif self.paid_calls >= MAX_PAID_CALLS:
            return None
        else:
            self.paid_calls += 1
            self.tried.append(url)
            page = await self.work.providers.spider.scrape(url, self.work.account, render=render)
        if page.status in _GONE:
            return None
        if page.status >= 300:
            raise _unreadable(url, f"it answers {page.status}", page.status)
        return page

    async def direct(self, url: str) -> Page:
        """The page fetched for free, whatever its status."""
        self.tried.append(url)
        return await self.work.providers.web.page(url, self.work.account)

    @property
    def can_read(self) -> bool:
        """Whether another page may be read."""
        return self.work.settings.website_source == "direct" or self.paid_calls < MAX_PAID_CALLS


async def find_careers_page(reader: PageReader, website: Website) -> CareersPage | None:
    """The careers page, or None when the company has none to be found. Raises TransientError."""
    domain = reader.work.company.domain
    links = [
        url
        for url in careers_links(((link.url, link.text) for link in website.links), domain)
        if board_of_url(url) is None  # what a job board shows to people is read from its feed, or not at all
    ]
    for url in links[:MAX_LINKS_TRIED]:
        page = await read_page(reader, url, render=website.rendered)
        if page is not None:
            return page
    if links:
        return None
    return await _guessed(reader, website)


async def read_page(reader: PageReader, url: str, *, render: bool = False) -> CareersPage | None:
    """A linked page with its parts, in a browser when there is nothing on it otherwise. Raises TransientError.

    ``render`` asks for the browser at once: the site's home page needed it too.
    """
    page = await reader.read(url, render=render)
    if page is None:
        return None
    found = _opened(page, linked=True)
    if not render and _is_empty(found) and reader.work.settings.website_source == "spider" and reader.can_read:
        page = await reader.read(url, render=True)
        if page is None:
            return None
        found = _opened(page, linked=True)
    if _is_empty(found):
        raise _unreadable(url, "there is nothing on it without a browser", page.status)
    return found


async def read_job_page(reader: PageReader, url: str) -> CareersPage | None:
    """A job's own page, for free; None when it is not shown to us. Raises TransientError when it is broken."""
    try:
        page = await reader.direct(url)
    except PermanentError:  # robots.txt, or an address that is not public
        return None
    if page.status != 200:
        return None
    return _opened(page, linked=True)


async def _guessed(reader: PageReader, website: Website) -> CareersPage | None:
    base = urlsplit(website.final_url or website.url)
    own = PATHS_BY_LANGUAGE.get((website.language or "").partition("-")[0].lower())
    for path in (own, *USUAL_PATHS) if own else USUAL_PATHS:
        page = await _tried(reader, f"{base.scheme}://{base.netloc}{path}")
        if page is not None and _is_careers_page(page, website):
            return _opened(page, linked=False)
    return None


async def _tried(reader: PageReader, url: str) -> Page | None:
    """A guessed page; through Spider, once, where the site does not let us in directly. Raises TransientError."""
    may_pay = reader.work.settings.website_source == "spider" and not reader.paid_calls
    try:
        page = await reader.direct(url)
    except TransientError:
        if not may_pay:
            raise
    else:
        if page.status not in _KEPT_OUT or not may_pay:
            return page if page.status == 200 else None
    try:
        return await reader.read(url)
    except TransientError as error:
        if error.status in _KEPT_OUT:
            return None
        raise


def _is_careers_page(page: Page, website: Website) -> bool:
    """Not a soft 404: another page than home, on a path of its own, that calls itself a careers page."""
    landed, home = urlsplit(page.final_url or page.url), urlsplit(website.final_url)
    if registrable(landed.hostname or "") != registrable(home.hostname or ""):
        return False
    if landed.path.strip("/") == home.path.strip("/") and landed.hostname == home.hostname:
        return False
    if page.text.strip()[:_SAME_TEXT_CHARACTERS] == website.text.strip()[:_SAME_TEXT_CHARACTERS]:
        return False
    headings = "\n".join(line for line in page.text.split("\n") if line.startswith("#"))[:_HEADING_CHARACTERS]
    return (page.title != website.title and speaks_of_careers(page.title)) or speaks_of_careers(headings)


def _opened(page: Page, *, linked: bool) -> CareersPage:
    tree = parsed(page.html)
    return CareersPage(page, tree, parts_of(tree, page.final_url or page.url), linked)


def _is_empty(found: CareersPage) -> bool:
    if len(found.page.text.strip()) >= _TOO_SHORT_TO_BE_READ or found.parts.job_postings:
        return False
    return not any(board_of_url(embed) for embed in found.parts.embeds)


def _unreadable(url: str, why: str, status: int | None) -> TransientError:
    return TransientError("careers page", f"{url} could not be read: {why}", status, blame="subject")
