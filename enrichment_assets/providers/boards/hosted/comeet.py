"""Comeet: the positions that its own page carries, or its careers API. Wire facts: docs/providers/boards.md.

``comeet.com/jobs/{name}/{uid}`` has all positions as ``COMPANY_POSITIONS_DATA`` in a script. The API
(``comeet.co/careers-api/2.0/company/{uid}/positions?token=``) needs the token that a company's own page carries; tokens
are changed, and an old one is 400. Dates are of the last change only.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from pydantic import TypeAdapter

from enrichment_assets.pages.html_text import decode
from enrichment_assets.providers.boards.board import (
    Board,
    BoardRef,
    Feed,
    JobBoard,
    Opening,
    feed_of,
    hosted_answer,
    once,
    parsed,
    place,
    unreadable,
)

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.ledger import CostScope
    from enrichment_assets.providers.web import Web

_DATA = re.compile(r"COMPANY_POSITIONS_DATA\s*=\s*(?=\[)")
_REFUSED = frozenset({400, 401, 403})


class _Location(Feed):
    name: str | None = None
    city: str | None = None
    country: str | None = None
    is_remote: bool | None = None


class _Position(Feed):
    uid: str
    name: str
    department: str | None = None
    company_name: str | None = None
    url_active_page: str | None = None
    url_comeet_hosted_page: str | None = None
    is_internal: bool | None = None
    location: _Location | None = None


_POSITIONS = TypeAdapter(list[_Position])


async def read(web: Web, ref: BoardRef, _settings: Settings, scope: CostScope) -> Board | None:
    """Every public position; None too where the token is no longer valid."""
    if ref.region:
        uid, token = quote(ref.slug, safe="."), quote(ref.region, safe="")
        url = f"https://www.comeet.co/careers-api/2.0/company/{uid}/positions?token={token}"
        answer = await web.get(url, scope, provider="comeet")
        listed = None if answer.status in _REFUSED else await feed_of(web, ref, answer, _listed)
    else:
        url = f"https://www.comeet.com/jobs/{quote(ref.slug, safe='/.')}"
        answer = await hosted_answer(web, ref, url, scope)
        listed = await feed_of(web, ref, answer, _on_page, answer.content_type)
    return None if listed is None else Board(ref, *listed)


def _on_page(body: bytes, content_type: str) -> tuple[tuple[Opening, ...], str | None]:
    """The positions in the page's script."""
    html = decode(body, content_type)
    start = _DATA.search(html)
    if start is None:
        raise unreadable("comeet", "the board's page does not carry its positions", 200)
    return _listed(_first_array(html[start.end() :]).encode("utf-8", "replace"))


def _listed(body: bytes) -> tuple[tuple[Opening, ...], str | None]:
    """All public positions, and the company's name."""
    positions = parsed(body, _POSITIONS, "comeet")
    name = next((each.company_name for each in positions if each.company_name), None)
    return once(_opening(position) for position in positions if not position.is_internal), name


def _first_array(text: str) -> str:
    """The JSON array that a text begins with, by its brackets outside strings."""
    depth = 0
    for match in re.finditer(r'"(?:[^"\\]|\\.)*+"?|[\[\]]', text):
        if match[0] in "[]":
            depth += 1 if match[0] == "[" else -1
            if not depth:
                return text[: match.end()]
    return text


def _opening(position: _Position) -> Opening:
    at = position.location or _Location()
    return Opening(
        position.uid,
        position.name.strip(),
        position.url_active_page or position.url_comeet_hosted_page,
        position.department or None,
        at.name or place(at.city, at.country),
        at.is_remote,
    )


def _named(match: re.Match[str]) -> tuple[str, str]:
    groups = match.groupdict()
    return match["slug"], groups.get("token") or ""


COMEET = JobBoard(
    "comeet",
    ("comeet.com", "comeet.co"),
    (
        re.compile(r"comeet\.com?/jobs/(?P<slug>[\w.%-]{1,80}/[0-9A-F]{1,4}\.[0-9A-F]{3})", re.ASCII | re.IGNORECASE),
        re.compile(
            r"comeet\.com?/careers-api/2\.0/company/(?P<slug>[0-9A-F]{1,4}\.[0-9A-F]{3})/positions[^\s\"'<>?]{0,60}\?"
            r"(?:[^\s\"'<>&]{0,80}&){0,4}?token=(?P<token>[0-9A-F]{8,80})",
            re.ASCII | re.IGNORECASE,
        ),
    ),
    read,
    case_matters=True,
    named=_named,
)
