"""Which texts a pattern can match at all: words of which each match has one. Looking for them is faster than matching.

The idea is RE2's prefilter; the pattern is read as Python's own ``re`` parses it.
"""

import re
from collections.abc import Iterable
from typing import Any

SHORTEST = 3
"""Letters of a word worth looking for; two of another script are."""


def needed(pattern: str) -> tuple[str, ...]:
    """Words in lower case, one of which stands in every text that matches, case aside; empty where there is none."""
    parsed = re._parser.parse(pattern, re.I | re.M)  # type: ignore[attr-defined]  # no public name for it
    return tuple(sorted(_of_all(parsed) or ()))


def _of_all(parts: Iterable[tuple[Any, Any]]) -> frozenset[str] | None:
    """The words of the part of a sequence that tells most: whose shortest word is longest, then of the fewest."""
    found: list[frozenset[str]] = []
    run = ""
    for kind, value in parts:
        if str(kind) == "LITERAL":
            run += chr(value)
        elif str(kind) != "AT":
            found.append(frozenset({run.lower()}))
            run = ""
            found.append(_of_one(str(kind), value) or frozenset({""}))
    found.append(frozenset({run.lower()}))
    best = max(found, key=lambda words: (min(map(_weight, words)), -len(words)))
    return best if min(map(_weight, best)) >= SHORTEST else None


def _weight(word: str) -> int:
    return len(word) if word.isascii() else 2 * len(word)


def _of_one(kind: str, value: Any) -> frozenset[str] | None:
    if kind == "SUBPATTERN":
        return _of_all(value[-1])
    if kind == "BRANCH":
        branches = [_of_all(branch) for branch in value[1]]
        return None if None in branches else frozenset().union(*(branch for branch in branches if branch))
    if kind in ("MAX_REPEAT", "POSSESSIVE_REPEAT", "MIN_REPEAT") and value[0]:
        return _of_all(value[2])
    return None
