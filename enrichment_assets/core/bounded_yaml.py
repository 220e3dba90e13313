"""YAML that a person wrote, refused before it is built where a few bytes of it would become very much."""

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

DEEPEST = 20
"""Lists and maps inside each other. Files of ours need four."""


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
