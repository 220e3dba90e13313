"""SmartRecruiters: ``GET /v1/companies/{id}/postings`` (developers.smartrecruiters.com). Pages by offset, 100 at most.

An unknown company is 200 with ``totalFound: 0``, the same as one without jobs: the careers site tells them apart
(``/{id}/api/more?page=1`` is 404 for an unknown one). One job may have several postings, one for each place or
language, with the same ``refNumber``: they are one opening. The poster's name (``creator``) is a person, and not read.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
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
    once,
    parsed,
    place,
    unreadable,
)
from enrichment_assets.providers.call.ledger import Account
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


async def read(web: Web, ref: BoardRef, settings: Settings, account: Account) -> Board | None:
    """All postings, page by page; an empty answer is checked against the careers site."""
    company = quote(ref.slug, safe="")
    base = f"{settings.smartrecruiters_base_url}/v1/companies/{company}/postings"
    rows: dict[str, _Posting] = {}
    for page in range(MAX_PAGES):
        url = f"{base}?limit={PAGE_SIZE}&offset={page * PAGE_SIZE}"
        feed = parsed(await web.get(url, account, provider="smartrecruiters"), _POSTINGS, "smartrecruiters")
        if feed is None:
            return None
        known = len(rows)
        rows.update((posting.id, posting) for posting in feed.content)
        if len(rows) >= feed.totalFound or len(rows) == known or len(feed.content) < PAGE_SIZE:
            break
    else:
        raise unreadable("smartrecruiters", f"more than {MAX_PAGES} pages")
    if not rows and not await _exists(web, company, settings, account):
        return None
    name = next((row.company.name for row in rows.values() if row.company and row.company.name), None)
    return Board(ref, once(_openings(ref, rows.values())), name)


def _openings(ref: BoardRef, postings: Iterable[_Posting]) -> list[Opening]:
    """One per posting; further postings of one job come under the id of its first."""
    first: dict[str, str] = {}
    return [
        replace(_opening(ref, posting), id=first.setdefault(posting.refNumber or posting.id, posting.id))
        for posting in postings
    ]


async def _exists(web: Web, company: str, settings: Settings, account: Account) -> bool:
    url = f"{settings.smartrecruiters_careers_base_url}/{company}/api/more?page=1"
    answer = await web.get(url, account, provider="smartrecruiters")
    if answer.status in (404, 410):
        return False
    if answer.status != 200:
        raise unreadable("smartrecruiters", f"the careers site answered {answer.status}", answer.status)
    return True


def _opening(ref: BoardRef, posting: _Posting) -> Opening:
    at = posting.location or _Location()
    department = posting.department or _Labelled()
    function = posting.function or _Labelled()
    company = (posting.company.identifier if posting.company else None) or ref.slug
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
            r"jobs\.smartrecruiters\.com/\?(?:[^\"'\s<>&]*&)*?company=(?P<slug>[\w-]+)", re.ASCII | re.IGNORECASE
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
    (
        "api",
        "embed",
        "js",
        "assets",
        "static",
        "widget",
        "job-widget",
        "oneclick-ui",
        "sr-jobs",
        "ni",
        "my-applications",
        "search",
        "www",
    ),
    case_matters=True,
)
