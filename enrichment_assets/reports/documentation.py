"""docs/artifacts.md, written from the models themselves.

``python -m enrichment_assets.reports.documentation > docs/artifacts.md`` renews it; a test compares the two.
"""

import inspect
import json
import sys
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from enrichment_assets.artifacts.base import PAYLOAD, Artifact
from enrichment_assets.artifacts.catalog import Catalog, load_catalog
from enrichment_assets.artifacts.payload import trimming

_HEAD = """\
# Artifacts

What is known about a company, one JSON document per artifact. This page is generated from the models
(`python -m enrichment_assets.reports.documentation > docs/artifacts.md`) and tested to be true; the examples are of
an invented company and valid against the schemas.

| artifact | what it is | fresh for | needs | gate |
|---|---|---|---|---|"""


def page(catalog: Catalog) -> str:
    """The whole page as Markdown."""
    parts = [_HEAD, *(_row(artifact) for artifact in catalog.values()), ""]
    for artifact in catalog.values():
        parts += _section(artifact)
    return "\n".join(parts).rstrip() + "\n"


def _row(artifact: Artifact[Any]) -> str:
    gate = f"`{artifact.gate}`" if artifact.gate else ""
    needs = ", ".join(f"[{need}](#{need})" for need in artifact.needs)
    cells = (f"[{artifact.name}](#{artifact.name})", artifact.description, _ttl(artifact.ttl), needs, gate)
    return f"| {' | '.join(cells)} |"


def _section(artifact: Artifact[Any]) -> Iterable[str]:
    volatile = sorted(artifact.model.volatile)
    yield f"## {artifact.name}"
    yield ""
    yield _doc(sys.modules[artifact.produce.__module__].__doc__)
    yield ""
    if artifact.name == PAYLOAD:
        yield _doc(trimming.__doc__)
        yield ""
    yield _doc(artifact.model.__doc__)
    yield ""
    yield f"Model: `{artifact.model.__module__}.{artifact.model.__name__}`."
    for gate in artifact.gates:
        yield f"Decides the gate `{gate}`."
    if volatile:
        fields = ", ".join(f"`{name}`" for name in volatile)
        yield f"Not content (two values that differ only here are the same): {fields}."
    yield ""
    yield "Example:"
    yield ""
    yield _fenced(artifact.example().model_dump(mode="json"))
    yield ""
    yield "<details><summary>JSON Schema</summary>"
    yield ""
    yield _fenced(artifact.model.model_json_schema(mode="serialization"))
    yield ""
    yield "</details>"
    yield ""


def _ttl(ttl: timedelta | None) -> str:
    if ttl is None:
        return "as long as its inputs"
    hours = int(ttl.total_seconds() // 3600)
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"


def _doc(text: str | None) -> str:
    """A docstring as Markdown: its double backticks are reStructuredText."""
    return inspect.cleandoc(text or "").replace("``", "`")


def _fenced(document: Any) -> str:
    return f"```json\n{json.dumps(document, indent=2, ensure_ascii=False)}\n```"


if __name__ == "__main__":
    sys.stdout.write(page(load_catalog()))
