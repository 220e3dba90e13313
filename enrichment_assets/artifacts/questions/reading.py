"""The pages that a company's questions need: each found and fetched once, by the fetchers of ENRICHMENT_PAGES in turn.

The home page is the stored one, unless that is older than a question's TTL allows. Others are looked for among its
links, then in sitemap.xml, then at the usual places; the last two are free, direct fetches. A page that is not where a
link says is looked for on. Bounded per company: pages, characters of each, and dollars.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal
from urllib.parse import urljoin, urlsplit

from enrichment_assets.artifacts.base import ProduceContext
from enrichment_assets.artifacts.questions.finding import Link, find_page, read_sitemap, usual_places
from enrichment_assets.artifacts.questions.question import PAGE_KINDS
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.companies.suffixes import registrable
from enrichment_assets.core.errors import PermanentError, ProviderError, TransientError
from enrichment_assets.pages.evidence import evidence
from enrichment_assets.pages.html_text import page_of
from enrichment_assets.pages.links import storable
from enrichment_assets.pages.page import Fetched
from enrichment_assets.providers.call.ledger import CostScope
from enrichment_assets.providers.protocols import PageFetcher

MOST_PAGES: Final = 8
"""Pages fetched for the questions of one company, beside its home page."""
MOST_USD: Final = 0.02
"""After so much for pages, free fetchers only."""
MOST_CHARACTERS: Final = 30_000
"""Of one page's text."""
_GONE: Final = frozenset({204, 404, 410})
_FEWEST_CHARACTERS: Final = 40

Found = Literal["home", "link", "sitemap", "usual place", "path"]


@dataclass(frozen=True, slots=True)
class SitePage:
    """One page as evidence. ``text`` is "" where there is none to read, and ``why`` says so.

    ``read_at``: when, of the stored home page. ``gone``: nothing is at this address.
    """

    kind: str
    url: str | None
    text: str
    why: str
    read_at: datetime | None = None
    gone: bool = False


PageOrError = SitePage | ProviderError


