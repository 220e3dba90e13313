"""What a home page says about whose it is: names by where they stand, and the LinkedIn pages it links to."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import orjson

from enrichment_assets.artifacts.linkedin.urls import TEMPLATE_SLUGS, company_slug
from enrichment_assets.pages.links import one_line, parsed, parts_of
from enrichment_assets.pages.page import Page

MAX_JSON: Final = 200_000
"""Characters of one JSON-LD block that are read."""
MAX_NODES: Final = 500
TAIL: Final = 3_000
"""Characters at the end of a page where its imprint stands."""
_ORGANIZATION: Final = re.compile(r"(?:Organization|Corporation|Business|NGO|Airline|Store|Restaurant)$")
_SEPARATOR: Final = re.compile(r" [-–—|·•:»]{1,3} |[:|·•»] ")
_IMPRINT: Final = re.compile(
    r"(?:©|\(c\)|copyright)[ \t]*(?:copyright[ \t]*)?(?:\d{4}(?:[ \t]?[-–][ \t]?\d{4})?)?[ \t,]*(?:by[ \t])?"
    r"([^\n.|©]{2,60})",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class PageSigns:
    """Names by their place on the page, LinkedIn slugs it links to, and countries of its JSON-LD address."""

    organization: tuple[str, ...] = ()
    site_name: tuple[str, ...] = ()
    title: tuple[str, ...] = ()
    imprint: tuple[str, ...] = ()
    profiles: frozenset[str] = frozenset()
    countries: tuple[str, ...] = ()


def page_signs(page: Page) -> PageSigns:
    """Read one page. Never raises on bad markup."""
    tree = parsed(page.html)
    parts = parts_of(tree, page.final_url or page.url)
    nodes: list[dict[str, Any]] = []
    for script in tree.css("script") if tree is not None else ():
        if "ld+json" in (script.attributes.get("type") or "").lower():
            nodes.extend(_nodes(script.text()[:MAX_JSON]))
    organizations = [node for node in nodes if any(_ORGANIZATION.search(kind) for kind in _texts(node.get("@type")))]
    sites = [node for node in nodes if "WebSite" in _texts(node.get("@type"))]
    links = [url for url, _ in parts.links]
    links += [url for node in organizations for url in _texts(node.get("sameAs"))]
    return PageSigns(
        organization=_named(organizations, "name", "legalName", "alternateName"),
        site_name=tuple(filter(None, (parts.site_name, *_named(sites, "name")))),
        title=title_parts(parts.title or page.title),
        imprint=tuple(found.strip() for found in _IMPRINT.findall(page.text[-TAIL:])),
        profiles=frozenset(slug for url in links if (slug := company_slug(url)) and slug not in TEMPLATE_SLUGS),
        countries=tuple(country for node in organizations for country in _countries(node.get("address"))),
    )


def title_parts(title: str) -> tuple[str, ...]:
    """``Acme | Robots for farms`` → ``Acme`` and ``Robots for farms``."""
    return tuple(part for part in _SEPARATOR.split(one_line(title, 300)) if part)


def _nodes(text: str) -> Iterator[dict[str, Any]]:
    """The objects of a JSON-LD document and of its graph."""
    try:
        waiting: list[Any] = [orjson.loads(text)]
    except orjson.JSONDecodeError:
        return
    for _ in range(MAX_NODES):
        if not waiting:
            return
        node = waiting.pop()
        if isinstance(node, list):
            waiting.extend(node[:MAX_NODES])
        elif isinstance(node, dict):
            yield node
            waiting.extend(node[key] for key in ("@graph", "publisher", "mainEntity", "about") if key in node)


def _texts(value: Any) -> list[str]:
    return [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, str)]


def _named(nodes: list[dict[str, Any]], *keys: str) -> tuple[str, ...]:
    return tuple(one_line(text, 200) for node in nodes for key in keys for text in _texts(node.get(key)))


def _countries(address: Any) -> Iterator[str]:
    for place in address if isinstance(address, list) else [address]:
        country = place.get("addressCountry") if isinstance(place, dict) else None
        yield from _texts(country.get("name") if isinstance(country, dict) else country)
