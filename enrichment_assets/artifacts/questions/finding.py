"""Which address of a site is its pricing page, its security page …: from links, from a sitemap, else the usual places.

Pure. The words are rows of ``data/page_kinds.yaml``.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import unquote, urljoin, urlsplit

from enrichment_assets.artifacts.careers.links import careers_links
from enrichment_assets.artifacts.careers.words import USUAL_PATHS
from enrichment_assets.companies.suffixes import host_of, registrable
from enrichment_assets.core.limits import MAX_URL
from enrichment_assets.core.yaml_files.shipped import load_shipped
from enrichment_assets.pages.html_text import decode
from enrichment_assets.pages.page import Fetched

FILE: Final = "data/page_kinds.yaml"
LARGEST_SITEMAP: Final = 1_000_000
"""Bytes of one sitemap that are looked at (the protocol allows 50 MB)."""
MOST_SITEMAPS: Final = 3
"""A sitemap and those of an index that it may be."""
MOST_USUAL: Final = 2
"""Usual places that are tried for one kind of page."""

Link = tuple[str, str]
"""Absolute URL and visible text."""

_LOC = re.compile(r"<loc>\s{0,20}(?:<!\[CDATA\[)?([^<\s\]]{1,2000})")
_PARTS = re.compile(r"[^\w]+")
_ENDING = re.compile(r"\.(?:html?|php|aspx?)$")
_LANGUAGE = re.compile(r"[a-z]{2}(?:-[a-z]{2})?")
_LONGEST_TEXT: Final = 60
_LEAST: Final = 2.0


@dataclass(frozen=True, slots=True)
class PageKind:
    """The words of one kind of page."""

    texts: frozenset[str]
    paths: frozenset[str]
    usual: tuple[str, ...]


@lru_cache(maxsize=1)
def page_kinds() -> Mapping[str, PageKind]:
    """Every kind that has words of its own."""
    document: dict[str, dict[str, Any]] = load_shipped("enrichment_assets.artifacts.questions", FILE)
    return {
        kind: PageKind(
            frozenset(_plain(word) for words in row["texts"].values() for word in words),
            frozenset(row["paths"]),
            tuple(row["usual"]),
        )
        for kind, row in document.items()
    }


def find_page(kind: str, links: Iterable[Link], site: str, domain: str) -> str | None:
    """The link that most likely leads to this kind of page on the company's own site; None where none does.

    ``site`` is the registrable domain where its home page stands, ``domain`` the company's.
    """
    if kind == "careers":
        return next((url for url in careers_links(links, domain) if _own(url, site, domain)), None)
    words = page_kinds()[kind]
    scored = [
        (points, -len(url), -place, url.partition("#")[0])
        for place, (url, text) in enumerate(links)
        if (points := _points(words, url, text)) >= _LEAST and _own(url, site, domain)
    ]
    return max(scored)[3] if scored else None


def usual_places(kind: str, home: str) -> tuple[str, ...]:
    """Where such a page stands on many sites."""
    paths = USUAL_PATHS if kind == "careers" else page_kinds()[kind].usual
    return tuple(urljoin(home, path) for path in paths[:MOST_USUAL])


def read_sitemap(fetched: Fetched) -> tuple[tuple[Link, ...], tuple[str, ...]]:
    """The addresses of a sitemap (sitemaps.org), without texts; and of an index the further sitemaps, pages first."""
    if fetched.status != 200 or not fetched.body:
        return (), ()
    text = decode(fetched.body[:LARGEST_SITEMAP], fetched.content_type)
    found = [url.replace("&amp;", "&") for url in _LOC.findall(text) if url.startswith(("http://", "https://"))]
    if "<sitemapindex" in text[:2_000]:
        plain = [url for url in found if not url.endswith(".gz")]
        return (), tuple(sorted(plain, key=lambda url: "page" not in url))[: MOST_SITEMAPS - 1]
    return tuple((url, "") for url in found if len(url) <= MAX_URL), ()


def _own(url: str, site: str, domain: str) -> bool:
    return registrable(host_of(url)) in {site, domain}


def _points(words: PageKind, url: str, text: str) -> float:
    """A text that is one of the words counts most, then an address that ends with one, near the root."""
    said = _plain(text[:_LONGEST_TEXT])
    points = 4.0 if said in words.texts else 0.0
    try:
        path = urlsplit(url).path
    except ValueError:
        return 0.0
    segments = [_ENDING.sub("", part) for part in unquote(path[:300]).lower().split("/") if part]
    if segments and _LANGUAGE.fullmatch(segments[0]):
        segments = segments[1:]
    if segments and segments[-1] in words.paths:
        points += max(4.0 - len(segments), 1.0)
    elif segments and segments[0] in words.paths:
        points -= 1.0  # one article of the blog, one customer's story
    return points


def _plain(text: str) -> str:
    return " ".join(_PARTS.sub(" ", text.casefold()).split())
