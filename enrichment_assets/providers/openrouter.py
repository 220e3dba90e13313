"""OpenRouter or any OpenAI-compatible endpoint: answers to a strict JSON schema, and what they really cost."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar
from urllib.parse import urlsplit

import httpx
from pydantic import BaseModel

from enrichment_assets.providers.errors import (
    MisconfiguredError,
    OutOfCreditError,
    PermanentError,
    ProviderError,
    TransientError,
)
from enrichment_assets.providers.ledger import Account, Reservation
from enrichment_assets.providers.line import Line
from enrichment_assets.providers.model_json import NonsenseError, parse
from enrichment_assets.providers.prices import ModelPrice, model_price, reported_usd
from enrichment_assets.providers.retry import retry_after_s
from enrichment_assets.providers.transport import (
    NETWORK_ERRORS,
    EncodingError,
    TooLargeError,
    excerpt,
    no_answer,
    status_error,
)
from enrichment_assets.settings import Settings

if TYPE_CHECKING:
    from openai.types.chat import ChatCompletion

    from enrichment_assets.providers.openai_sdk import Completions

PROVIDER = "openrouter"
ATTEMPTS = 3
"""Answers asked for until one parses; the last is asked of the fallback model."""
BYTES_PER_TOKEN = 4
"""Typical. The worst case is one: no tokenizer makes more tokens than bytes."""
TOKENS_PER_MESSAGE = 16
"""Upper bound of what the chat format adds to each message."""
IN_FLIGHT_PAUSE_S = 2.0
"""After a 402 that only says that too many calls are in flight, when it names no time."""


class Message(TypedDict):
    """One chat message."""

    role: str
    content: str


T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Answered(Generic[T]):
    """A parsed answer and who gave it."""

    value: T
    model: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer with an error's status. ``error`` is the object that names the reason."""

    status: int
    error: Mapping[str, Any]
    headers: Mapping[str, str]


Prompt = Callable[[str | None], Sequence[Message]]
"""Messages for one attempt; the argument is None at first, then what was wrong with the last answer."""


