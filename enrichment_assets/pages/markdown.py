"""A parser's serialization of a page (HTML Standard §13.3) to the text that a person sees, as simple markdown.

Elements side by side are parted by a blank, as margins part them: ``<span>Engineer</span><span>Stockholm</span>``.
Those that format a part of a word are not, nor letters that stand in an element each.

What is hidden stays out in three degrees, because pages are served hidden and shown by a script:

- inline elements that are not displayed, always: they hold data;
- blocks that are not displayed, where text remains;
- what is hidden from screen readers alone, or not painted yet, where it is not most of the page: a banner hides all
  that is behind it.
"""

import re
from html import unescape
from typing import Final, Literal

from selectolax.lexbor import LexborNode

from enrichment_assets.companies.platforms import words
from enrichment_assets.pages.emptiness import says_nothing

HEADINGS: Final = {"h1": "# ", "h2": "## ", "h3": "### ", "h4": "#### ", "h5": "##### ", "h6": "###### "}
BLOCKS: Final = words(
    "address article aside blockquote body dd details dialog div dl dt fieldset figcaption figure footer form header "
    "hr html legend main nav ol p pre section summary table tbody tfoot thead tr ul"
)
MARKS: Final = {
    **{tag: (f"\n\n{marks}", "\n\n") for tag, marks in HEADINGS.items()},
    **dict.fromkeys(BLOCKS, ("\n\n", "\n\n")),
    **dict.fromkeys(("td", "th"), (" ", " | ")),
    "li": ("\n- ", "\n"),
    "br": ("\n", ""),
}
"""What stands before and after an element's text."""
VOID: Final = words("area base br col embed hr img input link meta param source track wbr")
"""Elements without an end tag (HTML Standard §13.1.2)."""
PARTS_OF_WORDS: Final = words(
    "abbr b bdi bdo big del dfn em font i ins kbd mark nobr rp rt ruby s small strike strong sub sup tt u var wbr"
)
"""Elements that may begin or end inside a word."""
TOKEN: Final = re.compile(
    r"""<!--.*?(?:-->|(?P<cut>\Z))|<(/?)([a-z][^ >/]*+)((?: [^ />][^ />=]*+="[^"]*")*+) ?(>?)""", re.DOTALL
)
"""A comment or a tag of serialized markup, where attributes always have a value in double quotes (HTML Standard §13.3).
What only looks like one, in an element of raw text, is taken as far as it does, so that nothing is read twice."""
TAG: Final = re.compile(r"<[^<>]*>")

_HTML_BLANKS: Final = re.compile(r"[ \t\n\f\r]+")
_ATTRIBUTE: Final = {name: re.compile(rf' {name}="([^"]*)"') for name in ("href", "alt")}
_NO_PLACE: Final = ("javascript:", "#", "data:", "mailto:", "tel:")
_NOT_DISPLAYED: Final = re.compile(r' hidden="(?!until-found")[^"]*"| style="(?:[^"]*[; ])?display ?: ?none\b', re.I)
_NOT_SAID: Final = re.compile(
    r' aria-hidden="true"| style="(?:[^"]*[; ])?(?:visibility ?: ?hidden|content-visibility ?: ?hidden)\b', re.I
)
_FORMATTING: Final = ", ".join(sorted(PARTS_OF_WORDS))
_GAP: Final = "\ufdd0"
_PERHAPS: Final = "\ufdd1"
_GAPS: Final = re.compile(f"[{_GAP}{_PERHAPS}]+")
_ENDS: Final = frozenset(".,:;!?)%]”»…")
_BEGINS: Final = frozenset("([$€£¥“«„¿¡")
_NO_WIDTH: Final = re.compile("[\xad\u200b\u2060\ufeff]+")

Degree = Literal[0, 1, 2]


def markdown(serialized: str) -> str:
    """The text; never raises."""
    source = _HTML_BLANKS.sub(" ", serialized)
    text, unsaid, undisplayed = _seen(source, 2)
    if unsaid > len(text):
        text, _, undisplayed = _seen(source, 1)
    if undisplayed and says_nothing(" ".join(text.split())):
        text, _, _ = _seen(source, 0)
    return text


def tidy(text: str) -> str:
    """Markdown without empty links and lists, runs of blanks, and signs that only say where a word may be broken."""
    text = re.sub(r"[^\S\n]+", " ", _NO_WIDTH.sub("", text))
    text = re.sub(r" ?\n[ \n]*+", _line_break, text)
    text = re.sub(r"\[\s?\s?\]\([^)\n]*+(\)?)", lambda found: "" if found[1] else found[0], text)
    text = re.sub(r"(?m)^(?:#{1,6}|-|\|) ?$\n?", "", text)
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"\[\s{1,2}", "[", re.sub(r"\s{1,2}\]\(", "](", text))).strip()


