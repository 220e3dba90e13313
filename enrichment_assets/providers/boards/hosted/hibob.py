"""HiBob: ``GET {slug}.careers.hibob.com/api/job-ad``, no paging. Wire facts: docs/providers/boards.md.

It answers 401 to a call without the careers site as Referer.
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


class _Ad(Feed):
    id: str
    title: str
    department: str | None = None
    site: str | None = None
    country: str | None = None
    workspaceType: str | None = None  # noqa: N815 - HiBob's key
    publishedAt: str | None = None  # noqa: N815 - HiBob's key


class _Ads(Feed):
    jobAdDetails: list[_Ad]  # noqa: N815 - HiBob's key


_ADS = TypeAdapter(_Ads)


async def read(web: Web, ref: BoardRef, _settings: Settings, scope: CostScope) -> Board | None:
    """Every job ad."""
    base = f"https://{quote(ref.slug, safe='')}.careers.hibob.com"
    headers = {"referer": f"{base}/jobs", "companyidentifier": ref.slug}
    answer = await hosted_answer(web, ref, f"{base}/api/job-ad", scope, headers=headers)
    openings = await feed_of(web, ref, answer, _listed, base)
    return None if openings is None else Board(ref, openings)


def _listed(body: bytes, base: str) -> tuple[Opening, ...]:
    return once(_opening(base, ad) for ad in parsed(body, _ADS, "hibob").jobAdDetails)


def _opening(base: str, ad: _Ad) -> Opening:
    return Opening(
        ad.id,
        ad.title.strip(),
        f"{base}/jobs/{ad.id}",
        ad.department or None,
        place(ad.site, ad.country),
        ad.workspaceType.lower() == "remote" if ad.workspaceType else None,
        day(ad.publishedAt),
    )


HIBOB = JobBoard(
    "hibob",
    ("careers.hibob.com",),
    (re.compile(r"(?<![\w.-])(?P<slug>[a-z0-9][a-z0-9-]*)\.careers\.hibob\.com", re.ASCII | re.IGNORECASE),),
    read,
    words("www api app"),
)
