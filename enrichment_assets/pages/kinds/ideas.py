"""A short page as sentences of ideas: a domain, a sale, an owner, a robot … (``data/page_kinds.yaml``).

An idea is a list of words by language, without accents; all other words are the page's own. Everything is found by
searching for whole strings, so that it takes time in proportion to the text.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

from enrichment_assets.companies.suffixes import host_of
from enrichment_assets.core.yaml_files.shipped import load_shipped
from enrichment_assets.pages.kinds.structure import link_ideas, navigation
from enrichment_assets.pages.telling import common_words

FEW: Final = 3
"""Words of its own that a sentence may have whose ideas count."""

_ACCENTS: Final = re.compile("[\u0300-\u036f]")
_SIGN: Final = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
"""Of scripts whose words are not parted, or take endings; two count as a word."""
_WORD: Final = re.compile(r"[^\W_]+|[$€£¥₽]")
_SENTENCE_END: Final = re.compile(r"(?<=[.!?…])\s+|(?<=[。！？])|\n")
_TARGET: Final = re.compile(r"\]\(([^()\s]{0,500})\)?")
_MAILBOX: Final = re.compile(r"(?<![\w.+-])[\w.+-]++@")
_BEGINNING: Final = 5
"""Letters of a listed word that a word of the page has to begin with for the page to be searched for it."""
_NAME_LONG: Final = 2
"""Words that a title has at most that is a company's name."""
_TOLD: Final = 2
"""Words of its own that a sentence has at least that tells of the company."""
_NAME: Final = "q0q"
"""Stands for the domain itself; no word, so that it is not counted."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """``others``: how many of its words are of no idea."""

    text: str
    ideas: frozenset[str]
    others: int


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says."""

    sentences: tuple[Sentence, ...]
    words: int
    navigation: int
    """Links to other pages of the site."""
    tells_of_itself: bool = False
    """A sentence says something of the company by its name, as no lander does: ``Acme is a design studio``."""

    @property
    def others(self) -> int:
        """Words that are of no idea."""
        return sum(sentence.others for sentence in self.sentences)

    @property
    def ideas(self) -> frozenset[str]:
        """Those of sentences that say little else."""
        return frozenset[str]().union(*(each.ideas for each in self.sentences if each.others <= FEW))

    @property
    def has_own_title(self) -> bool:
        """Whether the title is neither the domain nor a lander's words: the company's name, or what it says."""
        return not self.sentences or "bare" not in self.sentences[0].ideas

    @property
    def says_little_else(self) -> bool:
        """Whether most words are of ideas."""
        return self.others <= (0.6 if "bare" in self.ideas else 1 / 3) * self.words + 0.4


def said(title: str, text: str, domain: str, name: str = "", markup: frozenset[str] = frozenset()) -> Said:
    """What a page of a company's domain says; ``text`` is its visible text in lines, as markdown or not, ``markup``
    what its markup says (``structure.markup_ideas``).

    The domain itself is the idea ``name``. A question's ideas count where it asks of this domain or site: ``Account
    suspended? We get it back.`` is told of others.
    """
    own = frozenset(_WORD.findall(plain(f"{domain.partition('.')[0]} {name}".replace("-", " "))))
    shown = _MAILBOX.sub(" ", _TARGET.sub(" ", f"{title}\n{text}")).replace("[", " ")
    parts = [part for part in (" ".join(part.split()) for part in _SENTENCE_END.split(shown)) if part]
    spoken = [_spoken(part, own) for part in _with_name(parts, domain)]
    whole = "\n".join(spoken)
    found: dict[str, list[str]] = {}
    tokens = set(whole.split())
    beginnings = tokens.union(whole, *({token[:length] for token in tokens} for length in range(2, _BEGINNING + 1)))
    for part in beginnings & _by_part().keys():
        for idea, word in _by_part()[part]:
            if word in whole:
                found.setdefault(idea, []).append(word)
    sentences = [_sentence(part, words, found) for part, words in zip(parts, spoken, strict=True)]
    if title.strip():
        sentences[0] = _as_title(sentences[0])
    links = frozenset(_TARGET.findall(text))
    shown_by = link_ideas(links, domain, _markets()) | markup
    if any(map(_is_of_a_market, {host_of(link) for link in links})):
        shown_by |= {"market"}
    told = _tells_of_itself(title, parts, sentences, own)
    if shown_by:
        sentences.append(Sentence("", shown_by, 0))
    return Said(tuple(sentences), sum(map(_count, spoken)), navigation(links, domain), told)


def _tells_of_itself(title: str, parts: list[str], sentences: list[Sentence], own: frozenset[str]) -> bool:
    called = _WORD.findall(plain(title))
    names = own | (frozenset(called) if len(called) <= _NAME_LONG and sentences and sentences[0].others else own)
    return any(
        each.others >= _TOLD and "name" not in each.ideas and not names.isdisjoint(_WORD.findall(plain(part)))
        for part, each in zip(parts[bool(title.strip()) :], sentences[bool(title.strip()) :], strict=True)
    )


