"""Nine further chat-completion endpoints on loopback: ``/llm/<name>/…``. What each refuses, and how it says so.

Facts from the vendors' documentation and from what people report of them: OpenAI
(platform.openai.com/docs/guides/reasoning), Azure (learn.microsoft.com/azure/ai-services/openai/reference), Groq
(console.groq.com/docs/structured-outputs, /rate-limits), Gemini (ai.google.dev/gemini-api/docs/openai), Mistral
(docs.mistral.ai/api), Ollama (docs.ollama.com), LM Studio (lmstudio.ai/docs), vLLM (docs.vllm.ai), LiteLLM
(docs.litellm.ai/docs/proxy).
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from enrichment_assets.sandbox.model import llm
from enrichment_assets.sandbox.wire import Call, Reply, json_reply, text_reply

Rule = Callable[[dict[str, Any], int], Reply | None]
"""A request and how many came before it, to a refusal."""
Dressing = Callable[[dict[str, Any]], dict[str, Any]]
_THINKING: Final = 2_500
_SPOKEN_BY: Final = "openai/gpt-4o-mini"
_MISTRAL_FIELDS: Final = frozenset(
    ("model", "messages", "temperature", "top_p", "max_tokens", "stream", "stop", "response_format", "safe_prompt")
)


def _openai_error(status: int, message: str, **more: Any) -> Reply:
    error = {"message": message, "type": "invalid_request_error", "param": None, "code": None, **more}
    return json_reply({"error": error}, status)


def _format(request: dict[str, Any]) -> str:
    return str((request.get("response_format") or {}).get("type", "text"))


def _openai(request: dict[str, Any], _count: int) -> Reply | None:
    if "max_tokens" in request:
        words = "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead."
        return _openai_error(400, words, param="max_tokens", code="unsupported_parameter")
    if request.get("temperature", 1) != 1:
        words = "Unsupported value: 'temperature' does not support 0.0. Only the default (1) value is supported."
        return _openai_error(400, words, param="temperature", code="unsupported_value")
    if "provider" in request:
        return _openai_error(400, "Unrecognized request argument supplied: provider")
    return None


def _azure(request: dict[str, Any], _count: int) -> Reply | None:
    if _format(request) == "json_schema":
        words = "response_format value as json_schema is enabled only for api versions 2024-08-01-preview and later"
        return json_reply({"error": {"code": "BadRequest", "message": words}}, 400)
    return None


def _groq(request: dict[str, Any], count: int) -> Reply | None:
    if count % 9 == 8:
        words = "Rate limit reached for model `m` on tokens per minute (TPM): Limit 6000. Please try again in 60ms."
        limited = {"message": words, "type": "tokens", "code": "rate_limit_exceeded"}
        return json_reply({"error": limited}, 429, headers={"x-ratelimit-reset-tokens": "60ms"})
    if _format(request) == "json_schema":
        return _openai_error(400, "This model does not support response format `json_schema`. See supported models")
    if _format(request) == "json_object" and "json" not in str(request["messages"]).lower():
        return _openai_error(400, "'messages' must contain the word 'json' in some form")
    return None


def _gemini(request: dict[str, Any], count: int) -> Reply | None:
    if any(message["role"] == "system" for message in request["messages"]):
        words = "Developer instruction is not enabled for models/gemma-3-27b-it"
        return json_reply([{"error": {"code": 400, "message": words, "status": "INVALID_ARGUMENT"}}], 400)
    if count % 9 == 8:
        details = [
            {"@type": "type.googleapis.com/google.rpc.QuotaFailure",
             "violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel-FreeTier"}]},
            {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.1s"},
        ]  # fmt: skip
        words = "You exceeded your current quota, please check your plan and billing details. Please retry in 0.1s."
        error = {"code": 429, "message": words, "status": "RESOURCE_EXHAUSTED", "details": details}
        return json_reply([{"error": error}], 429)
    return None


def _mistral(request: dict[str, Any], _count: int) -> Reply | None:
    for name in [name for name in request if name not in _MISTRAL_FIELDS]:
        detail = [{"type": "extra_forbidden", "loc": ["body", name], "msg": "Extra inputs are not permitted"}]
        return json_reply({"object": "error", "message": {"detail": detail}, "type": "invalid_request_error"}, 422)
    return None


def _ollama(request: dict[str, Any], count: int) -> Reply | None:
    if count % 11 == 10:
        return _openai_error(503, "server busy, please try again. maximum pending requests exceeded", type="api_error")
    if request["model"] != "qwen3:4b":
        return _openai_error(404, f'model "{request["model"]}" not found, try pulling it first', type="api_error")
    return None


def _lm_studio(request: dict[str, Any], _count: int) -> Reply | None:
    if _format(request) not in {"json_schema", "text"}:
        return json_reply({"error": "'response_format.type' must be 'json_schema' or 'text'"}, 400)
    return None


def _vllm(request: dict[str, Any], _count: int) -> Reply | None:
    roles = [message["role"] for message in request["messages"]]
    if roles != ["user", "assistant"] * (len(roles) // 2) + ["user"]:
        return _vllm_error("Conversation roles must alternate user/assistant/user/assistant/...")
    tokens = sum(len(message["content"]) for message in request["messages"]) // 4
    asked = int(request.get("max_tokens", 0))
    if tokens + asked > 4_096:
        asked_for = f"{tokens + asked} tokens ({tokens} in the messages, {asked} in the completion)"
        return _vllm_error(f"This model's maximum context length is 4096 tokens. However, you requested {asked_for}.")
    return None


def _vllm_error(message: str) -> Reply:
    return json_reply(
        {"object": "error", "message": message, "type": "BadRequestError", "param": None, "code": 400}, 400
    )


def _litellm(request: dict[str, Any], _count: int) -> Reply | None:
    if request.get("temperature", 1) != 1:
        words = "litellm.UnsupportedParamsError: m doesn't support temperature=0.0. Only temperature=1 is supported."
        return json_reply({"error": {"message": words, "type": "None", "param": "None", "code": "400"}}, 400)
    return None


def _thinks(document: dict[str, Any]) -> dict[str, Any]:
    message = document["choices"][0]["message"]
    message["content"] = f'<think>Is it {{"verdict": "fit"}}? Let me look.</think>\n\n{message["content"]}'
    return document


def _in_parts(document: dict[str, Any]) -> dict[str, Any]:
    message = document["choices"][0]["message"]
    thought = {"type": "thinking", "thinking": [{"type": "text", "text": "First the criteria."}]}
    message["content"] = [thought, {"type": "text", "text": message["content"]}]
    return document


def _in_reasoning(document: dict[str, Any]) -> dict[str, Any]:
    message = document["choices"][0]["message"]
    message["reasoning_content"], message["content"] = message["content"], None
    document["choices"][0]["finish_reason"] = None
    return document


@dataclass(frozen=True)
class Profile:
    """``path``: below ``/llm/<name>``. ``key``: the header that must hold one. ``dress``: how its answers look."""

    path: str
    model: str
    rule: Rule
    key: str = "Authorization"
    dress: Dressing = lambda document: document
    thinks: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, Any] = field(default_factory=dict)
    """What it tells of its models, by path."""


PROFILES: Final[Mapping[str, Profile]] = {
    "openai": Profile("/v1", "gpt-5-mini", _openai, thinks=True),
    "azure": Profile("/openai/deployments/mini", "mini", _azure, key="api-key"),
    "groq": Profile("/openai/v1", "llama-3.3-70b-versatile", _groq),
    "gemini": Profile("/v1beta/openai", "gemma-3-27b-it", _gemini),
    "mistral": Profile("/v1", "magistral-small", _mistral, dress=_in_parts),
    "ollama": Profile("/v1", "qwen3:4b", _ollama, key="", dress=_thinks),
    "lmstudio": Profile("/v1", "qwen2.5-7b-instruct", _lm_studio, key=""),
    "vllm": Profile(
        "/v1",
        "google/gemma-2-9b-it",
        _vllm,
        key="",
        dress=_in_reasoning,
        lists={"/v1/models": {"object": "list", "data": [{"id": "google/gemma-2-9b-it", "max_model_len": 4_096}]}},
    ),
    "litellm": Profile(
        "/v1",
        "company-chat",
        _litellm,
        headers={"x-litellm-response-cost": "0.0003"},
        lists={
            "/v1/model/info": {
                "data": [
                    {
                        "model_name": "company-chat",
                        "model_info": {"input_cost_per_token": 1.5e-07, "output_cost_per_token": 6e-07},
                    }
                ]
            }
        },
    ),
}


class Endpoints:
    """All of them, and how many requests each has had."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def answer(self, call: Call) -> Reply:
        """One call."""
        name, _, rest = call.path.lstrip("/").partition("/")
        profile = PROFILES.get(name)
        if profile is not None and call.method == "GET":
            listed = profile.lists.get(f"/{rest}")
            return text_reply("404 page not found", 404) if listed is None else json_reply(listed)
        if profile is None or f"/{rest}" != f"{profile.path}/chat/completions":
            return text_reply("404 page not found", 404)
        if profile.key and not call.headers.get(profile.key):
            return json_reply({"error": {"code": "401", "message": "Access denied due to invalid key."}}, 401)
        if name == "azure" and "api-version" not in call.query:
            return json_reply({"error": {"code": "404", "message": "Resource not found"}}, 404)
        request = call.json()
        refusal = profile.rule(request, self._counts[name])
        self._counts[name] += 1
        return refusal if refusal is not None else _completion(profile, request)


