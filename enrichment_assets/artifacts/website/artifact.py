"""The evidence: the home page's text, where it landed, and what it links to. No judgement of the company here.

Each fetch may be paid, so there are at most three to find the page and one more in a browser where it has no text.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from typing import ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from enrichment_assets.artifacts.base import Artifact, Value, Work, digest
from enrichment_assets.core.errors import TransientError
from enrichment_assets.core.settings import Settings
from enrichment_assets.pages.links import MAX_LINKS, PageParts, one_line, page_parts, storable
from enrichment_assets.pages.page import Page
from enrichment_assets.pages.page_patterns import rules_digest
from enrichment_assets.pages.site_status import NO_ANSWER, PASSING, UNRESOLVED, Landed, Landing, landing

MAX_FETCHES: Final = 3
"""Fetches to find a page. A rendered one comes on top."""
MAX_TEXT_CHARACTERS: Final = 30_000
"""Characters of markdown kept: about 8,000 tokens, more than any home page says that matters."""
MISSING: Final = frozenset({404, 410})

_DATA_URL: Final = re.compile(r"\(data:[^)\s]*\)")


class Link(BaseModel):
    """One link of the page: absolute URL and its visible text."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    url: str
    text: str = ""


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
    source: Literal["spider", "direct"]
    rendered: bool = Field(False, description="A browser was needed to get text.")
    fetched_at: datetime
    volatile: ClassVar[frozenset[str]] = frozenset({"fetched_at"})


async def produce(work: Work) -> Website:
    """Fetch the home page. Raises TransientError when the site is broken right now."""
    visit = await _reach(work)
    if visit.landing.landed == "empty" and visit.parts.refresh_url and visit.fetches < MAX_FETCHES:
        visit = await _visit(work, visit.parts.refresh_url, visit.fetches)
    if visit.landing.needs_browser and work.settings.website_source == "spider":
        seen = await _visit(work, visit.page.final_url, visit.fetches, render=True)
        if seen.page.status < 300 and seen.landing.landed != "empty":
            visit = seen
    return _website(work, visit)


@dataclass(frozen=True, slots=True)
class _Visit:
    page: Page
    parts: PageParts
    landing: Landing
    title: str
    fetches: int
    rendered: bool


async def _reach(work: Work) -> _Visit:
    """The first address with a page behind it; else what the first one said.

    The bare domain; where nobody answers or the page is missing there, ``www.`` (many sites exist only there); where a
    name resolves but does not speak TLS, ``http:``.
    """
    domain = work.company.domain
    first: _Visit | None = None
    late: TransientError | None = None
    addresses = (f"https://{domain}/", f"https://www.{domain}/", f"http://{domain}/")
    for fetches, url in enumerate(addresses):
        if url.startswith("http:") and (first is None or first.page.status not in NO_ANSWER - {UNRESOLVED}):
            break
        try:
            visit = await _visit(work, url, fetches)
        except TransientError as error:
            # The site's own trouble may be the bare domain's alone; the crawler's is the same for every address.
            if error.blame != "subject":
                raise
            late = late or error
            continue
        passing = visit.page.status in PASSING or visit.landing.passing
        if visit.page.status not in NO_ANSWER | MISSING and not passing:
            return visit
        if passing:
            what = visit.landing.reason if visit.landing.passing else f"answers with status {visit.page.status}"
            late = late or TransientError("website", f"{domain}: {what}", visit.page.status, blame="subject")
        first = first or visit
    if late is not None or first is None:
        raise late or TransientError("website", f"{domain} did not answer")
    return first


async def _visit(work: Work, url: str, fetches: int, *, render: bool = False) -> _Visit:
    if work.settings.website_source == "spider":
        page = await work.providers.spider.scrape(url, work.account, render=render)
    else:
        page = await work.providers.web.page(url, work.account)
    parts = page_parts(page.html, page.final_url or url)
    title = one_line(unescape(page.title), 300) or parts.title
    where = landing(work.company.domain, work.company.name, page, title)
    return _Visit(page, parts, where, title, fetches + 1, render)


def _website(work: Work, visit: _Visit) -> Website:
    page, parts = visit.page, visit.parts
    text = storable(_DATA_URL.sub("()", page.text)).strip()[:MAX_TEXT_CHARACTERS]
    return Website(
        landed=visit.landing.landed,
        judgeable=visit.landing.landed in ("same_site", "other_path"),
        reason=visit.landing.reason,
        url=f"https://{work.company.domain}/",
        final_url=page.final_url or page.url,
        status=page.status,
        title=visit.title,
        site_name=parts.site_name,
        description=one_line(unescape(page.description), 1_000) or parts.description,
        language=parts.language,
        text=text,
        text_sha256=hashlib.sha256(text.encode()).hexdigest(),
        links=tuple(Link(url=url, text=label) for url, label in parts.links),
        embeds=parts.embeds,
        job_postings=parts.job_postings,
        source=work.settings.website_source,
        rendered=visit.rendered,
        fetched_at=work.now,
    )


def version(settings: Settings) -> str:
    """Code, rules and source decide."""
    return digest(
        "website", WEBSITE.code_version, settings.website_source, rules_digest(), MAX_TEXT_CHARACTERS, MAX_LINKS
    )


WEBSITE: Artifact[Website] = Artifact(
    name="website",
    model=Website,
    produce=produce,
    description="The company's home page as evidence: text, links, and where the address really leads.",
    version=version,
    answer=lambda value: value.landed,
    preview=lambda value: {"url": value.final_url, "title": value.title, "characters": len(value.text)},
    needs=("mx",),
    gate="mx_pass",
    fresh_for=timedelta(days=14),
    kinds=("spider",),
)
