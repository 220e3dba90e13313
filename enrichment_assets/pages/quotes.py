"""Is a quote really on the page? Word for word, whatever happened to its spaces, capitals, dashes and markup.

A page and a quote are compared as sequences of words. What does not make another word is passed over: white space,
capitals, compatibility forms (NFKC), curly quotes, kinds of dash, HTML entities, Markdown and HTML markup, link
targets, sentence punctuation, invisible characters, an ellipsis at either end. What does make another word is not:
numbers, currency, percent and comparison signs, ``+`` and ``&`` count, and words left out in the middle are missing,
with an ellipsis or without. Very short quotes prove nothing and are never found.
"""

import html
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

import regex

from enrichment_assets.core.normal_form import normalized

FEWEST_WORDS = 3
FEWEST_CHARACTERS = 12
MOST_CHARACTERS = 1_000
"""Limits of a quote that is looked for. In scripts without spaces each character is a word, and 6 are enough."""

LARGEST_PAGE_CHARACTERS = 400_000

_FEWEST_IDEOGRAPHS = 6
_SHOWN_CHARACTERS = 300

_IDEOGRAPH = r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]"
_BEGINS_IDEOGRAPHIC = regex.compile(_IDEOGRAPH)
_PART = r"[\p{L}\p{N}\p{M}]+"
_WORD = regex.compile(
    rf"{_IDEOGRAPH}\p{{M}}*"
    r"|(?<![^\s(])-(?=\p{N})"  # a minus sign, not a hyphen
    rf"|(?:(?!{_IDEOGRAPH})[\p{{L}}\p{{N}}\p{{M}}])+(?:(?:'|(?<=\p{{N}})[.,:/](?=\p{{N}})){_PART})*"
    r"|[\p{Sc}%&+±≤≥]|[<>](?=[ =]{0,2}\p{N})|(?<=\w)#|#(?=\w)"
)
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼ′´＇‛", "'") | dict.fromkeys("‐‑‒–—―−﹘﹣－", "-"))
_POWER = regex.compile(r"(?<=\p{N})(?=[⁰¹²³⁴-⁹₀-₉])")
_FOOTNOTE = regex.compile(r"(?<=\p{L}{3})[⁰¹²³⁴-⁹]+(?!\w)|[™℠®©]")
_ENTITY = regex.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});")
_QUOTED_LINE = regex.compile(r"^(?:[ \t]*>)+", regex.MULTILINE)
_IMAGE = regex.compile(r"!\[([^\[\]]{0,500})\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"\n]*\")?\)")
_LINK_TARGET = regex.compile(r"\]\((?:[^()\s]|\([^()\s]*\))*(?:\s+\"[^\"\n]*\")?\)|\]\[[^\]\n]{0,80}\]")
_INLINE_TAG = regex.compile(
    r"</?(?:a|abbr|b|code|em|font|i|mark|small|span|strong|sub|sup|u)(?:\s[^<>]{0,2000})?>", regex.I
)
_TAG = regex.compile(r"<!--(?:(?!<!--|-->).){0,2000}-->|</?[a-zA-Z!][^<>]{0,2000}>", regex.S)
_EMPHASIS = regex.compile(r"\*+|~~|`+|(?<!\w)(?:_{2,}+|_(?=\S))|(?<=\S)(?<!_)_++(?!\w)|\\(?=[\p{P}\p{S}])")
_INVISIBLE = regex.compile(r"[\p{Cf}\p{Co}\p{Cn}\p{Cs}\u034f\u115f\u1160\u3164\ufe00-\ufe0f]|(?![\t\n\r\f\v])\p{Cc}")
_BLANKS = regex.compile(r"[^\S\n]+")
_LINES = regex.compile(r" ?\n\s*")


@dataclass(frozen=True, slots=True)
class Span:
    """Where a quote stands in ``Words.text``, as offsets."""

    start: int
    end: int


