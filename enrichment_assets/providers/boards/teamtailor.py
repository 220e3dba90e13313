"""Teamtailor: ``GET {slug}.teamtailor.com/jobs.json``, a JSON Feed 1.1 that goes on at ``next_url``.

Many companies have it on a host of their own (``careers.acme.com/jobs.json``). Each item carries its
JobPosting JSON-LD as ``_jobposting``. The slug of an American account ends in ``.na``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from pydantic import Field, TypeAdapter

from enrichment_assets.companies.platforms import words
from enrichment_assets.core.limits import MAX_OPENINGS, MAX_URL
from enrichment_assets.providers.boards.board import (
    MAX_PAGES,
    OWN_HOST,
    Board,
    BoardRef,
    Feed,
    JobBoard,
    Opening,
    day,
    feed_answer,
    feed_of,
    once,
    parsed,
    said_remote,
    unreadable,
)
from enrichment_assets.providers.boards.jobposting import opening_of

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.ledger import CostScope
    from enrichment_assets.providers.web import Web


class _Item(Feed):
    id: str | int
    title: str
    url: str | None = None
    date_published: str | None = None
    jobposting: dict[str, Any] = Field({}, alias="_jobposting")


class _Jobs(Feed):
    title: str | None = None
    items: list[_Item]
    next_url: str | None = None


_JOBS = TypeAdapter(_Jobs)


async def read(web: Web, ref: BoardRef, settings: Settings, scope: CostScope) -> Board | None:
    """The whole feed. A next page is only followed on the board's own host, whatever its address says."""
    own = ref.region == OWN_HOST
    base = f"https://{ref.slug}/jobs.json" if own else f"{settings.teamtailor_base_url.format(slug=ref.slug)}/jobs.json"
    openings: list[Opening] = []
    url, seen = base, {base}
    for _ in range(MAX_PAGES):
        listed = await feed_of(web, ref, await feed_answer(web, ref, url, scope), _listed)
        if listed is None:
            return None
        page, query, title = listed
        openings += page
        url = f"{base}?{query}"
        if not query or url in seen or len(openings) >= MAX_OPENINGS:
            return Board(ref, once(openings), title)
        seen.add(url)
    raise unreadable("teamtailor", f"more than {MAX_PAGES} pages")


def _listed(body: bytes) -> tuple[tuple[Opening, ...], str, str | None]:
    """One page's openings, the query of the next page, and the feed's title."""
    feed = parsed(body, _JOBS, "teamtailor")
    query = urlsplit(feed.next_url).query if feed.next_url else ""
    return once(_opening(item) for item in feed.items), query[:MAX_URL], feed.title


def _opening(item: _Item) -> Opening:
    identifier = str(item.id)
    posting = opening_of({"title": item.title, **item.jobposting}, fallback_id=identifier, url=item.url)
    location = posting.location if posting else None
    return Opening(
        identifier,
        item.title.strip(),
        item.url,
        posting.department if posting else None,
        location,
        posting.remote if posting and posting.remote else said_remote(f"{item.title} {location or ''}"),
        day(item.date_published) or (posting.posted_on if posting else None),
    )


TEAMTAILOR = JobBoard(
    "teamtailor",
    ("teamtailor.com",),
    (
        re.compile(
            r"(?<![\w.-])(?P<slug>[a-z0-9][a-z0-9-]*(?:\.na)?)\.teamtailor\.com",
            re.ASCII | re.IGNORECASE,
        ),
    ),
    read,
    words(
        "api app assets blog career careers cdn developer docs go help images jobs na partner scripts static "
        "status support www"
    ),
)
