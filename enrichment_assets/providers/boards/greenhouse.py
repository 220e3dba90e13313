"""Greenhouse: ``GET /v1/boards/{token}/jobs`` (github.com/grnhse/greenhouse-api-docs). No paging.

Departments come only with ``content=true``, which sends the descriptions too; a board too large for that is read
without. ``updated_at`` is touched all the time, so ``first_published`` is when a job was posted. EU boards answer on
the same host. Tokens do not depend on case.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import TypeAdapter

from enrichment_assets.companies.platforms import words
from enrichment_assets.core.errors import PermanentError
from enrichment_assets.providers.boards.board import (
    Board,
    BoardRef,
    Feed,
    JobBoard,
    Named,
    Opening,
    day,
    feed_of,
    once,
    parsed,
    said_remote,
)

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.ledger import CostScope
    from enrichment_assets.providers.web import Web


class _Job(Feed):
    id: int | str
    title: str
    absolute_url: str | None = None
    company_name: str | None = None
    location: Named | None = None
    first_published: str | None = None
    departments: tuple[Named, ...] = ()


class _Jobs(Feed):
    jobs: list[_Job]


_JOBS = TypeAdapter(_Jobs)
_ABOUT = TypeAdapter(Named)


async def read(web: Web, ref: BoardRef, settings: Settings, scope: CostScope) -> Board | None:
    """The whole board. An empty one is asked for its name, as there is no posting that tells it."""
    base = f"{settings.greenhouse_base_url}/v1/boards/{quote(ref.slug, safe='')}"
    try:
        answer = await web.get(f"{base}/jobs?content=true", scope, provider="greenhouse")
    except PermanentError:
        answer = await web.get(f"{base}/jobs", scope, provider="greenhouse")
    listed = await feed_of(web, ref, answer, _listed)
    if listed is None:
        return None
    openings, name = listed
    if not openings:
        name = await feed_of(web, ref, await web.get(base, scope, provider="greenhouse"), _name)
    return Board(ref, openings, name)


def _listed(body: bytes) -> tuple[tuple[Opening, ...], str | None]:
    jobs = parsed(body, _JOBS, "greenhouse").jobs
    return once(map(_opening, jobs)), next((job.company_name.strip() for job in jobs if job.company_name), None)


def _name(body: bytes) -> str | None:
    return parsed(body, _ABOUT, "greenhouse").name


def _opening(job: _Job) -> Opening:
    location = (job.location.name if job.location else None) or None
    return Opening(
        str(job.id),
        job.title.strip(),
        job.absolute_url,
        next((department.name.strip() for department in job.departments if department.name), None),
        location,
        said_remote(location),
        day(job.first_published),
    )


GREENHOUSE = JobBoard(
    "greenhouse",
    ("greenhouse.io",),
    (
        re.compile(
            r"(?:boards|job-boards|app)(?:\.eu|\.cdn)?\.greenhouse\.io/embed/\w+(?:/js)?/?\?(?:[^\"'\s<>&]{0,160}&){0,6}?for=(?P<slug>[\w-]+)",
            re.ASCII | re.IGNORECASE,
        ),
        re.compile(
            r"(?:boards|job-boards)(?:\.eu)?\.greenhouse\.io/(?P<slug>[\w-]++)(?![\w.-]*\.(?:js|css|png|svg))",
            re.ASCII | re.IGNORECASE,
        ),
        re.compile(r"(?:boards-)?api(?:\.eu)?\.greenhouse\.io/v1/boards/(?P<slug>[\w-]+)", re.ASCII | re.IGNORECASE),
    ),
    read,
    words("embed api v1 js assets static jobs job_board job_app users internal www"),
)
