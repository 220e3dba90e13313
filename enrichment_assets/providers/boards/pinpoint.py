"""Pinpoint: ``GET {slug}.pinpointhq.com/postings.json``, no paging, no dates. Wire facts: docs/providers/boards.md."""

import re
from urllib.parse import quote

from pydantic import TypeAdapter

from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.boards.board import Board, BoardRef, Feed, JobBoard, Opening, hosted_feed, once, place
from enrichment_assets.providers.call.ledger import Account
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


async def read(web: Web, ref: BoardRef, _settings: Settings, account: Account) -> Board | None:
    """Every posting."""
    base = f"https://{quote(ref.slug, safe='')}.pinpointhq.com"
    feed = await hosted_feed(web, ref, f"{base}/postings.json", _POSTINGS, account)
    return None if feed is None else Board(ref, once([_opening(base, posting) for posting in feed.data]))


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
    ("www", "app", "api", "help", "support", "developers", "assets", "cdn", "status"),
)
