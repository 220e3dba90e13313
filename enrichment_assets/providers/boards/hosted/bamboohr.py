"""BambooHR: ``GET {slug}.bamboohr.com/careers/list``, no paging, no dates. Wire facts: docs/providers/boards.md.

A company without a careers site is sent to another host. Other pages of its host are its staff's login: no board.
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
    feed_of,
    hosted_answer,
    once,
    parsed,
    place,
)

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.ledger import CostScope
    from enrichment_assets.providers.web import Web


class _Location(Feed):
    city: str | None = None
    state: str | None = None
    province: str | None = None
    country: str | None = None


class _Job(Feed):
    id: str | int
    jobOpeningName: str  # noqa: N815 - BambooHR's key
    departmentLabel: str | None = None  # noqa: N815 - BambooHR's key
    location: _Location | None = None
    atsLocation: _Location | None = None  # noqa: N815 - BambooHR's key
    isRemote: bool | None = None  # noqa: N815 - BambooHR's key


class _Jobs(Feed):
    result: list[_Job]


_JOBS = TypeAdapter(_Jobs)


async def read(web: Web, ref: BoardRef, _settings: Settings, scope: CostScope) -> Board | None:
    """Every job."""
    base = f"https://{quote(ref.slug, safe='')}.bamboohr.com/careers"
    openings = await feed_of(web, ref, await hosted_answer(web, ref, f"{base}/list", scope), _listed, base)
    return None if openings is None else Board(ref, openings)


def _listed(body: bytes, base: str) -> tuple[Opening, ...]:
    return once(_opening(base, job) for job in parsed(body, _JOBS, "bamboohr").result)


def _opening(base: str, job: _Job) -> Opening:
    here, there = job.location or _Location(), job.atsLocation or _Location()
    return Opening(
        str(job.id),
        job.jobOpeningName.strip(),
        f"{base}/{job.id}",
        (job.departmentLabel or "").strip() or None,
        place(here.city, here.state, here.country) or place(there.city, there.state or there.province, there.country),
        job.isRemote,
    )


BAMBOOHR = JobBoard(
    "bamboohr",
    ("bamboohr.com",),
    (
        re.compile(
            r"(?<![\w.-])(?P<slug>[a-z0-9][a-z0-9-]*)\.bamboohr\.com/(?:careers|jobs|hiring|js/)",
            re.ASCII | re.IGNORECASE,
        ),
    ),
    read,
    words("www app api partners help documentation marketplace resources static images sandbox"),
)
