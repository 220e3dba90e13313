"""Which job boards a piece of text points to: a URL, a page's markup, an inline script.

Only what the text says counts; no name is ever guessed. Addresses are found in whatever escaping the text has them:
``\\/`` of JSON in scripts, ``%2F`` of a redirect's parameter, ``&amp;`` of markup.
"""

import re
from functools import lru_cache
from urllib.parse import unquote

from enrichment_assets.core.pattern_rules import Rule, load_rules
from enrichment_assets.providers.boards.board import BoardRef, JobBoard
from enrichment_assets.providers.boards.catalog import BOARDS

REACH_CHARACTERS = 160
"""How far before and after a vendor's domain its address may go on."""

_DOMAINS = tuple(domain for board in BOARDS.values() for domain in board.domains)
_DOMAIN = re.compile("|".join(map(re.escape, _DOMAINS)), re.IGNORECASE)
_ESCAPES = (
    (re.compile(r"\\u0026|&(?:amp|#38|#x26);", re.IGNORECASE), "&"),
    (re.compile(r"\\u002f|(?<!\\)\\++/|&#x2f;|&#47;|%(?:25)?2f", re.IGNORECASE), "/"),
    (re.compile(r"&#x3a;|&#58;|%(?:25)?3a", re.IGNORECASE), ":"),
    (re.compile(r"\\u003f|%(?:25)?3f", re.IGNORECASE), "?"),
    (re.compile(r"\\u003d|%(?:25)?3d|&#61;", re.IGNORECASE), "="),
    (re.compile(r"%(?:25)?26"), "&"),
    (re.compile(r"\\u003c|&lt;|&quot;|&#34;|&#39;|\\[\"']|\\u0022", re.IGNORECASE), '"'),
)
_PADDING = " ."
_CLOSING = ")],;|*"
"""What a text puts behind an address."""
_BOARD_TOKEN = re.compile(
    r"board[_-]?token\\?[\"']?\s*[:=]\s*\\?[\"'](?P<slug>[\w-]{2,100})\\?[\"']", re.ASCII | re.IGNORECASE
)
"""Greenhouse's name for a board's slug, in the settings of its embeds and of plugins."""
_EMBEDS = (
    ("workable", re.compile(r"\bwhr_embed\(\s{0,5}[\"']?(?P<slug>\d{2,12})\b")),
    ("workable", re.compile(r"\bdata-(?:workable-account|whr-account)=[\"']?(?P<slug>[\w-]{2,100})")),
    (
        "recruitee",
        re.compile(
            r"\bdata-(?:recruitee-)?company(?:-subdomain)?=[\"'](?P<slug>[a-z0-9-]{2,100})[\"'][^>]{0,200}recruitee"
        ),
    ),
    ("join", re.compile(r"\bdata-join-company=[\"'](?P<slug>[\w-]{2,100})")),
)
"""Embeds that name a board by a number or an attribute."""
_COMEET_UID = re.compile(
    r"company[-_]?uid[\"']?\s{0,3}[:=]\s{0,3}[\"'](?P<uid>[0-9A-F]{1,4}\.[0-9A-F]{3})[\"']", re.IGNORECASE
)
_COMEET_TOKEN = re.compile(r"\btoken[\"']?\s{0,3}[:=]\s{0,3}[\"'](?P<token>[0-9A-F]{8,80})[\"']", re.IGNORECASE)


def board_refs(text: str) -> tuple[BoardRef, ...]:
    """Every board that the text points to, in order, each once."""
    lowered = text.lower()
    if not any(domain in lowered for domain in _DOMAINS):
        return ()
    found: dict[BoardRef, None] = {}
    for start, end in _windows(text):
        found.update(dict.fromkeys(_in_window(_unescaped(text[start:end]))))
    return tuple(found)


def board_of_url(url: str) -> BoardRef | None:
    """The board one URL points to."""
    refs = board_refs(url)
    return refs[0] if refs else None


def tokens_told(html: str) -> tuple[BoardRef, ...]:
    """Boards that a script or an attribute names without an address (``boardToken: "acme"``, ``whr_embed(123, …)``)."""
    refs = [BoardRef(vendor, match["slug"]) for vendor, token in _EMBEDS for match in token.finditer(html)]
    if "greenhouse" in html or "grnhse" in html or "gh_jid" in html:
        refs += (BoardRef("greenhouse", match["slug"].lower()) for match in _BOARD_TOKEN.finditer(html))
    if "comeet" in html.lower():
        uid, token = _COMEET_UID.search(html), _COMEET_TOKEN.search(html)
        if uid and token:
            refs.append(BoardRef("comeet", uid["uid"].upper(), token["token"].upper()))
    return tuple(dict.fromkeys(refs))


def vendors_told(html: str) -> tuple[str, ...]:
    """Vendors in use on a page by other signs than an address of one board, those without a feed among them."""
    lowered = html.lower()
    return tuple(dict.fromkeys(rule.id.partition("/")[0] for rule in _vendors() if rule.found_in(html, lowered)))


def vendor_of_url(url: str) -> str | None:
    """The vendor whose page a URL is, whether or not its feed can be read."""
    ref = board_of_url(url)
    if ref is not None:
        return ref.board
    lowered = url.lower()
    hosts = (rule for rule in _vendors() if rule.scope == "host")
    return next((rule.id.partition("/")[0] for rule in hosts if rule.found_in(url, lowered)), None)


@lru_cache(maxsize=1)
def _vendors() -> tuple[Rule, ...]:
    return load_rules("enrichment_assets.providers.boards", "vendors.yaml")


def _windows(text: str) -> list[tuple[int, int]]:
    """The parts of a text worth reading: around each vendor's domain, those that touch as one."""
    windows: list[tuple[int, int]] = []
    for match in _DOMAIN.finditer(text):
        start, end = max(0, match.start() - REACH_CHARACTERS), match.end() + REACH_CHARACTERS
        if windows and start <= windows[-1][1]:
            windows[-1] = (windows[-1][0], end)
        else:
            windows.append((start, end))
    return windows


def _unescaped(text: str) -> str:
    if not any(sign in text for sign in "\\%&"):
        return text
    for escape, plain in _ESCAPES:
        text = escape.sub(plain, text)
    return text


def _in_window(text: str) -> list[BoardRef]:
    hits: list[tuple[int, BoardRef]] = []
    lowered = text.lower()
    for board in BOARDS.values():
        if not any(domain in lowered for domain in board.domains):
            continue
        for address in board.addresses:
            for match in address.finditer(text):
                ref = _ref(board, match)
                if ref is not None:
                    hits.append((match.start(), ref))
    hits.sort(key=lambda hit: hit[0])
    return [ref for _, ref in hits]


def _ref(board: JobBoard, match: re.Match[str]) -> BoardRef | None:
    slug, region = board.named(match)
    slug = unquote(slug)
    if slug.lower() in board.not_slugs:
        return None
    slug = slug.strip(_PADDING if "(" in slug or "[" in slug else _PADDING + _CLOSING)
    if not board.case_matters:
        slug = slug.lower()
    if not slug or slug.lower() in board.not_slugs or len(slug) > 100 or any(ord(sign) < 32 for sign in slug):
        return None
    return BoardRef(board.name, slug, region)
