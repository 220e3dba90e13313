"""How the sandbox's LLM answers a question about a page: by the sentence that shares most words with it.

It finds the question in the order that it was sent, by the field's name, and takes the value out of that sentence as
the schema wants it. Where no sentence has enough to do with the question, quote and answer are null.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Final

from enrichment_assets.sandbox.model.lexicon import terms
from enrichment_assets.sandbox.model.reading import Reading, Sentence

Schema = Mapping[str, Any]
_NUMBER: Final = re.compile(r"\d[\d,]*(?:\.\d+)?")
_DAY: Final = re.compile(r"\b(\d{1,2}) (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* (\d{4})\b")
_YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b")
_MONTHS: Final = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_DENIES: Final = re.compile(r"\b(?:not|no|never|without)\b|n't\b", re.I)
_NAMES: Final = re.compile(r"[A-Z][\w&]*(?: [A-Z][\w&]*)*")
_WORDS: Final = re.compile(r"[^\W_]+")
_HOLLOW: Final = frozenset(["only", "by", "the", "of", "per"])
_MOST_ITEMS: Final = 10


def answer(reading: Reading, name: str, schema: Schema) -> dict[str, Any]:
    """``{quote, answer}`` to the question of this name; ``schema`` is that of the answer."""
    asked = _asked(reading, name)
    nearest = _nearest(reading, asked)
    for sentence in (*nearest, *reading.sentences) if "enum" in schema else nearest:
        value = _value(schema, sentence, asked, reading)
        if value is not None:
            return {"quote": sentence.quote, "answer": value}
    return {"quote": None, "answer": None}


def answers(reading: Reading, name: str, schema: Schema) -> list[dict[str, Any]]:
    """One for each sentence that has an item of the list."""
    asked = _asked(reading, name)
    often = _the_company(reading.sentences)
    found: dict[str, dict[str, Any]] = {}
    for sentence in _nearest(reading, asked):
        value = _item(schema, sentence, often) if schema.get("type") == "string" else None
        value = value if value is not None else _value(schema, sentence, asked, reading)
        if value is not None:
            found.setdefault(str(value), {"quote": sentence.quote, "answer": value})
    return list(found.values())[:_MOST_ITEMS]


def _asked(reading: Reading, name: str) -> frozenset[str]:
    said = next((each.text for each in reading.criteria if each.text.startswith(f"{name}:")), name)
    question = said.partition("(")[0].replace("_", " ")
    return frozenset(term for term in terms(question) if term != "#business")


def _nearest(reading: Reading, asked: frozenset[str]) -> list[Sentence]:
    """Sentences that have something to do with the question, the nearest first."""
    shared = [(len(asked & sentence.terms), -place, sentence) for place, sentence in enumerate(reading.sentences)]
    return [sentence for count, _, sentence in sorted(shared, key=lambda one: one[:2], reverse=True) if count]


def _value(schema: Schema, sentence: Sentence, asked: frozenset[str], reading: Reading) -> Any:
    if "enum" in schema:
        return _choice(schema["enum"], sentence)
    match schema.get("type"):
        case "boolean":
            near = len(asked & sentence.terms) >= min(2, len(asked))
            return (_DENIES.search(sentence.text) is None) if near else None
        case "number" | "integer":
            number = _NUMBER.search(sentence.text)
            return float(number[0].replace(",", "")) if number else None
        case "object":
            inner = {
                name: _value(_plain(each), sentence, asked, reading) for name, each in schema["properties"].items()
            }
            return inner if any(value is not None for value in inner.values()) else None
        case "string" if "date" in asked or "publis" in asked:
            return _date(sentence.text)
        case _:
            return sentence.text if len(asked & sentence.terms) >= min(2, len(asked)) else None


def _choice(values: Iterable[Any], sentence: Sentence) -> Any:
    said = [word[:5] for word in _WORDS.findall(sentence.text.lower())]
    for value in values:
        wanted = [word[:5] for word in _WORDS.findall(str(value).lower().replace("_", " ")) if word not in _HOLLOW]
        if wanted and all(word in said for word in wanted):
            return value
    return None


def _date(text: str) -> str | None:
    if day := _DAY.search(text):
        return f"{day[3]}-{_MONTHS.index(day[2]) + 1:02}-{int(day[1]):02}"
    year = _YEAR.search(text)
    return year[0] if year else None


def _item(schema: Schema, sentence: Sentence, often: str) -> str | None:
    names = [name for name in _NAMES.findall(sentence.text) if name != often and name not in often]
    return names[0] if names and "enum" not in schema else None


def _the_company(sentences: Iterable[Sentence]) -> str:
    """The name that the page says most often."""
    counted = Counter(name for sentence in sentences for name in set(_NAMES.findall(sentence.text)))
    return counted.most_common(1)[0][0] if counted else ""


def _plain(schema: Schema) -> Schema:
    options = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    return options[0] if options else schema
