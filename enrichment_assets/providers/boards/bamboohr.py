"""BambooHR: ``GET {slug}.bamboohr.com/careers/list``, no paging, no dates. Wire facts: docs/providers/boards.md.

A company without a careers site is sent to another host. Other pages of its host are its staff's login: no board.
"""

import re
from urllib.parse import quote

from pydantic import TypeAdapter

from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.boards.board import Board, BoardRef, Feed, JobBoard, Opening, hosted_feed, once, place
from enrichment_assets.providers.call.ledger import Account
from enrichment_assets.providers.web import Web


class _Location(Feed):
    city: str | None = None
    state: str | None = None
    province: str | None = None
    country: str | None = None


class _Job(Feed):
    id: str | int
    jobOpeningName: str  # noqa: N815 - BambooHR's key
    departmentLabel: str | None = None  # noqa: N815 - BambooHR's key
    location: _Location | None = None
    atsLocation: _Location | None = None  # noqa: N815 - BambooHR's key
    isRemote: bool | None = None  # noqa: N815 - BambooHR's key


class _Jobs(Feed):
    result: list[_Job]


_JOBS = TypeAdapter(_Jobs)


async def read(web: Web, ref: BoardRef, _settings: Settings, account: Account) -> Board | None:
    """Every job."""
    base = f"https://{quote(ref.slug, safe='')}.bamboohr.com/careers"
    feed = await hosted_feed(web, ref, f"{base}/list", _JOBS, account)
    return None if feed is None else Board(ref, once([_opening(base, job) for job in feed.result]))


def _opening(base: str, job: _Job) -> Opening:
    here, there = job.location or _Location(), job.atsLocation or _Location()
    return Opening(
        str(job.id),
        job.jobOpeningName.strip(),
        f"{base}/{job.id}",
        (job.departmentLabel or "").strip() or None,
        place(here.city, here.state, here.country) or place(there.city, there.state or there.province, there.country),
        job.isRemote,
    )


BAMBOOHR = JobBoard(
    "bamboohr",
    ("bamboohr.com",),
    (
        re.compile(
            r"(?<![\w.-])(?P<slug>[a-z0-9][a-z0-9-]*)\.bamboohr\.com/(?:careers|jobs|hiring|js/)",
            re.ASCII | re.IGNORECASE,
        ),
    ),
    read,
    (
        "www",
        "app",
        "api",
        "partners",
        "help",
        "documentation",
        "marketplace",
        "resources",
        "static",
        "images",
        "sandbox",
    ),
)
