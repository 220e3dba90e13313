"""The model proposes, the pages decide: what of an answer may stand. Pure.

1. A quote counts when its words stand on one of the pages that were read and say something (``pages.telling``).
2. An answer without such a quote is unknown; with ``quote: optional`` a text, a choice, a yes or no may do without.
3. A choice is one of its values. A number and a date stand in the quote; so does every number of a text.
4. A name in a text stands on one of the pages. An item of a list stands in the item's own quote.
5. A text leaves without addresses, markup and orders (``pages.model_text``), and without the words of our own question.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from enrichment_assets.artifacts.questions.figures import date_of, date_stands_in, number_of, numbers_in
from enrichment_assets.artifacts.questions.prompt import asked, words_of_ours
from enrichment_assets.artifacts.questions.question import AnswerType, Question
from enrichment_assets.pages.model_text import model_text
from enrichment_assets.pages.quotes import readable, words_of
from enrichment_assets.pages.telling import Page, without_our_own

LONGEST_TEXT: Final = 300
MOST_ITEMS: Final = 50
FEW_WORDS: Final = 2
"""In so few the first word is a name too, not the beginning of a sentence."""
NOT_SAID: Final = "the pages do not say"

_NAME = re.compile(r"(?<![\w'’])[A-ZÀ-ÖØ-Þ][\w'’-]*+")
_BARE = re.compile(r"[\W_]+")
_YES: Final = frozenset({"yes", "true", "y"})
_NO: Final = frozenset({"no", "false", "n"})


@dataclass(frozen=True, slots=True)
class Verified:
    """What stands of one answer. ``answer`` is JSON; ``quotes`` are the pages' own words, ``page`` the kind of page."""

    status: Literal["known", "unknown"]
    reason: str
    answer: Any = None
    quotes: tuple[str, ...] = ()
    page: str | None = None


@dataclass(frozen=True, slots=True)
class Quoted:
    """A verified quote, and the kind of page that it stands on."""

    words: str
    page: str


def verify(
    said: Mapping[str, Any], questions: Sequence[Question], pages: Mapping[str, str], names: Sequence[str]
) -> dict[str, Verified]:
    """Each question's answer as far as it stands. ``pages``: evidence by kind; ``names``: the company's own."""
    ours = asked(questions)
    opened = {kind: Page(text, names=names, question=ours) for kind, text in pages.items()}
    known_words = frozenset(word for text in (*pages.values(), *names) for word in words_of(readable(text)))
    checker = _Checker(opened, known_words)
    return {question.name: checker.verified(question, said.get(question.name)) for question in questions}


@dataclass(frozen=True, slots=True)
class _Checker:
    pages: Mapping[str, Page]
    words: frozenset[str]

    def verified(self, question: Question, said: Any) -> Verified:
        if question.answer.type == "list":
            return self._list(question, said)
        if not isinstance(said, Mapping) or said.get("answer") is None:
            return Verified("unknown", NOT_SAID)
        quoted = self._quoted(said.get("quote"), question)
        if quoted is None and question.quote == "required":
            return Verified("unknown", "no telling quote on the pages shows it")
        answer = self._value(said["answer"], question.answer, quoted.words if quoted else None)
        if answer is None:
            kind = question.answer.type
            where = "is not one of the values" if kind == "enum" else "does not stand in what is quoted"
            return Verified("unknown", f"the {kind} that was answered {where}")
        if quoted is None:
            return Verified("known", "the model's word: it quotes nothing", answer)
        return Verified("known", "quoted", answer, (quoted.words,), quoted.page)

    def _list(self, question: Question, said: Any) -> Verified:
        found: dict[str, tuple[Any, Quoted]] = {}
        items = said if isinstance(said, list | tuple) else []
        for item in items[: 4 * MOST_ITEMS]:
            quoted = self._quoted(item.get("quote"), question) if isinstance(item, Mapping) else None
            if quoted is None:
                continue
            value = self._value(item.get("answer"), question.answer.items, quoted.words)
            if isinstance(value, str) and question.answer.items.type == "text" and not _within(value, quoted.words):
                continue
            if value is not None and len(found) < MOST_ITEMS:
                found.setdefault(str(value).casefold(), (value, quoted))
        if not found:
            return Verified("unknown", NOT_SAID if not items else "no telling quote on the pages shows an item")
        quotes = tuple(dict.fromkeys(quoted.words for _, quoted in found.values()))
        first = next(iter(found.values()))[1]
        return Verified("known", "quoted", [value for value, _ in found.values()], quotes, first.page)

    def _quoted(self, quote: Any, question: Question) -> Quoted | None:
        if not isinstance(quote, str) or not quote.strip():
            return None
        for kind in question.pages:
            page = self.pages.get(kind)
            words = page.quote(quote) if page is not None else None
            if words is not None:
                return Quoted(words, kind)
        return None

    def _value(self, said: Any, answer: AnswerType, quote: str | None) -> Any:  # noqa: PLR0911 - one return per type
        match answer.type:
            case "enum":
                return _choice(said, answer.values or ())
            case "boolean":
                return _boolean(said)
            case "number":
                return number_of(said, quote) if quote is not None else None
            case "date":
                date = date_of(said)
                return date if date is not None and quote is not None and date_stands_in(date, quote) else None
            case "object" if isinstance(said, Mapping):
                inner = {
                    name: self._value(said[name], each, quote) if said.get(name) is not None else None
                    for name, each in (answer.properties or {}).items()
                }
                return inner if any(value is not None for value in inner.values()) else None
            case "text":
                return self._text(said, quote)
            case _:
                return None

    def _text(self, said: Any, quote: str | None) -> str | None:
        if not isinstance(said, str):
            return None
        text = model_text(without_our_own(said, words_of_ours()), keep_names=True)[:LONGEST_TEXT].strip()
        if not text or not numbers_in(text) <= (numbers_in(quote) if quote is not None else frozenset()):
            return None
        names = [match for match in _NAME.finditer(text) if match.start() or len(text.split()) <= FEW_WORDS]
        if any(word not in self.words for match in names for word in words_of(match[0])):
            return None
        return text


def _choice(said: Any, values: Sequence[str]) -> str | None:
    """The value that is meant; spelling aside, never another."""
    if not isinstance(said, str):
        return None
    return next((value for value in values if _bare(value) == _bare(said)), None)


def _boolean(said: Any) -> bool | None:
    if isinstance(said, bool):
        return said
    word = said.strip().casefold() if isinstance(said, str) else ""
    return True if word in _YES else False if word in _NO else None


def _within(value: str, quote: str) -> bool:
    quoted = set(words_of(readable(quote)))
    return all(word in quoted for word in words_of(readable(value)))


def _bare(text: str) -> str:
    return _BARE.sub("", text.casefold())
