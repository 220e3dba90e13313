"""The body of a request in the form that one endpoint takes for one model, and what its refusals change in it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import orjson
from pydantic import BaseModel

from enrichment_assets.providers.llm.completion import number
from enrichment_assets.providers.llm.failure import Failure
from enrichment_assets.providers.protocols import Message

THINKING_TOKENS = 6_000
"""Added to the answer's limit for a model that thinks before it answers: both count against the limit."""
FEWEST_CHARACTERS = 1_500
"""A page cut further than this says nothing."""
CHARACTERS_PER_TOKEN = 3.0
"""Fewer than typical: what is cut to a known context must fit the first time."""
BOUNDS, TERSE_BOUNDS = (200, 40), (60, 12)
"""Characters of a text and items of a list, in the schema for a model on one's own machine: a small one goes on and on
up to the token limit. The second pair is for one that has done so within the first; it leaves some 800 tokens."""
GAP = "\n[...]\n"
_FORMATS: tuple[Literal["json_schema", "json_object", "plain"], ...] = ("json_schema", "json_object", "plain")
_CONTEXT = re.compile(
    r"\b(?:context|maximum)\D{0,60}?(\d{3,8})\b|\b(\d{3,8}) tokens\)?,? (?:try|context|maximum)", re.I
)
EVERYTHING = ("no_temperature", "no_schema", "no_schema", "completion_limit", "no_system", "no_routing")
"""What is tried, one after the other, where an endpoint does not say what it refuses: the likeliest first."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What an endpoint takes for a model. The defaults are what OpenAI documents."""

    format: Literal["json_schema", "json_object", "plain"] = "json_schema"
    temperature: bool = True
    limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    system: bool = True
    routing: bool = True
    """OpenRouter's ``provider`` block; never sent elsewhere."""
    thinks: bool = False
    unbounded: bool = False
    """It refuses a schema with ``maxLength`` and ``maxItems``."""
    terse: bool = False
    characters: int | None = None
    """The most that all messages may hold together, where the model's context is small."""

    def body(
        self,
        model: str,
        messages: Sequence[Message],
        schema: type[BaseModel],
        max_tokens: int,
        *,
        routing: Mapping[str, Any] | None = None,
        extra: Mapping[str, Any] | None = None,
        bounded: bool = False,
    ) -> dict[str, Any]:
        """The request. ``extra`` goes in last, null takes a field out. ``bounded``: the schema keeps texts short."""
        document: dict[str, Any] = {"model": model, "messages": self.messages(messages, schema)}
        if self.format == "json_schema":
            document["response_format"] = strict_format(schema, self.bounds if bounded else None)
        elif self.format == "json_object":
            document["response_format"] = {"type": "json_object"}
        document[self.limit] = self.tokens(max_tokens)
        if self.temperature:
            document["temperature"] = 0.0
        if routing is not None and self.routing:
            document["provider"] = dict(routing)
        return {name: value for name, value in (document | dict(extra or {})).items() if value is not None}

    @property
    def bounds(self) -> tuple[int, int] | None:
        """Longest text and list in a schema that may have bounds."""
        return None if self.unbounded else TERSE_BOUNDS if self.terse else BOUNDS

    def tokens(self, max_tokens: int) -> int:
        """The limit of the answer."""
        return max_tokens + (THINKING_TOKENS if self.thinks else 0)

    def messages(self, messages: Sequence[Message], schema: type[BaseModel]) -> list[Message]:
        """The messages as they are sent: no two of one role in a row, the schema in words where it is not sent."""
        merged: list[Message] = []
        for place, message in enumerate(messages):
            role, content = message["role"] if self.system else "user", message["content"]
            if place == 0 and self.format != "json_schema":
                content += f"\nThe schema: {orjson.dumps(strict_schema(schema)).decode()}"
            if merged and merged[-1]["role"] == role:
                merged[-1]["content"] += f"\n\n{content}"
            else:
                merged.append(Message(role=role, content=content))
        return merged if self.characters is None else _cut(merged, self.characters)

    def without(self, what: str) -> "Shape | None":
        """The next form after a refusal; None where it has been given up already."""
        changes: dict[str, Any] = {}
        match what:
            case "no_bounds" if not self.unbounded:
                changes = {"unbounded": True}
            case "no_schema" if self.format != _FORMATS[-1]:
                changes = {"format": _FORMATS[_FORMATS.index(self.format) + 1]}
            case "no_temperature" if self.temperature:
                changes = {"temperature": False}
            case "completion_limit" if self.limit == "max_tokens":
                changes = {"limit": "max_completion_tokens"}
            case "token_limit" if self.limit == "max_completion_tokens":
                changes = {"limit": "max_tokens"}
            case "no_system" if self.system:
                changes = {"system": False}
            case "no_routing" if self.routing:
                changes = {"routing": False}
            case "no_parameters":
                return next(filter(None, map(self.without, ("no_temperature", "no_schema", "no_routing"))), None)
        return replace(self, **changes) if changes else None

    def shorter(self, failure: Failure, sent: int, max_tokens: int) -> "Shape | None":
        """After a request of ``sent`` characters that was longer than the model's context."""
        context = next(filter(None, (number(node.get("n_ctx")) for node in failure.nodes)), None)
        prompt = next(filter(None, (number(node.get("n_prompt_tokens")) for node in failure.nodes)), None)
        if context is None and (found := _CONTEXT.search(failure.words)):
            context = float(found[1] or found[2])
        if context is None:
            fits = sent * 0.6
        else:
            room = max(context - self.tokens(max_tokens), context / 3)
            fits = min(sent * 0.9, room * (0.95 * sent / prompt if prompt else CHARACTERS_PER_TOKEN))
        return replace(self, characters=int(fits)) if fits >= FEWEST_CHARACTERS and fits < sent else None


