"""JazzHR: ``GET {slug}.applytojob.com/apply/``, HTML: a list of all openings, one ``li.list-group-item`` each.

Wire facts: docs/providers/boards.md.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from selectolax.lexbor import LexborNode

from enrichment_assets.companies.platforms import words
from enrichment_assets.pages.html_text import decode
from enrichment_assets.pages.links import absolute, one_line, parsed
from enrichment_assets.providers.boards.board import (
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

_JOB = re.compile(r"/apply/(?:jobs/details/)?(?P<id>[A-Za-z0-9]{6,})", re.ASCII)
_EMPTY = re.compile(r"no (?:current |open )*(?:openings|positions|jobs)|jobs? list|list-group|resumator", re.IGNORECASE)


async def read(web: Web, ref: BoardRef, _settings: Settings, scope: CostScope) -> Board | None:
    """Every opening of the list."""
    base = f"https://{quote(ref.slug, safe='')}.applytojob.com/apply/"
    answer = await hosted_answer(web, ref, base, scope)
    openings = await feed_of(web, ref, answer, _listed, answer.content_type, base)
    return None if openings is None else Board(ref, openings)


def _listed(body: bytes, content_type: str, base: str) -> tuple[Opening, ...]:
    html = decode(body, content_type)
    tree = parsed(html)
    rows = tree.css("li.list-group-item") if tree is not None else []
    openings = once(opening for row in rows if (opening := _opening(row, base)))
    if not openings and not _EMPTY.search(html):
        raise unreadable("jazzhr", "the board's page is not its list", 200)
    return openings


def _opening(row: LexborNode, base: str) -> Opening | None:
    """One row. Its link is often left open, so that a parser repeats it, empty, before the next row's."""
    links = [link for link in row.css("h3 a[href], h4 a[href]") or row.css("a[href]") if link.text(strip=True)]
    url = absolute(links[-1].attributes.get("href") or "", base) if links else None
    job = _JOB.search(url or "")
    if url is None or job is None:
        return None
    location = _beside(row, ".fa-map-marker")
    title = one_line(links[-1].text(), 200)
    return Opening(job["id"], title, url, _beside(row, ".fa-sitemap"), location, said_remote(location))


def _beside(row: LexborNode, icon: str) -> str | None:
    node = row.css_first(icon)
    while node is not None and node.tag != "li":
        node = node.parent
    return one_line(node.text(), 200) or None if node is not None else None


JAZZHR = JobBoard(
    "jazzhr",
    ("applytojob.com",),
    (re.compile(r"(?<![\w.-])(?P<slug>[a-z0-9][a-z0-9-]*)\.applytojob\.com", re.ASCII | re.IGNORECASE),),
    read,
    words("www app api"),
)
