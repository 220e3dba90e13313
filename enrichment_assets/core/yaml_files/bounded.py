"""YAML that a person wrote, as a strict model: each mistake is named with its file, its line and what to do.

Refused before it is built where a few bytes of it would become very much.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from enrichment_assets.core.errors import FILE, MisconfiguredError

DEEPEST = 20
"""Lists and maps inside each other. Files of ours need four."""

M = TypeVar("M", bound=BaseModel)
Location = tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class Form:
    """How mistakes in one kind of file are named.

    ``example`` is where to look, ``first`` a line that the file should have, ``known`` the model at a location, whose
    fields are its words. ``silent`` steps of a location are not said.
    """

    example: str
    first: str
    known: Callable[[Location], type[BaseModel]]
    silent: frozenset[str] = frozenset()


def check_bounds(text: str) -> None:
    """Raise MarkedYAMLError, with its line, for an alias or for what is nested too deeply; and for what is no YAML.

    Ten aliases of aliases are enough to stand for a billion words, and one of itself for endlessly many.
    """
    depth = 0
    for event in YAML(typ="rt").parse(text):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        problem = (
            f"*{event.anchor} repeats another place: write its text out"
            if isinstance(event, AliasEvent)
            else f"it is nested more than {DEEPEST} levels deep"
            if depth > DEEPEST
            else None
        )
        if problem:
            raise MarkedYAMLError(problem=problem, problem_mark=event.start_mark)


def text_of(path: Path, most_bytes: int) -> str:
    """The file's text, as much as it may have. Raises MisconfiguredError for what cannot be read or is not UTF-8."""
    try:
        with path.open("rb") as file:
            return file.read(most_bytes).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise unusable(path.name, line, "a character is not UTF-8: save the file as UTF-8") from None
    except OSError as error:
        raise MisconfiguredError(FILE, f"{path} cannot be read: {error.strerror}") from None


def read_model(text: str, name: str, model: type[M], form: Form) -> M:
    """The model in a YAML text; ``name`` is the file's name in errors. Raises MisconfiguredError."""
    try:
        check_bounds(text)
        document = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        what = " ".join((error.problem or "cannot be read").split())
        raise unusable(name, line, f"this is not YAML ({what}): {_YAML_REMEDY}") from None
    except (YAMLError, ValueError) as error:
        raise unusable(name, 1, f"this is not YAML ({' '.join(str(error).split())}): {_YAML_REMEDY}") from None
    if not isinstance(document, dict):
        raise unusable(name, 1, f"the file should hold lines such as `{form.first}`; see {form.example}")
    try:
        return model.model_validate(_plain(document))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        location = tuple(first["loc"])
        spelled = _spell(location, form.silent)
        raise unusable(name, _line(document, location), f"{spelled} {_remedy(first, form)}") from None


def unusable(name: str, line: int, what: str) -> MisconfiguredError:
    """The error for one line of a file."""
    return MisconfiguredError(FILE, f"{name} line {line}: {what}")


_YAML_REMEDY = "check the indentation, and put text that holds `: ` or ` #` or begins with a sign in quotes"


def _plain(node: Any) -> Any:
    """ruamel's commented containers as plain ones, for pydantic's strict mode."""
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(item) for item in node]
    return str(node) if isinstance(node, str) else node


def _line(document: Any, location: Location) -> int:
    """The 1-based line of the deepest part of ``location`` that exists in the file."""
    node: Any = document
    line = 1
    for step in location:
        marks = getattr(node, "lc", None)
        if marks is None:
            break
        if isinstance(node, dict) and step in node:
            line = marks.key(step)[0] + 1
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            line = marks.item(step)[0] + 1
        else:
            break
        node = node[step]
    return int(line)


def _spell(location: Location, silent: frozenset[str]) -> str:
    words = [f"{step + 1}." if isinstance(step, int) else f"`{step}`" for step in location if step not in silent]
    return " ".join(words) or "the file"


_REMEDIES = {
    "missing": "is missing: add it (see {example})",
    "extra_forbidden": "is not a word of this file: known are {known}",
    "string_type": "should be text: put it in quotes, and write `key: value` pairs only where the default has them",
    "list_type": "should be a list: write each on a line of its own that begins with `- `",
    "model_type": "should be a list of `key: value` lines, as in {example}",
    "string_too_short": "is too short: write at least {min_length} characters, or remove the line",
    "string_too_long": "is too long: at most {max_length} characters",
    "too_short": "needs at least one line that begins with `- `",
    "too_long": "has too many lines: at most {max_length}",
    "literal_error": "should be one of {expected}",
    "value_error": "cannot be used: {error}",
}


def _remedy(error: Any, form: Form) -> str:
    remedy = _REMEDIES.get(error["type"])
    if remedy is None:
        return f"cannot be used: {error['msg']}"
    known = ", ".join(form.known(tuple(error["loc"])).model_fields) if error["loc"] else ""
    return remedy.format_map(error.get("ctx", {}) | {"known": known, "example": form.example})
