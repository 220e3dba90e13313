"""Recruitee: ``GET {slug}.recruitee.com/api/offers/`` (docs.recruitee.com). No paging. Only published offers count.

Some companies have it on a host of their own (``jobs.acme.com/api/offers/``).
"""

import re
from urllib.parse import quote

from pydantic import TypeAdapter

from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.boards.board import (
    OWN_HOST,
    Board,
    BoardRef,
    Feed,
    JobBoard,
    Opening,
    day,
    feed_answer,
    once,
    parsed,
    place,
)
from enrichment_assets.providers.call.ledger import Account
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


async def read(web: Web, ref: BoardRef, settings: Settings, account: Account) -> Board | None:
    """All published offers."""
    own = ref.region == OWN_HOST
    base = f"https://{ref.slug}" if own else settings.recruitee_base_url.format(slug=quote(ref.slug, safe=""))
    feed = parsed(await feed_answer(web, ref, f"{base}/api/offers/", account), _OFFERS, "recruitee")
    if feed is None:
        return None
    offers = [offer for offer in feed.offers if offer.status in (None, "published")]
    name = next((offer.company_name for offer in feed.offers if offer.company_name), None)
    return Board(ref, once([_opening(offer) for offer in offers]), name)


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
    (
        "api",
        "app",
        "assets",
        "auth",
        "blog",
        "careers",
        "cdn",
        "docs",
        "go",
        "help",
        "jobs",
        "static",
        "status",
        "support",
        "www",
    ),
)
