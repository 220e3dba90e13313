"""HTML as received to the text a person sees, as markdown of the simple kind. Never raises on bad markup."""

import codecs
import re
from dataclasses import dataclass
from html import unescape

from charset_normalizer import from_bytes
from selectolax.lexbor import LexborHTMLParser

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
META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_:.-]{1,40})""", re.IGNORECASE)
HEADER_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9_:.-]{1,40})""", re.IGNORECASE)
BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
BROWSERS_MEAN = {
    **dict.fromkeys(("iso-8859-1", "latin-1", "latin1", "us-ascii", "ascii", "x-user-defined"), "cp1252"),
    **dict.fromkeys(("gb2312", "gbk", "x-gbk"), "gb18030"),
    **dict.fromkeys(("shift_jis", "shift-jis", "x-sjis", "windows-31j"), "cp932"),
    **dict.fromkeys(("euc-kr", "ks_c_5601-1987"), "cp949"),
    **dict.fromkeys(("iso-8859-11", "tis-620"), "cp874"),
    "iso-8859-9": "cp1254",
    "utf-16": "utf-16-le",
    "utf8": "utf-8",
}
"""Labels that browsers read as a larger encoding (WHATWG Encoding Standard §4.2)."""
MAX_DEPTH = 5_000
"""Deeper markup loses its structure: real pages are not that deep, hostile ones are."""


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


def _codec(label: str) -> str | None:
    name = BROWSERS_MEAN.get(label.lower(), label.lower())
    try:
        return codecs.lookup(name).name if "x".encode(name).decode("ascii", "ignore") is not None else None
    except (LookupError, ValueError, UnicodeError):
        return None


def read(html: str) -> PageText:
    """Visible text with headings, lists, links and paragraphs; title and meta description."""
    if not html.strip():
        return PageText("", "", "")
    if _too_deep(html):
        return PageText(_tidy(unescape(re.sub(r"<[^<>]*>", " ", html))), "", "")
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


NESTING = re.compile(r"<(/?)(?!(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)\b)[a-zA-Z]")


def _too_deep(html: str) -> bool:
    """Whether parsing would take the parser's quadratic time. Elements that need no end tag count as nested too."""
    if html.count("<") < MAX_DEPTH:
        return False
    depth = 0
    for tag in NESTING.finditer(html):
        depth += -1 if tag.group(1) else 1
        if depth > MAX_DEPTH:
            return True
    return False


TOKEN = re.compile(r"""<!--.*?-->|<(/?)([a-z][^\s>/]*)((?:[^>"]|"[^"]*")*)>""", re.DOTALL)
"""A comment or a tag of serialized markup, where attributes are always in double quotes (HTML Standard §13.3)."""
ATTRIBUTE = {name: re.compile(rf"""\s{name}="([^"]*)\"""") for name in ("href", "alt")}
NO_PLACE = ("javascript:", "#", "data:", "mailto:", "tel:")


def _markdown(serialized: str) -> str:
    """One pass over the parser's own, well-formed serialization: ten times faster than walking its nodes."""
    links: list[str] = []

    def mark(token: re.Match[str]) -> str:
        closing, tag, attributes = token.group(1), token.group(2), token.group(3)
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
    text = re.sub(r"[ \n]*\n[ \n]*", _line_break, text)
    text = re.sub(r"\[\s?\s?\]\([^)\n]*\)", "", text)
    text = re.sub(r"(?m)^(?:#{1,6}|-|\|) ?$\n?", "", text)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"\[\s{1,2}", "[", re.sub(r"\s{1,2}\]\(", "](", text))).strip()


def _line_break(blank: re.Match[str]) -> str:
    return "\n\n" if blank.group().count("\n") > 1 else "\n"
