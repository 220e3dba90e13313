"""Where the openings are: job board, JSON-LD, the careers page's list, job pages, the LLM; the first that knows is it.

An empty or stale board is kept aside: a company that moved leaves it up. "No careers page" and "a page without
openings" are answers; what could not be read raises TransientError.
"""

from dataclasses import dataclass, replace
from typing import Literal

from enrichment_assets.artifacts.base import Work
from enrichment_assets.artifacts.careers.board import BoardFound, Confidence, company_board, own_host_board, pointers
from enrichment_assets.artifacts.careers.jsonld import jsonld_openings
from enrichment_assets.artifacts.careers.links import openings_link
from enrichment_assets.artifacts.careers.listing import job_links, listed_openings, says_no_openings
from enrichment_assets.artifacts.careers.llm import postings_by_llm
from enrichment_assets.artifacts.careers.page import (
    CareersPage,
    PageReader,
    find_careers_page,
    read_job_page,
    read_page,
)
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.companies.suffixes import registrable
from enrichment_assets.providers.boards.board import Opening, host, once
from enrichment_assets.providers.boards.recognise import board_of_url, vendors_told

MAX_JOB_PAGES = 4

Source = Literal["job_board", "json_ld", "careers_page", "llm", "none"]


@dataclass(frozen=True, slots=True)
class Found:
    """What the search ended with. Each opening comes with its quote where an LLM read it."""

    source: Source
    confidence: Confidence
    reason: str
    openings: tuple[tuple[Opening, str | None], ...] = ()
    careers_url: str | None = None
    board: str | None = None
    no_page: bool = False


async def find_openings(work: Work, website: Website) -> Found:
    """Search, cheapest and surest first. Raises TransientError."""
    links = [(link.url, link.text) for link in website.links]
    aside = await company_board(work, pointers(links, website.embeds), careers_page=False)
    if aside is not None and aside.current:
        return _of_board(aside, aside.url)
    reader = PageReader(work)
    page = await find_careers_page(reader, website)
    if page is None:
        return _without_page(work, website, aside, reader)
    first_url = page.url
    found, aside = await _on_page(work, website, page, aside)
    seen = frozenset(url.partition("#")[0].rstrip("/") for url in (*reader.tried, first_url))
    onward = openings_link(page.parts.links, work.company.domain, first_url, seen) if found is None else None
    if onward is not None and reader.can_read and board_of_url(onward) is None:
        further = await read_page(reader, onward)
        if further is not None:
            found, aside = await _on_page(work, website, further, aside)
            page = further
    if found is None and not says_no_openings(page.page.text):
        found = await _on_job_pages(work, reader, page)
    if found is not None:
        return found
    if aside is not None:
        return _of_board(aside, first_url)
    return await _read_by_llm(work, page, first_url)


async def _on_page(
    work: Work, website: Website, page: CareersPage, aside: BoardFound | None
) -> tuple[Found | None, BoardFound | None]:
    """What the page itself or the board on it knows, and the board to fall back on."""
    board = await company_board(work, pointers(page.parts.links, page.parts.embeds, page.page.html), careers_page=True)
    if board is None:
        domains = frozenset({work.company.domain, registrable(host(website.final_url)) or work.company.domain})
        board = await own_host_board(work, page.url, page.page.html, domains)
    if board is not None and board.current:
        return _of_board(board, page.url), board
    structured = jsonld_openings(page.parts.job_postings, work.now.date())
    if structured:
        reason = f"JobPosting JSON-LD on {page.url}"
        return Found("json_ld", "high", reason, _without_quotes(structured), page.url), board or aside
    listed = listed_openings(page.tree, page.url)
    if listed:
        confidence: Confidence = "medium" if page.linked else "low"
        reason = f"links to jobs on {page.url}"
        return Found("careers_page", confidence, reason, _without_quotes(listed), page.url), board or aside
    return None, board or aside


async def _on_job_pages(work: Work, reader: PageReader, page: CareersPage) -> Found | None:
    """What a few of the job pages that the careers page links to know: a board, or JSON-LD."""
    links = job_links(page.parts.links, page.url)
    openings: list[Opening] = []
    read = 0
    for url in links[:MAX_JOB_PAGES]:
        job = await read_job_page(reader, url)
        if job is None:
            break
        read += 1
        board = await company_board(work, pointers(job.parts.links, job.parts.embeds, job.page.html), careers_page=True)
        if board is not None and board.current:
            return _of_board(board, page.url)
        openings += (
            replace(opening, url=opening.url or url)
            for opening in jsonld_openings(job.parts.job_postings, work.now.date())
        )
    if not openings:
        return None
    reason = f"JobPosting JSON-LD on job pages that {page.url} links to"
    if read < len(links):
        reason += f" ({read} of {len(links)} read)"
    confidence: Confidence = "high" if read == len(links) else "medium"
    return Found("json_ld", confidence, reason, _without_quotes(once(openings)), page.url)


def _without_page(work: Work, website: Website, aside: BoardFound | None, reader: PageReader) -> Found:
    if aside is not None:
        return _of_board(aside, aside.url)
    structured = jsonld_openings(website.job_postings, work.now.date())
    if structured:
        reason = f"JobPosting JSON-LD on {website.final_url}"
        return Found("json_ld", "high", reason, _without_quotes(structured), website.final_url)
    tried = ", ".join(reader.tried)
    return Found("none", "medium", f"no careers page: no link to one on the home page; tried {tried}", no_page=True)


async def _read_by_llm(work: Work, page: CareersPage, careers_url: str) -> Found:
    if says_no_openings(page.page.text):
        reason = f"{page.url} says that nothing is open"
        return Found("careers_page", "high" if page.linked else "medium", reason, careers_url=careers_url)
    read = await postings_by_llm(page.page.text, page.url, work.company.domain, work.providers.llm, work.account)
    if read:
        reason = f"read by a model from {page.url}, each posting's words verified there"
        return Found("llm", "medium" if page.linked else "low", reason, tuple(read), careers_url)
    told = vendors_told(page.page.html)
    reason = f"no openings on {page.url}"
    if told:
        reason += f", though it uses {', '.join(told)} without naming its board"
    return Found("careers_page", "low" if told else "medium", reason, careers_url=careers_url)


def _of_board(found: BoardFound, url: str | None) -> Found:
    openings = _without_quotes(found.board.openings)
    return Found("job_board", found.confidence, found.reason, openings, url, str(found.board.ref))


def _without_quotes(openings: tuple[Opening, ...]) -> tuple[tuple[Opening, str | None], ...]:
    return tuple((opening, None) for opening in openings)
