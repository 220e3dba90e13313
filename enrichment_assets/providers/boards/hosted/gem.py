"""Gem: ``GET api.gem.com/job_board/v0/{path}/job_posts/`` (api.gem.com/job_board/v0/reference): a bare array, whole.

The vanity path depends on case, and the closing slash is needed.
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
    Named,
    Opening,
    day,
    feed_of,
    hosted_answer,
    once,
    parsed,
    said_remote,
)

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.ledger import CostScope
    from enrichment_assets.providers.web import Web


class _Post(Feed):
    id: str | int
    title: str
    absolute_url: str | None = None
    first_published_at: str | None = None
    location_type: str | None = None
    location: Named | None = None
    departments: list[Named] | None = None


_POSTS = TypeAdapter(list[_Post])


async def read(web: Web, ref: BoardRef, _settings: Settings, scope: CostScope) -> Board | None:
    """Every job post."""
    url = f"https://api.gem.com/job_board/v0/{quote(ref.slug, safe='')}/job_posts/"
    openings = await feed_of(web, ref, await hosted_answer(web, ref, url, scope), _listed)
    return None if openings is None else Board(ref, openings)


def _listed(body: bytes) -> tuple[Opening, ...]:
    return once([_opening(post) for post in parsed(body, _POSTS, "gem")])


def _opening(post: _Post) -> Opening:
    location = (post.location.name if post.location else None) or None
    return Opening(
        str(post.id),
        post.title.strip(),
        post.absolute_url,
        next((department.name for department in post.departments or () if department.name), None),
        location,
        post.location_type.lower() == "remote" if post.location_type else said_remote(location),
        day(post.first_published_at),
    )


GEM = JobBoard(
    "gem",
    ("jobs.gem.com", "api.gem.com"),
    (
        re.compile(r"jobs\.gem\.com/(?P<slug>[\w.%-]+)", re.ASCII | re.IGNORECASE),
        re.compile(r"api\.gem\.com/job_board/v0/(?P<slug>[\w.%-]+)", re.ASCII | re.IGNORECASE),
    ),
    read,
    words("api _next static assets favicon.ico robots.txt reference openapi.json"),
    case_matters=True,
)
