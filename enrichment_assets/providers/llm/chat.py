"""Any endpoint that speaks OpenAI's chat completions: answers to a JSON schema, and what they really cost."""

import asyncio
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import orjson
from pydantic import BaseModel

from enrichment_assets.core.errors import MisconfiguredError, OutOfCreditError, PermanentError, TransientError
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.call.answers import Question
from enrichment_assets.providers.call.ledger import CostScope, Reservation
from enrichment_assets.providers.call.pipeline import CallPipeline
from enrichment_assets.providers.http.reply import EncodingError, NetworkError, Reply, TooLargeError, excerpt, no_answer
from enrichment_assets.providers.llm.completion import (
    Completion,
    completion_of,
    document_of,
    mapping,
    number,
    text_of,
)
from enrichment_assets.providers.llm.cost import BYTES_PER_TOKEN, cost_usd
from enrichment_assets.providers.llm.endpoint import endpoint_of
from enrichment_assets.providers.llm.failure import failure_of
from enrichment_assets.providers.llm.learned import Learned, LearnedShapes
from enrichment_assets.providers.llm.listing import LISTS, LOCAL_LISTS, context_in, entries, price_in, slots_in
from enrichment_assets.providers.llm.model_json import NonsenseError, parse
from enrichment_assets.providers.llm.refused import PROVIDER, FormError, ModelError, error_of
from enrichment_assets.providers.llm.shape import EVERYTHING, Shape, room, strict_schema
from enrichment_assets.providers.prices import ModelPrice, listed_price, model_price
from enrichment_assets.providers.protocols import Answered, Message, Prompt
from enrichment_assets.providers.registry import Opening, Provider

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

ATTEMPTS = 2
"""Answers asked for until one can be read; the second with another question, of the fallback model."""
TOKENS_PER_MESSAGE = 16
"""Upper bound of what the chat format adds to each message."""
MOST_CHANGES = 12
"""Forms tried for one call."""
FIRST_ALONE_S = 10.0
"""How long the others wait for the first call to an endpoint that is not known yet: it teaches the form for all."""
LOCAL_IN_FLIGHT = 4
"""Calls at once to a model on one's own machine, unless set: what llama.cpp and Ollama serve by default."""
LOCAL_SLOWEST_S = 900.0
"""Longest wait for an answer of a local model, and the wait for its first."""
TELLING_TOKENS = 500
"""Only answers that may be so long tell how long answers take."""
LOCAL_PATIENCE = 4.0
"""A local answer may take so many times as long as the slowest so far, for each call that stands before it."""

T = TypeVar("T", bound=BaseModel)


class Ready(BaseModel):
    """The answer to the shortest question there is."""

    ready: bool


