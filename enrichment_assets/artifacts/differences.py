"""What is different between two values of one artifact: field, before, after. Times and order are no difference.

Fields are paths into the JSON document (``hiring_intensity``, ``details.size``). Of a list it is told which items are
gone and which are new; long texts are shown from where they part. Hashes that only restate another field, and fields
that are no content (``Value.volatile``), are left out.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from enrichment_assets.artifacts.base import Value

LONGEST: Final = 200
"""Characters that are kept of a text."""
MOST_ITEMS: Final = 20
"""Items of a list that are kept."""
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d")
_RESTATED: Final = re.compile(r"(?:sha256|_version|_hash)$|^profile$")


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that is not what it was. Of lists ``before`` are the items that are gone, ``after`` the new ones."""

    field: str
    before: Any
    after: Any


def differences(kind: type[Value], before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """What is different between two documents of an artifact, in the order of its fields."""
    both = before.keys() & after.keys() - kind.volatile  # a field that one of two releases does not know is no news
    old, new = ({name: value for name, value in each.items() if name in both} for each in (before, after))
    return list(_mappings("", old, new))


def _mappings(path: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Difference]:
    for name in dict.fromkeys((*after, *before)):
        if not _RESTATED.search(name):
            yield from _values(f"{path}.{name}" if path else name, before.get(name), after.get(name))


def _values(path: str, before: Any, after: Any) -> Iterator[Difference]:
    if before == after:
        return
    match before, after:
        case dict(), dict():
            yield from _mappings(path, before, after)
        case list(), list():
            yield from _lists(path, before, after)
        case str(), str():
            if not (_TIME.match(before) and _TIME.match(after)):
                start = _parting(before, after)
                yield Difference(path, _part(before, start), _part(after, start))
        case _:
            yield Difference(path, _short(before), _short(after))


def _lists(path: str, before: list[Any], after: list[Any]) -> Iterator[Difference]:
    old, new = Counter(map(_canonical, before)), Counter(map(_canonical, after))
    gone, come = (list((one - other).elements())[:MOST_ITEMS] for one, other in ((old, new), (new, old)))
    if gone or come:
        yield Difference(path, [_short(orjson.loads(one)) for one in gone], [_short(orjson.loads(one)) for one in come])


def _canonical(item: Any) -> bytes:
    return orjson.dumps(_timeless(item), option=orjson.OPT_SORT_KEYS)


def _timeless(item: Any) -> Any:
    match item:
        case dict():
            return {name: _timeless(value) for name, value in item.items()}
        case list():
            return sorted((_timeless(value) for value in item), key=repr)
        case str() if _TIME.match(item):
            return None
        case _:
            return item


def _parting(before: str, after: str) -> int:
    """Where to begin to show two texts: a little before the first letter that differs."""
    if max(len(before), len(after)) <= LONGEST:
        return 0
    same = next((at for at, (one, other) in enumerate(zip(before, after, strict=False)) if one != other), len(before))
    return max(0, min(same, len(before), len(after)) - LONGEST // 4)


def _part(text: str, start: int) -> str:
    shown = text[start : start + LONGEST]
    return ("…" if start else "") + shown + ("…" if start + LONGEST < len(text) else "")


def _short(value: Any) -> Any:
    match value:
        case str():
            return _part(value, 0)
        case dict():
            return {name: _short(inner) for name, inner in value.items() if inner not in (None, [], {})}
        case list():
            return [_short(inner) for inner in value[:MOST_ITEMS]]
        case _:
            return value
