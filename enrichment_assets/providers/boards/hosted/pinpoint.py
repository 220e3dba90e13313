"""Pinpoint: ``GET {slug}.pinpointhq.com/postings.json``, no paging, no dates. Wire facts: docs/providers/boards.md."""

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


class _Named(Feed):
    name: str | None = None
    city: str | None = None


class _Job(Feed):
    department: _Named | None = None


class _Posting(Feed):
    id: str | int
    title: str
    url: str | None = None
    path: str | None = None
    workplace_type: str | None = None
    job: _Job | None = None
    location: _Named | None = None


class _Postings(Feed):
    data: list[_Posting]


_POSTINGS = TypeAdapter(_Postings)


async def read(web: Web, ref: BoardRef, _settings: Settings, scope: CostScope) -> Board | None:
    """Every posting."""
    base = f"https://{quote(ref.slug, safe='')}.pinpointhq.com"
    openings = await feed_of(web, ref, await hosted_answer(web, ref, f"{base}/postings.json", scope), _listed, base)
    return None if openings is None else Board(ref, openings)


def _listed(body: bytes, base: str) -> tuple[Opening, ...]:
    return once(_opening(base, posting) for posting in parsed(body, _POSTINGS, "pinpoint").data)


def _opening(base: str, posting: _Posting) -> Opening:
    department = posting.job.department if posting.job else None
    at = posting.location or _Named()
    return Opening(
        str(posting.id),
        posting.title.strip(),
        posting.url or (base + posting.path if posting.path else None),
        department.name if department else None,
        place(at.city, at.name),
        posting.workplace_type == "remote" if posting.workplace_type else None,
    )


PINPOINT = JobBoard(
    "pinpoint",
    ("pinpointhq.com",),
    (re.compile(r"(?<![\w.-])(?P<slug>[a-z0-9][a-z0-9-]*)\.pinpointhq\.com", re.ASCII | re.IGNORECASE),),
    read,
    words("www app api help support developers assets cdn status"),
)
