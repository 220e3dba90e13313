"""HTML as received to the text a person sees, as markdown of the simple kind. Never raises on bad markup."""

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from html import unescape

import webencodings
from charset_normalizer import from_bytes
from selectolax.lexbor import LexborHTMLParser

from enrichment_assets.core.limits import MAX_MARKUP, MAX_PAGE_TEXT
from enrichment_assets.pages.markdown import TAG, VOID, markdown, tidy
from enrichment_assets.pages.page import Fetched, Page

NEVER_SEEN = "script, style, noscript, template, svg, iframe, object, canvas, head, select"
META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*+=\s*+["']?\s*+([A-Za-z0-9_:.-]{1,40})""", re.IGNORECASE)
HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9_:.-]{1,40})""", re.IGNORECASE)
BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
BROWSERS_MEAN = {
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "big5": "big5hkscs",
    "x-user-defined": "cp1252",
}
"""The standard's encodings whose table is larger than that of Python's codec of that name."""
MAX_DEPTH = 5_000
"""Deeper markup loses its structure: real pages are not that deep, hostile ones are."""
MAX_REBUILT = 500_000
"""Elements that a parser may make anew because formatting was left open (HTML Standard §13.2.4.3): 0.8 s."""
FEWEST_WHOLE = 10
"""Signs that UTF-8 has for each byte that is none of its: in no other encoding's text so many."""
FEW_TAGS = 1_400
"""Tags below which neither limit can be reached."""


@dataclass(frozen=True, slots=True)
class PageText:
    """What a page says."""

    text: str
    title: str
    description: str


def decode(body: bytes, content_type: str) -> str:
    """The markup as text: by BOM; as UTF-8 where the bytes are that, whatever is declared, since no text in another
    encoding is UTF-8 by chance; by HTTP header, meta element; then by a guess."""
    for bom, name in BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace")
    utf8 = _as_utf8(body)
    if utf8 is not None:
        return utf8
    declared = [match.group(1) for match in [HEADER_CHARSET.search(content_type)] if match]
    in_meta = META_CHARSET.search(body[:4096])
    if in_meta and not in_meta.group(1).lower().startswith(b"utf-16"):  # it could not have been read then
        declared.append(in_meta.group(1).decode("ascii"))
    for name in declared:
        codec = _codec(name)
        if codec is not None:
            try:
                return body.decode(codec)
            except UnicodeDecodeError:
                continue
    if body.isascii():
        return body.decode("ascii")
    guess = from_bytes(body[:20_000]).best()
    codec = _codec(guess.encoding) if guess else None
    return body.decode(codec or _codec(declared[0] if declared else "") or "cp1252", "replace")


def _as_utf8(body: bytes) -> str | None:
    """The text where the signs outside ASCII are UTF-8's, but for a byte or two that were cut or pasted in."""
    if body.isascii():  # so are ISO-2022-JP and UTF-7: what is declared counts
        return None
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if not broken:
        return text
    beyond = len(text) - len(text.encode("ascii", "ignore"))
    return text if broken * FEWEST_WHOLE < beyond else None


def page_of(fetched: Fetched) -> Page:
    """The page with its markup decoded, and with text, title and description where the crawler gave none."""
    html = decode(fetched.body, fetched.content_type)[:MAX_MARKUP] if fetched.body else ""
    text, title, description = fetched.markdown, fetched.title, fetched.description
    if html and not (text and title):
        seen = read(html)
        text, title, description = text or seen.text, title or seen.title, description or seen.description
    return Page(fetched.url, fetched.final_url, fetched.status, html, text[:MAX_PAGE_TEXT], title, description)


def _codec(label: str) -> str | None:
    """Python's codec for a label of the WHATWG Encoding Standard; no other name is a web page's encoding."""
    known = webencodings.lookup(label)
    return None if known is None else BROWSERS_MEAN.get(known.name, known.codec_info.name)


def read(html: str) -> PageText:
    """Visible text with headings, lists, links and paragraphs; title and meta description."""
    if not html.strip():
        return PageText("", "", "")
    if tangled(html):
        return PageText(tidy(unescape(TAG.sub(" ", html))), "", "")
    tree = LexborHTMLParser(html)
    title = tree.css_first("head title") or tree.css_first("title")
    described = tree.css_first("meta[name=description i]") or tree.css_first("meta[property='og:description']")
    description = (described.attributes.get("content") if described else None) or ""
    title_text = title.text() if title else ""
    _drop_unseen(tree)
    body = tree.body
    text = markdown(body.html or "") if body is not None else ""
    return PageText(text, " ".join(tidy(title_text).split()), " ".join(tidy(description).split()))


def _drop_unseen(tree: LexborHTMLParser) -> None:
    """Take elements out that have no text of the page. One in another goes with it, and not once more."""
    gone: set[int] = set()
    for node in tree.css(NEVER_SEEN):
        if node.mem_id not in gone:
            gone.update(inner.mem_id for inner in node.css(NEVER_SEEN))
            node.decompose()


TAGS = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
FORMATTING = frozenset(["b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"])


def tangled(html: str, most_open: int = MAX_DEPTH) -> bool:
    """Whether parsing would take time squared: elements nested too deep, or formatting that every block repeats.

    Elements that need no end tag count as nested too; an end tag of an element that is not open ends nothing.
    """
    if html.count("<") < FEW_TAGS:
        return False
    opened: Counter[str] = Counter()
    depth = formatting = rebuilt = 0
    for tag in TAGS.finditer(html):
        name = tag[2].lower()
        if name in VOID or (tag[1] and not opened[name]):
            continue
        change = -1 if tag[1] else 1
        opened[name] += change
        depth += change
        if name in FORMATTING:
            formatting += change
        elif not tag[1]:
            rebuilt += formatting
        if depth > most_open or rebuilt > MAX_REBUILT:
            return True
    return False
