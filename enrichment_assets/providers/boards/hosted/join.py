"""JOIN: ``join.com/companies/{slug}`` names the company's number, ``join.com/api/public/companies/{id}/jobs`` its jobs.

Pages of 5 at most. A company that is gone is a page of status 200 whose data says 404 or 410; one that never used JOIN
has a page too, without jobs. Wire facts: docs/providers/boards.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import TypeAdapter

from enrichment_assets.companies.platforms import words
from enrichment_assets.pages.html_text import decode
from enrichment_assets.providers.boards.board import (
    MAX_PAGES,
    Board,
    BoardRef,
    Feed,
    JobBoard,
    Named,
    Opening,
    day,
    feed_of,
    hosted_answer,
    once,
    parsed,
    place,
    unreadable,
)

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.ledger import CostScope
    from enrichment_assets.providers.web import Web

PAGE_SIZE = 5

_COMPANY = re.compile(r'"company"\s*:\s*(\{"id"\s*:\s*(?P<id>\d+)[^{}]{0,2000}\}?)')
_NAME = re.compile(r'"name"\s*:\s*"([^"\\]{1,200})"')
_GONE = re.compile(r'"statusCode"\s*:\s*4(?:04|10)\b')


class _City(Feed):
    cityName: str | None = None  # noqa: N815 - JOIN's key
    countryName: str | None = None  # noqa: N815 - JOIN's key


class _Job(Feed):
    id: int | str
    title: str
    idParam: str | None = None  # noqa: N815 - JOIN's key
    createdAt: str | None = None  # noqa: N815 - JOIN's key
    workplaceType: str | None = None  # noqa: N815 - JOIN's key
    city: _City | None = None
    category: Named | None = None


class _Pagination(Feed):
    pageCount: int | None = None  # noqa: N815 - JOIN's key


class _Page(Feed):
    items: list[_Job]
    pagination: _Pagination = _Pagination()


_PAGE = TypeAdapter(_Page)


async def read(web: Web, ref: BoardRef, _settings: Settings, scope: CostScope) -> Board | None:
    """Every job, page by page."""
    slug = quote(ref.slug, safe="")
    page = await hosted_answer(web, ref, f"https://join.com/companies/{slug}", scope)
    company = await feed_of(web, ref, page, _told, page.content_type)
    if company is None:
        return None
    identifier, name = company
    openings: list[Opening] = []
    for number in range(1, MAX_PAGES + 1):
        query = f"locale=en-us&page={number}&pageSize={PAGE_SIZE}"
        url = f"https://join.com/api/public/companies/{identifier}/jobs?{query}"
        listed = await feed_of(web, ref, await hosted_answer(web, ref, url, scope), _listed, slug)
        if listed is None:
            return None
        jobs, page_count = listed
        openings += jobs
        if not jobs or number >= page_count:
            return Board(ref, once(openings), name)
    raise unreadable("join", f"more than {MAX_PAGES} pages")


def _told(body: bytes, content_type: str) -> tuple[str, str | None] | None:
    """The company's number and name; None for one that is gone."""
    html = decode(body, content_type)
    if _GONE.search(html):
        return None
    company = _COMPANY.search(html)
    if company is None:
        raise unreadable("join", "the company's page does not name its number", 200)
    name = _NAME.search(company[1])
    return company["id"], name[1] if name else None


def _listed(body: bytes, slug: str) -> tuple[tuple[Opening, ...], int]:
    """One page's openings, and how many pages there are."""
    page = parsed(body, _PAGE, "join")
    return once(_opening(slug, job) for job in page.items), page.pagination.pageCount or 1


def _opening(slug: str, job: _Job) -> Opening:
    at = job.city or _City()
    return Opening(
        str(job.id),
        job.title.strip(),
        f"https://join.com/companies/{slug}/{job.idParam or job.id}",
        job.category.name if job.category else None,
        place(at.cityName, at.countryName),
        job.workplaceType.upper() == "REMOTE" if job.workplaceType else None,
        day(job.createdAt),
    )


JOIN = JobBoard(
    "join",
    ("join.com/companies",),
    (re.compile(r"(?<![\w.-])(?:www\.)?join\.com/companies/(?P<slug>[\w-]+)", re.ASCII | re.IGNORECASE),),
    read,
    words("job jobs embed"),
)
