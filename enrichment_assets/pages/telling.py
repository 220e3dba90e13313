"""Does a quote say anything about a company? Pure: texts in, a quote or None out.

What makes a claim is its content words: of three letters and more, neither numbers nor the company's own name, nor
words of consent banners, legal lines and navigation (``data/notice_words.yaml``). A quote needs two of them, in scripts
without spaces four characters. It may not carry an address, nor come from a line that is a notice as a whole, nor be
the words of our own question, which a page can have copied.

It has to stand in a part of the page that speaks of the subject: within two sentences of a word that the criteria have
too. Whether it speaks of the very thing it is quoted for is not known. Pages come in all languages and the criteria in
one, so a page in another language, or one that never has such a word, is not asked for one.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache

from enrichment_assets.core.yaml_files.shipped import load_shipped
from enrichment_assets.pages.model_text import has_address
from enrichment_assets.pages.quotes import Span, Words, readable, words_of

FEWEST_CONTENT_WORDS = 2
FEWEST_CONTENT_CHARACTERS = 4
"""In scripts without spaces, where each character is a word."""

_YEAR = re.compile(r"(?:19|20)\d\d")
_LONGEST_LEGAL_LINE = 30
_MOSTLY = 0.5
_FARTHEST = 1_000  # characters on either side of a quote that are looked at
_FEWEST_WORDS_OF_OUR_OWN = 6
_SENTENCE = re.compile(r"(?<=[.!?;:])\s{1,9}")
_PASSAGE = re.compile(r"(?<=[.!?])\s{1,9}|\n{1,9}|(?<=[。！？])")
_FEWEST_WORDS_OF_A_PASSAGE = 3
"""A shorter one is an entry of a menu: it stands for nothing."""
_NEAR = 2
_STEM = 6


class Page:
    """The evidence of one page, to take quotes from.

    ``names``: the company's own, and its domain; ``question``: what the model was asked; ``subject``: the criteria in
    that, and what else says what they are about.
    """

    def __init__(self, text: str, *, names: Iterable[str] = (), question: str = "", subject: str = "") -> None:
        self._words = Words(text)
        self._names = frozenset(word for name in names for word in words_of(readable(name.replace(".", " "))))
        self._question = _kept_words(question)
        self._starts, self._speaks = _passages(self._words, subject) if subject else ([], [])

    def quote(self, quote: str, *, near: bool = True) -> str | None:
        """The page's own words for a quote that stands there and says something; else None.

        ``near``: it has to stand where the page speaks of the subject.
        """
        span = self._words.find(quote)
        if span is None:
            return None
        said = words_of(self._words.text[span.start : span.end])
        if not _enough(self._content(said)) or self._in_a_notice(span) or self._our_own(said, quote):
            return None
        if near and not self._near_the_subject(span):
            return None
        shown = self._words.shown(span)
        return None if has_address(shown) else shown

    def _content(self, said: Sequence[str]) -> list[str]:
        joined = "".join(said)
        phrases = [phrase for phrase in _vocabulary().phrases if phrase in joined]
        return [
            word
            for word in said
            if word not in self._names and is_content(word) and not any(word in phrase for phrase in phrases)
        ]

    def _near_the_subject(self, span: Span) -> bool:
        first = bisect_right(self._starts, span.start) - 1
        last = bisect_right(self._starts, span.end - 1)
        return not any(self._speaks) or any(self._speaks[max(first - _NEAR, 0) : last + _NEAR])

    def _our_own(self, said: Sequence[str], quote: str) -> bool:
        return len(said) >= _FEWEST_WORDS_OF_OUR_OWN and self._question.find(quote) is not None

    def _in_a_notice(self, span: Span) -> bool:
        """The quote's line has a year and a word of rights; or most of its words are a notice's, and it or a line
        beside it has a word that only notices have."""
        text = self._words.text
        first, last = max(span.start - _FARTHEST, 0), span.end + _FARTHEST
        start, end = max(text.rfind("\n", 0, span.start) + 1, first), text.find("\n", span.end, last)
        end = last if end < 0 else end
        line = words_of(text[start:end])
        if any(map(_YEAR.fullmatch, line)) and any(_vocabulary().has("rights", word) for word in line):
            return len(line) <= _LONGEST_LEGAL_LINE
        listed = [word for word in line if len(word) > 1 and not _vocabulary().has("common", word)]
        if not listed or sum(_vocabulary().has("notice", word) for word in listed) < _MOSTLY * len(listed):
            return False
        before, after = text.rfind("\n", first, max(start - 1, 0)) + 1, text.find("\n", end + 1, last)
        around = words_of(text[max(before, first) : last if after < 0 else after])
        return any(_vocabulary().has("anchor", word) for word in around)


def _passages(page: Words, subject: str) -> tuple[list[int], list[bool]]:
    """Where the passages of a page begin, and which of them have a word of the subject; none of a foreign page."""
    language, about = _subject(subject)
    if language != _vocabulary().language(page.words):
        return [], []
    starts: list[int] = []
    speaks: list[bool] = []
    begins = 0
    for end in [*(found.end() for found in _PASSAGE.finditer(page.text)), len(page.text)]:
        said = page.between(begins, end)
        if len(said) >= _FEWEST_WORDS_OF_A_PASSAGE:
            starts.append(begins)
            speaks.append(any(_stem(word) in about and is_content(word) for word in said))
        begins = end
    return starts, speaks


@lru_cache(maxsize=16)
def _subject(subject: str) -> tuple[str | None, frozenset[str]]:
    """The language of what is asked, and the beginnings of its content words."""
    asked = words_of(readable(subject))
    return _vocabulary().language(asked), frozenset(_stem(word) for word in asked if is_content(word))


def _stem(word: str) -> str:
    return word[:_STEM]


def without_our_own(text: str, ours: str) -> str:
    """A model's text without the sentences that are words of ours: what it was asked is no answer."""
    asked = _kept_words(_kept_readable(ours))
    sentences = _SENTENCE.split(text)
    said = [sentence for sentence in sentences if not _repeats(sentence, asked)]
    return " ".join(said) if len(said) < len(sentences) else text


