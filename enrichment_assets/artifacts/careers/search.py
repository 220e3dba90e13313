"""Where the openings are: job board, JSON-LD, the careers page's list, job pages, the LLM; the first that knows is it.

An empty or stale board is kept aside: a company that moved leaves it up. "No careers page" and "a page without
openings" are answers; what could not be read raises TransientError.
"""

from dataclasses import dataclass, replace
from typing import Literal

from enrichment_assets.artifacts.base import ProduceContext
from enrichment_assets.artifacts.careers.board import BoardFound, Confidence, company_board, own_host_board
from enrichment_assets.artifacts.careers.llm import postings_by_llm
from enrichment_assets.artifacts.careers.page import (
    PageReader,
    find_careers_page,
    read_job_page,
    read_page,
)
from enrichment_assets.artifacts.careers.reading import SAME_TEXT_CHARACTERS, CareersPage, Site, read_home_pointers
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.companies.suffixes import registrable
from enrichment_assets.providers.boards.board import Opening, host, once

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


async def find_openings(context: ProduceContext, website: Website) -> Found:
    """Search, cheapest and surest first. Raises TransientError."""
    domain = context.company.domain
    told = await context.providers.readers.read(
        f"the links of {domain}",
        read_home_pointers,
        tuple((link.url, link.text) for link in website.links),
        website.embeds,
        website.job_postings,
        domain,
        context.now.date(),
    )
    aside = await company_board(context, told.boards, careers_page=False)
    if aside is not None and aside.current:
        return _of_board(aside, aside.url)
    text = website.text.strip()[:SAME_TEXT_CHARACTERS]
    reader = PageReader(context, Site(domain, website.final_url, website.title, text))
    page = await find_careers_page(reader, website, told.careers_pages)
    if page is None:
        return _without_page(website, told.structured, aside, reader)
    first_url = page.url
    found, aside = await _on_page(context, website, page, aside)
    if found is None and page.onward is not None and reader.can_read:
        further = await read_page(reader, page.onward)
        if further is not None:
            found, aside = await _on_page(context, website, further, aside)
            page = further
    if found is None and not page.says_no_openings:
        found = await _on_job_pages(context, reader, page)
    if found is not None:
        return found
    if aside is not None:
        return _of_board(aside, first_url)
    return await _read_by_llm(context, page, first_url)


async def _on_page(
    context: ProduceContext, website: Website, page: CareersPage, aside: BoardFound | None
) -> tuple[Found | None, BoardFound | None]:
    """What the page itself or the board on it knows, and the board to fall back on."""
    board = await company_board(context, page.pointers, careers_page=True)
    if board is None:
        domains = frozenset({context.company.domain, registrable(host(website.final_url)) or context.company.domain})
        board = await own_host_board(context, page.url, page.vendors, domains)
    if board is not None and board.current:
        return _of_board(board, page.url), board
    if page.structured:
        reason = f"JobPosting JSON-LD on {page.url}"
        return Found("json_ld", "high", reason, _without_quotes(page.structured), page.url), board or aside
    if page.listed:
        confidence: Confidence = "medium" if page.linked else "low"
        reason = f"links to jobs on {page.url}"
        return Found("careers_page", confidence, reason, _without_quotes(page.listed), page.url), board or aside
    return None, board or aside


async def _on_job_pages(context: ProduceContext, reader: PageReader, page: CareersPage) -> Found | None:
    """What a few of the job pages that the careers page links to know: a board, or JSON-LD."""
    links = page.job_links
    openings: list[Opening] = []
    read = 0
    for url in links[:MAX_JOB_PAGES]:
        job = await read_job_page(reader, url)
        if job is None:
            break
        read += 1
        board = await company_board(context, job.pointers, careers_page=True)
        if board is not None and board.current:
            return _of_board(board, page.url)
        openings += (replace(opening, url=opening.url or url) for opening in job.structured)
    if not openings:
        return None
    reason = f"JobPosting JSON-LD on job pages that {page.url} links to"
    if read < len(links):
        reason += f" ({read} of {len(links)} read)"
    confidence: Confidence = "high" if read == len(links) else "medium"
    return Found("json_ld", confidence, reason, _without_quotes(once(openings)), page.url)


def _without_page(
    website: Website, structured: tuple[Opening, ...], aside: BoardFound | None, reader: PageReader
) -> Found:
    if aside is not None:
        return _of_board(aside, aside.url)
    if structured:
        reason = f"JobPosting JSON-LD on {website.final_url}"
        return Found("json_ld", "high", reason, _without_quotes(structured), website.final_url)
    tried = ", ".join(reader.tried)
    return Found("none", "medium", f"no careers page: no link to one on the home page; tried {tried}", no_page=True)


async def _read_by_llm(context: ProduceContext, page: CareersPage, careers_url: str) -> Found:
    if page.says_no_openings:
        reason = f"{page.url} says that nothing is open"
        return Found("careers_page", "high" if page.linked else "medium", reason, careers_url=careers_url)
    read = await postings_by_llm(page.text, page.url, context)
    if read:
        reason = f"read by a model from {page.url}, each posting's words verified there"
        return Found("llm", "medium" if page.linked else "low", reason, tuple(read), careers_url)
    reason = f"no openings on {page.url}"
    if page.vendors:
        reason += f", though it uses {', '.join(page.vendors)} without naming its board"
    return Found("careers_page", "low" if page.vendors else "medium", reason, careers_url=careers_url)


def _of_board(found: BoardFound, url: str | None) -> Found:
    openings = _without_quotes(found.board.openings)
    return Found("job_board", found.confidence, found.reason, openings, url, str(found.board.ref))


def _without_quotes(openings: tuple[Opening, ...]) -> tuple[tuple[Opening, str | None], ...]:
    return tuple((opening, None) for opening in openings)