def room(context_tokens: int, max_tokens: int) -> int:
    """The characters that messages may have in a context of so many tokens."""
    return int(max(context_tokens - max_tokens, context_tokens // 3) * CHARACTERS_PER_TOKEN)


def _cut(messages: list[Message], most: int) -> list[Message]:
    """The longest message without its middle: a page's head and foot say most, and what closes it stays."""
    over = sum(len(message["content"]) for message in messages) - most
    if over <= 0:
        return messages
    last = max(
        range(len(messages)), key=lambda place: (messages[place]["role"] == "user", len(messages[place]["content"]))
    )
    text = messages[last]["content"]
    keep = max(len(text) - over - len(GAP), FEWEST_CHARACTERS // 2)
    head, tail = text[: keep * 2 // 3], text[-(keep // 3) :]
    return [
        Message(role=message["role"], content=f"{head}{GAP}{tail}" if place == last else message["content"])
        for place, message in enumerate(messages)
    ]


@lru_cache(maxsize=64)
def strict_schema(schema: type[BaseModel], bounds: tuple[int, int] | None = None) -> dict[str, Any]:
    """The JSON schema of a pydantic model in OpenAI's strict subset: every object closed, every field required.

    ``bounds``, of texts and of lists, go beyond that subset.
    """
    document = schema.model_json_schema()
    stack: list[Any] = [document]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            node.pop("default", None)
            if bounds and node.get("type") == "string" and not node.keys() & {"enum", "const"}:
                node["maxLength"] = bounds[0]
            if bounds and node.get("type") == "array":
                node["maxItems"] = bounds[1]
            if isinstance(node.get("properties"), dict):
                node["additionalProperties"] = False
                node["required"] = list(node["properties"])
                stack.extend(node["properties"].values())
                stack.extend(value for name, value in node.items() if name not in {"properties", "required"})
            else:
                stack.extend(node.values())
    return document


def strict_format(schema: type[BaseModel], bounds: tuple[int, int] | None = None) -> dict[str, Any]:
    """The response format of a pydantic model."""
    return {
        "type": "json_schema",
        "json_schema": {"name": schema.__name__, "strict": True, "schema": strict_schema(schema, bounds)},
    }
