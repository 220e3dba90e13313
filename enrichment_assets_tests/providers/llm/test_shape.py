"""The form of a request is learned from refusals, once, and kept."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from openai.types.chat.completion_create_params import CompletionCreateParamsNonStreaming
from pydantic import TypeAdapter

from enrichment_assets.core.errors import PermanentError
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.llm.endpoint import endpoint_of
from enrichment_assets_tests.providers.llm.answering import (
    Answer,
    Answering,
    a_scope,
    completion,
    judge,
    model,
    refusal,
    settings,
)


def told(words: str, **more: Any) -> Answer:
    return refusal(400, {"error": {"message": words, "type": "invalid_request_error", **more}})


def no_schema(body: dict[str, Any]) -> Answer | None:
    kind = body.get("response_format", {}).get("type")
    return told(f"This model does not support response format `{kind}`.") if kind == "json_schema" else None


def no_format(body: dict[str, Any]) -> Answer | None:
    return told("The response_format parameter is unsupported. Leave it unset.") if "response_format" in body else None


def no_temperature(body: dict[str, Any]) -> Answer | None:
    words = "Unsupported value: 'temperature' does not support 0.0. Only the default (1) value is supported."
    return told(words, param="temperature") if "temperature" in body else None


def completion_limit(body: dict[str, Any]) -> Answer | None:
    words = "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead."
    return told(words, param="max_tokens", code="unsupported_parameter") if "max_tokens" in body else None


def no_system(body: dict[str, Any]) -> Answer | None:
    roles = [message["role"] for message in body["messages"]]
    return told("Conversation roles must alternate user/assistant/...") if roles != ["user"] else None


def speechless(body: dict[str, Any]) -> Answer | None:
    return refusal(400, {"error": "Bad Request"}) if "temperature" in body or "response_format" in body else None


def thinking(body: dict[str, Any]) -> Answer | None:
    usage = {"completion_tokens_details": {"reasoning_tokens": body["max_tokens"]}}
    return completion(None, "length", usage) if body["max_tokens"] < 4_000 else None


def small(body: dict[str, Any]) -> Answer | None:
    tokens = sum(len(message["content"]) for message in body["messages"]) // 4
    words = f"request ({tokens} tokens) exceeds the available context size (2048 tokens), try increasing it"
    error = {"message": words, "type": "exceed_context_size_error", "n_prompt_tokens": tokens, "n_ctx": 2048}
    return refusal(400, {"error": error}) if tokens + body["max_tokens"] > 2048 and tokens > 700 else None


RULES: dict[str, tuple[Callable[[dict[str, Any]], Answer | None], int]] = {
    "json_object": (no_schema, 1),
    "plain": (no_format, 2),
    "temperature": (no_temperature, 1),
    "max_completion_tokens": (completion_limit, 1),
    "one role": (no_system, 1),
    "no reason given": (speechless, 3),
    "thinks first": (thinking, 1),
    "small context": (small, 1),
}


@pytest.mark.parametrize("rule", RULES)
async def test_a_refusal_costs_its_calls_once_and_never_a_company(rule: str, tmp_path: Path) -> None:
    refuses, extra = RULES[rule]
    transport = Answering(lambda body: refuses(body) or completion())
    given = settings(dagster_home=tmp_path)
    llm = model(transport, given)
    page = "word " * 3_000
    answers = await asyncio.gather(*(judge(llm, page=page) for _ in range(20)))
    assert [answer.value.verdict for answer in answers] == ["fit"] * 20
    assert len(transport.bodies) == 20 + extra
    transport.bodies.clear()
    await judge(model(transport, given), page=page)  # another run
    assert len(transport.bodies) == 1


async def test_all_refusals_together_are_learned_one_after_the_other() -> None:
    rules = (no_format, no_temperature, completion_limit, no_system)
    transport = Answering(lambda body: next(filter(None, (rule(body) for rule in rules)), None) or completion())
    llm = model(transport, settings())
    await judge(llm)
    await judge(llm)
    assert len(transport.bodies) == 2 + 5
    last = transport.bodies[-1]
    assert set(last) == {"model", "messages", "max_completion_tokens"}
    assert '"verdict"' in last["messages"][0]["content"], "a schema that is not sent stands in the question"


async def test_what_refuses_everything_is_not_asked_in_all_forms_for_every_company() -> None:
    transport = Answering(lambda _body: refusal(422, {"error": "no"}))
    llm = model(transport, settings())
    for _ in range(5):
        with pytest.raises(PermanentError, match="no"):
            await judge(llm)
    assert len(transport.bodies) <= 5 + 6


async def test_gpt_5_mini_works_at_openrouter() -> None:
    def host(body: dict[str, Any]) -> Answer:
        if "temperature" in body and body["provider"]["require_parameters"]:
            words = "No endpoints found that can handle the requested parameters."
            return refusal(404, {"error": {"message": words, "code": 404}})
        if body["max_tokens"] < 4_000:
            return completion(None, "length", {"cost": 0.003}, reasoning="Let me think")
        return completion(usage={"cost": 0.002})

    transport, scope = Answering(host), a_scope()
    given = settings(openrouter_base_url="https://openrouter.ai/api/v1", openrouter_model="openai/gpt-5-mini")
    answered = await judge(model(transport, given), scope)
    assert answered.value.verdict == "fit"
    assert (len(transport.bodies), scope.cost_usd) == (3, pytest.approx(0.005))


async def test_a_request_is_what_the_sdk_has_types_for() -> None:
    transport = Answering(lambda _body: completion())
    await judge(model(transport, settings()))
    allowed = TypeAdapter(CompletionCreateParamsNonStreaming)
    allowed.validate_python(transport.bodies[0])
    assert set(transport.bodies[0]) <= set(CompletionCreateParamsNonStreaming.__annotations__)


async def test_extra_fields_come_from_a_setting_and_null_takes_one_out() -> None:
    transport = Answering(lambda _body: completion())
    extra = {"reasoning_effort": "low", "options": {"num_ctx": 8192}, "temperature": None}
    await judge(model(transport, settings(openrouter_extra_body=extra)))
    body = transport.bodies[0]
    assert (body["reasoning_effort"], body["options"], "temperature" in body) == ("low", {"num_ctx": 8192}, False)


async def test_a_context_that_is_set_is_never_passed() -> None:
    transport = Answering(lambda _body: completion())
    await judge(model(transport, settings(openrouter_context_tokens=4_000)), page=f"begin {'word ' * 9_000} end")
    (body,) = transport.bodies
    said = body["messages"][-1]["content"]
    assert sum(len(message["content"]) for message in body["messages"]) / 3 + body["max_tokens"] <= 4_000
    assert said.startswith("begin")
    assert said.endswith("end")


async def test_a_fallback_that_does_not_exist_is_asked_once_and_the_first_model_instead() -> None:
    def host(body: dict[str, Any]) -> Answer:
        if body["model"] == "gone":
            return refusal(404, {"error": {"message": "The model `gone` does not exist", "code": "model_not_found"}})
        return completion("prose")

    transport = Answering(host)
    llm = model(transport, settings(openrouter_fallback_model="gone"))
    for _ in range(2):
        with pytest.raises(Exception, match="no usable answer"):
            await judge(llm)
    assert [body["model"] for body in transport.bodies] == ["m", "gone", "m", "m", "m"]


@pytest.mark.parametrize(
    ("base", "url", "header"),
    [
        ("https://api.openai.com/v1/", "https://api.openai.com/v1/chat/completions", "authorization"),
        ("https://api.x.ai/v1/chat/completions", "https://api.x.ai/v1/chat/completions", "authorization"),
        ("https://a.openai.azure.com", "https://a.openai.azure.com/openai/v1/chat/completions", "api-key"),
        (
            "https://a.openai.azure.com/openai/deployments/mini",
            "https://a.openai.azure.com/openai/deployments/mini/chat/completions?api-version=2024-10-21",
            "api-key",
        ),
        (
            "https://a.openai.azure.com/openai/deployments/mini/chat/completions?api-version=2025-01-01-preview",
            "https://a.openai.azure.com/openai/deployments/mini/chat/completions?api-version=2025-01-01-preview",
            "api-key",
        ),
        ("https://proxy.acme.com/llm?team=7", "https://proxy.acme.com/llm/chat/completions?team=7", "authorization"),
    ],
)
async def test_the_address_is_what_consoles_show(base: str, url: str, header: str) -> None:
    transport = Answering(lambda _body: completion())
    await judge(model(transport, settings(openrouter_base_url=base)))
    request = transport.requests[0]
    assert str(request.url) == url
    assert {"authorization", "api-key"} & set(request.headers) == {header}


LOCAL = [
    *("http://localhost:8080/v1", "http://127.0.0.1:1/v1", "http://[::1]:1/v1", "http://192.168.1.5:11434/v1"),
    *("http://10.0.0.9/v1", "http://ollama:11434/v1", "http://mac.local:1234/v1", "http://host.docker.internal:1/v1"),
]


@pytest.mark.parametrize("base", LOCAL)
async def test_a_model_on_ones_own_network_needs_no_key_and_costs_nothing_unless_priced(base: str) -> None:
    transport, scope = Answering(lambda _body: completion()), a_scope()
    await judge(model(transport, settings(openrouter_base_url=base, openrouter_api_key=None)), scope)
    assert scope.cost_usd == 0.0
    priced = settings(
        openrouter_base_url=base,
        openrouter_api_key=None,
        openrouter_prompt_usd_per_mtok=1.0,
        openrouter_completion_usd_per_mtok=1.0,
    )
    await judge(model(transport, priced), scope)
    assert scope.cost_usd == pytest.approx(0.0022)


@pytest.mark.parametrize("base", ["https://api.groq.com/openai/v1", "http://8.8.8.8/v1", "https://llm.acme.com/v1"])
def test_a_model_elsewhere_is_not_local(base: str) -> None:
    assert not endpoint_of(settings(openrouter_base_url=base, openrouter_api_key=None)).is_local


async def test_the_second_question_goes_to_the_same_model_unless_a_fallback_is_named() -> None:
    def asked(given: Settings) -> list[str]:
        transport = Answering(lambda _body: completion("prose"))
        with pytest.raises(Exception, match="no usable answer"):
            asyncio.run(judge(model(transport, given)))
        return [body["model"] for body in transport.bodies]

    assert await asyncio.to_thread(asked, settings()) == ["m", "m"]
    assert await asyncio.to_thread(asked, settings(openrouter_fallback_model="n")) == ["m", "n"]
    at_home = settings(openrouter_base_url="https://openrouter.ai/api/v1")
    assert await asyncio.to_thread(asked, at_home) == ["m", "google/gemini-2.5-flash"]


async def test_a_local_model_that_is_too_slow_gets_fewer_calls_at_once() -> None:
    class OneSlot(httpx.AsyncBaseTransport):
        """Does one call at a time; those that wait too long are given up by the client."""

        def __init__(self) -> None:
            self._slot = asyncio.Lock()

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            async with self._slot:
                await asyncio.sleep(0.15)
            status, headers, content = completion()
            return httpx.Response(status, headers=dict(headers), stream=httpx.ByteStream(content))

    given = settings(openrouter_base_url="http://127.0.0.1:1/v1", openrouter_timeout_s=0.35, retry_attempts=4)
    llm = model(OneSlot(), given, in_flight=4)
    answers = await asyncio.gather(*(judge(llm) for _ in range(12)))
    assert len(answers) == 12


async def test_a_small_model_that_goes_on_and_on_is_kept_short_by_the_schema() -> None:
    """It writes to the token limit until the schema leaves it no room; a model elsewhere never gets such a schema."""

    def longest(body: dict[str, Any]) -> int:
        return int(body["response_format"]["json_schema"]["schema"]["properties"]["reason"].get("maxLength", 10_000))

    def small(body: dict[str, Any]) -> Answer:
        return completion('{"findings": [{"criterion": "M1", "quo', "length") if longest(body) > 60 else completion()

    transport = Answering(small)
    llm = model(transport, settings(openrouter_base_url="http://127.0.0.1:8080/v1", openrouter_api_key=None))
    for _ in range(2):
        await judge(llm)
    assert [longest(body) for body in transport.bodies] == [200, 60, 60]
    elsewhere = Answering(lambda _body: completion())
    await judge(model(elsewhere, settings()))
    assert "maxLength" not in str(elsewhere.bodies)


async def test_a_server_that_refuses_bounds_in_a_schema_gets_the_schema_without_them() -> None:
    def server(body: dict[str, Any]) -> Answer:
        if "maxLength" in str(body):
            return refusal(400, {"error": {"message": "response_format: json_schema: maxLength is not supported"}})
        return completion()

    transport = Answering(server)
    llm = model(transport, settings(openrouter_base_url="http://127.0.0.1:8000/v1", openrouter_api_key=None))
    for _ in range(2):
        await judge(llm)
    assert ["maxLength" in str(body) for body in transport.bodies] == [True, False, False]
    assert all(body["response_format"]["type"] == "json_schema" for body in transport.bodies)
