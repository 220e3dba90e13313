"""Where a page names its company's profile at LinkedIn: in links, and in what it declares of itself.

A link's text alone does not say whose profile it is: ``Website by`` stands before the agency's link, and a header is
the site's own where a footer may be its maker's. What is declared is JSON-LD ``sameAs`` of an organisation
(schema.org/sameAs), the same as microdata, ``rel=me`` and Open Graph's ``see_also``.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

import orjson
from selectolax.lexbor import LexborHTMLParser, LexborNode

from enrichment_assets.companies import suffixes

Place = Literal["header", "body", "declared"]
HOST: Final = "linkedin."
MAX_PROFILES: Final = 30
MAX_BLOCK: Final = 100_000
"""Characters of a JSON-LD block that are read."""
MAX_NODES: Final = 2_000
MAX_STEPS_UP: Final = 40
_TEXT_BEFORE: Final = 60
_MOST_BEFORE: Final = 6
"""Siblings before a link in which text is looked for."""
_ORGANISATIONS: Final = re.compile(
    r"Organization|Corporation|Business|Company|Store|Agency|Service|Brand|WebSite|NGO|Restaurant|Hotel|Clinic|Dentist"
    r"|Physician|Attorney|School|University|Hospital|Software"
)
_HEADER: Final = re.compile(r"\b(?:site-|page-|main-)?(?:header|topbar|top-bar|navbar|masthead)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Profile:
    """An address as it stands in the markup, what is said with it, and where."""

    href: str
    said: str
    place: Place


def profiles(tree: LexborHTMLParser, page_url: str) -> tuple[Profile, ...]:
    """The addresses at LinkedIn that the page links or declares, in its order, declared ones last."""
    found: list[Profile] = []
    for node in tree.css("a[href*='linkedin.' i], area[href*='linkedin.' i]")[:MAX_PROFILES]:
        place: Place = "header" if _in_header(node) else "body"
        found.append(Profile(node.attributes.get("href") or "", _said_before(node), place))
    declared = dict.fromkeys((*_of_elements(tree), *_of_json(tree, page_url)))
    found += [Profile(href, "sameAs", "declared") for href in declared if HOST in href.lower()]
    return tuple(found[: 2 * MAX_PROFILES])


def _in_header(node: LexborNode) -> bool:
    """Whether an ancestor is the page's header. An article's own header is in the article."""
    above, header = node.parent, False
    for _ in range(MAX_STEPS_UP):
        if above is None or above.tag in ("body", "html"):
            break
        if above.tag in ("footer", "article", "main", "section"):
            return False
        named = f"{above.attributes.get('class') or ''} {above.attributes.get('id') or ''}"
        header = header or above.tag in ("header", "nav") or _HEADER.search(named) is not None
        above = above.parent
    return header


def _said_before(node: LexborNode) -> str:
    """The text that leads up to a link within its element: ``Website by``."""
    before, texts = node.prev, []
    for _ in range(_MOST_BEFORE):
        if before is None or before.tag in ("a", "li", "p", "div", "br"):
            break
        texts.append(before.text()[-_TEXT_BEFORE:] if before.tag != "-comment" else "")
        before = before.prev
    return " ".join(" ".join(reversed(texts)).split())[-_TEXT_BEFORE:]


def _of_elements(tree: LexborHTMLParser) -> Iterator[str]:
    for node in tree.css("[itemprop='sameAs' i], link[rel='me' i], meta[property='og:see_also' i]"):
        yield node.attributes.get("href") or node.attributes.get("content") or ""


def _of_json(tree: LexborHTMLParser, page_url: str) -> Iterator[str]:
    for node in tree.css("script[type*='ld+json' i]"):
        text = node.text()
        if "sameAs" not in text or HOST not in text or len(text) > MAX_BLOCK:
            continue
        try:
            document = orjson.loads(text.strip())
        except orjson.JSONDecodeError:
            continue
        yield from _same_as(document, suffixes.site_of(page_url))


def _same_as(document: Any, site: str) -> Iterator[str]:
    """``sameAs`` of the organisations in a document that are not said to be on another site."""
    stack, visited = [document], 0
    while stack and visited < MAX_NODES:
        node = stack.pop()
        visited += 1
        if isinstance(node, list):
            stack.extend(reversed(node))
        elif isinstance(node, dict):
            stack.extend(value for value in reversed(list(node.values())) if isinstance(value, dict | list))
            if _ORGANISATIONS.search(str(node.get("@type"))) and _site(node.get("url")) in ("", site):
                yield from _texts(node.get("sameAs"))


def _texts(value: Any) -> Iterable[str]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]


def _site(url: Any) -> str:
    return suffixes.site_of(url) if isinstance(url, str) else ""
