"""What endpoints tell of their models, in the forms they have, and what is made of it."""

from typing import Any

import httpx
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.providers.clients import open_pipeline
from enrichment_assets.providers.llm.chat import Llm
from enrichment_assets.providers.llm.endpoint import endpoint_of
from enrichment_assets.providers.llm.listing import context_in, entries, price_in
from enrichment_assets.providers.prices import ModelPrice
from enrichment_assets_tests.providers.llm.answering import a_scope, completion, judge, model, settings

TOLD: dict[str, tuple[Any, ModelPrice | None, int | None]] = {
    "openrouter": (
        {"data": [{"id": "m", "pricing": {"prompt": "0.00000015", "completion": "0.0000006"}, "context_length": 9000}]},
        ModelPrice(0.15, 0.6),
        9000,
    ),
    "vercel": (
        {"data": [{"id": "m", "pricing": {"input": "0.00000015", "output": "0.0000006"}}]},
        ModelPrice(0.15, 0.6),
        None,
    ),
    "together": (
        [{"id": "m", "pricing": {"input": 0.18, "output": 0.59}, "context_length": 8192}],
        ModelPrice(0.18, 0.59),
        8192,
    ),
    "deepinfra": (
        {"data": [{"id": "m", "metadata": {"pricing": {"input_tokens": 0.03, "output_tokens": 0.05}}}]},
        ModelPrice(0.03, 0.05),
        None,
    ),
    "litellm": (
        {"data": [{"model_name": "m", "model_info": {"input_cost_per_token": 1.5e-7, "output_cost_per_token": 6e-7}}]},
        ModelPrice(0.15, 0.6),
        None,
    ),
    "groq": ({"data": [{"id": "m", "context_window": 131072}]}, None, 131072),
    "vllm": ({"data": [{"id": "m", "max_model_len": 4096}]}, None, 4096),
    "llama.cpp": ({"default_generation_settings": {"n_ctx": 2048}, "total_slots": 1}, None, 2048),
    "ollama": ({"models": [{"name": "m", "model": "m", "context_length": 4096}]}, None, 4096),
    "lm studio": ({"data": [{"id": "m", "loaded_context_length": 4096, "max_context_length": 32768}]}, None, 4096),
    "another model's": (
        {"data": [{"id": "n", "max_model_len": 4096, "pricing": {"prompt": 1, "completion": 1}}]},
        None,
        None,
    ),
    "free": ({"data": [{"id": "m", "pricing": {"prompt": "0", "completion": "0"}}]}, ModelPrice(0, 0), None),
    "OpenRouter's router": ({"data": [{"id": "m", "pricing": {"prompt": "-1", "completion": "-1"}}]}, None, None),
}


@pytest.mark.parametrize("name", TOLD)
def test_prices_and_contexts_are_read_in_every_form(name: str) -> None:
    document, price, context = TOLD[name]
    found = [*entries(document, "m")]
    told = price_in(found)
    assert (None if told is None else (pytest.approx(told.prompt), pytest.approx(told.completion))) == (
        None if price is None else (price.prompt, price.completion)
    )
    assert context_in(found) == context


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.sampled_from(["m", "", "x", "1e400"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["data", "id", "pricing", "prompt", "models", "metadata", "n_ctx"]), inner)
    ),
)


@given(JSON)
def test_no_document_breaks_the_reading(document: Any) -> None:
    found = [*entries(document, "m")]
    price_in(found)
    context_in(found)


class Server(httpx.AsyncBaseTransport):
    """Answers questions, and tells of its models at the addresses given."""

    def __init__(self, **told: Any) -> None:
        self._told = {f"/{path.replace('__', '/')}": document for path, document in told.items()}
        self.sizes: list[int] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            document = self._told.get(request.url.path)
            body = orjson.dumps(document) if document is not None else b"404"
            return httpx.Response(200 if document is not None else 404, stream=httpx.ByteStream(body))
        asked = orjson.loads(request.read())
        self.sizes.append(sum(len(message["content"]) for message in asked["messages"]))
        is_trial = "Are you ready" in asked["messages"][-1]["content"]
        status, headers, content = completion('{"ready": true}') if is_trial else completion()
        return httpx.Response(status, headers=dict(headers), stream=httpx.ByteStream(content))


async def test_a_page_is_cut_to_the_context_that_the_server_names() -> None:
    """Ollama cuts what is too long without a word: nobody would notice."""
    server = Server(api__ps={"models": [{"name": "m", "context_length": 4096}]})
    llm = model(server, settings(openrouter_base_url="http://127.0.0.1:11434/v1", openrouter_api_key=None))
    await llm.try_out(a_scope())
    await judge(llm, page="word " * 8_000)
    assert server.sizes[-1] <= 4096 * 3


async def test_a_price_in_the_endpoints_own_list_is_what_a_call_costs_there() -> None:
    info = {"data": [{"model_name": "m", "model_info": {"input_cost_per_token": 1e-6, "output_cost_per_token": 2e-6}}]}
    local = settings(openrouter_base_url="http://127.0.0.1:4000/v1", openrouter_api_key=None)
    llm, scope = model(Server(v1__model__info=info), local), a_scope()
    assert not llm.paid
    await llm.try_out(scope)
    assert llm.paid
    before = scope.cost_usd
    await judge(llm, scope)
    assert scope.cost_usd - before == pytest.approx((2000 * 1 + 200 * 2) / 1e6)


async def test_without_a_list_a_model_on_this_machine_costs_nothing_and_a_makers_name_its_list_price() -> None:
    local = settings(openrouter_base_url="http://192.168.1.7:1234/v1", openrouter_api_key=None)
    scope = a_scope()
    llm = model(Server(), local)
    await llm.try_out(scope)
    await judge(llm, scope)
    assert scope.cost_usd == 0
    maker = settings(openrouter_base_url="https://api.openai.com/v1", openrouter_model="gpt-4o-mini-2024-07-18")
    scope = a_scope()
    await judge(model(Server(), maker), scope)
    assert scope.cost_usd == pytest.approx((2000 * 0.15 + 200 * 0.60) / 1e6)


def test_the_root_of_a_server_is_before_its_version() -> None:
    for base, root in {
        "http://127.0.0.1:8080/v1": "http://127.0.0.1:8080/props",
        "http://127.0.0.1:8080/v1/chat/completions": "http://127.0.0.1:8080/props",
        "http://10.0.0.5/llm/v1/": "http://10.0.0.5/llm/props",
    }.items():
        assert endpoint_of(settings(openrouter_base_url=base, openrouter_api_key=None)).at_root("/props") == root


async def test_a_server_with_one_slot_gets_one_call_at_a_time() -> None:
    local = settings(openrouter_base_url="http://127.0.0.1:8080/v1", openrouter_api_key=None)
    server = Server(props={"default_generation_settings": {"n_ctx": 8192}, "total_slots": 1})
    pipeline = open_pipeline("openrouter", local, rate=1e6, in_flight=4)
    await Llm(server, pipeline, local).try_out(a_scope())
    assert pipeline.limiter.window == 1