class Llm:
    """Answers to a strict JSON schema. The SDK's own retries are off; its transport is ours."""

    def __init__(self, transport: httpx.AsyncBaseTransport, line: Line, settings: Settings) -> None:
        self._line = line
        self._key = settings.openrouter_api_key.get_secret_value() if settings.openrouter_api_key else ""
        self._models = (settings.openrouter_model, settings.openrouter_fallback_model)
        self._timeout_s = settings.openrouter_timeout_s
        self._price = _price_setting(settings)
        self._lost_usd = settings.openrouter_lost_usd
        host = urlsplit(settings.openrouter_base_url).hostname or ""
        self._is_openrouter = host == "openrouter.ai" or host.endswith(".openrouter.ai")
        self._broken_models: dict[str, MisconfiguredError] = {}
        self._open = (settings.openrouter_base_url, transport)
        self._completions: Completions | None = None

    async def ask(self, prompt: Prompt, schema: type[T], account: Account, *, max_tokens: int = 1500) -> Answered[T]:
        """Ask until the answer parses: 3 attempts, another prompt each time, the fallback model on the last.

        Raises TransientError when the model keeps talking nonsense.
        """
        if not self._key:
            raise MisconfiguredError(PROVIDER, "no key: set OPENROUTER_API_KEY")
        wrong: str | None = None
        for attempt in range(ATTEMPTS):
            model = self._models[attempt == ATTEMPTS - 1]
            try:
                text, answered = await self._complete(model, prompt(wrong), schema, account, max_tokens)
                return Answered(parse(text, schema), answered)
            except NonsenseError as error:
                wrong = str(error)
        raise TransientError(PROVIDER, f"no usable answer in {ATTEMPTS} attempts (last: {wrong})", blame="subject")

    async def _complete(
        self, model: str, messages: Sequence[Message], schema: type[BaseModel], account: Account, max_tokens: int
    ) -> tuple[str, str]:
        if model in self._broken_models:
            raise MisconfiguredError(PROVIDER, self._broken_models[model].message, self._broken_models[model].status)
        price = self._price or model_price(model)
        form = strict_format(schema)
        size = sum(len(message["content"].encode()) for message in messages) + len(json.dumps(form))
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

        async def attempt(reservation: Reservation) -> tuple[str, str]:
            completion = await self._create(completions, body, reservation)
            return _said(completion, model, price, size=size, reservation=reservation, key=self._key)

        try:
            return await self._line.call(
                account,
                attempt,
                worst_usd=price.usd(most_tokens, max_tokens),
                unanswered_usd=price.usd(size // BYTES_PER_TOKEN, 0) if self._lost_usd is None else self._lost_usd,
            )
        except _ModelError as error:
            self._broken_models[model] = MisconfiguredError(PROVIDER, error.message, error.status)
            raise self._broken_models[model] from error

    async def _sdk(self) -> "Completions":
        """The SDK takes most of a second to import: not before the first question, and beside the event loop."""
        if self._completions is None:
            self._completions = await asyncio.to_thread(self._open_sdk)
        return self._completions

    def _open_sdk(self) -> "Completions":
        from enrichment_assets.providers.openai_sdk import Completions  # noqa: PLC0415

        base_url, transport = self._open
        return Completions(self._key, base_url, transport, self._timeout_s)

    async def _create(
        self, completions: "Completions", body: Mapping[str, Any], reservation: Reservation
    ) -> "ChatCompletion":
        try:
            answer = await completions.create(body)
        except (TimeoutError, TooLargeError, EncodingError, *NETWORK_ERRORS) as error:
            raise no_answer(PROVIDER, error, self._timeout_s) from error
        except json.JSONDecodeError:
            raise TransientError(PROVIDER, "HTTP 200 with blanks or broken JSON instead of an answer", 200) from None
        if isinstance(answer, Refusal):
            reservation.settle(usd=0.0, ok=False, status=answer.status)
            raise _refused(answer.status, answer.error, answer.headers, self._key)
        if isinstance(answer, str):
            raise TransientError(PROVIDER, f"HTTP 200 without an answer: {excerpt(answer, self._key)}", 200)
        return answer


@dataclass
class _ModelError(PermanentError):
    """This model cannot be used with these settings; others may."""

    __str__ = ProviderError.__str__


def _price_setting(settings: Settings) -> ModelPrice | None:
    prompt, completion = settings.openrouter_prompt_usd_per_mtok, settings.openrouter_completion_usd_per_mtok
    return None if prompt is None or completion is None else ModelPrice(prompt, completion)


def _said(
    completion: "ChatCompletion", model: str, price: ModelPrice, *, size: int, reservation: Reservation, key: str
) -> tuple[str, str]:
    """The text of an answer and the model that gave it. Failures inside HTTP 200 raise what they are."""
    extra = completion.model_extra or {}
    choice = completion.choices[0] if completion.choices else None
    usd = _cost(completion, price, size)
    failure = extra.get("error") or (choice.model_extra or {}).get("error") if choice else extra.get("error")
    if failure or choice is None or choice.finish_reason in {"error", None}:
        reservation.settle(usd=usd, ok=False, status=200)
        body = failure if isinstance(failure, dict) else {"message": str(failure or "no choices")}
        status = body.get("code")
        raise _refused(status if isinstance(status, int) and status >= 400 else 502, body, {}, key)
    reservation.settle(usd=usd, ok=True, status=200)
    message = choice.message
    if message is None or message.refusal or choice.finish_reason == "content_filter":
        raise NonsenseError(f"you refused: {excerpt((message.refusal if message else None) or 'content filter', key)}")
    if choice.finish_reason == "length":
        raise NonsenseError("the answer was cut off: be much shorter")
    if not message.content:
        raise NonsenseError("the answer was empty")
    return message.content, completion.model or model


def _cost(completion: "ChatCompletion", price: ModelPrice, size: int) -> float:
    """What the endpoint says it cost, else tokens at the list price, else an estimate of the tokens."""
    usage = completion.usage
    if usage is not None:
        reported = reported_usd((usage.model_extra or {}).get("cost"))
        if reported is not None:
            return reported
        return price.usd(usage.prompt_tokens or 0, usage.completion_tokens or 0)
    if not completion.choices or completion.choices[0].message is None:
        return 0.0
    text = completion.choices[0].message.content or ""
    return price.usd(size // BYTES_PER_TOKEN, len(text.encode()) // BYTES_PER_TOKEN + 1)


def _refused(status: int, error: Mapping[str, Any], headers: Mapping[str, str], key: str) -> ProviderError:
    """OpenRouter's rules where they differ from the common table of statuses."""
    said = excerpt(str(error.get("message") or ""), key)
    metadata = error.get("metadata") if isinstance(error.get("metadata"), dict) else {}
    availability = error.get("availability") if isinstance(error.get("availability"), dict) else {}
    assert isinstance(metadata, dict)  # noqa: S101 - narrows the type
    assert isinstance(availability, dict)  # noqa: S101 - narrows the type
    named_s = availability.get("retry_after")
    asked_s = retry_after_s(headers.get("retry-after")) or (
        float(named_s) if isinstance(named_s, int | float) else None
    )
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


def strict_format(schema: type[BaseModel]) -> Mapping[str, Any]:
    """The response format of a pydantic model: every object closed, every field required (OpenAI's strict subset)."""
    return {
        "type": "json_schema",
        "json_schema": {"name": schema.__name__, "strict": True, "schema": _strict(schema)},
    }
