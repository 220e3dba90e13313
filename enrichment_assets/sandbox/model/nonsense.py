"""What models say instead of the answer: each form is a whole completion, and paid as one."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import orjson

from enrichment_assets.sandbox import lying
from enrichment_assets.sandbox.model import llm
from enrichment_assets.sandbox.wire import Call, Reply

Honest = Callable[[], Reply]


def _llm_request(call: Call) -> dict[str, Any]:
    try:
        request = call.json()
    except orjson.JSONDecodeError:
        return {}
    return request if isinstance(request, dict) and request.get("messages") else {}


def _said(content: str | None, **choice: Any) -> Callable[[Call, Honest], Reply]:
    """A completion that says something else, paid as any."""

    def make(call: Call, honest: Honest) -> Reply:
        request = _llm_request(call)
        if not request:
            return honest()
        message = {"content": None} if content is None else {}
        return llm.complete(
            request, content=content or "", **{**choice, "message": {**message, **choice.get("message", {})}}
        )

    return make


def _reworded(change: Callable[[str], str], **choice: Any) -> Callable[[Call, Honest], Reply]:
    """What would be said, in another form; paid as any."""

    def make(call: Call, honest: Honest) -> Reply:
        document = orjson.loads(honest().body)
        if not document.get("choices"):
            return honest()
        return llm.complete(
            _llm_request(call), content=change(str(document["choices"][0]["message"]["content"])), **choice
        )

    return make


def _lied(lie: Callable[[str, list[tuple[str, str]]], str]) -> Callable[[Call, Honest], Reply]:
    """What a model that cannot be trusted says to the same prompt; paid as any."""

    def make(call: Call, honest: Honest) -> Reply:
        said = llm.messages_of(_llm_request(call))
        return _reworded(lambda text: lie(text, said))(call, honest)

    return make


def _changed(change: Callable[[dict[str, Any]], Any]) -> Callable[[Call, Honest], Reply]:
    """The answer's document with a part replaced."""

    def make(_call: Call, honest: Honest) -> Reply:
        reply = honest()
        document = orjson.loads(reply.body)
        change(document)
        return Reply(200, orjson.dumps(document), reply.content_type, reply.headers, reply.usd, blanks=True)

    return make


def _choice_error(_call: Call, _honest: Honest) -> Reply:
    failed = {"code": 502, "message": "This model is currently experiencing high demand.",
              "metadata": {"error_type": "provider_unavailable"}}  # fmt: skip
    choice = {"message": {"content": ""}, "finish_reason": "error", "error": failed}
    return Reply(200, orjson.dumps({"choices": [choice], "usage": {"cost": 0, "is_byok": False}}), blanks=True)


def _wrong_fields(text: str) -> str:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
    return orjson.dumps({f"{key}_": value for key, value in document.items()}).decode()


def _invented(text: str) -> str:
    def walk(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: "We are the leading B2B platform of the galaxy." if key == "quote" and inner else walk(inner)
                for key, inner in value.items()
            }
        return [walk(item) for item in value] if isinstance(value, list) else value

    try:
        return orjson.dumps(walk(orjson.loads(text))).decode()
    except orjson.JSONDecodeError:
        return text


def verbatim(call: Call, honest: Honest, content: str) -> Reply:
    """These words, whatever was asked; paid as any."""
    return _said(content)(call, honest)


_DISCONNECTED: Final = {"code": 502, "message": "Provider disconnected mid-stream",
                        "metadata": {"error_type": "provider_unavailable"}}  # fmt: skip
TALKS: Final[Mapping[str, Callable[[Call, Honest], Reply]]] = {
    "choice_error": _choice_error,
    "partial_error": _reworded(lambda text: text[: len(text) // 3], finish_reason="error", error=_DISCONNECTED),
    "empty_choices": _changed(lambda document: document.update(choices=[])),
    "null_content": _said(None, finish_reason="length"),
    "refusal": _said(None, message={"refusal": "I'm sorry, but I can't help with that."}),
    "content_filter": _said("", finish_reason="content_filter"),
    "prose": _said("I think this company looks like a good fit overall, although I would like to know more."),
    "fenced": _reworded(lambda text: f"Here you go:\n```json\n{text}\n```\nLet me know if you need anything else."),
    "double_braces": _reworded(lambda text: "{" + text + "}"),
    "cut_at_length": _reworded(lambda text: text[: len(text) * 2 // 3], finish_reason="length"),
    "nonsense": _said('{"answer": [42, null, "potato"]}'),
    "wrong_fields": _reworded(_wrong_fields),
    "invented_quotes": _reworded(_invented),
    "irrelevant_quotes": _lied(lying.irrelevant_quotes),
    "obedient": _lied(lying.obedient),
    "tainted_texts": _lied(lying.tainted_texts),
    "invented_values": _lied(lying.invented_values),
    "forged_quotes": _lied(lying.forged_quotes),
}
