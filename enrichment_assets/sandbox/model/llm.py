"""OpenRouter on loopback: /chat/completions, /key, /models, /generation.

What is answered comes from the prompt alone.
"""

from hashlib import blake2b
from time import time
from typing import Any, Final

import orjson

from enrichment_assets.sandbox.model.filling import fill
from enrichment_assets.sandbox.model.judging import judge
from enrichment_assets.sandbox.model.reading import Reading, read
from enrichment_assets.sandbox.wire import JSON, Call, Reply, json_reply
from enrichment_assets.sandbox.world.world import World

MODELS: Final = {
    "openai/gpt-4o-mini": ("OpenAI", 0.15, 0.60),
    "openai/gpt-4o": ("OpenAI", 2.50, 10.00),
    "openai/gpt-5-mini": ("OpenAI", 0.25, 2.00),
    "google/gemini-2.5-flash": ("Google", 0.30, 2.50),
    "anthropic/claude-sonnet-4.5": ("Anthropic", 3.00, 15.00),
    "deepseek/deepseek-chat": ("DeepInfra", 0.28, 0.88),
    "meta-llama/llama-3.3-70b-instruct": ("Together", 0.12, 0.30),
}
"""Model to its host and list prices in US dollars per million prompt and completion tokens."""
THINKING: Final = frozenset(("openai/gpt-5-mini",))
"""Take no temperature, and think before they answer."""
THINKING_TOKENS: Final = 2_500
_CHARACTERS_PER_TOKEN: Final = 4
_MAX_PROMPT_TOKENS: Final = 128_000
PADDING: Final = b"\n         \n"


def answer(_world: World, call: Call) -> Reply:  # noqa: PLR0911 - one return per case
    """One OpenRouter call."""
    route = call.path.rstrip("/")
    if route == "/models":
        return json_reply({"data": [_model(name) for name in MODELS]})
    if not call.bearer():
        return error(401, "Missing Authentication header")
    if route == "/key":
        return json_reply({"data": _key()})
    if route == "/credits":
        return json_reply({"data": {"total_credits": 100.0, "total_usage": 0.0}})
    if route == "/generation":
        return _generation(call.query.get("id", ""))
    if route != "/chat/completions" or call.method != "POST":
        return json_reply({"error": {"code": 404, "message": "Not Found"}}, 404)
    try:
        request = call.json()
    except orjson.JSONDecodeError:
        return error(400, "Invalid JSON body")
    if not isinstance(request, dict) or not request.get("messages"):
        return error(400, "Input required: specify messages")
    return complete(request)


def error(status: int, message: str, *, headers: dict[str, str] | None = None, **metadata: Any) -> Reply:
    """OpenRouter's error shape."""
    body: dict[str, Any] = {"code": status, "message": message}
    if metadata:
        body["metadata"] = metadata
    return json_reply({"error": body}, status, headers=headers)


def complete(request: dict[str, Any], *, content: str | None = None, **choice: Any) -> Reply:
    """A completion of the request. ``content`` and the fields of ``choice`` replace what would be said (faults)."""
    wanted = [str(request["model"])] if request.get("model") else []
    wanted += [str(name) for name in request.get("models") or ()]
    model = next((name for name in wanted if name in MODELS), None)
    if model is None:
        named = wanted[0] if wanted else "(none)"
        return json_reply({"error": {"message": f"{named} is not a valid model ID", "error_type": "invalid_request",
            "http_status": 400, "availability": {"code": "model_not_found", "retryable": False,
            "requested_models": wanted,
            "docs_url": "https://openrouter.ai/docs/errors#model_not_found"}}}, 400)  # fmt: skip
    if model in THINKING and "temperature" in request and (request.get("provider") or {}).get("require_parameters"):
        return error(404, "No endpoints found that can handle the requested parameters.")
    messages = messages_of(request)
    prompt_tokens = sum(len(text) for _, text in messages) // _CHARACTERS_PER_TOKEN + 4 * len(messages)
    if prompt_tokens > _MAX_PROMPT_TOKENS:
        return error(400, f"This endpoint's maximum context length is {_MAX_PROMPT_TOKENS} tokens.")
    said = content if content is not None else _say(request, read(messages))
    completion_tokens = len(said) // _CHARACTERS_PER_TOKEN + 1
    finish = "stop"
    if model in THINKING and int(request.get("max_tokens") or 0) < THINKING_TOKENS:
        choice = {**choice, "message": {"content": None, "reasoning": "Let me look at the criteria."}}
        spent = int(request.get("max_tokens") or 0)
        return _completion(model, "", "length", prompt_tokens=prompt_tokens, completion_tokens=spent, choice=choice)
    limit = request.get("max_completion_tokens") or request.get("max_tokens")
    if limit and completion_tokens > int(limit):
        completion_tokens, finish = int(limit), "length"
        said = said[: completion_tokens * _CHARACTERS_PER_TOKEN]
    return _completion(
        model, said, finish, prompt_tokens=prompt_tokens, completion_tokens=completion_tokens, choice=choice
    )


