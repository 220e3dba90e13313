"""Rippling: ``GET ats.rippling.com/api/v2/board/{slug}/jobs?page=0&pageSize=50`` (developer.rippling.com), no dates.

One row per location under the same id.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import TypeAdapter

from enrichment_assets.companies.platforms import words
from enrichment_assets.core.limits import MAX_OPENINGS
from enrichment_assets.providers.boards.board import (
    MAX_PAGES,
    Board,
    BoardRef,
    Feed,
    JobBoard,
    Named,
    Opening,
    feed_of,
    hosted_answer,
    once,
    parsed,
    place,
    places,
    unreadable,
)

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.ledger import CostScope
    from enrichment_assets.providers.web import Web

PAGE_SIZE = 50


class _Location(Feed):
    name: str | None = None
    city: str | None = None
    country: str | None = None
    workplaceType: str | None = None  # noqa: N815 - Rippling's key


class _Job(Feed):
    id: str
    name: str
    url: str | None = None
    department: Named | None = None
    locations: list[_Location] | None = None


class _Page(Feed):
    items: list[_Job]
    totalPages: int | None = None  # noqa: N815 - Rippling's key


_PAGE = TypeAdapter(_Page)


async def read(web: Web, ref: BoardRef, _settings: Settings, scope: CostScope) -> Board | None:
    """Every job, page by page."""
    base = f"https://ats.rippling.com/api/v2/board/{quote(ref.slug, safe='')}/jobs"
    openings: list[Opening] = []
    for number in range(MAX_PAGES):
        answer = await hosted_answer(web, ref, f"{base}?page={number}&pageSize={PAGE_SIZE}", scope)
        listed = await feed_of(web, ref, answer, _listed)
        if listed is None:
            return None
        page, total_pages = listed
        openings += page
        if not page or number + 1 >= total_pages or len(openings) >= MAX_OPENINGS:
            return Board(ref, once(openings), complete=not page or number + 1 >= total_pages)
    raise unreadable("rippling", f"more than {MAX_PAGES} pages")


def _listed(body: bytes) -> tuple[tuple[Opening, ...], int]:
    """One page's openings, and how many pages there are."""
    page = parsed(body, _PAGE, "rippling")
    return once(map(_opening, page.items)), page.totalPages or 1


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
    words("api _next static assets embed jobs favicon"),
)
