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
from enrichment_assets.pages.page import Fetched, Page

HIDDEN = "script, style, noscript, template, svg, iframe, object, canvas, head, select, [hidden], [aria-hidden=true]"
HEADINGS = {"h1": "# ", "h2": "## ", "h3": "### ", "h4": "#### ", "h5": "##### ", "h6": "###### "}
BLOCKS = frozenset(
    (
        *(
            "address",
            "article",
            "aside",
            "blockquote",
            "body",
            "dd",
            "details",
            "dialog",
            "div",
            "dl",
            "dt",
            "fieldset",
        ),
        *("figcaption", "figure", "footer", "form", "header", "hr", "html", "legend", "main", "nav", "ol", "p", "pre"),
        *("section", "summary", "table", "tbody", "tfoot", "thead", "tr", "ul"),
    )
)
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
FEW_TAGS = 1_400
"""Tags below which neither limit can be reached."""


@dataclass(frozen=True, slots=True)
class PageText:
    """What a page says."""

    text: str
    title: str
    description: str


def decode(body: bytes, content_type: str) -> str:
    """The markup as text: by BOM, HTTP header, meta element, then UTF-8, then a guess (WHATWG's order)."""
    for bom, name in BOMS:
        if body.startswith(bom):
            return body[len(bom) :].decode(name, "replace")
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
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        guess = from_bytes(body[:20_000]).best()
        codec = _codec(guess.encoding) if guess else None
        return body.decode(codec or _codec(declared[0] if declared else "") or "cp1252", "replace")


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
        return PageText(_tidy(unescape(TAG.sub(" ", html))), "", "")
    tree = LexborHTMLParser(html)
    title = tree.css_first("head title") or tree.css_first("title")
    described = tree.css_first("meta[name=description i]") or tree.css_first("meta[property='og:description']")
    description = (described.attributes.get("content") if described else None) or ""
    title_text = " ".join(title.text().split()) if title else ""
    for node in tree.css(HIDDEN):
        node.decompose()
    body = tree.body
    text = _tidy(_markdown(body.html or "")) if body is not None else ""
    return PageText(text, title_text, " ".join(description.split()))


MARKS = {
    **{tag: (f"\n\n{marks}", "\n\n") for tag, marks in HEADINGS.items()},
    **dict.fromkeys(BLOCKS, ("\n\n", "\n\n")),
    **dict.fromkeys(("td", "th"), (" ", " | ")),
    "li": ("\n- ", "\n"),
    "br": ("\n", ""),
}
"""What stands before and after an element's text."""


TAGS = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
VOID = frozenset(["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"])
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


TOKEN = re.compile(
    r"""<!--.*?(?:-->|(?P<cut>\Z))|<(/?)([a-z][^\s>/]*+)((?:\s[^\s/>][^\s/>=]*+="[^"]*+")*+)\s?(>?)""", re.DOTALL
)
"""A comment or a tag of serialized markup, where attributes always have a value in double quotes (HTML Standard §13.3).
What only looks like one, in an element of raw text, is taken as far as it does, so that nothing is read twice."""
TAG = re.compile(r"<[^<>]*>")
ATTRIBUTE = {name: re.compile(rf"""\s{name}="([^"]*)\"""") for name in ("href", "alt")}
NO_PLACE = ("javascript:", "#", "data:", "mailto:", "tel:")


def _markdown(serialized: str) -> str:
    """One pass over the parser's own, well-formed serialization: ten times faster than walking its nodes."""
    links: list[str] = []

    def mark(token: re.Match[str]) -> str:
        closing, tag, attributes = token.group(2), token.group(3), token.group(4)
        if token["cut"] is not None:
            return TAG.sub(" ", token.group())
        if tag and not token.group(5):
            return token.group()
        if tag == "a":
            if closing:
                return links.pop() if links else ""
            href = _attribute("href", attributes)
            shown = bool(href) and not href.lower().startswith(NO_PLACE)
            links.append(f"]({href})" if shown else "")
            return "[" if shown else ""
        if tag == "img":
            alt = _attribute("alt", attributes)
            return f" {alt} " if alt else ""
        marks = MARKS.get(tag or "")
        return "" if marks is None else marks[bool(closing)]

    return unescape(TOKEN.sub(mark, re.sub(r"\s+", " ", serialized)))


def _attribute(name: str, attributes: str) -> str:
    found = ATTRIBUTE[name].search(attributes)
    return found.group(1).strip() if found else ""


def _tidy(text: str) -> str:
    text = re.sub(r"[ \t\xa0]+", " ", text)
    text = re.sub(r" ?\n[ \n]*+", _line_break, text)
    text = re.sub(r"\[\s?\s?\]\([^)\n]*+(\)?)", lambda found: "" if found[1] else found[0], text)
    text = re.sub(r"(?m)^(?:#{1,6}|-|\|) ?$\n?", "", text)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"\[\s{1,2}", "[", re.sub(r"\s{1,2}\]\(", "](", text))).strip()


def _line_break(blank: re.Match[str]) -> str:
    return "\n\n" if blank.group().count("\n") > 1 else "\n"