def parted(node: LexborNode) -> str:
    """An element's text, its elements parted as they are on the page."""
    child = node.child
    if child is None or (child.next is None and child.tag == "-text"):
        return node.text()
    return _GAPS.sub(_closed, node.text(separator=_PERHAPS if node.css_first(_FORMATTING) else _GAP))


def _seen(source: str, degree: Degree) -> tuple[str, int, int]:
    """The text, and the characters of markup left out because unsaid and because not displayed.

    One pass over the parser's own, well-formed serialization: ten times faster than walking its nodes.
    """
    seen, at = _Seen(degree), 0
    pieces: list[str] = []
    for token in TOKEN.finditer(source):
        left_out = seen.left_out
        mark = seen.mark(token)
        if not left_out:
            pieces += (source[at : token.start()], mark)
        at = token.end()
    pieces.append("" if seen.left_out else source[at:])
    return tidy(_GAPS.sub(_closed, unescape("".join(pieces)))), seen.unsaid, seen.undisplayed


class _Seen:
    """One pass: what stands in the text for each token, and whether we are in what is left out."""

    def __init__(self, degree: Degree) -> None:
        self.unsaid = self.undisplayed = 0
        self.left_out = ""
        """The element we are in that is not seen."""
        self._degree = degree
        self._deep = self._since = 0
        self._said = True
        self._links: list[str] = []
        self._ended = -1

    def mark(self, token: re.Match[str]) -> str:
        """The markdown of a token."""
        if self.left_out:
            self._leave(token)
            return ""
        tag = token[3]
        if tag and token[5]:
            return self._tag(token, tag, token[4], closing=bool(token[2]))
        if self._ended == token.start():
            self._ended = token.end()
        return token[0] if tag else TAG.sub(" ", token[0]) if token["cut"] is not None else ""

    def _tag(self, token: re.Match[str], tag: str, attributes: str, *, closing: bool) -> str:
        if ("hidden" in attributes or "none" in attributes.lower()) and self._enter(token, tag, attributes):
            return " "
        if tag == "img":
            alt = _attribute("alt", attributes)
            return f" {alt} " if alt else ""
        marks = MARKS.get(tag)
        if marks is not None:
            return marks[closing]
        gap = self._gap(token, tag, closing=closing)
        return gap + self._link(attributes, closing=closing) if tag == "a" else gap

    def _enter(self, token: re.Match[str], tag: str, attributes: str) -> bool:
        """Whether an element that is not seen begins here. The whole page always is."""
        if tag in ("html", "body") or tag in VOID:
            return False
        undisplayed = _NOT_DISPLAYED.search(attributes) is not None
        unsaid = not undisplayed and self._degree > 1 and _NOT_SAID.search(attributes) is not None
        if not unsaid and (not undisplayed or (self._degree == 0 and tag in MARKS)):
            return False
        self.left_out, self._deep, self._since, self._said = tag, 1, token.end(), not unsaid
        return True

    def _leave(self, token: re.Match[str]) -> None:
        if token[3] != self.left_out or not token[5]:
            return
        self._deep += -1 if token[2] else 1
        if self._deep:
            return
        long = token.start() - self._since
        self.unsaid += 0 if self._said else long
        self.undisplayed += long if self._said and self.left_out in MARKS else 0
        self.left_out = ""

    def _link(self, attributes: str, *, closing: bool) -> str:
        if closing:
            return self._links.pop() if self._links else ""
        href = _attribute("href", attributes)
        shown = bool(href) and not href.lower().startswith(_NO_PLACE)
        self._links.append(f"]({href})" if shown else "")
        return "[" if shown else ""

    def _gap(self, token: re.Match[str], tag: str, *, closing: bool) -> str:
        """What stands for a tag that parts nothing by itself; none where no word can run into another."""
        part, source = tag in PARTS_OF_WORDS, token.string
        if closing:
            self._ended = -1 if part else token.end()
            return _PERHAPS if not part and source[token.end() : token.end() + 1].isupper() else ""
        if part or not token.start():
            return ""
        if self._ended == token.start():
            return _GAP
        return _PERHAPS if source[token.start() - 1].islower() else ""


def _closed(gap: re.Match[str]) -> str:
    """A blank between elements whose words would run into each other."""
    before, after = gap.string[gap.start() - 1 : gap.start()], gap.string[gap.end() : gap.end() + 1]
    if not (before.isalnum() or before in _ENDS) or not (after.isalnum() or after in _BEGINS):
        return ""
    alone = not gap.string[max(0, gap.start() - 2) : gap.start() - 1].isalnum()
    alone_after = not gap.string[gap.end() + 1 : gap.end() + 2].isalnum()
    if _GAP in gap[0]:
        return "" if alone and alone_after and before.isalnum() else " "
    return " " if before.islower() and after.isupper() and not (alone or alone_after) else ""


def _attribute(name: str, attributes: str) -> str:
    found = _ATTRIBUTE[name].search(attributes)
    return found[1].strip() if found else ""


def _line_break(blank: re.Match[str]) -> str:
    return "\n\n" if blank[0].count("\n") > 1 else "\n"
