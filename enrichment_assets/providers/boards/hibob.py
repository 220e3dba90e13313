"""HiBob: ``GET {slug}.careers.hibob.com/api/job-ad``, no paging. Wire facts: docs/providers/boards.md.

It answers 401 to a call without the careers site as Referer.
"""

import re
from urllib.parse import quote

from pydantic import TypeAdapter

from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.boards.board import (
    Board,
    BoardRef,
    Feed,
    JobBoard,
    Opening,
    day,
    hosted_feed,
    once,
    place,
)
from enrichment_assets.providers.call.ledger import Account
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


async def read(web: Web, ref: BoardRef, _settings: Settings, account: Account) -> Board | None:
    """Every job ad."""
    base = f"https://{quote(ref.slug, safe='')}.careers.hibob.com"
    headers = {"referer": f"{base}/jobs", "companyidentifier": ref.slug}
    feed = await hosted_feed(web, ref, f"{base}/api/job-ad", _ADS, account, headers=headers)
    return None if feed is None else Board(ref, once([_opening(base, ad) for ad in feed.jobAdDetails]))


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
    ("www", "api", "app"),
)
