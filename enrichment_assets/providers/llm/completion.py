"""What a chat-completion endpoint answered: the model's text, why it stopped, and what it used.

The format is OpenAI's (platform.openai.com/docs/api-reference/chat/object). Endpoints that call themselves compatible
differ in the details read here: content as a list of parts (Mistral, Anthropic's gateway) or as the object itself, the
answer in ``tool_calls`` or in the reasoning (vLLM, DeepSeek), no ``finish_reason``, a stream nobody asked for, comment
lines before the document (OpenRouter), a byte-order mark, NaN and lone surrogates, which JSON does not have.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

MOST_PARTS = 1_000
_REASONING = ("reasoning_content", "reasoning", "thinking")
_NOT_SAID = frozenset(("thinking", "reasoning", "redacted_thinking", "reasoning_text", "summary_text"))


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model said. "" is what the endpoint left out."""

    text: str
    refusal: str
    finish: str
    model: str
    usage: Mapping[str, Any] = field(default_factory=dict)
    thought: bool = False
    """It wrote reasoning too, which counts against the limit of the answer."""


def document_of(body: bytes) -> Any:
    """The JSON document in a body, or None. A stream of chunks becomes the completion it adds up to."""
    text = body.decode("utf-8-sig", "replace").strip()
    document = _json(text)
    if document is None and text.startswith(("data:", "event:", ":", "id:", "retry:")):
        lines = text.splitlines()
        chunks = [chunk for line in lines if line.startswith("data:") and (chunk := _json(line[5:])) is not None]
        document = _added_up(chunks) if chunks else _json("\n".join(line for line in lines if line[:1] != ":"))
    return document[0] if isinstance(document, list) and len(document) == 1 else document


def completion_of(document: Mapping[str, Any]) -> Completion | None:
    """The completion in a document, or None where there is none in it."""
    choice = next(iter(objects(document.get("choices"))), {})
    message = mapping(choice.get("message")) or mapping(choice.get("delta")) or mapping(document.get("message"))
    if not message and not isinstance(choice.get("text"), str):
        return None
    thoughts = [said for name in _REASONING if (said := _said(message.get(name)))]
    refusal = text_of(message.get("refusal"))
    text = _said(message.get("content")) or text_of(choice.get("text")) or _called(message)
    finish = text_of(choice.get("finish_reason")).lower()
    if not text and not refusal and finish != "length":
        text = next((thought for thought in thoughts if "{" in thought), "")
    usage = mapping(document.get("usage")) or mapping(document.get("usageMetadata"))
    details = mapping(usage.get("completion_tokens_details")) or mapping(usage.get("output_tokens_details"))
    thought = bool(thoughts) or bool(number(details.get("reasoning_tokens")))
    return Completion(text, refusal, finish, text_of(document.get("model")), usage, thought)


def text_of(value: object) -> str:
    """The value if it is a text, without lone surrogates; else ""."""
    return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace") if isinstance(value, str) else ""


def mapping(value: object) -> Mapping[str, Any]:
    """The value if it is a JSON object; else an empty one."""
    return value if isinstance(value, dict) else {}


def objects(value: object) -> Iterator[Mapping[str, Any]]:
    """The JSON objects of a list."""
    return (item for item in value[:MOST_PARTS] if isinstance(item, dict)) if isinstance(value, list) else iter(())


def number(value: object) -> float | None:
    """A number, also one written as text (``"0.0012"``, ``"$0.0012"``)."""
    if isinstance(value, str):
        try:
            value = float(value.strip().removeprefix("$"))
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if abs(value) < 1e15 else None


def _json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(text, strict=False, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def _said(content: object) -> str:
    """The text of a content: itself, its text parts put together, or the JSON object that stands in its place."""
    if isinstance(content, str):
        return text_of(content)
    if isinstance(content, list):
        parts = [
            part for part in content[:MOST_PARTS] if not (isinstance(part, dict) and part.get("type") in _NOT_SAID)
        ]
        return "".join(_part(part) for part in parts)
    return _part(content)


def _part(part: object) -> str:
    if isinstance(part, str):
        return text_of(part)
    if not isinstance(part, dict):
        return ""
    for name in ("text", "content"):
        if isinstance(part.get(name), str) and ("type" in part or len(part) == 1):
            return text_of(part[name])
    return "" if "type" in part or not part else json.dumps(part)


def _called(message: Mapping[str, Any]) -> str:
    """The arguments of the function that the model called instead of answering, or what the endpoint parsed itself."""
    calls = [mapping(call.get("function")) for call in objects(message.get("tool_calls"))]
    for call in [*calls, mapping(message.get("function_call"))]:
        if arguments := _said(call.get("arguments")):
            return arguments
    return _said(message.get("parsed"))


def _added_up(chunks: list[Any]) -> dict[str, Any]:
    """One completion of a stream's chunks; an error among them stays one."""
    whole: dict[str, Any] = {}
    content: list[str] = []
    finish = None
    for chunk in filter(None, map(mapping, chunks)):
        whole |= {name: value for name, value in chunk.items() if name != "choices" and value is not None}
        for choice in list(objects(chunk.get("choices")))[:1]:
            if choice.get("message"):
                whole["choices"] = [choice]
            content.append(_said(mapping(choice.get("delta")).get("content")))
            finish = choice.get("finish_reason") or finish
    if "choices" not in whole and content:
        whole["choices"] = [{"message": {"content": "".join(content)}, "finish_reason": finish or "length"}]
    return whole