def _with_name(parts: Sequence[str], domain: str) -> Sequence[str]:
    """The sign of a name where the domain itself stood."""
    if all(part.isascii() and domain not in part.lower() for part in parts):
        return parts  # a pattern for each domain is slow to make
    itself = re.compile(rf"(?<![\w.-])(?:https?://)?(?:www\.)?{re.escape(domain)}(?![\w-]|\.\w)/?", re.IGNORECASE)
    return [itself.sub(f" {_NAME} ", part) for part in parts]


def plain(text: str) -> str:
    """In lower case and without accents."""
    if text.isascii():
        return text.lower()
    parted = unicodedata.normalize("NFKD", text.lower())
    return unicodedata.normalize("NFC", _ACCENTS.sub("", parted))


def _spoken(text: str, own: frozenset[str]) -> str:
    """The words of a sentence but for the company's name, each with a blank before and after it."""
    return f" {'  '.join(word for word in _WORD.findall(plain(text)) if word not in own)} "


def _as_title(title: Sentence) -> Sentence:
    """A title with words of its own is a company's, whatever ideas it has; one of ideas alone is ``bare``, and
    ``named`` where it has the domain."""
    if title.others or not title.ideas:
        return replace(title, ideas=frozenset())
    return replace(title, ideas=title.ideas | {"bare"} | ({"named"} if "name" in title.ideas else frozenset()))


def _sentence(text: str, spoken: str, found: Mapping[str, list[str]]) -> Sentence:
    said_here = {idea: words for idea, each in found.items() if (words := [word for word in each if word in spoken])}
    ideas = frozenset(said_here) - {"filler"} | ({"name"} if _NAME in spoken else frozenset())
    if text.endswith(("?", "\uff1f")) and not ideas & {"this", "name"}:
        ideas = frozenset()
    rest = spoken
    for word in sorted({word for words in said_here.values() for word in words}, key=len, reverse=True):
        rest = rest.replace(word, " " if word[-1] == " " or _SIGN.search(word) else " 0" if word[0] == " " else "0")
    return Sentence(text, ideas, _count(rest))


def _count(spoken: str) -> int:
    """Words that say something: of three letters and more, no number, no word that any sentence has."""
    return sum(map(_weight, spoken.split()))


@lru_cache(maxsize=10_000)
def _weight(word: str) -> int:
    """How much one word says."""
    if not (len(word) > 2 or _has_sign(word)) or not word.isalpha() or _is_common(word):
        return 0
    return len(word) // 2 if _has_sign(word) else 1


def _has_sign(word: str) -> bool:
    return not word.isascii() and _SIGN.search(word) is not None


def _is_of_a_market(host: str) -> bool:
    words = f" {'  '.join(_WORD.findall(host))} "
    return any(word in words for word in _ideas()["market"])


@lru_cache(maxsize=1)
def _markets() -> frozenset[str]:
    return frozenset(host for hosts in page_data()["hosts"].values() for host in hosts)


def _as_found(word: str) -> str:
    """How a listed word stands in a sentence: `park-` begins one, `-host-` may stand in one, `域名` anywhere."""
    bare = "  ".join(_WORD.findall(plain(word)))
    if word.startswith("-") or _SIGN.search(word):
        return bare
    return f" {bare}" if word.endswith("-") else f" {bare} "


@lru_cache(maxsize=1)
def page_data() -> Mapping[str, Any]:
    """``data/page_kinds.yaml``."""
    document: Mapping[str, Any] = load_shipped("enrichment_assets.pages", "data/page_kinds.yaml")
    return document


@lru_cache(maxsize=1)
def _ideas() -> Mapping[str, tuple[str, ...]]:
    return {idea: tuple(_as_found(word) for word in _listed(words)) for idea, words in page_data()["ideas"].items()}


@lru_cache(maxsize=1)
def _by_part() -> Mapping[str, list[tuple[str, str]]]:
    """Ideas with their words, by the longest word that the page then has, or what one of its words then begins with, or
    a sign that stands anywhere."""
    found: dict[str, list[tuple[str, str]]] = {}
    for idea, listed in _ideas().items():
        for word in listed:
            words = word.split()
            whole = words[word[0] != " " : len(words) - (word[-1] != " ")]
            begun = words[0][:_BEGINNING] if word[0] == " " else word[0]
            found.setdefault(max(whole, key=len, default=begun), []).append((idea, word))
    return found


def _is_common(word: str) -> bool:
    whole, stems = _common()
    return word in whole or word.startswith(stems)


@lru_cache(maxsize=1)
def _common() -> tuple[frozenset[str], tuple[str, ...]]:
    words = common_words()
    stems = tuple(plain(word[:-1]) for word in words if word.endswith("-"))
    return frozenset(plain(word) for word in words if not word.endswith("-")), stems


def _listed(by_language: Mapping[str, Iterable[Any]]) -> list[str]:
    return [str(word) for words in by_language.values() for word in words]
