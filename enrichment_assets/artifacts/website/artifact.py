"""The evidence: the home page's text, where it landed, and what it links to. No judgement of the company here.

Each fetch may be paid, so there are at most three to find the page and one more in a browser where it has no text.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from html import unescape
from typing import TYPE_CHECKING, ClassVar, Final

from pydantic import BaseModel, ConfigDict, Field

from enrichment_assets.artifacts.base import ProduceContext, Value
from enrichment_assets.core.errors import TransientError
from enrichment_assets.core.limits import MAX_TEXT
from enrichment_assets.pages.html_text import page_of
from enrichment_assets.pages.kinds.site_status import NO_ANSWER, PASSING, UNRESOLVED, Landed, Landing, landing
from enrichment_assets.pages.links import PageParts, one_line, page_parts, storable
from enrichment_assets.pages.page import Fetched
from enrichment_assets.providers.protocols import PageFetcher

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings

MAX_FETCHES: Final = 3
"""Fetches to find a page. A rendered one comes on top."""
MAX_TEXT_CHARACTERS: Final = 30_000
"""Characters of markdown kept: about 8,000 tokens, more than any home page says that matters."""
UNREAD: Final = frozenset({"blocked", "empty"})
"""What another fetcher may see through."""
MISSING: Final = frozenset({404, 410})

_DATA_URL: Final = re.compile(r"\(data:[^)\s]*+(?P<closed>\)?)")


def _without_data_urls(text: str) -> str:
    return _DATA_URL.sub(lambda found: "()" if found["closed"] else found[0], text)


class Link(BaseModel):
    """One link of the page: absolute URL and its visible text."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    url: str
    text: str = ""
    in_header: bool = Field(False, description="Of links to LinkedIn only: it stands in the page's header.")


class Website(Value):
    """The stored page that later judgements rest on."""

    landed: Landed
    judgeable: bool = Field(description="Only a page of this company with text on it is judged.")
    reason: str
    url: str
    final_url: str
    status: int
    title: str = ""
    site_name: str = Field("", description="og:site_name: what the site calls itself.")
    description: str = ""
    language: str | None = None
    text: str = Field("", description="The page as markdown, the only text quotes may come from.")
    text_sha256: str = ""
    links: tuple[Link, ...] = ()
    embeds: tuple[str, ...] = Field((), description="iframe and script URLs, job board references in inline scripts.")
    job_postings: tuple[str, ...] = Field((), description="JSON-LD JobPosting blocks, as text.")
    source: str = Field(description="Who fetched it: spider, direct, firecrawl, ...")
    rendered: bool = Field(False, description="A browser was needed to get text.")
    fetched_at: datetime
    volatile: ClassVar[frozenset[str]] = frozenset({"fetched_at"})

    @property
    def text_was_dropped(self) -> bool:
        """Whether the page had a text that `enrich prune` has taken out since."""
        return not self.text and self.text_sha256 not in ("", hashlib.sha256(b"").hexdigest())


async def produce(context: ProduceContext) -> Website:
    """Fetch the home page, by the next fetcher where one met a wall, an empty page or an error.

    Raises the first fetcher's error when none of them has got an answer.
    """
    best: _Visit | None = None
    failed: TransientError | None = None
    for fetcher in context.providers.pages:
        try:
            visit = await _look(context, fetcher)
        except TransientError as error:
            failed = failed or error
            continue
        if best is None or best.landing.landed == "empty" or visit.landing.landed not in UNREAD:
            best = visit
        if visit.landing.landed not in UNREAD:
            break
    if best is None:
        raise failed or TransientError("website", f"nobody has asked {context.company.domain}")
    return _website(context, best)


@dataclass(frozen=True, slots=True)
class HomePage:
    """A home page as read. ``text`` is markdown."""

    parts: PageParts
    landing: Landing
    title: str
    description: str
    text: str


def prepare() -> None:
    """Load all tables for ``read_home``: reading a first page takes 90 ms, and 2 ms from then on."""
    page = b"<p>Acme makes software. <a href=/about>About us</a></p>"
    read_home(Fetched("https://example.com/", "https://example.com/", 200, page, "text/html"), "example.com", "Acme")


