r"""Patterns that are data: a YAML file of words and rules, compiled once.

``words`` holds named groups of words by language; ``ignor-`` stands for every word that begins so, ``fit`` for that
word alone. ``rules`` holds rows: ``id``, ``patterns``, ``match`` and ``no_match`` (examples; the tests go through
them row by row), optionally ``scope``. ``{group}`` in a pattern, outside brackets, stands for any word of that group.

Patterns are written in what ``re`` and RE2 have in common, with bounded repetition only, so that none takes more than
linear time: no lookaround, no backreference, no ``*`` or ``+`` after what may be long. Case does not count and ``^`` is
the beginning of a line. A text is only searched for a pattern when it has a word of each of its groups, and one of the
words that every match has.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from enrichment_assets.core.yaml_files.shipped import load_shipped

SHORTEST_LITERAL = 3
"""Letters of a word worth looking for before a pattern is; two of another script are."""

_GROUP = re.compile(r"\{([a-z_]+)\}")
_UNBOUNDED_OR_NOT_IN_RE2 = re.compile(r"\(\?(?!:|-?i:)|\\[1-9]|(?<!\\)[*+](?!\])|\{\d+,\}")


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern. Every text that matches has one of the ``hints`` of each group, in lower case."""

    compiled: re.Pattern[str]
    hints: tuple[tuple[str, ...], ...]

    def found_in(self, text: str, lowered: str) -> bool:
        """Whether it matches; ``lowered`` is the text in lower case."""
        for group in self.hints:
            for hint in group:
                if hint in lowered:
                    break
            else:
                return False
        return self.compiled.search(text) is not None


@dataclass(frozen=True, slots=True)
class Rule:
    """A compiled row."""

    id: str
    scope: str
    patterns: tuple[Pattern, ...]
    match: tuple[str, ...]
    no_match: tuple[str, ...]

    def found_in(self, text: str, lowered: str) -> bool:
        """Whether one of its patterns matches; ``lowered`` is the text in lower case."""
        for pattern in self.patterns:  # noqa: SIM110 - every sentence comes by here, and any() takes twice as long
            if pattern.found_in(text, lowered):
                return True
        return False


@lru_cache(maxsize=16)
def load_rules(package: str, name: str) -> tuple[Rule, ...]:
    """The rules of a data file. Raises ValueError naming the row that cannot be compiled."""
    document = load_shipped(package, name)
    groups = {group: tuple(_listed(by_language)) for group, by_language in document.get("words", {}).items()}
    rules = tuple(_compiled(row, groups) for row in document["rules"])
    if len({rule.id for rule in rules}) < len(rules):
        raise ValueError(f"{name}: two rules have the same id")
    return rules


def any_rule(rules: Iterable[Rule], text: str) -> bool:
    """Whether one of the rules matches the text."""
    lowered = text.lower()
    for rule in rules:  # noqa: SIM110 - as above
        if rule.found_in(text, lowered):
            return True
    return False


def _listed(by_language: Mapping[str, list[str]]) -> Iterator[str]:
    for words in by_language.values():
        yield from map(str, words)


def _compiled(row: Mapping[str, Any], groups: Mapping[str, tuple[str, ...]]) -> Rule:
    try:
        patterns = tuple(_pattern(str(pattern), groups) for pattern in row["patterns"])
    except (re.error, KeyError, ValueError) as error:
        raise ValueError(f"rule {row['id']}: {error}") from error
    return Rule(row["id"], row.get("scope", ""), patterns, tuple(row["match"]), tuple(row.get("no_match", ())))


def _pattern(written: str, groups: Mapping[str, tuple[str, ...]]) -> Pattern:
    if _UNBOUNDED_OR_NOT_IN_RE2.search(written):
        raise ValueError(f"{written} has lookaround, a backreference or unbounded repetition")
    named = list(_GROUP.finditer(written))
    if any(written.count("(", 0, group.start()) != written.count(")", 0, group.start()) for group in named):
        raise ValueError(f"{written} has a group of words inside brackets")
    compiled = re.compile(_GROUP.sub(lambda group: _any_of(groups[group[1]]), written), re.I | re.M)
    hints = [tuple(word.removesuffix("-").lower() for word in groups[group[1]]) for group in named]
    literals = _needed(compiled.pattern)
    return Pattern(compiled, tuple(sorted([*hints, literals], key=len)) if literals else tuple(hints))


def _any_of(words: tuple[str, ...]) -> str:
    r"""``\b`` only beside ASCII letters: RE2 knows no other, and scripts without spaces have none."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for word in words:
        stem = word.removesuffix("-")
        begins = r"\b" if stem[0].isascii() else ""
        ends = r"\w{0,12}" if word.endswith("-") else r"\b" if stem[-1].isascii() else ""
        kinds.setdefault((begins, ends), []).append(re.escape(stem))
    alternatives = (f"{begins}(?:{'|'.join(stems)}){ends}" for (begins, ends), stems in kinds.items())
    return f"(?:{'|'.join(alternatives)})"


def _needed(pattern: str) -> tuple[str, ...]:
    """Words in lower case, one of which stands in every text that matches, case aside; empty where there is none.

    Looking for them first is faster than matching (the idea is RE2's prefilter).
    """
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
    return best if min(map(_weight, best)) >= SHORTEST_LITERAL else None


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
