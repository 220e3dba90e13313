"""Rippling: ``GET ats.rippling.com/api/v2/board/{slug}/jobs?page=0&pageSize=50`` (developer.rippling.com), no dates.

One row per location under the same id.
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
    hosted_feed,
    once,
    place,
    places,
    unreadable,
)
from enrichment_assets.providers.call.ledger import Account
from enrichment_assets.providers.web import Web

PAGE_SIZE = 50


class _Named(Feed):
    name: str | None = None


class _Location(Feed):
    name: str | None = None
    city: str | None = None
    country: str | None = None
    workplaceType: str | None = None  # noqa: N815 - Rippling's key


class _Job(Feed):
    id: str
    name: str
    url: str | None = None
    department: _Named | None = None
    locations: list[_Location] | None = None


class _Page(Feed):
    items: list[_Job]
    totalPages: int | None = None  # noqa: N815 - Rippling's key


_PAGE = TypeAdapter(_Page)


async def read(web: Web, ref: BoardRef, _settings: Settings, account: Account) -> Board | None:
    """Every job, page by page."""
    base = f"https://ats.rippling.com/api/v2/board/{quote(ref.slug, safe='')}/jobs"
    openings: list[Opening] = []
    for number in range(MAX_PAGES):
        page = await hosted_feed(web, ref, f"{base}?page={number}&pageSize={PAGE_SIZE}", _PAGE, account)
        if page is None:
            return None
        openings += [_opening(job) for job in page.items]
        if not page.items or number + 1 >= (page.totalPages or 1):
            return Board(ref, once(openings))
    raise unreadable("rippling", f"more than {MAX_PAGES} pages")


def _opening(job: _Job) -> Opening:
    kinds = {at.workplaceType.upper() for at in job.locations or () if at.workplaceType}
    return Opening(
        job.id,
        job.name.strip(),
        job.url,
        job.department.name if job.department else None,
        places([at.name or place(at.city, at.country) for at in job.locations or ()]),
        "REMOTE" in kinds if kinds else None,
    )


RIPPLING = JobBoard(
    "rippling",
    ("ats.rippling.com", "api.rippling.com"),
    (
        re.compile(r"ats\.rippling\.com/api/v\d/board/(?P<slug>[\w-]+)", re.ASCII | re.IGNORECASE),
        re.compile(r"api\.rippling\.com/platform/api/ats/v\d/board/(?P<slug>[\w-]+)", re.ASCII | re.IGNORECASE),
        re.compile(r"ats\.rippling\.com/(?:[a-z]{2}-[a-z]{2}/)?(?P<slug>[\w-]+)", re.ASCII | re.IGNORECASE),
    ),
    read,
    ("api", "_next", "static", "assets", "embed", "jobs", "favicon"),
)
