"""Workable: ``GET /api/v1/widget/accounts/{slug}``. No paging; one row per location, so shortcodes are counted once.

After some 30 calls in 10 minutes it answers 429 with ``Retry-After: 0``, which is not meant.
"""

import re
from urllib.parse import quote

from pydantic import TypeAdapter

from enrichment_assets.providers.boards.board import (
    Board,
    BoardRef,
    Feed,
    JobBoard,
    Opening,
    day,
    once,
    parsed,
    place,
    places,
)
from enrichment_assets.providers.ledger import Account
from enrichment_assets.providers.web import Web
from enrichment_assets.settings import Settings


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


_ACCOUNT = TypeAdapter(_Account)


async def read(web: Web, ref: BoardRef, settings: Settings, account: Account) -> Board | None:
    """The whole account."""
    url = f"{settings.workable_base_url}/api/v1/widget/accounts/{quote(ref.slug, safe='')}?details=true"
    feed = parsed(await web.get(url, account, provider="workable"), _ACCOUNT, "workable")
    if feed is None:
        return None
    return Board(ref, once([_opening(job) for job in feed.jobs]), feed.name)


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
    (
        "api",
        "apply",
        "assets",
        "blog",
        "careers",
        "cdn",
        "embed",
        "events",
        "get",
        "go",
        "help",
        "info",
        "j",
        "jobs",
        "js",
        "login",
        "news",
        "partners",
        "resources",
        "static",
        "status",
        "support",
        "try",
        "view",
        "workable-application-form",
        "www",
    ),
)
