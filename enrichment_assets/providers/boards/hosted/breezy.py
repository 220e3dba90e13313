"""Breezy: ``GET {slug}.breezy.hr/json``, a bare array, no paging. Wire facts: docs/providers/boards.md.

A company without a careers site is sent to breezy.hr.
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
    place,
)

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.ledger import CostScope
    from enrichment_assets.providers.web import Web


class _Location(Feed):
    name: str | None = None
    city: str | None = None
    country: Named | None = None
    is_remote: bool | None = None


class _Position(Feed):
    id: str
    name: str
    url: str | None = None
    published_date: str | None = None
    department: str | None = None
    location: _Location | None = None
    company: Named | None = None


_POSITIONS = TypeAdapter(list[_Position])


async def read(web: Web, ref: BoardRef, _settings: Settings, scope: CostScope) -> Board | None:
    """Every position."""
    url = f"https://{quote(ref.slug, safe='')}.breezy.hr/json"
    listed = await feed_of(web, ref, await hosted_answer(web, ref, url, scope), _listed)
    return None if listed is None else Board(ref, *listed)


def _listed(body: bytes) -> tuple[tuple[Opening, ...], str | None]:
    """All positions, and the company's name."""
    positions = parsed(body, _POSITIONS, "breezy")
    name = next((each.company.name for each in positions if each.company and each.company.name), None)
    return once(map(_opening, positions)), name


def _opening(position: _Position) -> Opening:
    at = position.location or _Location()
    return Opening(
        position.id,
        position.name.strip(),
        position.url,
        position.department or None,
        at.name or place(at.city, at.country.name if at.country else None),
        at.is_remote,
        day(position.published_date),
    )


BREEZY = JobBoard(
    "breezy",
    ("breezy.hr",),
    (re.compile(r"(?<![\w.-])(?P<slug>[a-z0-9][a-z0-9-]*)\.breezy\.hr", re.ASCII | re.IGNORECASE),),
    read,
    words("www app api assets help support blog developer marketing attachments-cdn gallery-cdn"),
)
