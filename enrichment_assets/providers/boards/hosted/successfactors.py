"""SuccessFactors: a company's openings as XML, or as RSS on its own careers host. Wire facts: docs/providers/boards.md.

``GET {host}/career?company={id}&career_ns=job_listing_summary&resultType=XML`` gives all, with facets whose names
differ by company. A careers site of its own has ``/services/rss/job/``: at most 20 items, "Title (City, CC)", and
robots.txt often keeps it shut: then nothing is read.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from enrichment_assets.core.errors import PermanentError
from enrichment_assets.core.limits import MAX_FEED_BYTES
from enrichment_assets.pages.page import Answer
from enrichment_assets.providers.boards.board import (
    OWN_HOST,
    Board,
    BoardRef,
    JobBoard,
    Opening,
    feed_of,
    hosted_answer,
    once,
    said_remote,
    unreadable,
)

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.ledger import CostScope
    from enrichment_assets.providers.web import Web

RSS_ITEMS = 20

_PLACE = re.compile(r" \((?P<place>[^()]{2,120})\)\s{0,3}$")
_PLACES = ("posting location", "location", "city", "country")
_DEPARTMENTS = ("job family", "functional area", "department", "function")


async def read(web: Web, ref: BoardRef, _settings: Settings, scope: CostScope) -> Board | None:
    """The company's openings; of a careers host of its own the newest 20."""
    if ref.region == OWN_HOST:
        return await _own_host(web, ref, scope)
    company = quote(ref.slug, safe="")
    url = f"https://{ref.region}/career?company={company}&career_ns=job_listing_summary&resultType=XML"
    link = f"https://{ref.region}/career?company={company}&career_ns=job_listing&career_job_req_id="
    openings = await feed_of(web, ref, await hosted_answer(web, ref, url, scope), _listed, link)
    return None if openings is None else Board(ref, openings)


async def _own_host(web: Web, ref: BoardRef, scope: CostScope) -> Board | None:
    url = f"https://{ref.slug}/services/rss/job/?locale=en_US"
    try:
        page = await web.page(url, scope, max_bytes=MAX_FEED_BYTES)
    except PermanentError:  # robots.txt
        return None
    answer = Answer(200 if page.status == 200 else 404, page.body, page.content_type, page.final_url)
    listed = await feed_of(web, ref, answer, _newest)
    if listed is None:
        return None
    openings, complete = listed
    return Board(ref, openings, complete=complete)


def _listed(body: bytes, link: str) -> tuple[Opening, ...] | None:
    """All openings; None where the feed is off."""
    root = _root(body)
    if root is None or root.tag != "Job-Listing":
        return None
    return once(opening for job in root.iter("Job") if (opening := _opening(link, job)))


def _newest(body: bytes) -> tuple[tuple[Opening, ...], bool] | None:
    """The items of the RSS feed, and whether that is all of them; None where there is no such feed."""
    root = _root(body)
    if root is None or root.tag != "rss":
        return None
    items = list(root.iter("item"))
    return once(opening for item in items if (opening := _item(item))), len(items) < RSS_ITEMS


def _root(body: bytes) -> Element | None:
    try:
        return fromstring(body.strip())
    except DefusedXmlException as error:
        raise unreadable("successfactors", f"the feed is refused ({type(error).__name__})", 200) from None
    except (ParseError, ValueError):  # a page: the feed is off
        return None


def _opening(link: str, job: Element) -> Opening | None:
    title, number = _text(job, "JobTitle"), _text(job, "ReqId")
    if not title or not number:
        return None
    facets = {
        (facet.findtext("label") or "").strip().lower(): (facet.findtext("value") or "").strip()
        for facet in job
        if facet.tag.startswith(("filter", "mfield"))
    }
    place = _facet(facets, _PLACES)
    return Opening(
        number,
        title,
        link + quote(number, safe=""),
        _facet(facets, _DEPARTMENTS),
        place,
        said_remote(place),
        _american_day(_text(job, "Posted-Date")),
    )


def _item(item: Element) -> Opening | None:
    title, link = _text(item, "title"), _text(item, "link")
    if not title or not link:
        return None
    place = _PLACE.search(title)
    where = place["place"] if place else None
    try:
        posted = parsedate_to_datetime(_text(item, "pubDate") or "").date()
    except (TypeError, ValueError, IndexError):
        posted = None
    bare = link.partition("?")[0]
    return Opening(bare, title[: place.start()] if place else title, bare, None, where, said_remote(where), posted)


def _facet(facets: dict[str, str], names: tuple[str, ...]) -> str | None:
    return next((value for name in names for label, value in facets.items() if name in label and value), None)


def _american_day(text: str | None) -> date | None:
    try:
        return datetime.strptime(text or "", "%m/%d/%Y").date()  # noqa: DTZ007 - a day
    except ValueError:
        return None


def _text(element: Element, path: str) -> str | None:
    return (element.findtext(path) or "").strip() or None


SUCCESSFACTORS = JobBoard(
    "successfactors",
    ("successfactors.", "sapsf."),
    (
        re.compile(
            r"(?<![\w.-])(?P<region>[\w-]{1,40}\.(?:successfactors|sapsf)\.(?:com|eu|cn))/(?:career|careers|portalcareer|sfcareer/\w{1,30})"
            r"\?(?:[^\"'\s<>&]{0,160}&){0,8}?(?:company|career_company)=(?P<slug>[\w.-]{1,60})",
            re.ASCII | re.IGNORECASE,
        ),
    ),
    read,
    case_matters=True,
)
