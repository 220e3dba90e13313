"""YAML data files that ship with the package, read by libyaml: ten times faster than in Python, and they are many.

What people write themselves goes through ``bounded``.
"""

import re
from importlib.resources import files
from typing import Any

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_LOADER):  # type: ignore[misc]  # whichever this machine has
    """``no`` is Norwegian: booleans are YAML 1.2's, true and false (https://yaml.org/spec/1.2.2/#1032-tag-resolution)."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML's own, by first letter
        letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:bool"]
        for letter, resolvers in _LOADER.yaml_implicit_resolvers.items()
    }


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF")
)


def load_shipped(package: str, name: str) -> Any:
    """The document in a package's data file."""
    return yaml.load(files(package).joinpath(name).read_text(encoding="utf-8"), _Loader)  # noqa: S506 - a safe loader