class SiteReader:
    """Reads one company's pages."""

    def __init__(self, context: ProduceContext, website: Website, *, home_anew: bool = False) -> None:
        self._context = context
        self._home_anew = home_anew
        self._website = website
        self._domain = context.company.domain
        self._home = website.final_url or website.url
        self._site = registrable(urlsplit(self._home).hostname or "") or self._domain
        self._links: tuple[Link, ...] = tuple((link.url, link.text) for link in website.links)
        self._sitemap: tuple[Link, ...] | None = None
        self._home_page = SitePage("home", self._home, "", "")
        self._fetched: dict[str, SitePage] = {}
        self._usd = 0.0

    async def read(self, scopes: Mapping[str, CostScope]) -> Mapping[str, PageOrError]:
        """Each kind's page, or why it could not be had this time. ``scopes``: what each is booked to."""
        self._home_page = await self._stored_home()
        found: dict[str, PageOrError] = {"home": self._home_page}
        if self._home_anew and "home" in scopes:
            try:
                self._home_page = found["home"] = replace(
                    await self._climb(self._home, "home", scopes["home"]), kind="home"
                )
            except ProviderError as error:
                found["home"] = error
            finally:
                self._usd += scopes["home"].cost_usd
        for kind, scope in scopes.items():
            if kind == "home":
                continue
            if len(self._fetched) >= MOST_PAGES:
                found[kind] = SitePage(kind, None, "", f"not read: {MOST_PAGES} pages of this company were")
                continue
            try:
                found[kind] = await self._page(kind, scope)
            except ProviderError as error:
                found[kind] = error
            finally:
                self._usd += scope.cost_usd
        return found

    async def _stored_home(self) -> SitePage:
        text = await self._context.providers.readers.read(f"the page of {self._domain}", read_text, self._website.text)
        why = "home" if text else "the home page has no text to read"
        return SitePage("home", self._home, text, why, self._website.fetched_at)

    async def _page(self, kind: str, scope: CostScope) -> SitePage:
        if kind not in PAGE_KINDS:
            return await self._fetch(kind, urljoin(self._home, kind), "path", scope)
        read = self._context.providers.readers.read
        what = f"the links of {self._domain}"
        gone: SitePage | None = None
        places: tuple[Found, ...] = ("link", "sitemap")
        for place in places:
            links = self._links if place == "link" else await self._listed(scope)
            there = [link for link in links if gone is None or link[0].partition("#")[0] != gone.url]
            url = await read(what, find_page, kind, there, self._site, self._domain)
            if url is not None and len(self._fetched) < MOST_PAGES:
                page = await self._fetch(kind, url, place, scope)
                if not page.gone:
                    return page
                gone = gone or page
        for url in usual_places(kind, self._home):
            guessed = None if gone is not None and url == gone.url else await self._guessed(kind, url, scope)
            if guessed is not None:
                return guessed
        return gone or SitePage(kind, None, "", f"no {kind} page was found")

    async def _listed(self, scope: CostScope) -> tuple[Link, ...]:
        """What sitemap.xml lists; nothing where there is none or it cannot be read."""
        if self._sitemap is None:
            self._sitemap = ()
            waiting = [urljoin(self._home, "/sitemap.xml")]
            links: list[Link] = []
            for url in waiting:
                fetched = await self._direct(url, scope)
                if fetched is not None:
                    found, further = await self._context.providers.readers.read(
                        f"the sitemap of {self._domain}", read_sitemap, fetched
                    )
                    links += found
                    waiting += further if len(waiting) == 1 else ()
            self._sitemap = tuple(links)
        return self._sitemap

    async def _guessed(self, kind: str, url: str, scope: CostScope) -> SitePage | None:
        """A page that nothing links to; many sites answer every address with their home page."""
        fetched = await self._direct(url, scope)
        if fetched is None or fetched.status != 200 or urlsplit(fetched.final_url).path.rstrip("/") == "":
            return None
        text = await self._text(fetched)
        known = not text or text == self._home_page.text
        return None if known else SitePage(kind, fetched.final_url, text, "usual place")

    async def _direct(self, url: str, scope: CostScope) -> Fetched | None:
        try:
            return await self._context.providers.web.page(url, scope)
        except (TransientError, PermanentError):
            return None

    async def _fetch(self, kind: str, url: str, found: Found, scope: CostScope) -> SitePage:
        """The page behind an address. Raises TransientError where it is there and could not be read this time."""
        url = url.partition("#")[0]
        if url.rstrip("/") == self._home.rstrip("/"):
            return replace(self._home_page, kind=kind, url=url, why=found)
        if url in self._fetched:
            page = self._fetched[url]
        else:
            page = self._fetched[url] = await self._climb(url, found, scope)
        return replace(page, kind=kind)

    async def _climb(self, url: str, found: Found, scope: CostScope) -> SitePage:
        """The next fetcher is asked where one was refused, found nothing on the page or failed."""
        failed: ProviderError | None = None
        why = "has no text to read"
        for fetcher in self._context.providers.pages:
            if fetcher.paid and self._usd + scope.cost_usd >= MOST_USD:
                why = f"not read: the pages of this company have cost ${MOST_USD} already"
                continue
            for render in self._modes(fetcher):
                try:
                    fetched = await fetcher.fetch(url, scope, render=render)
                except (TransientError, PermanentError) as error:
                    failed = failed or error
                    break
                if fetched.status in _GONE:
                    return SitePage("", url, "", f"{url} is not there ({fetched.status})", gone=True)
                if fetched.status >= 300:
                    why = f"keeps readers out ({fetched.status})"
                    break
                if not self._is_own(fetched.final_url or url):
                    return SitePage("", url, "", f"{url} leads to another site")
                text = await self._text(fetched)
                if text:
                    return SitePage("", fetched.final_url or url, text, found)
        if isinstance(failed, TransientError):
            raise failed
        return SitePage("", url, "", failed.message if failed else f"{url} {why}")

    def _modes(self, fetcher: PageFetcher) -> Sequence[bool]:
        """In a browser where nothing is to be seen otherwise; at once where the home page needed one."""
        if not fetcher.renders:
            return (False,)
        return (True,) if self._website.rendered else (False, True)

    def _is_own(self, url: str) -> bool:
        return registrable(urlsplit(url).hostname or "") in {self._site, self._domain}

    async def _text(self, fetched: Fetched) -> str:
        what = f"{fetched.url[:200]} of {self._domain}"
        return await self._context.providers.readers.read(what, read_page, fetched)


def read_page(fetched: Fetched) -> str:
    """The evidence of a fetched page: "" for one that says next to nothing without a browser."""
    text = read_text(storable(page_of(fetched).text))
    return text if sum(map(str.isalnum, text)) >= _FEWEST_CHARACTERS else ""


def read_text(markdown: str) -> str:
    """The evidence of a page's text."""
    return evidence(markdown[:MOST_CHARACTERS])
