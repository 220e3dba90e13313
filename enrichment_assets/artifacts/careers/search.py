"""Where the openings are: job board, JSON-LD, the careers page's list, job pages, the LLM; the first that knows is it.

An empty or stale board is kept aside: a company that moved leaves it up. "No careers page", "a page that says that
nothing is open" and "they are there, but cannot be read" are three answers; what failed for now raises TransientError.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from enrichment_assets.artifacts.base import ProduceContext
from enrichment_assets.artifacts.careers.board import BoardFound, Confidence, company_board, own_host_board
from enrichment_assets.artifacts.careers.llm import postings_by_llm
from enrichment_assets.artifacts.careers.page import (
    PageReader,
    find_careers_page,
    read_job_page,
    read_next_pages,
    read_page,
)
from enrichment_assets.artifacts.careers.reading import (
    LONG_LIST,
    SAME_TEXT_CHARACTERS,
    CareersPage,
    Site,
    read_home_pointers,
)
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.companies.suffixes import registrable
from enrichment_assets.core.errors import TransientError
from enrichment_assets.providers.boards.board import Opening, host, once
from enrichment_assets.providers.registry import missing

MAX_JOB_PAGES = 4

Source = Literal["job_board", "json_ld", "careers_page", "llm", "none"]


@dataclass(frozen=True, slots=True)
class OpeningsResult:
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


async def find_openings(context: ProduceContext, website: Website) -> OpeningsResult:
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
    home = await company_board(context, told.boards, careers_page=False)
    aside, unread = home.found, list(home.unread)
    if aside is not None and aside.current:
        return _of_board(aside, aside.url)
    text = website.text.strip()[:SAME_TEXT_CHARACTERS]
    reader = PageReader(context, Site(domain, website.final_url, website.title, text))
    page = await find_careers_page(reader, website, told.careers_pages)
    unread += reader.shut
    if page is None:
        unread += (f"{vendor}, without its feed" for vendor in told.vendors)
        return _without_page(website, told.structured, aside, reader, unread)
    first_url = page.url
    found, aside, more_unread = await _on_page(context, website, page, aside)
    unread += more_unread
    own = found is None or found.source in ("careers_page", "json_ld")
    if own and page.onward is not None and reader.can_read:
        try:
            further = await read_page(reader, page.onward, render=website.rendered)
        except TransientError:
            if found is None:
                raise
            found, further = replace(found, complete=False), None
        if further is not None:
            there, aside, more_unread = await _on_page(context, website, further, aside)
            unread += more_unread
            if found is None or (there is not None and len(there.openings) >= len(found.openings)):
                found, page = there, further
    if found is not None and found.source == "careers_page":
        return await _with_next_pages(reader, page, found)
    if found is None and not page.says_no_openings:
        found = await _on_job_pages(context, reader, page)
    if found is not None:
        return found
    if aside is not None and not (unread and not aside.board.openings):
        return _of_board(aside, first_url)
    return await _read_by_llm(context, page, first_url, unread)


async def _on_page(
    context: ProduceContext, website: Website, page: CareersPage, aside: BoardFound | None
) -> tuple[OpeningsResult | None, BoardFound | None, tuple[str, ...]]:
    """What the page itself or the board on it knows, the board to fall back on, and what was not read."""
    read = await company_board(context, page.pointers, careers_page=True)
    board = read.found
    if board is None:
        domains = frozenset({context.company.domain, registrable(host(website.final_url)) or context.company.domain})
        board = await own_host_board(context, page.url, page.vendors, domains)
    listed = page.listed
    own_list = len(listed) >= LONG_LIST and board is not None and len(listed) > len(board.board.openings)
    if board is not None and board.current and not (own_list and board.confidence != "high"):
        return _of_board(board, page.url), board, read.unread
    structured = page.structured
    if structured and len(structured) >= len(listed):
        reason = f"JobPosting JSON-LD on {page.url}"
        complete = len(structured) >= page.stated_total
        found = OpeningsResult("json_ld", "high", reason, _without_quotes(structured), page.url, complete=complete)
        return found, board or aside, read.unread
    if listed:
        confidence: Confidence = "medium" if page.linked else "low"
        reason = f"links to jobs on {page.url}"
        complete = len(listed) >= page.stated_total
        found = OpeningsResult("careers_page", confidence, reason, _without_quotes(listed), page.url, complete=complete)
        return found, board or aside, read.unread
    return None, board or aside, read.unread


async def _with_next_pages(reader: PageReader, page: CareersPage, found: OpeningsResult) -> OpeningsResult:
    """The list with what stands on its further pages."""
    pages, ended = await read_next_pages(reader, page)
    if not pages and ended:
        return found
    every = once([*(opening for opening, _ in found.openings), *(opening for each in pages for opening in each.listed)])
    return replace(found, openings=_without_quotes(every), complete=ended and len(every) >= page.stated_total)


async def _on_job_pages(context: ProduceContext, reader: PageReader, page: CareersPage) -> OpeningsResult | None:
    """What a few of the job pages that the careers page links to know: a board, or JSON-LD."""
    links = page.job_links
    openings: list[Opening] = []
    read = 0
    for url in links[:MAX_JOB_PAGES]:
        job = await read_job_page(reader, url)
        if job is None:
            break
        read += 1
        board = (await company_board(context, job.pointers, careers_page=True)).found
        if board is not None and board.current:
            return _of_board(board, page.url)
        openings += (replace(opening, url=opening.url or url) for opening in job.structured)
    if not openings:
        return None
    reason = f"JobPosting JSON-LD on job pages that {page.url} links to"
    if read < len(links):
        reason += f" ({read} of {len(links)} read)"
    whole = read == len(links)
    postings = _without_quotes(once(openings))
    return OpeningsResult("json_ld", "high" if whole else "medium", reason, postings, page.url, complete=whole)


def _without_page(
    website: Website,
    structured: tuple[Opening, ...],
    aside: BoardFound | None,
    reader: PageReader,
    unread: Sequence[str],
) -> OpeningsResult:
    if aside is not None and not (unread and not aside.board.openings):
        return _of_board(aside, aside.url)
    if structured:
        reason = f"JobPosting JSON-LD on {website.final_url}"
        return OpeningsResult("json_ld", "high", reason, _without_quotes(structured), website.final_url)
    if unread:
        return _unknown(f"the site points to {_listed(unread)}", None)
    tried = ", ".join(reader.tried)
    return OpeningsResult(
        "none", "medium", f"no careers page: no link to one on the home page; tried {tried}", no_page=True
    )


async def _read_by_llm(
    context: ProduceContext, page: CareersPage, careers_url: str, unread: Sequence[str]
) -> OpeningsResult:
    if page.says_no_openings:
        reason = f"{page.url} says that nothing is open"
        return OpeningsResult("careers_page", "high" if page.linked else "medium", reason, careers_url=careers_url)
    has_model = not any(missing("llm", context.settings))
    read = await postings_by_llm(page.text, page.url, context) if has_model else ()
    if read:
        reason = f"read by a model from {page.url}, each posting's words verified there"
        confidence: Confidence = "medium" if page.linked else "low"
        complete = not unread and len(read) >= page.stated_total
        return OpeningsResult("llm", confidence, reason, tuple(read), careers_url, complete=complete)
    vendors = dict.fromkeys((*page.vendors, *page.embedded_vendors))
    why = [*unread, *(f"{vendor}, without its feed" for vendor in vendors)]
    if page.hides_openings:
        why.append("openings that it shows after consent or by a script")
    if not has_model:
        why.append("words that only a language model could read, and none is set up")
    reason = f"{page.url} names no opening and does not say that nothing is open"
    return _unknown(f"{reason}; it points to {_listed(why)}" if why else reason, careers_url)


def _unknown(reason: str, careers_url: str | None) -> OpeningsResult:
    return OpeningsResult("none", None, f"openings could not be read: {reason}", careers_url=careers_url, unread=True)


def _of_board(found: BoardFound, url: str | None) -> OpeningsResult:
    openings = _without_quotes(found.board.openings)
    return OpeningsResult(
        "job_board", found.confidence, found.reason, openings, url, found.name, complete=found.board.complete
    )  # fmt: skip


def _listed(names: Sequence[str]) -> str:
    return "; ".join(dict.fromkeys(names))


def _without_quotes(openings: tuple[Opening, ...]) -> tuple[tuple[Opening, str | None], ...]:
    return tuple((opening, None) for opening in openings)