READY: Sequence[Message] = (
    {"role": "system", "content": "Answer with one JSON object of the given schema and nothing else."},
    {"role": "user", "content": 'Are you ready? Answer {"ready": true}.'},
)


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked of a model, on whose behalf."""

    messages: Sequence[Message]
    schema: type[BaseModel]
    scope: CostScope
    max_tokens: int


@dataclass(frozen=True, slots=True)
class _Said(Generic[T]):
    """A readable answer: its text, its value, the model that gave it, and the models that were asked until then."""

    text: str
    value: T
    model: str
    asked: tuple[str, ...]


@dataclass
class _Model:
    """One model in this run. ``proven``: its form has brought an answer; ``broken``: it cannot be used at all."""

    name: str
    price: ModelPrice
    learned: Learned
    proven: bool
    broken: MisconfiguredError | None = None
    context: int | None = None
    """The tokens it can read, where the endpoint tells."""
    first: "asyncio.Future[None] | None" = None
    before_guessing: Shape | None = None
    guesses: list[str] = field(default_factory=lambda: list(EVERYTHING))


class Llm:
    """One endpoint. What it refuses to take is left out from then on, see ``shape``."""

    def __init__(self, transport: "httpx.AsyncBaseTransport", pipeline: CallPipeline, settings: Settings) -> None:
        self._transport = transport
        self._pipeline = pipeline
        self._endpoint = endpoint_of(settings)
        self._key = settings.openrouter_api_key.get_secret_value() if settings.openrouter_api_key else ""
        self._at_home = self._endpoint.is_local and not self._endpoint.is_openrouter
        self._extra = settings.openrouter_extra_body
        self._context = settings.openrouter_context_tokens
        self._lost_usd = settings.openrouter_lost_usd
        self._timeout_s = settings.openrouter_timeout_s
        # Nobody has named a time for a machine that nobody has seen: the first answers tell.
        self._learns_time = self._endpoint.is_local and "openrouter_timeout_s" not in settings.model_fields_set
        self._shapes = LearnedShapes(settings.dagster_home)
        self._fixed_price = price_by_settings(settings)
        same = not self._endpoint.is_openrouter and "openrouter_fallback_model" not in settings.model_fields_set
        self._models = (
            settings.openrouter_model,
            settings.openrouter_model if same else settings.openrouter_fallback_model,
        )
        self._known: dict[str, _Model] = {}

    @property
    def paid(self) -> bool:
        """Whether a call may cost money."""
        return self._model(self._models[0]).price != ModelPrice(0.0, 0.0)

    async def ask(self, prompt: Prompt, schema: type[T], scope: CostScope, *, max_tokens: int = 1500) -> Answered[T]:
        """Ask until the answer can be read: twice, the second time with another prompt and of the fallback model.

        Raises TransientError when the model talks nonsense both times. Nonsense is not stored: an answer that cannot be
        read is no answer.
        """
        if not self._key and not self._endpoint.is_local:
            raise MisconfiguredError(PROVIDER, "no key: set OPENROUTER_API_KEY")

        async def ask() -> _Said[T]:
            return await self._asked(prompt, schema, scope, max_tokens)

        said = await self._pipeline.answered(scope, self._question(prompt, schema, max_tokens), ask)
        return Answered(said.value, said.model)

    def _question(self, prompt: Prompt, schema: type[T], max_tokens: int) -> Question[_Said[T]]:
        """The form of the request is learned, and decides nothing."""

        def write(said: _Said[T]) -> bytes:
            return json.dumps({"text": said.text, "model": said.model, "asked": said.asked}).encode()

        def read(content: bytes) -> _Said[T]:
            kept = json.loads(content)
            if not set(kept["asked"]) <= set(self._models):
                raise ValueError("another fallback model")
            return _Said(kept["text"], parse(kept["text"], schema), kept["model"], tuple(kept["asked"]))

        asked = {
            "endpoint": self._endpoint.name,
            "model": self._models[0],
            "messages": list(prompt(None)),
            "schema": strict_schema(schema),
            "max_tokens": max_tokens,
            "extra": self._extra,
        }
        return Question(asked, write, read)

    async def _asked(self, prompt: Prompt, schema: type[T], scope: CostScope, max_tokens: int) -> _Said[T]:
        wrong: str | None = None
        asked: list[str] = []
        for attempt in range(ATTEMPTS):
            model = self._model(self._models[0])
            if attempt == ATTEMPTS - 1 and self._model(self._models[1]).broken is None:
                model = self._model(self._models[1])
            question = _Question(prompt(wrong), schema, scope, max_tokens)
            try:
                text, answered = await self._from_either(model, question)
                return _Said(text, parse(text, schema), answered, (*asked, model.name))
            except NonsenseError as error:
                wrong = str(error)
                asked.append(model.name)
        raise TransientError(PROVIDER, f"no usable answer in {ATTEMPTS} attempts (last: {wrong})", cause="subject")

    async def _from_either(self, model: _Model, question: _Question) -> tuple[str, str]:
        """The answer of that model; of the first one, where a fallback turns out not to be there."""
        try:
            return await self._complete(model, question)
        except MisconfiguredError as error:
            if model.broken is None or model.name == self._models[0]:
                raise
            log.warning("OPENROUTER_FALLBACK_MODEL cannot be used: %s", error)
            return await self._complete(self._model(self._models[0]), question)

    async def try_out(self, scope: CostScope) -> None:
        """Whether key, credit and model work. Raises what is wrong, TransientError where the model says nonsense.

        OpenRouter tells for nothing; elsewhere one short question does, which also teaches the form of requests.
        """
        if self._endpoint.is_openrouter:
            await self._look_at_openrouter()
        else:
            await self.ask(lambda _wrong: READY, Ready, scope, max_tokens=200)
            await self._look_at_lists()

    async def _look_at_lists(self) -> None:
        """Price and context of the models, where the endpoint tells. Some load a model only at its first question."""
        looks = [self._endpoint.look(self._transport, route) for route in LISTS]
        if self._endpoint.is_local:
            looks += [self._endpoint.look_at_root(self._transport, route) for route in LOCAL_LISTS]
        told = [document_of(reply.body) for reply in await asyncio.gather(*looks) if reply and reply.status == 200]
        if slots := next(filter(None, map(slots_in, told)), None):
            self._pipeline.limiter.at_most(slots)
        for name in dict.fromkeys(self._models):
            model, found = self._model(name), [entry for document in told for entry in entries(document, name)]
            model.price = self._fixed_price or price_in(found) or model.price
            model.context = context_in(found)

    async def _look_at_openrouter(self) -> None:
        """``/key``, ``/credits`` (not every key may) and ``/models`` (openrouter.ai/docs/api-reference)."""
        key, credit, models = await asyncio.gather(
            *(self._endpoint.look(self._transport, route) for route in ("/key", "/credits", "/models"))
        )
        if key is not None and (failure := failure_of(document_of(key.body), key.status, key.body)):
            error = error_of(failure, key, self._key)
            if isinstance(error, MisconfiguredError | OutOfCreditError):
                raise error
        name, _, variant = self._models[0].partition(":")
        left = _left(key, credit)
        if left is not None and left <= 0 and variant != "free":
            raise OutOfCreditError(PROVIDER, f"out of credit: ${left:.2f} left", 402)
        listed = {text_of(each.get("id")): each for each in map(mapping, _data(models).get("data") or ())}
        entry = listed.get(self._models[0]) or listed.get(name)
        if entry is not None:
            model = self._model(self._models[0])
            takes = entry.get("supported_parameters")
            if isinstance(takes, list) and "max_tokens" in takes and "temperature" not in takes:
                self._learn(model, replace(model.learned.shape, temperature=False))
            own = price_in([*entries({"data": [entry]}, text_of(entry.get("id")))])
            model.price = self._fixed_price or listed_price(model.name) or own or model.price

    def _model(self, name: str) -> _Model:
        if name not in self._known:
            learned = self._shapes.get(self._endpoint.name, name)
            self._known[name] = _Model(name, self._price(name), learned, proven=learned != Learned())
        return self._known[name]

    def _price(self, model: str) -> ModelPrice:
        if self._fixed_price is not None:
            return self._fixed_price
        if self._endpoint.is_local and not self._endpoint.is_openrouter:
            return ModelPrice(0.0, 0.0)
        return listed_price(model) or model_price(model)

    async def listed(self) -> ModelPrice:
        """The first model's price, looked up in the endpoint's own lists: free. Raises what ``try_out`` raises."""
        await (self._look_at_openrouter() if self._endpoint.is_openrouter else self._look_at_lists())
        return self._model(self._models[0]).price

    async def _complete(self, model: _Model, question: _Question) -> tuple[str, str]:
        """The text of an answer and who gave it, in the form that the endpoint takes."""
        if not model.proven:
            await self._after_the_first(model)
        try:
            for _ in range(MOST_CHANGES):
                shape = self._shape(model, question.max_tokens)
                started = monotonic()
                try:
                    said = await self._said_or_changed(model, shape, question)
                except ModelError as error:
                    model.broken = MisconfiguredError(PROVIDER, error.message, error.status)
                    raise model.broken from error
                if said is None:
                    continue
                if said.finish == "length" and not shape.thinks and (said.thought or not said.text):
                    self._learn(model, replace(shape, thinks=True))
                    continue
                rambles = said.finish == "length" and self._at_home and shape.format == "json_schema"
                if rambles and shape.bounds and not shape.terse:
                    self._learn(model, replace(shape, terse=True))
                    continue
                self._worked(model, monotonic() - started if question.max_tokens >= TELLING_TOKENS else 0.0)
                return _said(said, self._key), said.model or model.name
        finally:
            if model.first is not None and not model.first.done():
                model.first.set_result(None)
        raise TransientError(PROVIDER, "the endpoint refuses every form of the request", cause="subject")

    async def _said_or_changed(self, model: _Model, shape: Shape, question: _Question) -> Completion | None:
        try:
            return await self._call(model, shape, question)
        except FormError as error:
            self._change(model, shape, error, question)
            return None

    async def _after_the_first(self, model: _Model) -> None:
        """Nobody pays for learning what another call is learning just now."""
        if model.first is None:
            model.first = asyncio.get_running_loop().create_future()
        elif not model.first.done():
            await asyncio.wait([model.first], timeout=FIRST_ALONE_S)

    def _shape(self, model: _Model, max_tokens: int) -> Shape:
        shape = model.learned.shape
        context = self._context or model.context
        if shape.characters is None and context is not None:
            return replace(shape, characters=room(context, shape.tokens(max_tokens)))
        return shape

    async def _call(self, model: _Model, shape: Shape, question: _Question) -> Completion:
        if model.broken is not None:
            raise MisconfiguredError(PROVIDER, model.broken.message, model.broken.status)
        price = model.price
        routing = (
            {"require_parameters": True, "max_price": {"prompt": price.prompt, "completion": price.completion}}
            if self._endpoint.is_openrouter
            else None
        )
        body = shape.body(
            model.name,
            question.messages,
            question.schema,
            question.max_tokens,
            routing=routing,
            extra=self._extra,
            bounded=self._at_home,
        )
        size = sum(len(each["content"].encode()) for each in body["messages"])
        size += len(orjson.dumps(body["response_format"])) if "response_format" in body else 0
        most_tokens = size + TOKENS_PER_MESSAGE * (len(body["messages"]) + 1)

        async def attempt(reservation: Reservation) -> Completion:
            return _completion(await self._send(body, model), price, size, reservation, self._key)

        return await self._pipeline.call(
            question.scope,
            attempt,
            worst_usd=price.usd(most_tokens, shape.tokens(question.max_tokens)),
            unanswered_usd=price.usd(size // BYTES_PER_TOKEN, 0) if self._lost_usd is None else self._lost_usd,
        )

    async def _send(self, body: dict[str, Any], model: _Model) -> Reply:
        timeout_s = self._patience_s(model)
        try:
            return await self._endpoint.ask(self._transport, body, timeout_s)
        except TimeoutError as error:
            if not self._endpoint.is_local:
                raise no_answer(PROVIDER, error, timeout_s) from error
            if self._pipeline.limiter.window == 1 and self._learns_time:
                if timeout_s >= LOCAL_SLOWEST_S:
                    raise PermanentError(PROVIDER, f"the model needs more than {timeout_s:g} s for this") from error
                model.learned = replace(model.learned, answered_s=timeout_s)
            raise TransientError(PROVIDER, f"no whole answer within {timeout_s:g} s", cause="crowded") from error
        except (TooLargeError, EncodingError, NetworkError) as error:
            raise no_answer(PROVIDER, error, timeout_s) from error

    def _patience_s(self, model: _Model) -> float:
        """Whole call, in seconds. A model on one's own machine is waited for as its answers so far suggest."""
        if not self._learns_time:
            return self._timeout_s
        if model.learned.answered_s is None:
            return LOCAL_SLOWEST_S
        learned_s = model.learned.answered_s * LOCAL_PATIENCE * self._pipeline.limiter.window
        return min(max(self._timeout_s, learned_s), LOCAL_SLOWEST_S)

    def _change(self, model: _Model, used: Shape, error: FormError, question: _Question) -> None:
        """Take the next form after a refusal. Raises the error where there is none."""
        if self._shape(model, question.max_tokens) != used:  # learned by another call meanwhile
            return
        if error.change == "context" and error.failure is not None:
            sent = sum(len(message["content"]) for message in used.messages(question.messages, question.schema))
            changed = used.shorter(error.failure, sent, question.max_tokens)
        elif error.change == "no_schema" and self._at_home and used.format == "json_schema":
            changed = used.without("no_bounds") or used.without("no_schema")
        elif error.change is not None:
            changed = used.without(error.change)
        else:
            changed = self._guess(model, used)
        if changed is None:
            if model.before_guessing is not None:
                self._learn(model, model.before_guessing)
            if error.status == 404:
                raise ModelError(PROVIDER, f"{error.message} (check OPENROUTER_MODEL)", 404) from error
            raise PermanentError(PROVIDER, error.message, error.status) from error
        log.info("%s takes another form of request: %s", model.name, error.message)
        self._learn(model, changed)

    def _guess(self, model: _Model, used: Shape) -> Shape | None:
        """One thing less, where the endpoint does not say what it refuses; never once the form has worked."""
        if model.proven:
            return None
        model.before_guessing = model.before_guessing or used
        while model.guesses:
            if changed := used.without(model.guesses.pop(0)):
                return changed
        return None

    def _learn(self, model: _Model, shape: Shape) -> None:
        model.learned = replace(model.learned, shape=shape)

    def _worked(self, model: _Model, took_s: float) -> None:
        slower = self._learns_time and took_s > (model.learned.answered_s or 0.0) * 1.5
        if slower:
            model.learned = replace(model.learned, answered_s=took_s)
        if slower or not model.proven:
            model.proven = True
            if model.learned != Learned():
                self._shapes.put(self._endpoint.name, model.name, model.learned)


