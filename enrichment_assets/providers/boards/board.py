"""What a job board is, whoever runs it: how its address is recognised, and what its public feed holds.

Wire facts: each board's own module. A company that the board does not know is an answer (None), never an error.
"""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from enrichment_assets.core.errors import TransientError
from enrichment_assets.core.limits import MAX_FEED_BYTES, MAX_OPENINGS, MAX_TEXT, MAX_URL
from enrichment_assets.pages.page import Answer

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.ledger import CostScope
    from enrichment_assets.providers.web import Web

OWN_HOST = "own-host"

MAX_PLACES = 50
"""Places of one opening."""
MAX_PAGES = 200
"""A feed that still goes on after so many pages is broken: refused, not read in part."""


@dataclass(frozen=True, slots=True)
class BoardRef:
    """One company's board. ``slug`` is spelt as found where case matters; ``region`` is ``eu``, ``com``, ... or "".

    A board on the company's own host has the region ``OWN_HOST`` and the host as its slug.
    """

    board: str
    slug: str
    region: str = ""

    def __str__(self) -> str:
        return f"{self.board}:{self.slug}"


@dataclass(frozen=True, slots=True)
class Opening:
    """One posting as the board publishes it, without its description."""

    id: str
    title: str
    url: str | None = None
    department: str | None = None
    location: str | None = None
    remote: bool | None = None
    posted_on: date | None = None


@dataclass(frozen=True, slots=True)
class Board:
    """The whole feed of one company's board: every listed posting once, in the board's order."""

    ref: BoardRef
    openings: tuple[Opening, ...]
    company_name: str | None = None
    company_url: str | None = None
    complete: bool = True
    """False: the feed holds more than was read of it."""


Read = Callable[["Web", BoardRef, "Settings", "CostScope"], Awaitable[Board | None]]


def slug_and_region(match: re.Match[str]) -> tuple[str, str]:
    """The groups ``slug`` and ``region`` of an address, the latter in lower case."""
    return match["slug"], (match.groupdict().get("region") or "").lower()


@dataclass(frozen=True)
class JobBoard:
    """One vendor. ``addresses`` match unescaped text; ``named`` takes slug and region from a match."""

    name: str
    domains: tuple[str, ...]
    """A text that holds none of these names no board of this vendor."""
    addresses: tuple[re.Pattern[str], ...]
    read: Read
    """The whole feed; None when the board does not exist. Raises TransientError when it could not be read."""
    not_slugs: frozenset[str] = frozenset()
    """What stands where a slug would, but is part of the vendor's own site (lower case)."""
    case_matters: bool = False
    named: Callable[[re.Match[str]], tuple[str, str]] = slug_and_region


class Feed(BaseModel):
    """A part of a vendor's JSON. Keys that we do not use are ignored; wrong types are refused."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Named(Feed):
    """What many feeds have as an object: a department, a place, a company."""

    name: str | None = None


_BLANKS = BOM_UTF8 + b" \t\r\n"

P = ParamSpec("P")
T = TypeVar("T")


async def feed_answer(web: Web, ref: BoardRef, url: str, scope: CostScope) -> Answer:
    """The vendor's answer. On a company's own host the address is only likely: what is not JSON there is no feed."""
    if ref.region != OWN_HOST:
        return await web.get(url, scope, provider=ref.board)
    page = await web.page(url, scope, max_bytes=MAX_FEED_BYTES)
    is_feed = page.status == 200 and host(page.final_url) == ref.slug and page.body[:100].lstrip(_BLANKS)[:1] == b"{"
    return Answer(200 if is_feed else 404, page.body, "application/json", page.final_url)


async def hosted_answer(
    web: Web, ref: BoardRef, url: str, scope: CostScope, *, headers: Mapping[str, str] | None = None
) -> Answer:
    """The answer at a URL of the board's own host; 404 where the host sends elsewhere."""
    answer = await web.get(url, scope, provider=ref.board, headers=headers)
    return answer if host(answer.final_url) == host(url) else Answer(404, b"", "", answer.final_url)


async def feed_of(
    web: Web,
    ref: BoardRef,
    answer: Answer,
    reading: Callable[Concatenate[bytes, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T | None:
    """What a reading finds in an answer's body; None for 404 and 410. Raises TransientError for any other status."""
    if answer.status in (404, 410):
        return None
    if answer.status != 200:
        raise unreadable(ref.board, f"the board answered {answer.status}", answer.status)
    return await web.readers.read(f"the job board {ref}", reading, answer.body, *args, **kwargs)


def parsed(body: bytes, feed: TypeAdapter[T], provider: str) -> T:
    """The vendor's JSON. Raises TransientError for a body that is not it."""
    try:
        return feed.validate_json(body.removeprefix(BOM_UTF8))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise unreadable(provider, f"the board's answer is not its feed ({where}: {first['msg']})", 200) from None


def unreadable(provider: str, message: str, status: int | None = None) -> TransientError:
    """The error for a board that could not be read: the board is to cause, not its vendor's service."""
    return TransientError(provider, message, status, cause="subject")


def day(text: str | None) -> date | None:
    """The calendar day of an ISO 8601 date or time, as written."""
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def day_of_epoch_ms(milliseconds: int | None) -> date | None:
    """The UTC day of a Unix time in milliseconds."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).date() if milliseconds else None
    except (ValueError, OverflowError, OSError):
        return None


def said_remote(location: str | None) -> bool | None:
    """True when a free-text location says remote; it never says that a job is not."""
    return True if location and "remote" in location.lower() else None


def place(*parts: str | None) -> str | None:
    """``City, Region, Country`` of what is known, nothing twice."""
    return ", ".join(dict.fromkeys(part.strip() for part in parts if part and part.strip())) or None


def places(names: Sequence[str | None]) -> str | None:
    """Several locations of one posting in one line."""
    return "; ".join(dict.fromkeys(name for name in names if name)) or None


def once(openings: Iterable[Opening]) -> tuple[Opening, ...]:
    """Rows of one id become one opening with all their locations; remote if one row is. Never more than are looked at.

    Every text is cut to its limit.
    """
    rows: dict[str, list[Opening]] = {}
    for row in islice(openings, MAX_OPENINGS):
        rows.setdefault(row.id, []).append(row)
    return tuple(_one(same) for same in rows.values())


def _one(rows: Sequence[Opening]) -> Opening:
    first = rows[0]
    department = next((row.department for row in rows if row.department), None)
    location = places(
        list(dict.fromkeys(place for row in rows for place in (row.location or "").split("; ")))[:MAX_PLACES]
    )
    return Opening(
        first.id[:MAX_TEXT],
        first.title[:MAX_TEXT],
        first.url[:MAX_URL] if first.url else None,
        department[:MAX_TEXT] if department else None,
        location if location is None or len(location) <= MAX_TEXT else location[:MAX_TEXT].rpartition("; ")[0],
        next((row.remote for row in rows if row.remote), rows[-1].remote),
        next((row.posted_on for row in rows if row.posted_on), None),
    )


def host(url: str) -> str:
    """A URL's host in lower case."""
    return (urlsplit(url).hostname or "").lower()
