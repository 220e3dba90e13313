"""Why an endpoint gave no completion: its words and codes, wherever it puts them.

Errors come as ``{"error": {…}}`` (OpenAI), a list of that (Gemini), a text (xAI, Hugging Face), FastAPI's ``detail``
(vLLM, LM Studio), ``message`` and ``code`` at the top (vLLM, Cohere), ``errors`` (Cloudflare), ``base_resp`` (MiniMax);
the reason behind "Provider returned error" stands in ``metadata.raw`` (OpenRouter).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from enrichment_assets.providers.llm.completion import mapping, number, objects, text_of

_CODES = ("code", "type", "status", "param", "reason", "error_code", "error_type", "limit_source", "quotaId",
          "http_status", "status_code", "raw_status_code")  # fmt: skip
_WORDS = ("message", "msg", "status_msg", "error_msg", "detail", "error", "title")
_INSIDE = ("error", "errors", "message", "detail", "details", "metadata", "availability", "base_resp", "innererror",
           "violations", "raw", "body", "response")  # fmt: skip
_DEEPEST = 6


@dataclass(frozen=True, slots=True)
class Failure:
    """An error an endpoint told. ``status`` is the error's own where it names one, else that of HTTP."""

    status: int
    words: str
    codes: frozenset[str]
    nodes: tuple[Mapping[str, Any], ...] = ()

    @property
    def model_said(self) -> str:
        """What the model had written when the endpoint found it not to be JSON (Groq's json_validate_failed)."""
        return next((said for node in self.nodes if (said := text_of(node.get("failed_generation")))), "")


def failure_of(document: object, http_status: int, body: bytes = b"") -> Failure | None:
    """The error in an answer, or None where it tells of none. With an HTTP status of an error there always is one."""
    told = _told(document)
    if told is None and http_status < 300:
        return None
    nodes = tuple(_nodes(document if told is None else told, 0))
    sources: list[Any] = [*nodes, *([told] if isinstance(told, str) else [])]
    words = list(dict.fromkeys(word for source in sources for word in _words(source)))
    if not words and not nodes:
        words = [body.decode("utf-8", "replace")]
    codes = frozenset(str(node[name]).lower() for node in nodes for name in _CODES if _is_code(node.get(name)))
    statuses = (number(node.get(name)) for node in nodes for name in ("code", "http_status", "status", "status_code"))
    own = next((int(status) for status in statuses if status is not None and 400 <= status < 600), None)
    return Failure(http_status if http_status >= 300 else own or 502, ". ".join(words), codes, nodes)


def _told(document: object) -> object:
    """The part of a document that is an error, or None."""
    if isinstance(document, list):
        return next((told for item in document if (told := _told(item)) is not None), None)
    if not isinstance(document, dict):
        return None
    if any(document.get(name) for name in ("error", "errors", "detail")) or document.get("object") == "error":
        return document
    base = mapping(document.get("base_resp"))
    if number(base.get("status_code")):
        return base
    for choice in objects(document.get("choices")):
        if choice.get("error"):
            return choice["error"]
    no_answer = not document.get("choices") and not isinstance(document.get("message"), dict)
    return document if no_answer and any(isinstance(document.get(name), str) for name in _WORDS) else None


def _nodes(node: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """The objects that make up an error, the outermost first."""
    if isinstance(node, str) and node.lstrip()[:1] in ("{", "["):
        try:
            node = orjson.loads(node)
        except orjson.JSONDecodeError:
            return
    if depth > _DEEPEST:
        return
    if isinstance(node, list):
        for item in node[:50]:
            yield from _nodes(item, depth + 1)
    elif isinstance(node, dict):
        yield node
        for name in _INSIDE:
            yield from _nodes(node.get(name), depth + 1)


def _words(node: object) -> Iterator[str]:
    """The texts for a person in one object; what is JSON inside a text is an object of its own."""
    if isinstance(node, str):
        yield node
        return
    node = mapping(node)
    where = node.get("loc")
    if isinstance(where, list):  # FastAPI: which part of the request
        yield " ".join(map(str, where))
    for name in (*_WORDS, "raw"):
        value = node.get(name)
        for text in value[:10] if isinstance(value, list) else [value]:
            if isinstance(text, str) and text.strip() and text.lstrip()[:1] not in ("{", "["):
                yield text_of(text).strip().rstrip(".")


def _is_code(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""
