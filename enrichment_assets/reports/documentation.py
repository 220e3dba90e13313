"""The reference of artifacts, written from the models: field tables for people, JSON schemas for programs."""

import inspect
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from enrichment_assets.artifacts.base import PAYLOAD, Artifact
from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.artifacts.payload import trimming

_HEAD = """\
# Artifacts

What is known about a company, one JSON document per artifact. Generated from the models and tested to be true; `[]`
marks the fields of each item of a list. The JSON schemas lie beside this page, in `schemas/`; the examples are of an
invented company and valid against them.

In Clay, what you map to columns are the flat fields of [webhook_payload](#webhook_payload).

| artifact | what it is | fresh for | needs | gate |
|---|---|---|---|---|"""


def artifacts_page(catalog: Catalog) -> str:
    """The whole page as Markdown."""
    parts = [_HEAD, *(_row(artifact) for artifact in catalog.values()), ""]
    for artifact in catalog.values():
        parts += _section(artifact)
    return "\n".join(parts).rstrip() + "\n"


def schemas(catalog: Catalog) -> dict[str, str]:
    """The JSON schema of each artifact, by file name."""
    return {f"{name}.json": _json(_schema(artifact)) + "\n" for name, artifact in catalog.items()}


def _schema(artifact: Artifact[Any]) -> dict[str, Any]:
    schema: dict[str, Any] = artifact.model.model_json_schema(mode="serialization")
    return schema


def _row(artifact: Artifact[Any]) -> str:
    gate = f"`{artifact.gate}`" if artifact.gate else ""
    needs = ", ".join(f"[{need}](#{need})" for need in artifact.needs)
    cells = (f"[{artifact.name}](#{artifact.name})", artifact.description, _ttl(artifact.ttl), needs, gate)
    return f"| {' | '.join(cells)} |"


def _section(artifact: Artifact[Any]) -> Iterable[str]:
    yield f"## {artifact.name}"
    yield ""
    yield _doc(sys.modules[artifact.produce.__module__].__doc__)
    yield ""
    if artifact.name == PAYLOAD:
        yield _doc(trimming.__doc__)
        yield ""
    yield _doc(artifact.model.__doc__)
    yield ""
    for gate in artifact.gates:
        yield f"Decides the gate `{gate}`."
        yield ""
    schema = _schema(artifact)
    yield "| field | what it holds | meaning |"
    yield "|---|---|---|"
    yield from _fields(schema, schema.get("$defs", {}))
    yield ""
    if artifact.model.volatile:
        fields = ", ".join(f"`{name}`" for name in sorted(artifact.model.volatile))
        yield f"Not content (two values that differ only here are the same): {fields}."
        yield ""
    yield f"[JSON schema](schemas/{artifact.name}.json)"
    yield ""
    yield "<details markdown><summary>Example</summary>"
    yield ""
    yield f"```json\n{_json(artifact.example().model_dump(mode='json'))}\n```"
    yield ""
    yield "</details>"
    yield ""


def _fields(schema: Mapping[str, Any], models: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, field in schema.get("properties", {}).items():
        kind, inner, path = _kind(field, models, f"{prefix}{name}")
        meaning = field.get("description") or (inner or {}).get("description") or ""
        cells = (f"`{prefix}{name}`", kind, " ".join(meaning.replace("``", "`").split()).replace("|", "\\|"))
        yield f"| {' | '.join(cells)} |"
        if inner is not None:
            yield from _fields(inner, models, f"{path}.")


def _kind(field: Mapping[str, Any], models: Mapping[str, Any], path: str) -> tuple[str, Mapping[str, Any] | None, str]:
    """What a field holds, in words; the schema of its own fields and their path, if it has any."""
    if "$ref" in field:
        model = models[field["$ref"].rpartition("/")[2]]
        return ("fields", model, path) if "properties" in model else _kind(model, models, path)
    if "anyOf" in field:
        kinds = [_kind(option, models, path) for option in field["anyOf"] if option.get("type") != "null"]
        inner = next(((model, at) for _, model, at in kinds if model is not None), (None, path))
        empty = " or empty" if len(kinds) < len(field["anyOf"]) else ""
        return " or ".join(kind for kind, _, _ in kinds) + empty, *inner
    if "const" in field or "enum" in field:
        return ", ".join(f"`{value}`" for value in field.get("enum", [field.get("const")])), None, path
    if field.get("type") == "array":
        kind, model, at = _kind(field.get("items", {}), models, f"{path}[]")
        return f"list of {kind}", model, at
    if field.get("type") == "object":
        kind, model, at = _kind(field.get("additionalProperties") or {}, models, f"{path}.*")
        return f"{kind} by name", model, at
    words = {"string": "text", "integer": "whole number", "number": "number", "boolean": "yes or no"}
    formats = {"date": "date", "date-time": "time"}
    return formats.get(field.get("format", ""), words.get(field.get("type", ""), "anything")), None, path


def _ttl(ttl: timedelta | None) -> str:
    if ttl is None:
        return "as long as its inputs"
    hours = int(ttl.total_seconds() // 3600)
    return f"{hours} hours" if hours < 48 else f"{hours // 24} days"


def _doc(text: str | None) -> str:
    """A docstring as Markdown: its double backticks are reStructuredText."""
    return inspect.cleandoc(text or "").replace("``", "`")


def _json(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False)