def _completion(profile: Profile, request: dict[str, Any]) -> Reply:
    limit = int(request.get("max_completion_tokens") or request.get("max_tokens") or 0)
    asked = {**request, "model": _SPOKEN_BY, "provider": {"require_parameters": True}}
    if _format(request) != "json_schema" and (schema := _schema_in_words(request)):
        asked["response_format"] = {"type": "json_schema", "json_schema": {"schema": schema}}
    document = orjson.loads(llm.complete(asked).body)
    document["model"] = profile.model
    for ours in ("provider", "native_finish_reason"):
        document.pop(ours, None)
    usage = document["usage"]
    document["usage"] = {name: usage[name] for name in ("prompt_tokens", "completion_tokens", "total_tokens")}
    if profile.thinks and 0 < limit < _THINKING:
        document["choices"][0] |= {"message": {"role": "assistant", "content": ""}, "finish_reason": "length"}
        document["usage"]["completion_tokens_details"] = {"reasoning_tokens": limit}
        return json_reply(document)
    return json_reply(profile.dress(document), headers=profile.headers)


def _schema_in_words(request: dict[str, Any]) -> dict[str, Any] | None:
    """The JSON schema that a message spells out, as any model would find it."""
    decoder = json.JSONDecoder()
    for _, text in llm.messages_of(request):
        at = text.find("{")
        while at >= 0:
            try:
                found, _ = decoder.raw_decode(text, at)
            except ValueError:
                found = None
            if isinstance(found, dict) and "properties" in found:
                return found
            at = text.find("{", at + 1)
    return None
