"""Pages made to stop whoever reads them: each takes more than linear time, or much memory, of some naive reader.

They are facts of a company: ``site`` is ``hostile:`` and a kind. Most were found by trying.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

_PROSE: Final = "<p>We build software for finance teams of mid-sized companies. Book a demo and see how it works.</p>"


@dataclass(frozen=True, slots=True)
class Served:
    """Bytes and their content type."""

    body: bytes
    content_type: str = "text/html; charset=utf-8"


def _page(piece: str, times: int = 1) -> Callable[[], Served]:
    """A page of prose followed by one piece of markup, many times."""

    def made() -> Served:
        html = f"<!doctype html><html><head><title>Home</title></head><body>{_PROSE}{piece * times}</body></html>"
        return Served(html.encode())

    return made


def _many(piece: str, megabytes: int) -> Callable[[], Served]:
    return _page(piece, megabytes * 1_000_000 // len(piece))


HOSTILE: Final[Mapping[str, Callable[[], Served]]] = {
    "underscores": _page(f"<p>x{'_' * 200}ab</p>"),
    "script": _page(f"<script>lever.co {'a' * 6_000}</script>"),
    "tags_in_xmp": _page(f"<xmp>{'<a ' * 3_000}</xmp>"),
    "data_urls": _page(f"<p>{'(data:' * 6_000}</p>"),
    "link_openings": _page(f"<p>{'[](' * 10_000}</p>"),
    "digits": _page(f'<meta name="x" content="{"1" * 30_000}"><p>content="{"1" * 30_000}</p>'),
    "crossed_tags": _page("<div></x>" * 16_000),
    "unclosed_tags": _page("<div>" * 200_000),
    "many_tags": _many("<p><b>a</b><i>c</i></p>", 18),
    "many_links": _many('<a href="/jobs/1">Sales Manager</a>', 10),
    "many_attributes": _page(f"<div {' '.join(f'a{number}=1' for number in range(100_000))}>"),
    "many_entities": _many("&amp;&lt;&#x2f;", 6),
    "odd_charset": lambda: Served(b"<p>" + b"ab-" * 54_000, "text/html; charset=punycode"),
    "one_word": _many("a", 6),
    "json_ld": _page(f'<script type="application/ld+json">{{"@type":"JobPosting","title":{"[" * 20_000}</script>' * 40),
}
"""By kind: what a GET of any path gives."""
