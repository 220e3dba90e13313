"""Personio: ``GET {slug}.jobs.personio.de/xml`` (developer.personio.de). No paging; positions may repeat under one id.

German unless ``language=en`` is asked for. A feed is 404 where it is switched off: then the careers page is read, whose
jobs are links to ``/job/{id}``. Companies that do not exist get 404 for that too, or a redirect to another host.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from selectolax.lexbor import LexborNode

from enrichment_assets.companies.platforms import words
from enrichment_assets.pages.html_text import decode
from enrichment_assets.pages.links import one_line, parsed
from enrichment_assets.providers.boards.board import (
    Board,
    BoardRef,
    JobBoard,
    Opening,
    day,
    feed_of,
    host,
    hosted_answer,
    once,
    places,
    said_remote,
    unreadable,
)

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.ledger import CostScope
    from enrichment_assets.providers.web import Web


async def read(web: Web, ref: BoardRef, settings: Settings, scope: CostScope) -> Board | None:
    """All positions, each id once."""
    base = settings.personio_base_url.format(slug=quote(ref.slug, safe=""))
    if ref.region == "com":
        base = base.replace(".personio.de", ".personio.com")
    answer = await web.get(f"{base}/xml?language=en", scope, provider="personio")
    if answer.status in (404, 410) and host(answer.final_url) == host(base):
        return await _by_page(web, ref, base, scope)
    if answer.status in (404, 410) or 300 <= answer.status < 400 or host(answer.final_url) != host(base):
        return None
    if answer.status != 200:
        raise unreadable("personio", f"the board answered {answer.status}", answer.status)
    return Board(ref, *await web.readers.read(f"the job board {ref}", _listed, answer.body, base))


def _listed(body: bytes, base: str) -> tuple[tuple[Opening, ...], str | None]:
    """All positions, and the company's name."""
    try:
        root = fromstring(body)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise unreadable("personio", f"the board's answer is not its feed ({type(error).__name__})", 200) from None
    if root.tag != "workzag-jobs":
        raise unreadable("personio", f"the board's answer is not its feed (<{root.tag}>)", 200)
    positions = [_opening(base, position) for position in root.iter("position")]
    openings = once(position for position in positions if position is not None)
    return openings, _text(root, "position/subcompany")


async def _by_page(web: Web, ref: BoardRef, base: str, scope: CostScope) -> Board | None:
    """What the careers page lists, where the feed is off."""
    answer = await hosted_answer(web, ref, f"{base}/?language=en", scope)
    openings = await feed_of(web, ref, answer, _on_page, answer.content_type, base)
    return None if openings is None else Board(ref, openings)


def _on_page(body: bytes, content_type: str, base: str) -> tuple[Opening, ...] | None:
    """The jobs that the page links to; None where it neither links to any nor says that there are none."""
    tree = parsed(decode(body, content_type))
    if tree is None:
        return None
    openings = once(opening for link in tree.css("a[href*='/job/']") if (opening := _linked(base, link)))
    return openings if openings or _NONE.search(tree.text()) else None


def _linked(base: str, link: LexborNode) -> Opening | None:
    job = _JOB.search(link.attributes.get("href") or "")
    heading = link.css_first("[class*=title], h1, h2, h3, h4, strong")
    title = one_line((heading or link).text(separator=" "), 200)
    if job is None or not title:
        return None
    place = link.css_first("[class*=office], [class*=location]")
    location = one_line(place.text(separator=" "), 200) or None if place is not None else None
    return Opening(job["id"], title, f"{base}/job/{job['id']}", None, location, said_remote(location))


def _opening(base: str, position: Element) -> Opening | None:
    identifier, title = _text(position, "id"), _text(position, "name")
    if not identifier or not title:
        return None
    offices = [_text(position, "office"), *(office.text for office in position.iterfind("additionalOffices/office"))]
    location = places([office.strip() if office else None for office in offices])
    return Opening(
        identifier,
        title,
        f"{base}/job/{identifier}",
        _text(position, "department") or _text(position, "recruitingCategory"),
        location,
        said_remote(location),
        day(_text(position, "createdAt")),
    )


def _text(element: Element, path: str) -> str | None:
    return (element.findtext(path) or "").strip() or None


_JOB = re.compile(r"/job/(?P<id>\d{3,12})")
_NONE = re.compile(
    r"no (?:open |current ){0,2}(?:positions|jobs|vacancies)|keine (?:offenen |aktuellen ){0,2}stellen", re.IGNORECASE
)

PERSONIO = JobBoard(
    "personio",
    ("jobs.personio.",),
    (
        re.compile(
            r"(?<![\w.-])(?P<slug>[a-z0-9][a-z0-9-]*)\.jobs\.personio\.(?:de|(?P<region>com))", re.ASCII | re.IGNORECASE
        ),
    ),
    read,
    words("www api assets"),
)