class Words:
    """A readable text made ready to look quotes up in."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.words, self._starts, self._ends = _words(self.text)
        self._joined = f" {' '.join(self.words)} "
        self._word_offsets = list(accumulate((len(word) + 1 for word in self.words), initial=0))

    def between(self, start: int, end: int) -> list[str]:
        """The words of a part of the text that begins and ends between two words."""
        return self.words[bisect_left(self._starts, start) : bisect_left(self._starts, end)]

    def find(self, quote: str) -> Span | None:
        """Where the quote's words stand, one after the other, for the first time; None when they do not."""
        if len(quote) > MOST_CHARACTERS:
            return None
        words = _quoted(quote)
        if not _says_something(words):
            return None
        at = self._joined.find(f" {' '.join(words)} ")
        if at < 0:
            return None
        first = bisect_right(self._word_offsets, at) - 1
        return Span(self._starts[first], self._ends[first + len(words) - 1])

    def shown(self, span: Span) -> str:
        """The page's own words there, on one line, for a person; cut after 300 characters."""
        shown = " ".join(self.text[span.start : span.end].split())
        return shown if len(shown) <= _SHOWN_CHARACTERS else shown[:_SHOWN_CHARACTERS].rsplit(" ", 1)[0] + " …"


def words_of(text: str) -> list[str]:
    """The words of a readable text as they are compared, in order."""
    return _WORD.findall(text.casefold()) if text.isascii() else _words(text)[0]


@lru_cache(maxsize=500)
def _quoted(quote: str) -> list[str]:
    """The words of a quote; those of our own question are looked for on every page."""
    return words_of(readable(quote).lstrip("<>.… "))


def find_quote(quote: str, page: str) -> str | None:
    """The page's own words for a quote, or None when they are not on the page in this order without a gap."""
    words = Words(readable(page))
    span = words.find(quote)
    return None if span is None else words.shown(span)


def readable(markdown: str) -> str:
    """A page's visible words as plain text: no markup, link targets, entities or invisible characters.

    Only the first 400,000 characters are read.
    """
    text = markdown[:LARGEST_PAGE_CHARACTERS]
    for _ in range(2):  # what was escaped twice is not rare
        if "&" in text:
            text = _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)
    if not text.isascii():
        text = normalized("NFKC", _as_words(text)).translate(_APOSTROPHES)
    if not (text.isascii() and text.replace("\n", "").isprintable()):
        text = _INVISIBLE.sub("", text)
    if "<" in text:
        text = _TAG.sub(" ", _INLINE_TAG.sub("", text))
    if "![" in text:
        text = _IMAGE.sub(r" \1 ", text)
    if ">" in text:
        text = _QUOTED_LINE.sub("", text)
    if "](" in text or "][" in text:
        text = _LINK_TARGET.sub("]", text).replace("[", "").replace("]", "")
    text = _EMPHASIS.sub("", text)
    text = _BLANKS.sub(" ", text)
    return str(_LINES.sub("\n", text)).strip()


def _as_words(text: str) -> str:
    """NFKC's mistakes mended before: a power would become more digits of its number, a footnote's or trade mark a part
    of its word, an acute accent that stands for an apostrophe a space."""
    return _FOOTNOTE.sub("", _POWER.sub(" ", text)).replace("´", "'").replace("×", "x")


def _words(text: str) -> tuple[list[str], list[int], list[int]]:
    matches = list(_WORD.finditer(text))
    fold = str.casefold if text.isascii() else _folded
    return (
        [fold(match[0]) for match in matches],
        [match.start() for match in matches],
        [match.end() for match in matches],
    )


def _folded(word: str) -> str:
    """Without capitals; the Turkish letters whose capitals are another's become that one."""
    return word.casefold().replace("i\u0307", "i").replace("ı", "i")


def _says_something(words: list[str]) -> bool:
    characters = sum(map(len, words))
    ideographs = sum(1 for word in words if not word.isascii() and _BEGINS_IDEOGRAPHIC.match(word))
    if ideographs >= _FEWEST_IDEOGRAPHS:
        return True
    return len(words) >= FEWEST_WORDS and characters + len(words) - 1 >= FEWEST_CHARACTERS
