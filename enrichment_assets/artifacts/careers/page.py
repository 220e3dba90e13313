"""Finding and reading the careers page: the site's own link to it, else a few usual paths.

Linked pages are read as home pages are, by the fetchers of ENRICHMENT_PAGES in turn. Guessed paths are tried
directly, which is free, and only believed when what comes back is a careers page and not the home page again. Further
pages of a list are read directly too. At most two paid calls per company, and one more in a browser for a page that was
empty without.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from enrichment_assets.artifacts.base import ProduceContext
from enrichment_assets.artifacts.careers.links import is_on_a_profile
from enrichment_assets.artifacts.careers.reading import CareersPage, Site, read_careers_page
from enrichment_assets.artifacts.careers.words import PATHS_BY_LANGUAGE, USUAL_PATHS
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.companies.suffixes import registrable
from enrichment_assets.core.errors import PermanentError, TransientError
from enrichment_assets.pages.page import Fetched
from enrichment_assets.providers.boards.recognise import vendor_of_url
from enrichment_assets.providers.protocols import PageFetcher

MAX_PAID_CALLS = 2
MAX_RENDERS = 1
MAX_LINKS_TRIED = 2
MAX_LIST_PAGES = 5
"""Further pages of a list that are read."""

_GONE = frozenset({204, 404, 410, 525})
_KEPT_OUT = frozenset({401, 403, 405, 406, 429, 451, 503})


@dataclass
class PageReader:
    """Reads this company's pages, counting what is paid."""

    context: ProduceContext
    site: Site
    paid_calls: int = 0
    renders: int = 0
    tried: list[str] = field(default_factory=list)
    shut: list[str] = field(default_factory=list)
    """Pages on other sites than the company's that keep readers out, for good as far as we know."""

    async def read(self, url: str, *, render: bool = False, paid_only: bool = False) -> CareersPage | None:
        """The page; None when it is gone. Raises TransientError when it is there but could not be read.

        The next fetcher is asked where one was refused, found nothing on the page or failed. ``render`` leaves out
        those without a browser, if one has one.
        """
        empty: CareersPage | None = None
        unread: TransientError | None = None
        for fetcher in self._fetchers(render=render, paid_only=paid_only):
            if fetcher.paid and self.paid_calls >= MAX_PAID_CALLS + (render and self.renders < MAX_RENDERS):
                continue
            self.paid_calls += fetcher.paid
            self.renders += fetcher.paid and render
            self.tried.append(url)
            try:
                page = await fetcher.fetch(url, self.context.scope, render=render)
            except TransientError as error:
                unread = unread or error
                continue
            if page.status in _GONE:
                return None
            if page.status >= 300:
                unread = unread or _unreadable(url, f"it answers {page.status}", page.status)
                continue
            found = await self.opened(page, linked=True)
            if not found.empty:
                return found
            empty = empty or found
        if empty is None and unread is not None:
            raise unread
        return empty

    def _fetchers(self, *, render: bool, paid_only: bool) -> list[PageFetcher]:
        pages = [fetcher for fetcher in self.context.providers.pages if fetcher.paid or not paid_only]
        return [fetcher for fetcher in pages if fetcher.renders or not render] or pages

    async def direct(self, url: str) -> Fetched:
        """The page fetched for free, whatever its status."""
        self.tried.append(url)
        return await self.context.providers.web.page(url, self.context.scope)

    async def opened(self, page: Fetched, *, linked: bool) -> CareersPage:
        """What the page says."""
        what = f"{page.url[:200]} of {self.site.domain}"
        today = self.context.now.date()
        return await self.context.providers.readers.read(
            what, read_careers_page, page, self.site, tuple(self.tried), today, linked
        )

    @property
    def can_read(self) -> bool:
        """Whether another page may be read."""
        return self.paid_calls < MAX_PAID_CALLS or not all(fetcher.paid for fetcher in self.context.providers.pages)

    @property
    def can_render(self) -> bool:
        """Whether another page may be opened in a browser: once for what was empty, beyond the count too."""
        left = self.paid_calls < MAX_PAID_CALLS + (self.renders < MAX_RENDERS)
        return left and any(fetcher.renders for fetcher in self.context.providers.pages)

    @property
    def may_pay(self) -> bool:
        """Whether a guessed page may cost money: nothing has yet, and somebody takes it."""
        return not self.paid_calls and any(fetcher.paid for fetcher in self.context.providers.pages)


