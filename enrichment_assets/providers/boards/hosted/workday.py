"""Workday: ``POST {tenant}.{wdN}.myworkdayjobs.com/wday/cxs/{tenant}/{site}/jobs``, 20 a page (docs/providers).

Only the first page's ``total`` is meant. A posting's day stands in words ("Posted 3 Days Ago"), and "30+" names none.
The tenant alone is not enough: an address without a site names no board. At most 50 pages are read.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import TypeAdapter

from enrichment_assets.providers.boards.board import (
    Board,
    BoardRef,
    Feed,
    JobBoard,
    Opening,
    feed_of,
    once,
    parsed,
    said_remote,
)

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.ledger import CostScope
    from enrichment_assets.providers.web import Web

PAGE_SIZE = 20
MAX_PAGES_READ = 50

_DAYS_AGO = re.compile(r"\b(today|yesterday|(\d{1,2})(?!\+) days? ago)", re.IGNORECASE)
_SITE = r"(?:[a-z]{2}(?:[-_][a-z]{2})?/)?(?P<site>(?![a-z]{2}(?:[-_][a-z]{2})?(?![\w-]))[\w-]+)"


class _Posting(Feed):
    title: str | None = None
    externalPath: str | None = None  # noqa: N815 - Workday's key
    locationsText: str | None = None  # noqa: N815 - Workday's key
    postedOn: str | None = None  # noqa: N815 - Workday's key
    bulletFields: tuple[str | None, ...] = ()  # noqa: N815 - Workday's key


class _Page(Feed):
    total: int
    jobPostings: list[_Posting]  # noqa: N815 - Workday's key


_PAGE = TypeAdapter(_Page)


async def read(web: Web, ref: BoardRef, _settings: Settings, scope: CostScope) -> Board | None:
    """The site's postings, page by page."""
    tenant, _, site = (quote(part, safe="") for part in ref.slug.partition("/"))
    origin = f"https://{ref.region}.com" if "." in ref.region else f"https://{tenant}.{ref.region}.myworkdayjobs.com"
    today = datetime.now(UTC).date()
    openings: list[Opening] = []
    total = 0
    for number in range(MAX_PAGES_READ):
        asked = {"appliedFacets": {}, "limit": PAGE_SIZE, "offset": number * PAGE_SIZE, "searchText": ""}
        url = f"{origin}/wday/cxs/{tenant}/{site}/jobs"
        answer = await web.post(url, asked, scope, provider="workday")
        listed = await feed_of(web, ref, answer, _listed, f"{origin}/{site}", today)
        if listed is None:
            return None
        page, rows, stated = listed
        total = max(total, stated)
        openings += page
        if rows < PAGE_SIZE or (number + 1) * PAGE_SIZE >= total:
            break
    return Board(ref, once(openings), complete=len(openings) >= total)


def _listed(body: bytes, site_url: str, today: date) -> tuple[list[Opening], int, int]:
    """One page's openings, how many rows it has, and the total it states."""
    page = parsed(body, _PAGE, "workday")
    openings = [_opening(site_url, posting, today) for posting in page.jobPostings if posting.title]
    return openings, len(page.jobPostings), page.total


def _opening(site_url: str, posting: _Posting, today: date) -> Opening:
    path = posting.externalPath or ""
    return Opening(
        next((field for field in posting.bulletFields if field), None) or path or posting.title or "",
        (posting.title or "").strip(),
        site_url + path if path else None,
        None,
        posting.locationsText or None,
        said_remote(posting.locationsText),
        _posted(posting.postedOn or "", today),
    )


def _posted(words: str, today: date) -> date | None:
    match = _DAYS_AGO.search(words)
    if match is None:
        return None
    return today - timedelta(days=int(match[2]) if match[2] else int(match[1].lower() == "yesterday"))


def _named(match: re.Match[str]) -> tuple[str, str]:
    return f"{match['tenant'].lower()}/{match['site']}", match["region"].lower()


WORKDAY = JobBoard(
    "workday",
    ("myworkdayjobs.com", "myworkdaysite.com"),
    (
        re.compile(
            r"(?<![\w.-])(?P<tenant>[\w-]{1,63})\.(?P<region>wd\d{1,3})\.myworkdayjobs\.com/(?:wday/cxs/[\w-]{1,63}/)?"
            + _SITE,
            re.ASCII | re.IGNORECASE,
        ),
        re.compile(
            r"(?<![\w.-])(?P<region>wd\d{1,3}\.myworkdaysite)\.com/(?:wday/cxs/|(?:[a-z]{2}[-_][a-z]{2}/)?recruiting/)"
            r"(?P<tenant>[\w-]{1,63})/" + _SITE,
            re.ASCII | re.IGNORECASE,
        ),
    ),
    read,
    case_matters=True,
    named=_named,
)
