"""HTML as received to the text a person sees, as markdown of the simple kind. Never raises on bad markup."""

import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes
from selectolax.lexbor import LexborHTMLParser, LexborNode

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
MAX_DEPTH = 400
"""Deeper markup is read as plain text: real pages are not that deep, hostile ones are."""


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
    declared += [match.group(1).decode("ascii") for match in [META_CHARSET.search(body[:4096])] if match]
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
    tree = LexborHTMLParser(html)
    title = tree.css_first("head title") or tree.css_first("title")
    described = tree.css_first("meta[name=description i]") or tree.css_first("meta[property='og:description']")
    description = (described.attributes.get("content") if described else None) or ""
    title_text = " ".join(title.text().split()) if title else ""
    for node in tree.css(HIDDEN):
        node.decompose()
    body = tree.body
    text = _tidy(_markdown(body)) if body is not None else ""
    return PageText(text, title_text, " ".join(description.split()))


def _markdown(body: LexborNode) -> str:
    """An explicit stack instead of recursion, so that no page can overflow it."""
    parts: list[str] = []
    stack: list[tuple[LexborNode | None, str]] = [(body, "")]
    while stack:
        node, closing = stack.pop()
        if node is None:
            parts.append(closing)
            continue
        tag = node.tag or ""
        if tag == "-text":
            parts.append(re.sub(r"\s+", " ", node.text_content or ""))
            continue
        opening, ending = _marks(node, tag)
        parts.append(opening)
        stack.append((None, ending))
        if len(stack) > MAX_DEPTH * 50:
            parts.append(node.text(separator=" "))
            continue
        children = list(node.iter(include_text=True))
        stack.extend((child, "") for child in reversed(children))
    return "".join(parts)


MARKS = {
    **{tag: (f"\n\n{marks}", "\n\n") for tag, marks in HEADINGS.items()},
    **dict.fromkeys(BLOCKS, ("\n\n", "\n\n")),
    **dict.fromkeys(("td", "th"), (" ", " | ")),
    "li": ("\n- ", "\n"),
    "br": ("\n", ""),
}
"""What stands before and after an element's text."""


def _marks(node: LexborNode, tag: str) -> tuple[str, str]:
    if tag == "img":
        alt = (node.attributes.get("alt") or "").strip()
        return (f" {alt} " if alt else ""), ""
    if tag == "a":
        href = (node.attributes.get("href") or "").strip()
        shown = href and not href.lower().startswith(("javascript:", "#", "data:"))
        return ("[", f"]({href})") if shown else ("", "")
    return MARKS.get(tag, ("", ""))


def _tidy(text: str) -> str:
    text = re.sub(r"\[\s*\]\([^)\n]*\)", "", text)
    lines = (re.sub(r"[ \t]+", " ", line).strip() for line in text.split("\n"))
    kept = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    return re.sub(r"\[\s+", "[", re.sub(r"(?m)^(#{1,6}|-)$\n?", "", kept))
