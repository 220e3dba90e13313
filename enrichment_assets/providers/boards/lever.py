"""Lever: ``GET /v0/postings/{site}`` (github.com/lever/postings-api). Pages by skip and limit.

The site's name depends on case. EU accounts exist on another host only. An empty board is ``[]``; no company name
anywhere. ``workplaceType`` is ``onsite`` on the wire where the docs say ``on-site``.
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
    Opening,
    day_of_epoch_ms,
    feed_of,
    once,
    parsed,
    places,
    unreadable,
)

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.ledger import CostScope
    from enrichment_assets.providers.web import Web

PAGE_SIZE = 100


class _Categories(Feed):
    department: str | None = None
    team: str | None = None
    location: str | None = None
    allLocations: list[str] | None = None  # noqa: N815 - Lever's key


class _Posting(Feed):
    id: str
    text: str
    categories: _Categories = _Categories()
    createdAt: int | None = None  # noqa: N815 - Lever's key
    workplaceType: str | None = None  # noqa: N815 - Lever's key
    hostedUrl: str | None = None  # noqa: N815 - Lever's key


_POSTINGS = TypeAdapter(list[_Posting])
_REMOTE = {"remote": True, "hybrid": False, "onsite": False, "on-site": False}


async def read(web: Web, ref: BoardRef, settings: Settings, scope: CostScope) -> Board | None:
    """The whole site, page by page."""
    base = settings.lever_eu_base_url if ref.region == "eu" else settings.lever_base_url
    openings: dict[str, Opening] = {}
    for page in range(MAX_PAGES):
        url = f"{base}/v0/postings/{quote(ref.slug, safe='')}?mode=json&skip={page * PAGE_SIZE}&limit={PAGE_SIZE}"
        listed = await feed_of(web, ref, await web.get(url, scope, provider="lever"), _listed)
        if listed is None:
            return None
        known = len(openings)
        openings.update((opening.id, opening) for opening in listed[1])
        if listed[0] < PAGE_SIZE or len(openings) == known or len(openings) >= MAX_OPENINGS:
            return Board(ref, once(openings.values()))
    raise unreadable("lever", f"more than {MAX_PAGES} pages")


def _listed(body: bytes) -> tuple[int, tuple[Opening, ...]]:
    """How many postings a page has, and their openings."""
    postings = parsed(body, _POSTINGS, "lever")
    return len(postings), once(map(_opening, postings))


def _opening(posting: _Posting) -> Opening:
    where = posting.categories
    return Opening(
        posting.id,
        posting.text.strip(),
        posting.hostedUrl,
        where.department or where.team,
        places(where.allLocations or [where.location]),
        _REMOTE.get((posting.workplaceType or "").lower()),
        day_of_epoch_ms(posting.createdAt),
    )


LEVER = JobBoard(
    "lever",
    ("lever.co",),
    (
        re.compile(r"jobs(?:\.(?P<region>eu))?\.lever\.co/(?P<slug>[\w.%-]+)", re.ASCII | re.IGNORECASE),
        re.compile(r"api(?:\.(?P<region>eu))?\.lever\.co/v0/postings/(?P<slug>[\w.%-]+)", re.ASCII | re.IGNORECASE),
    ),
    read,
    words("embed js api www static assets parse search login robots.txt favicon.ico"),
    case_matters=True,
)
