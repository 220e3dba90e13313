"""What a short page is by its links and its markup, whatever its words: ideas that no word says.

- ``listing``: a link to a domain market that names this domain in its path or query;
- ``searches``: links of the site that are searches, and none that are pages, as parking services sell them;
- ``market``: a link to a registrar, a hoster or a site builder;
- ``widget``: a captcha stands on the page.
"""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import unquote_plus

from enrichment_assets.companies import suffixes
from enrichment_assets.core.pattern_rules import load_rules

MARKUP_LOOKED_AT: Final = 50_000
FEWEST_SEARCHES: Final = 3
SHORTEST_LABEL: Final = 4
"""Letters of a domain's first label that are not in an address by chance."""

_NO_NAVIGATION: Final = re.compile(r"[?#]|login|signin|privacy|terms|legal|cookie|cdn-cgi|cgi-bin|contact|account")
_NAMED: Final = re.compile(r"[^a-z0-9-]+")
_SEARCH: Final = re.compile(r"[?&](?:q|s|k|kw|query|search|keywords?|searchterm|term)=[^&]", re.IGNORECASE)


def navigation(links: Iterable[str], domain: str) -> int:
    """How many links lead to other pages of the site."""
    return sum(_is_navigation(link, domain) for link in links)


def link_ideas(links: frozenset[str], domain: str, markets: frozenset[str]) -> frozenset[str]:
    """The ideas of a page's links; ``markets`` are the registrable domains that sell or park domains."""
    label = domain.partition(".")[0]
    own = {link for link in links if _is_own(link, domain)}
    listed = len(label) >= SHORTEST_LABEL and any(
        label in _NAMED.split(unquote_plus(link.partition("://")[2].partition("/")[2]).lower())
        for link in links - own
        if suffixes.registrable(suffixes.host_of(link)) in markets
    )
    searches = sum(_SEARCH.search(link) is not None for link in own)
    found = {"listing"} if listed else set[str]()
    if searches >= FEWEST_SEARCHES and not navigation(links, domain):
        found.add("searches")
    return frozenset(found)


def markup_ideas(html: str) -> frozenset[str]:
    """The scopes of ``data/page_kinds.yaml``'s rules that a page's markup has. Its beginning is looked at."""
    head = html[:MARKUP_LOOKED_AT].lower()
    rules = load_rules("enrichment_assets.pages", "data/page_kinds.yaml") if head else ()
    return frozenset(rule.scope for rule in rules if rule.found_in(head, head))


def _is_own(link: str, domain: str) -> bool:
    host = suffixes.host_of(link)
    return not host or host == domain or host.endswith(f".{domain}")


def _is_navigation(link: str, domain: str) -> bool:
    path = link.partition("://")[2].partition("/")[2] if "://" in link else link.strip("/")
    return bool(path) and _is_own(link, domain) and _NO_NAVIGATION.search(path) is None
