"""Finding patterns that take more than linear time: the package's patterns, texts made to slow each down, a stopwatch.

A pattern is slow on a text that nearly matches in many places, or in many ways. Such texts are made from the pattern's
own parse tree: what leads up to a repetition, a piece of it many times over, and an end that does not fit.
"""

import ast
import functools
import importlib
import inspect
import pkgutil
import random
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from re import _constants as op  # the parse tree has no public form
from re import _parser as parser
from types import MappingProxyType
from typing import Any

import regex

Pattern = re.Pattern[str] | regex.Pattern
BASE = 3_000
"""Characters of the shortest text that is timed."""
SUSPICIOUS_S = 0.001
"""Linear patterns need less for ``BASE`` characters, or are timed on longer texts; quadratic ones need more."""
GROWTH = 4
"""How many times longer the longer text is."""
MOST_GROWTH = 9.0
"""Times ``GROWTH``-fold text may take; linear is 4, n·log n 5, quadratic 16."""
HUNG_S = 1.5
MODULES = {"re", "regex"}
CALLS = {"compile", "sub", "subn", "search", "match", "fullmatch", "findall", "finditer", "split"}


@dataclass(frozen=True)
class Found:
    """A pattern and where it stands."""

    where: str
    pattern: Pattern


@dataclass(frozen=True)
class Slow:
    """A pattern that takes more than linear time, and the text that shows it."""

    where: str
    growth: float
    seconds: float
    lead: str
    pump: str
    end: str


def modules(package: Any) -> Iterator[Any]:
    for info in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        if not info.name.endswith("__main__") and ".sandbox" not in info.name:
            yield importlib.import_module(info.name)


def compiled(package: Any) -> dict[tuple[str, str], Found]:
    """Every pattern that a module of the package holds, in whatever container, or a cached function without arguments
    returns."""
    found: dict[tuple[str, str], Found] = {}
    for module in modules(package):
        for name, value in list(vars(module).items()):
            if isinstance(value, functools._lru_cache_wrapper) and value.__module__ == module.__name__:
                value = value() if not inspect.signature(value).parameters else None  # noqa: PLW2901
            for path, pattern in held(value, name):
                if isinstance(pattern.pattern, str):
                    found.setdefault(key(pattern), Found(f"{module.__name__}.{path}", pattern))
    return found


def key(pattern: Pattern) -> tuple[str, str]:
    return pattern.pattern, f"{type(pattern).__module__} {pattern.flags}"


def held(value: Any, path: str, depth: int = 0) -> Iterator[tuple[str, Pattern]]:
    if isinstance(value, re.Pattern | regex.Pattern):
        yield path, value
    elif depth > 4 or isinstance(value, str | bytes | type):
        return
    elif isinstance(value, dict | MappingProxyType):
        for name, item in list(value.items())[:500]:
            yield from held(item, f"{path}[{name!r}]", depth + 1)
    elif type(value) in (tuple, list, set, frozenset):
        for at, item in enumerate(list(value)[:500]):
            yield from held(item, f"{path}[{at}]", depth + 1)
    elif is_dataclass(value):
        for each in fields(value):
            yield from held(getattr(value, each.name, None), f"{path}.{each.name}", depth + 1)


def inline(package: Any) -> tuple[dict[tuple[str, str], Found], set[str]]:
    """Every pattern written where it is used, and the functions whose patterns only running them could tell.

    What a name stands for is looked up in the module; parts that only a call knows become a company's name.
    """
    found: dict[tuple[str, str], Found] = {}
    unknown: set[str] = set()
    for module in modules(package):
        tree = ast.parse(Path(inspect.getsourcefile(module) or "").read_text("utf-8"))
        for function in (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)):
            for call in ast.walk(function):
                if not _is_pattern_call(call):
                    continue
                where = f"{module.__name__}.{function.name}"
                written = _written(call.args[0], vars(module))
                if written is None:
                    unknown.add(where)
                elif isinstance(written, str):
                    engine = re if call.func.value.id == "re" else regex
                    pattern = engine.compile(written, _flags(call, vars(module)))
                    found.setdefault(key(pattern), Found(f"{where}:{call.lineno}", pattern))
    return found, unknown


def _is_pattern_call(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in MODULES
        and node.func.attr in CALLS
    )


def _written(node: ast.expr, names: dict[str, Any]) -> Any:
    if isinstance(node, ast.JoinedStr):
        return "".join(
            part.value if isinstance(part, ast.Constant) else _value(part.value, names, "acme-x\\.com")
            for part in node.values
        )
    return _value(node, names, None)


def _value(node: ast.expr, names: dict[str, Any], otherwise: Any) -> Any:
    try:
        return eval(compile(ast.Expression(node), "pattern", "eval"), dict(names))
    except NameError:
        return otherwise


def _flags(call: ast.Call, names: dict[str, Any]) -> int:
    written = [word.value for word in call.keywords if word.arg == "flags"] + call.args[1:2] * (
        call.func.attr == "compile"
    )
    return next((int(flags) for each in written if (flags := _value(each, names, None)) is not None), 0)


CLASSES = {
    "L": "a-zé", "N": "0-9", "M": "\u0301", "Han": "字", "Hiragana": "あ", "Katakana": "カ", "Thai": "ก", "Lao": "ກ",
    "Khmer": "ក", "Myanmar": "က", "Sc": "$€", "P": "!.", "S": "+=", "Cf": "\u200b", "Co": "\ue000", "Cn": "\u0378",
    "Cs": "\u0378", "Cc": "\x01",
}  # fmt: skip
CATEGORIES = {
    "CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " ", "CATEGORY_WORD": "a_1", "CATEGORY_NOT_WORD": "- ",
    "CATEGORY_NOT_SPACE": "a-", "CATEGORY_NOT_DIGIT": "a ",
}  # fmt: skip
ENDS = ("", "!", "x", "\n", " ", "§", ")", '"')
LEADS = ("", "", "a", "§", "\n")


