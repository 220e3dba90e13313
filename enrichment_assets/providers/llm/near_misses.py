"""Values that miss their type and can be read one way only: "Not a fit" for ``not_fit``, ``true`` for "yes"."""

import copy
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

_ALLOWED = re.compile(r"'([^']{1,60})'")
_NUMBER = re.compile(r"(-?\d{1,9}(?:\.\d{1,9})?) ?(?:%|/ ?100|out of 100|points?)?", re.I)
_SAME: Mapping[str, tuple[str, ...]] = {
    "yes": ("true", "met", "1", "y", "applies"),
    "no": ("false", "notmet", "unmet", "0", "n", "doesnotapply"),
    "unknown": ("null", "none", "na", "notapplicable", "unclear", "notsure", "unsure", "notmentioned", "uncertain", ""),
    "unclear": ("unknown", "maybe", "uncertain", "notsure", "unsure", "undecided"),
    "notfit": ("nofit", "unfit", "notafit", "notagoodfit", "doesnotfit", "poorfit"),
    "fit": ("afit", "goodfit", "agoodfit", "fits", "strongfit"),
    "both": ("b2bb2c", "b2bandb2c", "b2cb2b", "b2candb2b", "b2b2c"),
}
"""What stands for a value, letters and digits only. Used only where the schema asks for that value."""


def put_right(document: Mapping[str, Any], error: ValidationError, schema: type[BaseModel]) -> dict[str, Any]:
    """The document with the values that one reading can put right; the others as they are."""
    right = copy.deepcopy(dict(document))
    nullable = {name for name, field in schema.model_fields.items() if _takes_null(field.annotation)}
    for wrong in error.errors(include_url=False):
        path: list[Any] = list(wrong["loc"]) or [""]
        parent, last = _at(right, path[:-1]), path[-1]
        if wrong["type"] == "missing" and isinstance(parent, dict):
            if last in nullable if len(path) == 1 else last == "quote":
                parent[last] = None
            continue
        try:
            parent[last] = _read(parent[last], wrong["type"], str(wrong.get("ctx", {}).get("expected", "")))
        except (KeyError, IndexError, TypeError):
            continue
    return right


def _read(value: Any, kind: str, expected: str) -> Any:
    if kind == "literal_error":
        allowed = _ALLOWED.findall(expected)
        said = _bare(value)
        found = [each for each in allowed if said == _bare(each)]
        found = found or [each for each in allowed if said in _SAME.get(_bare(each), ())]
        return found[0] if len(found) == 1 else value
    if kind.startswith(("int_", "float_")):
        number = _NUMBER.fullmatch(str(value).strip()) if isinstance(value, str | float) else None
        return round(float(number[1])) if number and not 0 < float(number[1]) < 1 else value
    if kind == "string_type":
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return ", ".join(value)
        return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    return value


def _bare(value: Any) -> str:
    if value is None:
        return "null"
    return re.sub(r"[\W_]+", "", str(value)).lower() if isinstance(value, str | bool | int) else "\0"


def _at(node: Any, path: Sequence[Any]) -> Any:
    for step in path:
        try:
            node = node[step]
        except (KeyError, IndexError, TypeError):
            return None
    return node


def _takes_null(annotation: Any) -> bool:
    return type(None) in getattr(annotation, "__args__", ())
