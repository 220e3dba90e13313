"""A model's answer, read as JSON: exactly where it is JSON, repaired with care where it is nearly JSON.

What a model writes while it thinks is no answer: the last complete object after it counts. A repair may close
brackets, drop a code fence, prose or doubled braces. It may not add anything: every key and every value of a repaired
document must stand in the model's text, a string cut off in the middle is nobody's answer, and all fields that were
asked for must be there. Values that miss their type have one more chance in ``near_misses``.
"""

import json
import re
from collections.abc import Collection
from typing import Any, TypeVar

import json_repair
import orjson
from pydantic import BaseModel, ValidationError

from enrichment_assets.providers.llm.near_misses import put_right

T = TypeVar("T", bound=BaseModel)

FENCED = re.compile(r"```[A-Za-z0-9_-]*+[ \t]*+\n?(.*?)```", re.DOTALL)
OPEN_FENCE = re.compile(r"```[A-Za-z0-9_-]*[ \t]*\n?")
AFTER_THINKING = re.compile(
    r"</(?:think|thinking|thought|reasoning|reflection|scratchpad)>|◁/think▷|\[/THINK\]|<\|channel\|>final[^{]{0,40}<\|message\|>",
    re.I,
)
MOST_OBJECTS = 300
"""Braces at which a complete object is looked for."""
_DECODER = json.JSONDecoder(strict=False, parse_constant=lambda _: None)
MAX_CHARACTERS = 200_000
"""Longer answers are nonsense; json_repair takes quadratic time on hostile ones."""


class NonsenseError(ValueError):
    """What is wrong with the answer, in words that can be said to the model."""


def parse(text: str, schema: type[T]) -> T:
    """The answer as the model it was asked for. Raises NonsenseError."""
    asked = _asked(schema)
    document, repaired = read(text, asked)
    if repaired and (missing := [name for name in asked if name not in document]):
        raise NonsenseError(f"the JSON lacks {', '.join(missing)}")
    try:
        return schema.model_validate(document)
    except ValidationError as error:
        try:
            return schema.model_validate(put_right(document, error, schema))
        except ValidationError as still:
            first = still.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "the document"
            raise NonsenseError(f"{where}: {first['msg']}") from still


def read(text: str, asked: Collection[str] = ()) -> tuple[dict[str, Any], bool]:
    """The one JSON object in a text, and whether it had to be repaired. Raises NonsenseError.

    Of several the last that has all fields ``asked`` for, else the last that has any.
    """
    if len(text) > MAX_CHARACTERS:
        raise NonsenseError("the answer is far too long")
    said = AFTER_THINKING.split(text)[-1]
    said = said if "{" in said else text
    document = _last_complete(said, asked)
    if document is not None:
        return document, False
    for candidate in _candidates(said):
        document = _repaired(candidate, said)
        if document is not None:
            return document, True
    raise NonsenseError("the answer is not one JSON object" if "{" in text else "the answer holds no JSON")


def _last_complete(text: str, asked: Collection[str]) -> dict[str, Any] | None:
    whole = _exact(text.strip())
    if whole is not None:
        return whole
    found: list[dict[str, Any]] = []
    at = text.find("{")
    for _ in range(MOST_OBJECTS):
        if at < 0:
            break
        try:
            document, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            end = at + 1
        else:
            if document:
                found.append(document)
        at = text.find("{", end)
    wanted = set(asked)
    whole_ones = [document for document in found if wanted <= document.keys()]
    any_ones = [document for document in found if not wanted or wanted & document.keys()]
    if whole_ones:
        return whole_ones[-1]
    # What is cut off or broken further out may be the answer, and this a part of it.
    return any_ones[-1] if any_ones and text.count("{") == sum(str(each).count("{") for each in found) else None


def _asked(schema: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in schema.model_fields.items()]


def _candidates(text: str) -> list[str]:
    """The whole text, each fenced block, and the text from the first to the last brace, without doubled braces."""
    found = [text, *FENCED.findall(text)]
    start = text.find("{")
    if start >= 0:
        end = text.rfind("}")
        found.append(text[start : end + 1] if end > start else text[start:])
        found.append(OPEN_FENCE.sub("", text[start:]))
    plain = [part.strip() for part in found if "{" in part]
    plain = [part for part in plain if part.startswith("{")]
    return plain + [part[1:-1].strip() for part in plain if part.startswith("{{") and part.endswith("}}")]


def _exact(candidate: str) -> dict[str, Any] | None:
    try:
        document = orjson.loads(candidate)
    except orjson.JSONDecodeError:
        return None
    return document if isinstance(document, dict) else None


def _repaired(candidate: str, text: str) -> dict[str, Any] | None:
    if len(re.findall(r'(?<!\\)"', candidate)) % 2:
        return None
    if candidate[-1:] not in {"}", "]", '"'}:  # cut off: 22 may have been 225
        return None
    try:
        document = json_repair.loads(candidate)
    except (ValueError, RecursionError, TypeError, IndexError, KeyError):
        return None
    if not isinstance(document, dict) or not document:
        return None
    return document if _all_said(document, _squeezed(text)) else None


def _all_said(node: Any, said: str) -> bool:
    """Whether every key and value stands in the text (white space, escapes and case apart)."""
    if isinstance(node, dict):
        return all(_squeezed(str(key)) in said and key != "" and _all_said(value, said) for key, value in node.items())
    if isinstance(node, list):
        return all(_all_said(value, said) for value in node)
    if node is None:
        return "null" in said or "none" in said
    if isinstance(node, bool):
        return str(node).lower() in said
    if isinstance(node, float):
        return any(_squeezed(form) in said for form in (repr(node), f"{node:g}", f"{node:.0f}"))
    return _squeezed(str(node)) in said


def _squeezed(text: str) -> str:
    """Letters and digits only, so that escapes and quotes do not matter."""
    unescaped = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match.group(1), 16)), text)
    return re.sub(r"[\W_]+", "", re.sub(r"\\[nrtbf]", "", unescaped)).lower()