def read_home(fetched: Fetched, domain: str, name: str) -> HomePage:
    """What a fetched page says, and where it landed. Pure."""
    page = page_of(fetched)
    parts = page_parts(page.html, page.final_url or page.url)
    title = one_line(unescape(page.title[: 4 * MAX_TEXT]), MAX_TEXT) or parts.title
    return HomePage(
        parts=parts,
        landing=landing(domain, name, page, title),
        title=title,
        description=one_line(unescape(page.description[:4_000]), 1_000) or parts.description,
        text=storable(_without_data_urls(page.text)).strip()[:MAX_TEXT_CHARACTERS],
    )


@dataclass(frozen=True, slots=True)
class _Visit:
    source: str
    page: Fetched
    home: HomePage
    fetches: int
    rendered: bool

    @property
    def landing(self) -> Landing:
        return self.home.landing


async def _look(context: ProduceContext, fetcher: PageFetcher) -> _Visit:
    """What one fetcher finds. Raises TransientError when the site is broken right now."""
    visit = await _reach(context, fetcher)
    if visit.landing.landed == "empty" and visit.home.parts.refresh_url and visit.fetches < MAX_FETCHES:
        visit = await _visit(context, fetcher, visit.home.parts.refresh_url, visit.fetches)
    if visit.landing.needs_browser and fetcher.renders:
        seen = await _visit(context, fetcher, visit.page.final_url, visit.fetches, render=True)
        if seen.page.status < 300 and seen.landing.landed != "empty":
            visit = seen
    return visit


async def _reach(context: ProduceContext, fetcher: PageFetcher) -> _Visit:
    """The first address with a page behind it; else what the first one said.

    The bare domain; where nobody answers or the page is missing there, ``www.`` (many sites exist only there); where a
    name resolves but does not speak TLS, ``http:``.
    """
    domain = context.company.domain
    first: _Visit | None = None
    late: TransientError | None = None
    addresses = (f"https://{domain}/", f"https://www.{domain}/", f"http://{domain}/")
    for fetches, url in enumerate(addresses):
        if url.startswith("http:") and (first is None or first.page.status not in NO_ANSWER - {UNRESOLVED}):
            break
        try:
            visit = await _visit(context, fetcher, url, fetches)
        except TransientError as error:
            # The site's own trouble may be the bare domain's alone; the crawler's is the same for every address.
            if error.cause != "subject":
                raise
            late = late or error
            continue
        passing = visit.page.status in PASSING or visit.landing.passing
        if visit.page.status not in NO_ANSWER | MISSING and not passing:
            return visit
        if passing:
            what = visit.landing.reason if visit.landing.passing else f"answers with status {visit.page.status}"
            late = late or TransientError("website", f"{domain}: {what}", visit.page.status, cause="subject")
        first = first or visit
    if late is not None or first is None:
        raise late or TransientError("website", f"{domain} did not answer")
    return first


async def _visit(
    context: ProduceContext, fetcher: PageFetcher, url: str, fetches: int, *, render: bool = False
) -> _Visit:
    page = await fetcher.fetch(url, context.scope, render=render)
    domain, name = context.company.domain, context.company.name
    home = await context.providers.readers.read(f"the page of {domain}", read_home, page, domain, name)
    return _Visit(fetcher.name, page, home, fetches + 1, render)


def _website(context: ProduceContext, visit: _Visit) -> Website:
    page, home, parts = visit.page, visit.home, visit.home.parts
    return Website(
        landed=visit.landing.landed,
        judgeable=visit.landing.landed in ("same_site", "other_path"),
        reason=visit.landing.reason,
        url=f"https://{context.company.domain}/",
        final_url=page.final_url or page.url,
        status=page.status,
        title=home.title,
        site_name=parts.site_name,
        description=home.description,
        language=parts.language,
        text=home.text,
        text_sha256=hashlib.sha256(home.text.encode()).hexdigest(),
        links=tuple(Link(url=url, text=label, in_header=url in parts.header_links) for url, label in parts.links),
        embeds=parts.embeds,
        job_postings=parts.job_postings,
        source=visit.source,
        rendered=visit.rendered,
        fetched_at=context.as_of,
    )


def summary(website: Website) -> str:
    """The value in one word: where the address led."""
    return website.landed


def decided_by(settings: Settings) -> object:
    """How pages are read."""
    return settings.enrichment_pages
