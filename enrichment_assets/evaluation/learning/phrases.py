"""The phrases that a page says, and the sentence in which it says one. Pure; in a reader process.

A phrase is one to three words of a sentence that begins and ends with words that can carry a claim. The company's own
names, numbers and notices are none, nor is anything in a sentence that speaks to a model.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import regex

from enrichment_assets.core.text import truncate_line
from enrichment_assets.pages.evidence import evidence, excerpt
from enrichment_assets.pages.model_text import has_address
from enrichment_assets.pages.prompt_injection import gives_orders, undisguised
from enrichment_assets.pages.quotes import FEWEST_WORDS, Words, readable, words_of
from enrichment_assets.pages.telling import is_content

LONGEST_PHRASE: Final = 3
MOST_PHRASES: Final = 4_000
LONGEST_WORD: Final = 30
SHOWN: Final = 200
_SENTENCE = regex.compile(r"(?<=[.!?;:])\s+|\n|(?<=[。！？])")


def read_phrases(markdown: str, names: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """What the model would read of a stored page, and the phrases in it."""
    text = excerpt(evidence(markdown))
    own = frozenset(word for name in names for word in words_of(readable(name.replace(".", " "))))
    found: dict[str, None] = {}
    for sentence in _sentences(text):
        for phrase in _phrases(words_of(sentence), own):
            found.setdefault(phrase)
        if len(found) >= MOST_PHRASES:
            break
    return text, tuple(found)[:MOST_PHRASES]


def sentence_with(text: str, phrase: str) -> str | None:
    """The page's own words around a phrase, verified to stand there; None where no sentence can be shown."""
    page, wanted = Words(text), f" {phrase} "
    for sentence in _sentences(text):
        if wanted not in f" {' '.join(words_of(sentence))} " or len(words_of(sentence)) < FEWEST_WORDS:
            continue
        span = page.find(sentence)
        shown = truncate_line(page.shown(span), SHOWN) if span is not None else ""
        if shown and not has_address(shown):
            return shown
    return None


def _sentences(text: str) -> Iterator[str]:
    for sentence in _SENTENCE.split(text):
        if sentence and not gives_orders(undisguised(sentence)):
            yield sentence


def _phrases(words: Sequence[str], own: frozenset[str]) -> Iterator[str]:
    content = [len(word) <= LONGEST_WORD and word not in own and word.isalpha() and is_content(word) for word in words]
    for start in range(len(words)):
        for end in range(start + 1, min(start + LONGEST_PHRASE, len(words)) + 1):
            inside = words[start:end]
            if content[start] and content[end - 1] and own.isdisjoint(inside):
                yield " ".join(inside)