def messages_of(request: dict[str, Any]) -> list[tuple[str, str]]:
    """The request's messages as (role, text)."""
    listed = request.get("messages") or ()
    return [(str(m.get("role")), _text(m.get("content"))) for m in listed if isinstance(m, dict)]


def _completion(
    model: str, said: str, finish: str, *, prompt_tokens: int, completion_tokens: int, choice: dict[str, Any]
) -> Reply:
    host, prompt_price, completion_price = MODELS[model]
    prompt_usd = round(prompt_tokens * prompt_price / 1e6, 10)
    completion_usd = round(completion_tokens * completion_price / 1e6, 10)
    usd = round(prompt_usd + completion_usd, 10)
    created = int(time())
    mark = blake2b(f"{model}{said}{created}{prompt_tokens}".encode(), digest_size=10).hexdigest()
    message = {"role": "assistant", "content": said, "refusal": None, "reasoning": None}
    message.update(choice.pop("message", {}))
    document = {
        "id": f"gen-{created}-{mark}",
        "provider": host,
        "model": model,
        "object": "chat.completion",
        "created": created,
        "choices": [{"logprobs": None, "finish_reason": finish, "native_finish_reason": finish, "index": 0,
                     "message": message, **choice}],
        "system_fingerprint": f"fp_{mark[:10]}",
        "usage": {
            "prompt_tokens": prompt_tokens, "completion_tokens": completion_tokens,
            "total_tokens": prompt_tokens + completion_tokens, "cost": usd, "is_byok": False,
            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
            "cost_details": {"upstream_inference_cost": usd, "upstream_inference_prompt_cost": prompt_usd,
                             "upstream_inference_completions_cost": completion_usd},
            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
        },
    }  # fmt: skip
    return Reply(200, orjson.dumps(document), JSON, {}, usd, prompt_tokens + completion_tokens, blanks=True)


def _say(request: dict[str, Any], reading: Reading) -> str:
    asked = request.get("response_format") or {}
    schema = (asked.get("json_schema") or {}).get("schema") if asked.get("type") == "json_schema" else None
    if schema is None:
        judgement = judge(reading)
        document = {"verdict": judgement.verdict, "score": judgement.score, "reason": judgement.reason}
        text = orjson.dumps(document).decode()
        return text if asked.get("type") == "json_object" else f"Here is my assessment.\n\n```json\n{text}\n```\n"
    text = orjson.dumps(fill(schema, reading)).decode()
    if (request.get("provider") or {}).get("require_parameters") or not _may_be_ignored(request):
        return text
    return f"Sure! Here is the JSON you asked for:\n```json\n{text}\n```"


def _may_be_ignored(request: dict[str, Any]) -> bool:
    """Without require_parameters, one host in four takes no notice of the schema."""
    return blake2b(orjson.dumps(request["messages"]), digest_size=1).digest()[0] < 64


def _text(content: Any) -> str:
    if isinstance(content, list):
        return "\n".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    return str(content or "")


def _model(name: str) -> dict[str, Any]:
    _, prompt_price, completion_price = MODELS[name]
    return {
        "id": name, "name": name, "context_length": _MAX_PROMPT_TOKENS,
        "pricing": {"prompt": f"{prompt_price / 1e6:.11f}", "completion": f"{completion_price / 1e6:.11f}"},
        "supported_parameters": ["response_format", "structured_outputs", "max_tokens", "temperature"],
    }  # fmt: skip


def _key() -> dict[str, Any]:
    usage = dict.fromkeys(("usage", "usage_daily", "usage_weekly", "usage_monthly"), 0.0)
    return {
        "label": "sk-or-sandbox...", "limit": None, "limit_remaining": None, "limit_reset": None, "is_free_tier": False,
        "is_management_key": False, "is_provisioning_key": False, "include_byok_in_limit": False, "expires_at": None,
        "creator_user_id": "user_sandbox", **usage, **{f"byok_{name}": 0.0 for name in usage},
        "rate_limit": {"interval": "1h", "requests": 1000, "note": "This field is deprecated and safe to ignore."},
    }  # fmt: skip


def _generation(identifier: str) -> Reply:
    if not identifier.startswith("gen-"):
        return error(404, f"Generation {identifier} not found")
    return error(404, f"Generation {identifier} not found, it may not be ready yet")
