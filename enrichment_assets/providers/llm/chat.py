"""OpenRouter or any OpenAI-compatible endpoint: answers to a strict JSON schema, and what they really cost."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import httpx
import orjson
from pydantic import BaseModel

from enrichment_assets.core.errors import (
    MisconfiguredError,
    OutOfCreditError,
    PermanentError,
    ProviderError,
    TransientError,
)
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.call.ledger import CostScope, Reservation
from enrichment_assets.providers.call.pipeline import CallPipeline
from enrichment_assets.providers.call.retry import retry_after_s
from enrichment_assets.providers.http.addresses import as_ip, is_public
from enrichment_assets.providers.http.transport import (
    NETWORK_ERRORS,
    EncodingError,
    Reply,
    TooLargeError,
    asked_to_wait_s,
    excerpt,
    no_answer,
    status_error,
)
from enrichment_assets.providers.llm.model_json import NonsenseError, parse
from enrichment_assets.providers.prices import ModelPrice, model_price, reported_usd
from enrichment_assets.providers.protocols import Answered, Message, Prompt
from enrichment_assets.providers.registry import Opening, Provider

if TYPE_CHECKING:
    from enrichment_assets.providers.llm.openai_sdk import Completions

PROVIDER = "openrouter"
ATTEMPTS = 3
"""Answers asked for until one parses; the last is asked of the fallback model."""
BYTES_PER_TOKEN = 4
"""Typical. The worst case is one: no tokenizer makes more tokens than bytes."""
TOKENS_PER_MESSAGE = 16
"""Upper bound of what the chat format adds to each message."""
IN_FLIGHT_PAUSE_S = 2.0
"""After a 402 that only says that too many calls are in flight, when it names no time."""

T = TypeVar("T", bound=BaseModel)


class Llm:
    """Answers to a strict JSON schema. The SDK's own retries are off; its transport is ours."""

    def __init__(self, transport: httpx.AsyncBaseTransport, pipeline: CallPipeline, settings: Settings) -> None:
        self._pipeline = pipeline
        self._key = settings.openrouter_api_key.get_secret_value() if settings.openrouter_api_key else ""
        self._models = (settings.openrouter_model, settings.openrouter_fallback_model)
        self._timeout_s = settings.openrouter_timeout_s
        self._price = _price_setting(settings)
        self._lost_usd = settings.openrouter_lost_usd
        host = urlsplit(settings.openrouter_base_url).hostname or ""
        self._is_openrouter = host == "openrouter.ai" or host.endswith(".openrouter.ai")
        self._is_local = is_local(settings.openrouter_base_url)
        self._broken_models: dict[str, MisconfiguredError] = {}
        self._open = (settings.openrouter_base_url, transport)
        self._completions: Completions | None = None

    async def ask(self, prompt: Prompt, schema: type[T], scope: CostScope, *, max_tokens: int = 1500) -> Answered[T]:
        """Ask until the answer parses: 3 attempts, another prompt each time, the fallback model on the last.

        Raises TransientError when the model keeps talking nonsense.
        """
        if not self._key and not self._is_local:
            raise MisconfiguredError(PROVIDER, "no key: set OPENROUTER_API_KEY")
        wrong: str | None = None
        for attempt in range(ATTEMPTS):
            model = self._models[attempt == ATTEMPTS - 1]
            try:
                text, answered = await self._complete(model, prompt(wrong), schema, scope, max_tokens)
                return Answered(parse(text, schema), answered)
            except NonsenseError as error:
                wrong = str(error)
        raise TransientError(PROVIDER, f"no usable answer in {ATTEMPTS} attempts (last: {wrong})", blame="subject")

    async def _complete(
        self, model: str, messages: Sequence[Message], schema: type[BaseModel], scope: CostScope, max_tokens: int
    ) -> tuple[str, str]:
        if model in self._broken_models:
            raise MisconfiguredError(PROVIDER, self._broken_models[model].message, self._broken_models[model].status)
        price = self._price or model_price(model)
        form = strict_format(schema)
        size = sum(len(message["content"].encode()) for message in messages) + _size(schema)
        most_tokens = size + TOKENS_PER_MESSAGE * (len(messages) + 1)
        extra: dict[str, Any] = {}
        if self._is_openrouter:
            extra["provider"] = {
                "require_parameters": True,
                "max_price": {"prompt": price.prompt, "completion": price.completion},
            }

        completions = await self._sdk()
        body = {
            "model": model,
            "messages": messages,
            "response_format": form,
            "max_tokens": max_tokens,
            "temperature": 0.0,
            **extra,
        }

        async def attempt(reservation: Reservation) -> _Completion:
            return _completion(await self._send(completions, body), price, size, reservation, self._key)

        try:
            completion = await self._pipeline.call(
                scope,
                attempt,
                worst_usd=price.usd(most_tokens, max_tokens),
                unanswered_usd=price.usd(size // BYTES_PER_TOKEN, 0) if self._lost_usd is None else self._lost_usd,
            )
        except _ModelError as error:
            self._broken_models[model] = MisconfiguredError(PROVIDER, error.message, error.status)
            raise self._broken_models[model] from error
        return _said(completion, self._key), completion.model or model

    async def _sdk(self) -> "Completions":
        """The SDK takes most of a second to import: not before the first question, and beside the event loop."""
        if self._completions is None:
            self._completions = await asyncio.to_thread(self._open_sdk)
        return self._completions

    def _open_sdk(self) -> "Completions":
        from enrichment_assets.providers.llm.openai_sdk import Completions  # noqa: PLC0415

        base_url, transport = self._open
        return Completions(self._key, base_url, transport, self._timeout_s)

    async def _send(self, completions: "Completions", body: Mapping[str, Any]) -> Reply:
        try:
            return await completions.create(body)
        except (TimeoutError, TooLargeError, EncodingError, *NETWORK_ERRORS) as error:
            raise no_answer(PROVIDER, error, self._timeout_s) from error


@dataclass
class _ModelError(PermanentError):
    """This model cannot be used with these settings; others may."""

    __str__ = ProviderError.__str__


def _price_setting(settings: Settings) -> ModelPrice | None:
    prompt, completion = settings.openrouter_prompt_usd_per_mtok, settings.openrouter_completion_usd_per_mtok
    return None if prompt is None or completion is None else ModelPrice(prompt, completion)


@dataclass(frozen=True, slots=True)
class _Completion:
    """What a model said, or why it said nothing. "" is what the endpoint left out."""

    content: str
    refusal: str
    finish_reason: str
    model: str


def _completion(reply: Reply, price: ModelPrice, size: int, reservation: Reservation, key: str) -> _Completion:
    """The completion in an answer, its cost booked. Failures, also those inside HTTP 200, raise what they are."""
    try:
        document = orjson.loads(reply.body)
    except orjson.JSONDecodeError:
        document = None
    if reply.status >= 300:
        reservation.commit(usd=0.0, ok=False, status=reply.status)
        error = _object(_object(document).get("error", document)) or {"message": reply.body.decode("utf-8", "replace")}
        raise _refused(reply.status, error, asked_to_wait_s(reply), key)
    if not isinstance(document, dict):
        said = excerpt(reply.body.decode("utf-8", "replace"), key) or "blanks"
        raise TransientError(PROVIDER, f"HTTP {reply.status} without an answer: {said}", reply.status)
    choices = document.get("choices")
    choice = _object(choices[0]) if isinstance(choices, list) and choices else {}
    message = _object(choice.get("message"))
    usd = _cost(document, message, price, size)
    finish_reason = _text(choice.get("finish_reason"))
    failure = document.get("error") or choice.get("error")
    if failure or finish_reason in {"error", ""}:
        reservation.commit(usd=usd, ok=False, status=reply.status)
        error = _object(failure) or {"message": str(failure or "no choices")}
        status = error.get("code", error.get("http_status"))
        raise _refused(status if isinstance(status, int) and status >= 400 else 502, error, None, key)
    reservation.commit(usd=usd, ok=True, status=reply.status)
    return _Completion(
        _text(message.get("content")), _text(message.get("refusal")), finish_reason, _text(document.get("model"))
    )


def _said(completion: _Completion, key: str) -> str:
    """The text of an answer. Raises NonsenseError when the model did not give one."""
    if completion.refusal or completion.finish_reason == "content_filter":
        raise NonsenseError(f"you refused: {excerpt(completion.refusal or 'content filter', key)}")
    if completion.finish_reason == "length":
        raise NonsenseError("the answer was cut off: be much shorter")
    if not completion.content:
        raise NonsenseError("the answer was empty")
    return completion.content


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _cost(document: Mapping[str, Any], message: Mapping[str, Any], price: ModelPrice, size: int) -> float:
    """What the endpoint says it cost, else tokens at the list price, else an estimate of the tokens.

    With a key of one's own at the model's host (``is_byok``), ``cost`` is OpenRouter's fee and the host's price comes
    on top.
    """
    usage = _object(document.get("usage"))
    reported = reported_usd(usage.get("cost"))
    if reported is not None:
        upstream = _object(usage.get("cost_details")).get("upstream_inference_cost")
        return reported + ((reported_usd(upstream) or 0.0) if usage.get("is_byok") is True else 0.0)
    tokens = usage.get("prompt_tokens"), usage.get("completion_tokens")
    if any(isinstance(count, int) for count in tokens):
        return price.usd(*(count if isinstance(count, int) and 0 <= count < 1e9 else 0 for count in tokens))
    if not message:
        return 0.0
    return price.usd(size // BYTES_PER_TOKEN, len(_text(message.get("content")).encode()) // BYTES_PER_TOKEN + 1)


def _refused(status: int, error: Mapping[str, Any], asked_s: float | None, key: str) -> ProviderError:
    """OpenRouter's rules where they differ from the common table of statuses. ``asked_s`` is the header's."""
    said = excerpt(str(error.get("message") or ""), key)
    metadata = _object(error.get("metadata"))
    availability = _object(error.get("availability"))
    asked_s = asked_s or retry_after_s(str(availability.get("retry_after") or ""))
    if status == 402:
        if metadata.get("limit_source") == "openrouter_in_flight_budget":
            message = f"HTTP 402, too many calls in flight for the balance: {said}"
            return TransientError(PROVIDER, message, 402, asked_s or IN_FLIGHT_PAUSE_S, "overloaded")
        return OutOfCreditError(PROVIDER, f"HTTP 402, out of credit: {said}", 402)
    if status == 400 and (availability.get("code") == "model_not_found" or "not a valid model" in said):
        return _ModelError(PROVIDER, f"HTTP 400, {said} (check OPENROUTER_MODEL and its fallback)", 400)
    if status == 404:
        return _ModelError(PROVIDER, f"HTTP 404, no endpoint serves this model: {said} (check OPENROUTER_MODEL)", 404)
    if status == 403 and "key" not in said.lower():
        return PermanentError(PROVIDER, f"HTTP 403, refused: {said}", 403)
    return status_error(PROVIDER, status, said, setting="OPENROUTER", asked_s=asked_s)


@lru_cache(maxsize=64)
def _strict(schema: type[BaseModel]) -> dict[str, Any]:
    document = schema.model_json_schema()
    stack: list[Any] = [document]
    while stack:
        node = stack.pop()
        if isinstance(node, list):
            stack.extend(node)
        elif isinstance(node, dict):
            node.pop("default", None)
            if isinstance(node.get("properties"), dict):
                node["additionalProperties"] = False
                node["required"] = list(node["properties"])
                stack.extend(node["properties"].values())
                stack.extend(value for name, value in node.items() if name not in {"properties", "required"})
            else:
                stack.extend(node.values())
    return document


@lru_cache(maxsize=64)
def _size(schema: type[BaseModel]) -> int:
    return len(orjson.dumps(strict_format(schema)))


def strict_format(schema: type[BaseModel]) -> Mapping[str, Any]:
    """The response format of a pydantic model: every object closed, every field required (OpenAI's strict subset)."""
    return {
        "type": "json_schema",
        "json_schema": {"name": schema.__name__, "strict": True, "schema": _strict(schema)},
    }


def is_local(base_url: str) -> bool:
    """Whether an endpoint is on this machine or in this network: there a model needs no key."""
    host = urlsplit(base_url).hostname or ""
    address = as_ip(host)
    if address is not None:
        return not is_public(address)
    return "." not in host or host.endswith((".localhost", ".local", ".internal"))


def _open(opening: Opening) -> Llm:
    settings = opening.settings
    pipeline = opening.pipeline(PROVIDER, settings.openrouter_requests_per_s, settings.openrouter_in_flight)
    return Llm(opening.api, pipeline, settings)


def _missing(settings: Settings) -> str | None:
    if settings.openrouter_api_key is not None or is_local(settings.openrouter_base_url):
        return None
    return (
        "OPENROUTER_API_KEY is not set: get one at https://openrouter.ai/keys, "
        "or set OPENROUTER_BASE_URL to any OpenAI-compatible endpoint (one on this machine needs no key)"
    )


PROVIDES = Provider("llm", PROVIDER, _open, _missing)