def _repeats(sentence: str, asked: Words) -> bool:
    return asked.find(sentence) is not None and len(words_of(readable(sentence))) >= _FEWEST_WORDS_OF_OUR_OWN


_kept_words = lru_cache(maxsize=16)(Words)
_kept_readable = lru_cache(maxsize=16)(readable)
"""For what is asked of every company alike."""


def is_content(word: str) -> bool:
    """Whether a word (in lower case) can carry a claim."""
    return _is_ideograph(word) or (len(word) > 2 and not word[0].isdigit() and not _vocabulary().has("any", word))


def _enough(content: Sequence[str]) -> bool:
    ideographs = sum(map(_is_ideograph, content))
    return len(content) - ideographs >= FEWEST_CONTENT_WORDS or ideographs >= FEWEST_CONTENT_CHARACTERS


def _is_ideograph(word: str) -> bool:
    return len(word) == 1 and not word.isascii() and word.isalpha()


class _Vocabulary:
    def __init__(self, document: dict[str, dict[str, list[str]]]) -> None:
        groups = {name: [str(word) for words in by.values() for word in words] for name, by in document.items()}
        groups["notice"] += groups["anchor"] + groups["rights"]
        groups["any"] = [word for words in groups.values() for word in words]
        self._whole = {name: frozenset(words) for name, words in groups.items()}
        self._stems = {
            name: tuple({word[:-1] for word in words if word.endswith("-")}) for name, words in groups.items()
        }
        self.common = {name: frozenset(map(str, words)) for name, words in document["common"].items()}
        self.phrases = tuple(word for word in groups["any"] if len(words_of(word)) > 1 and not word.isascii())

    def language(self, said: Sequence[str]) -> str | None:
        """The language whose common words a text has most of; None where it has none of any."""
        counts = {name: sum(map(words.__contains__, said)) for name, words in self.common.items()}
        best = max(counts, key=lambda name: counts[name])
        return best if counts[best] else None

    @lru_cache(maxsize=20_000)  # noqa: B019 - one vocabulary for the life of the process
    def has(self, group: str, word: str) -> bool:
        """Whether the group lists the word, or a beginning of it."""
        return word in self._whole[group] or word.startswith(self._stems[group])


def common_words() -> frozenset[str]:
    """Words that any sentence has, in all languages; one that ends in ``-`` is the beginning of such words."""
    return frozenset(word for words in _vocabulary().common.values() for word in words)


@lru_cache(maxsize=1)
def _vocabulary() -> _Vocabulary:
    return _Vocabulary(load_shipped("enrichment_assets.pages", "data/notice_words.yaml"))
