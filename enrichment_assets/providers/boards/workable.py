"""Workable: ``GET /api/v1/widget/accounts/{slug}``. No paging; one row per location, so shortcodes are counted once.

An account whose widget is switched off, or empty, is asked for the list its own careers page shows:
``POST /api/v3/accounts/{slug}/jobs``, which goes on with ``nextPage`` as ``token`` and answers 400 to a ``limit``.

After some 30 calls in 10 minutes it answers 429 with ``Retry-After: 0``, which is not meant.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import TypeAdapter

from enrichment_assets.companies.platforms import words
from enrichment_assets.core.errors import TransientError
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
    places,
    unreadable,
)

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.ledger import CostScope
    from enrichment_assets.providers.web import Web


class _Location(Feed):
    city: str | None = None
    region: str | None = None
    country: str | None = None
    hidden: bool | None = None


class _Job(Feed):
    shortcode: str
    title: str
    url: str | None = None
    department: str | None = None
    telecommuting: bool | None = None
    published_on: str | None = None
    created_at: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    locations: list[_Location] | None = None


class _Account(Feed):
    name: str | None = None
    jobs: list[_Job]


class _Listed(Feed):
    shortcode: str
    title: str
    remote: bool | None = None
    workplace: str | None = None
    published: str | None = None
    department: list[str] | None = None
    location: _Location | None = None
    locations: list[_Location] | None = None


class _List(Feed):
    results: list[_Listed]
    nextPage: str | None = None  # noqa: N815 - Workable's key


_ACCOUNT = TypeAdapter(_Account)
_LIST = TypeAdapter(_List)
_REFUSED = frozenset({400, 401, 403, 405})
"""The list is not for us: then an empty widget is all that is known, and an answer."""
_EVERYTHING: Mapping[str, object] = {"query": "", "location": [], "department": [], "worktype": [], "remote": []}


async def read(web: Web, ref: BoardRef, settings: Settings, scope: CostScope) -> Board | None:
    """The whole account: by the widget, else by the list."""
    slug = quote(ref.slug, safe="")
    url = f"{settings.workable_base_url}/api/v1/widget/accounts/{slug}?details=true"
    widget = await feed_of(web, ref, await web.get(url, scope, provider="workable"), _shown)
    if widget is not None and widget[0]:
        return Board(ref, *widget)
    try:
        listed = await _listed(web, ref, f"{settings.workable_base_url}/api/v3/accounts/{slug}/jobs", scope)
    except TransientError as error:
        if widget is None or error.status not in _REFUSED:
            raise
        listed = None
    if widget is None and listed is None:
        return None
    return Board(ref, once(listed or ()), widget[1] if widget else None)


def _shown(body: bytes) -> tuple[tuple[Opening, ...], str | None]:
    """What the widget shows, and the account's name."""
    widget = parsed(body, _ACCOUNT, "workable")
    return once(map(_opening, widget.jobs)), widget.name


def _page(body: bytes) -> tuple[tuple[Opening, ...], str | None]:
    """A page of the list, and the token of the next."""
    feed = parsed(body, _LIST, "workable")
    return once(map(_listed_opening, feed.results)), feed.nextPage


async def _listed(web: Web, ref: BoardRef, url: str, scope: CostScope) -> list[Opening] | None:
    openings: list[Opening] = []
    tokens: set[str] = set()
    asked: Mapping[str, object] = _EVERYTHING
    for _ in range(MAX_PAGES):
        listed = await feed_of(web, ref, await web.post(url, asked, scope, provider="workable"), _page)
        if listed is None:
            return None
        page, token = listed
        openings += page
        if not token or token in tokens or len(openings) >= MAX_OPENINGS:
            return openings
        tokens.add(token)
        asked = {**_EVERYTHING, "token": token}
    raise unreadable("workable", f"more than {MAX_PAGES} pages")


def _listed_opening(job: _Listed) -> Opening:
    elsewhere = [place(at.city, at.region, at.country) for at in job.locations or [] if not at.hidden]
    here = place(job.location.city, job.location.region, job.location.country) if job.location else None
    return Opening(
        job.shortcode,
        job.title.strip(),
        f"https://apply.workable.com/j/{job.shortcode}",
        ", ".join(job.department or ()) or None,
        places(elsewhere) or here,
        job.workplace == "remote" if job.workplace else job.remote,
        day(job.published),
    )


def _opening(job: _Job) -> Opening:
    here = place(job.city, job.state, job.country)
    elsewhere = [place(at.city, at.region, at.country) for at in job.locations or [] if not at.hidden]
    return Opening(
        job.shortcode,
        job.title.strip(),
        job.url,
        job.department or None,
        places(elsewhere) or here,
        job.telecommuting,
        day(job.published_on or job.created_at),
    )


WORKABLE = JobBoard(
    "workable",
    ("workable.com",),
    (
        re.compile(r"apply\.workable\.com/api/v\d/(?:widget/)?accounts/(?P<slug>[\w-]+)", re.ASCII | re.IGNORECASE),
        re.compile(r"apply\.workable\.com/(?P<slug>[\w-]+)", re.ASCII | re.IGNORECASE),
        re.compile(r"(?:www\.)?workable\.com/api/accounts/(?P<slug>[\w-]+)", re.ASCII | re.IGNORECASE),
        re.compile(r"(?<![\w.-])(?P<slug>[a-z0-9][a-z0-9-]*)\.workable\.com", re.ASCII | re.IGNORECASE),
    ),
    read,
    words(
        "api apply assets blog careers cdn embed events get go help info j jobs js login news partners "
        "resources static status support try view workable-application-form www"
    ),
)
