"""SmartRecruiters: ``GET /v1/companies/{id}/postings`` (developers.smartrecruiters.com). Pages by offset, 100 at most.

An unknown company is 200 with ``totalFound: 0``, the same as one without jobs: the careers site tells them apart
(``/{id}/api/more?page=1`` is 404 for an unknown one). One job may have several postings, one for each place or
language, with the same ``refNumber``: they are one opening. The poster's name (``creator``) is a person, and not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
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
    Opening,
    day,
    feed_of,
    once,
    parsed,
    place,
    unreadable,
)

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.ledger import CostScope
    from enrichment_assets.providers.web import Web

PAGE_SIZE = 100


class _Location(Feed):
    city: str | None = None
    region: str | None = None
    country: str | None = None
    remote: bool | None = None
    hybrid: bool | None = None
    fullLocation: str | None = None  # noqa: N815 - SmartRecruiters' key


class _Labelled(Feed):
    label: str | None = None


class _Company(Feed):
    identifier: str | None = None
    name: str | None = None


class _Posting(Feed):
    id: str
    name: str
    refNumber: str | None = None  # noqa: N815 - SmartRecruiters' key
    postingUrl: str | None = None  # noqa: N815 - SmartRecruiters' key
    company: _Company | None = None
    releasedDate: str | None = None  # noqa: N815 - SmartRecruiters' key
    location: _Location | None = None
    department: _Labelled | None = None
    function: _Labelled | None = None


class _Postings(Feed):
    totalFound: int  # noqa: N815 - SmartRecruiters' key
    content: list[_Posting]


_POSTINGS = TypeAdapter(_Postings)


async def read(web: Web, ref: BoardRef, settings: Settings, scope: CostScope) -> Board | None:
    """All postings, page by page; an empty answer is checked against the careers site."""
    company = quote(ref.slug, safe="")
    base = f"{settings.smartrecruiters_base_url}/v1/companies/{company}/postings"
    rows: dict[str, tuple[str, Opening]] = {}
    name: str | None = None
    for page in range(MAX_PAGES):
        url = f"{base}?limit={PAGE_SIZE}&offset={page * PAGE_SIZE}"
        listed = await feed_of(web, ref, await web.get(url, scope, provider="smartrecruiters"), _listed, ref.slug)
        if listed is None:
            return None
        known = len(rows)
        rows.update((row[1].id, row) for row in listed.rows)
        name = name or listed.name
        enough = min(listed.total, MAX_OPENINGS)
        if len(rows) >= enough or len(rows) == known or len(listed.rows) < PAGE_SIZE:
            break
    else:
        raise unreadable("smartrecruiters", f"more than {MAX_PAGES} pages")
    if not rows and not await _exists(web, company, settings, scope):
        return None
    # Further postings of one job come under the id of its first.
    first: dict[str, str] = {}
    return Board(ref, once(replace(row, id=first.setdefault(job, row.id)) for job, row in rows.values()), name)


@dataclass(frozen=True, slots=True)
class _Listed:
    """One page: how many postings there are in all, those here with the number of their job, the company's name."""

    total: int
    rows: tuple[tuple[str, Opening], ...]
    name: str | None


def _listed(body: bytes, slug: str) -> _Listed:
    feed = parsed(body, _POSTINGS, "smartrecruiters")
    rows = tuple((row.refNumber or row.id, _opening(slug, row)) for row in feed.content[:MAX_OPENINGS])
    names = (row.company.name for row in feed.content if row.company and row.company.name)
    return _Listed(feed.totalFound, rows, next(names, None))


async def _exists(web: Web, company: str, settings: Settings, scope: CostScope) -> bool:
    url = f"{settings.smartrecruiters_careers_base_url}/{company}/api/more?page=1"
    answer = await web.get(url, scope, provider="smartrecruiters")
    if answer.status in (404, 410):
        return False
    if answer.status != 200:
        raise unreadable("smartrecruiters", f"the careers site answered {answer.status}", answer.status)
    return True


def _opening(slug: str, posting: _Posting) -> Opening:
    at = posting.location or _Location()
    department = posting.department or _Labelled()
    function = posting.function or _Labelled()
    company = (posting.company.identifier if posting.company else None) or slug
    return Opening(
        posting.id,
        posting.name.strip(),
        posting.postingUrl or f"https://jobs.smartrecruiters.com/{quote(company, safe='')}/{posting.id}",
        department.label or function.label,
        at.fullLocation or place(at.city, at.region, at.country),
        at.remote,
        day(posting.releasedDate),
    )


SMARTRECRUITERS = JobBoard(
    "smartrecruiters",
    ("smartrecruiters.com",),
    (
        re.compile(
            r"jobs\.smartrecruiters\.com/\?(?:[^\"'\s<>&]{0,160}&){0,6}?company=(?P<slug>[\w-]+)",
            re.ASCII | re.IGNORECASE,
        ),
        re.compile(r"jobs\.smartrecruiters\.com/oneclick-ui/company/(?P<slug>[\w-]+)", re.ASCII | re.IGNORECASE),
        re.compile(r"api\.smartrecruiters\.com/v1/companies/(?P<slug>[\w-]+)", re.ASCII | re.IGNORECASE),
        re.compile(
            r"(?:careers|jobs)\.smartrecruiters\.com/(?:(?:ni|my-applications)/)?(?P<slug>[\w-]+)",
            re.ASCII | re.IGNORECASE,
        ),
        re.compile(r"www\.smartrecruiters\.com/(?P<slug>[\w-]+)/\d{9,}", re.ASCII | re.IGNORECASE),
    ),
    read,
    words("api embed js assets static widget job-widget oneclick-ui sr-jobs ni my-applications search www"),
    case_matters=True,
)
