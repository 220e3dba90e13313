"""Ashby: ``GET /posting-api/job-board/{name}`` (developers.ashbyhq.com). No paging, no company name.

Unlisted postings are left out. ``isRemote`` may be true for hybrid jobs, so ``workplaceType`` decides
where it is there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import TypeAdapter

from enrichment_assets.companies.platforms import words
from enrichment_assets.providers.boards.board import (
    Board,
    BoardRef,
    Feed,
    JobBoard,
    Opening,
    day,
    feed_of,
    once,
    parsed,
    places,
)

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.ledger import CostScope
    from enrichment_assets.providers.web import Web


class _Location(Feed):
    location: str | None = None


class _Job(Feed):
    id: str
    title: str
    department: str | None = None
    team: str | None = None
    location: str | None = None
    secondaryLocations: list[_Location] | None = None  # noqa: N815 - Ashby's key
    publishedAt: str | None = None  # noqa: N815 - Ashby's key
    isListed: bool = True  # noqa: N815 - Ashby's key
    isRemote: bool | None = None  # noqa: N815 - Ashby's key
    workplaceType: str | None = None  # noqa: N815 - Ashby's key
    jobUrl: str | None = None  # noqa: N815 - Ashby's key


class _Jobs(Feed):
    jobs: list[_Job]


_JOBS = TypeAdapter(_Jobs)


async def read(web: Web, ref: BoardRef, settings: Settings, scope: CostScope) -> Board | None:
    """The whole board."""
    url = f"{settings.ashby_base_url}/posting-api/job-board/{quote(ref.slug, safe='')}"
    openings = await feed_of(web, ref, await web.get(url, scope, provider="ashby"), _listed)
    return None if openings is None else Board(ref, openings)


def _listed(body: bytes) -> tuple[Opening, ...]:
    return once(_opening(job) for job in parsed(body, _JOBS, "ashby").jobs if job.isListed)


def _opening(job: _Job) -> Opening:
    elsewhere = [other.location for other in job.secondaryLocations or []]
    return Opening(
        job.id,
        job.title.strip(),
        job.jobUrl,
        job.department or job.team,
        places([job.location, *elsewhere]),
        job.workplaceType.lower() == "remote" if job.workplaceType else job.isRemote,
        day(job.publishedAt),
    )


ASHBY = JobBoard(
    "ashby",
    ("ashbyhq.com",),
    (
        re.compile(r"jobs\.ashbyhq\.com/(?P<slug>[^\s\"'<>/?#&\\]+)", re.IGNORECASE),
        re.compile(r"api\.ashbyhq\.com/posting-api/job-board/(?P<slug>[^\s\"'<>/?#&\\]+)", re.IGNORECASE),
    ),
    read,
    words("api embed js static assets _next non-user-graphql favicon.ico robots.txt www"),
    case_matters=True,
)