async def find_careers_page(reader: PageReader, website: Website, links: Sequence[str]) -> CareersPage | None:
    """The careers page, or None when there is none to be found. ``links`` may lead to it. Raises TransientError."""
    to_read = [url for url in links if not is_on_a_profile(url, reader.site.domain)]
    reader.shut += (f"{urlsplit(url).hostname}, which is not read" for url in links if url not in to_read)
    for url in to_read[:MAX_LINKS_TRIED]:
        try:
            page = await read_page(reader, url, render=website.rendered)
        except TransientError as error:
            at = urlsplit(url).hostname or ""
            site_says = error.cause == "subject" and error.status in (*_KEPT_OUT, 200)
            if registrable(at) == reader.site.domain or not site_says:
                raise
            vendor = await reader.context.providers.readers.read(f"a link of {reader.site.domain}", vendor_of_url, url)
            reader.shut.append(f"{vendor or at}, whose page could not be read")
            continue
        if page is not None:
            return page
    if to_read:
        return None
    return await _guessed(reader, website)


async def read_page(reader: PageReader, url: str, *, render: bool = False) -> CareersPage | None:
    """A linked page with its parts, in a browser when there is nothing on it otherwise. Raises TransientError.

    ``render`` asks for the browser at once: the site's home page needed it too.
    """
    found = await reader.read(url, render=render)
    if found is not None and not render and found.empty and reader.can_render:
        found = await reader.read(url, render=True)
    if found is not None and found.empty:
        raise _unreadable(url, "there is nothing on it without a browser", 200)
    return found


async def read_job_page(reader: PageReader, url: str) -> CareersPage | None:
    """A job's own page, for free; None when it is not shown to us. Raises TransientError when it is broken."""
    try:
        page = await reader.direct(url)
    except PermanentError:  # robots.txt, or an address that is not public
        return None
    if page.status != 200:
        return None
    return await reader.opened(page, linked=True)


async def read_next_pages(reader: PageReader, page: CareersPage) -> tuple[list[CareersPage], bool]:
    """The pages that a list goes on at, for free, and whether that is all of them."""
    pages: list[CareersPage] = []
    url = page.next_page
    while url is not None:
        if len(pages) >= MAX_LIST_PAGES:
            return pages, False
        try:
            further = await read_job_page(reader, url)
        except TransientError:
            further = None
        if further is None:
            return pages, False
        pages.append(further)
        url = further.next_page
    return pages, True


async def _guessed(reader: PageReader, website: Website) -> CareersPage | None:
    base = urlsplit(website.final_url or website.url)
    own = PATHS_BY_LANGUAGE.get((website.language or "").partition("-")[0].lower())
    for path in (own, *USUAL_PATHS) if own else USUAL_PATHS:
        found = await _tried(reader, f"{base.scheme}://{base.netloc}{path}")
        if found is not None and found.is_careers_page:
            return replace(found, linked=False)
    return None


async def _tried(reader: PageReader, url: str) -> CareersPage | None:
    """A guessed page; by a paid fetcher, once, where the site does not let us in directly. Raises TransientError."""
    may_pay = reader.may_pay
    try:
        page = await reader.direct(url)
    except TransientError:
        if not may_pay:
            raise
    else:
        if page.status not in _KEPT_OUT or not may_pay:
            return await reader.opened(page, linked=False) if page.status == 200 else None
    try:
        return await reader.read(url, paid_only=True)
    except TransientError as error:
        if error.status in _KEPT_OUT:
            return None
        raise


def _unreadable(url: str, why: str, status: int | None) -> TransientError:
    return TransientError("careers page", f"{url} could not be read: {why}", status, cause="subject")
