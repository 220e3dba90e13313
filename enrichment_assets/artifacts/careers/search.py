"""Where the openings are: job board, JSON-LD, the careers page's list, job pages, the LLM; the first that knows is it.

An empty or stale board is kept aside: a company that moved leaves it up. "No careers page", "a page that says that
nothing is open" and "they are there, but cannot be read" are three answers; what failed for now raises TransientError.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from enrichment_assets.artifacts.base import Work
from enrichment_assets.artifacts.careers.board import BoardFound, Confidence, company_board, own_host_board, pointers
from enrichment_assets.artifacts.careers.jsonld import jsonld_openings
from enrichment_assets.artifacts.careers.lines import hides_openings, says_no_openings, stated_total
from enrichment_assets.artifacts.careers.links import is_careers_link, openings_link
from enrichment_assets.artifacts.careers.listing import is_certain, job_links, listed_openings
from enrichment_assets.artifacts.careers.llm import postings_by_llm
from enrichment_assets.artifacts.careers.page import (
    CareersPage,
    PageReader,
    find_careers_page,
    read_job_page,
    read_next_pages,
    read_page,
)
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.companies.suffixes import registrable
from enrichment_assets.core.errors import TransientError
from enrichment_assets.providers.boards.board import Opening, host, once
from enrichment_assets.providers.boards.recognise import board_of_url, vendor_of_url, vendors_told

MAX_JOB_PAGES = 4
LONG_LIST = 5
"""A page's own list of so many jobs, and more than a board under another name has, is the company's."""

Source = Literal["job_board", "json_ld", "careers_page", "llm", "none"]


@dataclass(frozen=True, slots=True)
class Found:
    """What the search ended with. Each opening comes with its quote where an LLM read it."""

    source: Source
    confidence: Confidence | None
    reason: str
    openings: tuple[tuple[Opening, str | None], ...] = ()
    careers_url: str | None = None
    board: str | None = None
    no_page: bool = False
    unread: bool = False
    """There may be openings: they could not be read."""
    complete: bool = True
    """False: there are more than ``openings`` holds."""


async def find_openings(work: Work, website: Website) -> Found:
    """Search, cheapest and surest first. Raises TransientError."""
    links = [(link.url, link.text) for link in website.links]
    home = await company_board(work, pointers(links, website.embeds), careers_page=False)
    aside, unread = home.found, list(home.unread)
    if aside is not None and aside.current:
        return _of_board(aside, aside.url)
    reader = PageReader(work)
    page = await find_careers_page(reader, website)
    unread += reader.shut
    if page is None:
        unread += _vendors_linked(links, website.embeds)
        return _without_page(work, website, aside, reader, unread)
    first_url = page.url
    found, aside, more_unread = await _on_page(work, website, page, aside)
    unread += more_unread
    seen = frozenset(url.partition("#")[0].rstrip("/") for url in (*reader.tried, first_url))
    onward = None
    if found is None or found.source in ("careers_page", "json_ld"):
        onward = openings_link(page.parts.links, work.company.domain, first_url, seen)
    if onward is not None and reader.can_read and board_of_url(onward) is None:
        try:
            further = await read_page(reader, onward, render=website.rendered)
        except TransientError:
            if found is None:
                raise
            found, further = replace(found, complete=False), None
        if further is not None:
            there, aside, more_unread = await _on_page(work, website, further, aside)
            unread += more_unread
            if found is None or (there is not None and len(there.openings) >= len(found.openings)):
                found, page = there, further
    if found is not None and found.source == "careers_page":
        return await _with_next_pages(reader, page, found)
    if found is None and not says_no_openings(page.page.text):
        found = await _on_job_pages(work, reader, page)
    if found is not None:
        return found
    if aside is not None and not (unread and not aside.board.openings):
        return _of_board(aside, first_url)
    return await _read_by_llm(work, page, first_url, unread)


async def _on_page(
    work: Work, website: Website, page: CareersPage, aside: BoardFound | None
) -> tuple[Found | None, BoardFound | None, tuple[str, ...]]:
    """What the page itself or the board on it knows, the board to fall back on, and what was not read."""
    read = await company_board(work, pointers(page.parts.links, page.parts.embeds, page.page.html), careers_page=True)
    board = read.found
    if board is None:
        domains = frozenset({work.company.domain, registrable(host(website.final_url)) or work.company.domain})
        board = await own_host_board(work, page.url, page.page.html, domains)
    listed = listed_openings(page.tree, page.url)
    if says_no_openings(page.page.text) and len(listed) < LONG_LIST and not is_certain(listed):
        listed = ()
    own_list = len(listed) >= LONG_LIST and board is not None and len(listed) > len(board.board.openings)
    if board is not None and board.current and not (own_list and board.confidence != "high"):
        return _of_board(board, page.url), board, read.unread
    structured = jsonld_openings(page.parts.job_postings, work.now.date())
    if structured and len(structured) >= len(listed):
        reason = f"JobPosting JSON-LD on {page.url}"
        complete = _is_complete(page, len(structured))
        found = Found("json_ld", "high", reason, _without_quotes(structured), page.url, complete=complete)
        return found, board or aside, read.unread
    if listed:
        confidence: Confidence = "medium" if page.linked else "low"
        reason = f"links to jobs on {page.url}"
        complete = _is_complete(page, len(listed))
        found = Found("careers_page", confidence, reason, _without_quotes(listed), page.url, complete=complete)
        return found, board or aside, read.unread
    return None, board or aside, read.unread


async def _with_next_pages(reader: PageReader, page: CareersPage, found: Found) -> Found:
    """The list with what stands on its further pages."""
    pages, ended = await read_next_pages(reader, page)
    if not pages and ended:
        return found
    openings = [opening for opening, _ in found.openings]
    for each in pages:
        openings += listed_openings(each.tree, each.url)
    every = once(openings)
    complete = ended and _is_complete(page, len(every))
    return replace(found, openings=_without_quotes(every), complete=complete)


def _is_complete(page: CareersPage, count: int) -> bool:
    return count >= (stated_total(page.page.text) or 0)


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
        boards = pointers(job.parts.links, job.parts.embeds, job.page.html)
        board = (await company_board(work, boards, careers_page=True)).found
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
    whole = read == len(links)
    postings = _without_quotes(once(openings))
    return Found("json_ld", "high" if whole else "medium", reason, postings, page.url, complete=whole)


def _without_page(
    work: Work, website: Website, aside: BoardFound | None, reader: PageReader, unread: Sequence[str]
) -> Found:
    if aside is not None and not (unread and not aside.board.openings):
        return _of_board(aside, aside.url)
    structured = jsonld_openings(website.job_postings, work.now.date())
    if structured:
        reason = f"JobPosting JSON-LD on {website.final_url}"
        return Found("json_ld", "high", reason, _without_quotes(structured), website.final_url)
    if unread:
        return _unknown(f"the site points to {_listed(unread)}", None)
    tried = ", ".join(reader.tried)
    return Found("none", "medium", f"no careers page: no link to one on the home page; tried {tried}", no_page=True)


async def _read_by_llm(work: Work, page: CareersPage, careers_url: str, unread: Sequence[str]) -> Found:
    if says_no_openings(page.page.text):
        reason = f"{page.url} says that nothing is open"
        return Found("careers_page", "high" if page.linked else "medium", reason, careers_url=careers_url)
    read = await postings_by_llm(page.page.text, page.url, work.company.domain, work.providers.llm, work.account)
    if read:
        reason = f"read by a model from {page.url}, each posting's words verified there"
        confidence: Confidence = "medium" if page.linked else "low"
        return Found(
            "llm", confidence, reason, tuple(read), careers_url,
            complete=not unread and _is_complete(page, len(read)),
        )  # fmt: skip
    vendors = dict.fromkeys((*vendors_told(page.page.html), *filter(None, map(vendor_of_url, page.parts.embeds))))
    why = [*unread, *(f"{vendor}, without its feed" for vendor in vendors)]
    if hides_openings(page.page.text):
        why.append("openings that it shows after consent or by a script")
    reason = f"{page.url} names no opening and does not say that nothing is open"
    return _unknown(f"{reason}; it points to {_listed(why)}" if why else reason, careers_url)


def _vendors_linked(links: Sequence[tuple[str, str]], embeds: Sequence[str]) -> list[str]:
    """Vendors without a feed that the home page points to as the place of its jobs."""
    urls = [*(url for url, text in links if is_careers_link(url, text)), *embeds]
    vendors = dict.fromkeys(vendor_of_url(url) for url in urls if board_of_url(url) is None)
    return [f"{vendor}, without its feed" for vendor in vendors if vendor]


def _unknown(reason: str, careers_url: str | None) -> Found:
    return Found("none", None, f"openings could not be read: {reason}", careers_url=careers_url, unread=True)


def _of_board(found: BoardFound, url: str | None) -> Found:
    openings = _without_quotes(found.board.openings)
    return Found(
        "job_board", found.confidence, found.reason, openings, url, found.name, complete=found.board.complete
    )  # fmt: skip


def _listed(names: Sequence[str]) -> str:
    return "; ".join(dict.fromkeys(names))


def _without_quotes(openings: tuple[Opening, ...]) -> tuple[tuple[Opening, str | None], ...]:
    return tuple((opening, None) for opening in openings)