def _data(reply: Reply | None) -> Mapping[str, Any]:
    return mapping(document_of(reply.body)) if reply is not None and reply.status == 200 else {}


def _left(key: Reply | None, credit: Reply | None) -> float | None:
    """US dollars that the key and its account may still spend."""
    account = mapping(_data(credit).get("data"))
    total, used = number(account.get("total_credits")), number(account.get("total_usage"))
    lefts = [
        number(mapping(_data(key).get("data")).get("limit_remaining")),
        total - used if total is not None and used is not None else None,
    ]
    return min((left for left in lefts if left is not None), default=None)


def price_by_settings(settings: Settings) -> ModelPrice | None:
    """The price that is set, or None."""
    prompt, completion = settings.openrouter_prompt_usd_per_mtok, settings.openrouter_completion_usd_per_mtok
    return None if prompt is None or completion is None else ModelPrice(prompt, completion)


def _completion(reply: Reply, price: ModelPrice, size: int, reservation: Reservation, key: str) -> Completion:
    """The completion in an answer, its cost booked. Failures, also those inside HTTP 200, raise what they are."""
    document = document_of(reply.body)
    failure = failure_of(document, reply.status, reply.body)
    said = completion_of(mapping(document))
    if failure is not None and failure.model_said:
        text = failure.model_said
        reservation.commit(
            usd=price.usd(size // BYTES_PER_TOKEN, len(text) // BYTES_PER_TOKEN), ok=True, status=reply.status
        )
        return Completion(text, "", "stop", "")
    if failure is not None:
        partly = said if said is not None and said.text else None
        usd = 0.0 if reply.status >= 300 else cost_usd(mapping(document), reply.headers, partly, price, size)
        reservation.commit(usd=usd, ok=False, status=reply.status)
        raise error_of(failure, reply, key)
    if not isinstance(document, dict):
        words = excerpt(reply.body.decode("utf-8", "replace"), key) or "blanks"
        hint = " (check OPENROUTER_BASE_URL: most end with /v1)" if words.startswith("<") else ""
        raise TransientError(PROVIDER, f"HTTP {reply.status} without an answer: {words}{hint}", reply.status)
    usd = cost_usd(document, reply.headers, said, price, size)
    if said is None or said.finish == "error":
        reservation.commit(usd=usd, ok=False, status=reply.status)
        raise TransientError(PROVIDER, f"HTTP {reply.status} without a completion: no choices", 502)
    reservation.commit(usd=usd, ok=True, status=reply.status)
    return said


def _said(said: Completion, key: str) -> str:
    """The text of an answer. Raises NonsenseError when the model did not give one."""
    if said.refusal or said.finish == "content_filter":
        raise NonsenseError(f"you refused: {excerpt(said.refusal or 'content filter', key)}")
    if said.finish == "length":
        raise NonsenseError("the answer was cut off: be much shorter")
    if not said.text.strip():
        raise NonsenseError("the answer was empty")
    return said.text


def _open(opening: Opening) -> Llm:
    settings, endpoint = opening.settings, endpoint_of(opening.settings)
    in_flight = settings.openrouter_in_flight
    if endpoint.is_local and not endpoint.is_openrouter and "openrouter_in_flight" not in settings.model_fields_set:
        in_flight = min(in_flight, LOCAL_IN_FLIGHT)
    key = settings.openrouter_api_key
    account = f"{settings.openrouter_base_url} {key.get_secret_value() if key else ''}"
    pipeline = opening.pipeline(PROVIDER, settings.openrouter_requests_per_s, in_flight, account=account)
    return Llm(opening.api, pipeline, settings)


def _missing(settings: Settings) -> str | None:
    if settings.openrouter_api_key is not None or endpoint_of(settings).is_local:
        return None
    return (
        "OPENROUTER_API_KEY is not set: get one at https://openrouter.ai/keys, "
        "or set OPENROUTER_BASE_URL to any OpenAI-compatible endpoint (one on this machine needs no key)"
    )


PROVIDES = Provider("llm", PROVIDER, _open, _missing)
