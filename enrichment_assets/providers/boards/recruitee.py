"""Recruitee: ``GET {slug}.recruitee.com/api/offers/`` (docs.recruitee.com). No paging. Only published offers count.

Some companies have it on a host of their own (``jobs.acme.com/api/offers/``).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import TypeAdapter

from enrichment_assets.companies.platforms import words
from enrichment_assets.providers.boards.board import (
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
    place,
)

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.ledger import CostScope
    from enrichment_assets.providers.web import Web


class _Offer(Feed):
    id: int | str
    title: str
    department: str | None = None
    status: str | None = None
    careers_url: str | None = None
    published_at: str | None = None
    created_at: str | None = None
    location: str | None = None
    city: str | None = None
    country: str | None = None
    country_code: str | None = None
    remote: bool | None = None
    company_name: str | None = None


class _Offers(Feed):
    offers: list[_Offer]


_OFFERS = TypeAdapter(_Offers)


async def read(web: Web, ref: BoardRef, settings: Settings, scope: CostScope) -> Board | None:
    """All published offers."""
    own = ref.region == OWN_HOST
    base = f"https://{ref.slug}" if own else settings.recruitee_base_url.format(slug=quote(ref.slug, safe=""))
    listed = await feed_of(web, ref, await feed_answer(web, ref, f"{base}/api/offers/", scope), _listed)
    return None if listed is None else Board(ref, *listed)


def _listed(body: bytes) -> tuple[tuple[Opening, ...], str | None]:
    """Published offers, and the company's name."""
    offers = parsed(body, _OFFERS, "recruitee").offers
    published = once(_opening(offer) for offer in offers if offer.status in (None, "published"))
    return published, next((offer.company_name for offer in offers if offer.company_name), None)


def _opening(offer: _Offer) -> Opening:
    return Opening(
        str(offer.id),
        offer.title.strip(),
        offer.careers_url,
        offer.department or None,
        offer.location or place(offer.city, offer.country or offer.country_code),
        offer.remote,
        day(offer.published_at or offer.created_at),
    )


RECRUITEE = JobBoard(
    "recruitee",
    ("recruitee.com",),
    (re.compile(r"(?<![\w.-])(?P<slug>[a-z0-9][a-z0-9-]*)\.recruitee\.com", re.ASCII | re.IGNORECASE),),
    read,
    words("api app assets auth blog careers cdn docs go help jobs static status support www"),
)
