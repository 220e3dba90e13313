"""JOIN: ``join.com/companies/{slug}`` names the company's number, ``join.com/api/public/companies/{id}/jobs`` its jobs.

Pages of 5 at most. A company that is gone is a page of status 200 whose data says 404 or 410; one that never used JOIN
has a page too, without jobs. Wire facts: docs/providers/boards.md.
"""

import re
from urllib.parse import quote

from pydantic import TypeAdapter

from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.boards.board import (
    MAX_PAGES,
    Board,
    BoardRef,
    Feed,
    JobBoard,
    Opening,
    day,
    hosted_feed,
    hosted_page,
    once,
    place,
    unreadable,
)
from enrichment_assets.providers.call.ledger import Account
from enrichment_assets.providers.web import Web

PAGE_SIZE = 5

_COMPANY = re.compile(r'"company"\s*:\s*(\{"id"\s*:\s*(?P<id>\d+)[^{}]{0,2000}\}?)')
_NAME = re.compile(r'"name"\s*:\s*"([^"\\]{1,200})"')
_GONE = re.compile(r'"statusCode"\s*:\s*4(?:04|10)\b')


class _City(Feed):
    cityName: str | None = None  # noqa: N815 - JOIN's key
    countryName: str | None = None  # noqa: N815 - JOIN's key


class _Named(Feed):
    name: str | None = None


class _Job(Feed):
    id: int | str
    title: str
    idParam: str | None = None  # noqa: N815 - JOIN's key
    createdAt: str | None = None  # noqa: N815 - JOIN's key
    workplaceType: str | None = None  # noqa: N815 - JOIN's key
    city: _City | None = None
    category: _Named | None = None


class _Pagination(Feed):
    pageCount: int | None = None  # noqa: N815 - JOIN's key


class _Page(Feed):
    items: list[_Job]
    pagination: _Pagination = _Pagination()


_PAGE = TypeAdapter(_Page)


async def read(web: Web, ref: BoardRef, _settings: Settings, account: Account) -> Board | None:
    """Every job, page by page."""
    slug = quote(ref.slug, safe="")
    html = await hosted_page(web, ref, f"https://join.com/companies/{slug}", account)
    if html is None or _GONE.search(html):
        return None
    company = _COMPANY.search(html)
    if company is None:
        raise unreadable("join", "the company's page does not name its number", 200)
    name = _NAME.search(company[1])
    openings: list[Opening] = []
    for number in range(1, MAX_PAGES + 1):
        query = f"locale=en-us&page={number}&pageSize={PAGE_SIZE}"
        url = f"https://join.com/api/public/companies/{company['id']}/jobs?{query}"
        page = await hosted_feed(web, ref, url, _PAGE, account)
        if page is None:
            return None
        openings += [_opening(slug, job) for job in page.items]
        if not page.items or number >= (page.pagination.pageCount or 1):
            return Board(ref, once(openings), name[1] if name else None)
    raise unreadable("join", f"more than {MAX_PAGES} pages")


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
    ("job", "jobs", "embed"),
)
