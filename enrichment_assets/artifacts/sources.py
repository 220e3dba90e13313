"""The version of rules by the rules themselves: a hash of source files and data files that nobody bumps by hand.

A module counts with everything it imports from the packages that hold rules (``RULES``; for a module of another
distribution: its own top-level package), but not with another artifact's own module: what that one found is an input.
A data file counts where a counting module names it in a string. Sources are hashed as syntax trees without comments,
layout and docstrings, so that only what is done moves the version. That takes a tenth of a second, so what was worked
out lies beside Python's own bytecode, for as long as no file of the rules changes by a byte.
"""

import ast
import hashlib
import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source, find_spec
from pathlib import Path
from typing import Final

import orjson

from enrichment_assets.core.whole_file import write_whole

ROOT: Final = "enrichment_assets"
RULES: Final = (
    "enrichment_assets.artifacts",
    "enrichment_assets.companies",
    "enrichment_assets.pages",
    "enrichment_assets.providers.boards",
    "enrichment_assets.site_search",
)
"""Packages and modules that decide values. How a provider is called, and where values lie, decides none."""
MACHINERY: Final = frozenset(
    {
        "enrichment_assets.artifacts.base",
        "enrichment_assets.artifacts.catalog",
        "enrichment_assets.artifacts.sources",
        "enrichment_assets.companies.company",
    }
)
"""In those packages, but deciding nothing."""
LONGEST_FILE_NAME: Final = 100
_HINTS: Final = frozenset({"kind", "ctx", "type_comment"})


@cache
def version(*modules: str) -> str:
    """Hash over these modules and what they reach (16 hex digits). Raises ModuleNotFoundError for an unknown one."""
    if not all(map(_is_rule, modules)):
        return _worked_out(modules)
    known, name = _known(), " ".join(modules)
    if name not in known:
        known[name] = _worked_out(modules)
        if not sys.dont_write_bytecode:
            with suppress(OSError):
                write_whole(_beside_bytecode(), orjson.dumps([_bytes_of_rules(), known]).decode())
    return known[name]


def _beside_bytecode() -> Path:
    return Path(cache_from_source(__file__)).with_name("versions.json")


@cache
def _known() -> dict[str, str]:
    """Modules to their version, as they were worked out of the files that are there now."""
    with suppress(OSError, ValueError):
        of, known = orjson.loads(_beside_bytecode().read_bytes())
        if of == _bytes_of_rules():
            return {str(name): str(version) for name, version in known.items()}
    return {}


@cache
def _bytes_of_rules() -> str:
    """Hash of all files in the packages of rules, this one among them."""
    hashed = hashlib.sha256(sys.version.encode())
    top = Path(__file__).parents[1]
    for rules in RULES:
        for path in sorted(top.joinpath(*rules.split(".")[1:]).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                hashed.update(f"{path.relative_to(top)} {path.stat().st_size} ".encode())
                hashed.update(path.read_bytes())
    return hashed.hexdigest()


def _worked_out(modules: Iterable[str]) -> str:
    found: dict[str, str] = {}
    waiting = list(modules)
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        source = _source(module)
        found[module] = source.digest
        waiting += [name for name in source.imports if name not in found and _counts(name)]
    return hashlib.sha256("".join(f"{name}={found[name]};" for name in sorted(found)).encode()).hexdigest()[:16]


class _Source:
    """One module as it counts: the hash of its tree and of its data files, and the modules that it names."""

    def __init__(self, module: str, path: Path) -> None:
        tree = ast.parse(path.read_bytes())
        hashed = hashlib.sha256()
        words: list[str] = []
        nodes: list[ast.AST] = []
        _take_apart(tree, words, nodes)
        hashed.update("\0".join([*words, ""]).encode("utf-8", "surrogatepass"))
        for file in sorted(_data_files(nodes, path.parent)):
            hashed.update(file.read_bytes())
        self.digest = hashed.hexdigest()
        self.produces = any(isinstance(node, ast.AsyncFunctionDef) and node.name == "produce" for node in tree.body)
        self.imports = frozenset(_imports(nodes, module if path.name == "__init__.py" else module.rpartition(".")[0]))


@cache
def _source(module: str) -> _Source:
    spec = find_spec(module)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{module} has no source file", name=module)
    return _Source(module, Path(spec.origin))


def _counts(name: str) -> bool:
    """Whether an imported module decides values too."""
    if name in MACHINERY:
        return False
    if name.partition(".")[0] == ROOT and not _is_rule(name):
        return False
    return not _source(name).produces


def _is_rule(name: str) -> bool:
    return any(name == rules or name.startswith(f"{rules}.") for rules in RULES)


def _take_apart(node: ast.AST, words: list[str], nodes: list[ast.AST]) -> None:
    """The tree as words, the same for every layout and every Python: what is empty or only a hint is left out.

    Beside them the nodes themselves, docstrings left out too.
    """
    nodes.append(node)
    words.append(type(node).__name__)
    for name in node._fields:
        value = getattr(node, name, None)
        if value is None or value == [] or name in _HINTS:
            continue
        words.append(name)
        items = value if isinstance(value, list) else (value,)
        for item in items[1:] if name == "body" and _is_docstring(items[0]) else items:
            if isinstance(item, ast.AST):
                _take_apart(item, words, nodes)
            else:
                words.append(repr(item))


def _is_docstring(node: object) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _imports(nodes: Iterable[ast.AST], package: str) -> Iterator[str]:
    """Modules of this package's distribution and of ours; ``from package import module`` names the module."""
    tops = {ROOT, package.partition(".")[0]}
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] in tops)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: 1 - node.level or None] if node.level else []
            origin = ".".join([*above, *([node.module] if node.module else [])])
            if origin.partition(".")[0] in tops:
                yield from (_module(origin, alias.name) for alias in node.names)


@cache
def _module(origin: str, name: str) -> str:
    spec = find_spec(origin)
    places = spec.submodule_search_locations if spec is not None else None
    is_module = any(Path(place, f"{name}.py").is_file() or Path(place, name).is_dir() for place in places or ())
    return f"{origin}.{name}" if is_module else origin


def _data_files(nodes: Iterable[ast.AST], folder: Path) -> set[Path]:
    """Files beside the module, or in ``data/`` beside it, that it names."""
    names = {
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and _may_be_file(node.value)
    }
    places = [folder / part / name for name in names for part in (".", "data")]
    return {place for place in places if place.is_file()}


def _may_be_file(text: str) -> bool:
    return len(text) < LONGEST_FILE_NAME and "." in text and text.isprintable() and not text.startswith(("/", "."))