def tree_of(pattern: Pattern) -> Any:
    """The parse tree by the standard library, also of ``regex`` patterns: it only has to tell what texts look like."""
    source = pattern.pattern
    if isinstance(pattern, regex.Pattern):
        source = re.sub(r"\\p\{(\w+)\}", lambda match: CLASSES[match[1]], source)
        source = re.sub(r"(?<!\[)(?:!\.|\+=)(?!\])", lambda match: match[0], source)
    return parser.parse(source, pattern.flags & (re.I | re.M | re.S | re.A | re.X))


class Sample:
    """One text that the tree describes, and where its repetitions stand in it."""

    def __init__(self, tree: Any, chance: random.Random) -> None:
        self.out: list[str] = []
        self.spans: list[tuple[int, int]] = []
        self._chance = chance
        self._add(tree)

    def _add(self, tree: Any) -> None:
        for kind, value in tree:
            name = str(kind)
            if kind is op.LITERAL:
                self.out.append(chr(value))
            elif kind is op.NOT_LITERAL:
                self.out.append("b" if value == 97 else "a")
            elif kind is op.ANY:
                self.out.append(self._chance.choice("a 1"))
            elif kind is op.IN:
                self.out.append(self._one_of(value))
            elif kind is op.BRANCH:
                self._add(self._chance.choice(value[1]))
            elif kind is op.SUBPATTERN:
                self._add(value[3])
            elif name == "ATOMIC_GROUP":
                self._add(value)
            elif name in ("ASSERT", "ASSERT_NOT") and value[0] > 0 and self._chance.random() < 0.5:
                self._add(value[1])
            elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
                self._repeat(*value)

    def _repeat(self, least: int, most: int, body: Any) -> None:
        start = len(self.out)
        for _ in range(min(max(least, self._chance.choice((0, 1, 1, 2))), most, 6)):
            self._add(body)
        if most > 4 and len(self.out) > start:
            self.spans.append((start, len(self.out)))

    def _one_of(self, choices: Any) -> str:
        if choices[0][0] is op.NEGATE:
            banned = {chr(value) for kind, value in choices if kind is op.LITERAL}
            return self._chance.choice([each for each in 'a1 -_<[(x\n.,"&' if each not in banned] or ["é"])
        kind, value = self._chance.choice(choices)
        if kind is op.LITERAL:
            return chr(value)
        if kind is op.RANGE:
            return chr(self._chance.randint(value[0], min(value[1], value[0] + 25)))
        return self._chance.choice(CATEGORIES.get(str(value), "a"))


def pumped(pattern: Pattern, count: int, chance: random.Random) -> Iterator[tuple[str, str, str]]:
    """Different texts as lead, what is repeated, end."""
    tree, seen = tree_of(pattern), set()
    for _ in range(count):
        sample = Sample(tree, chance)
        text = "".join(sample.out)
        if not text:
            continue
        start, end = chance.choice(sample.spans) if sample.spans and chance.random() < 0.6 else _part(len(text), chance)
        start = chance.choice((start, start, 0))
        pump = text[start:end] + chance.choice(("", "", "", " ", "-", ";", "a"))
        made = chance.choice((text[:start], text[:end], text, chance.choice(LEADS))), pump or " ", chance.choice(ENDS)
        if made not in seen:
            seen.add(made)
            yield made


def _part(length: int, chance: random.Random) -> tuple[int, int]:
    start = chance.randrange(length)
    return start, chance.randint(start + 1, min(length, start + 6))


def growth(found: Found, lead: str, pump: str, end: str) -> Slow | None:
    """Whether the pattern is slow on this text."""
    times = BASE // len(pump) + 1
    short, long = lead + pump * times + end, lead + pump * (times * GROWTH) + end
    seconds = _took(found.pattern, lead + pump * 25 + end)
    if seconds < HUNG_S and (seconds := _took(found.pattern, short)) < SUSPICIOUS_S:
        return None
    if seconds < HUNG_S and seconds < 6 * _took(found.pattern, lead + pump * (times // GROWTH + 1) + end):
        return None
    ratio = 0.0
    for _ in range(2):  # a busy machine makes one measurement wrong, not two
        longer = HUNG_S if seconds >= HUNG_S else _took(found.pattern, long)
        if longer >= HUNG_S:
            return Slow(found.where, float("inf"), longer, lead, pump, end)
        ratio = longer / min(seconds, _took(found.pattern, short))
        if ratio <= MOST_GROWTH:
            return None
    return Slow(found.where, ratio, longer, lead, pump, end)


class _HungError(Exception):
    pass


def _took(pattern: Pattern, text: str) -> float:
    """CPU seconds to find all matches; at most ``HUNG_S``."""

    def hung(*_: Any) -> None:
        raise _HungError

    before = signal.signal(signal.SIGVTALRM, hung)
    start = time.thread_time()
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, HUNG_S)
        for _ in pattern.finditer(text, **({"timeout": HUNG_S * 4} if isinstance(pattern, regex.Pattern) else {})):
            pass
        return time.thread_time() - start
    except (_HungError, TimeoutError):
        return HUNG_S
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def slowest(found: Found, count: int, seed: int) -> Slow | None:
    """The first text, of ``count`` tries, that the pattern is slow on."""
    chance = random.Random(f"{seed} {found.pattern.pattern}".encode("utf-8", "surrogatepass"))
    return next((slow for text in pumped(found.pattern, count, chance) if (slow := growth(found, *text))), None)
