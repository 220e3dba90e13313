"""Whatever bytes a provider answers with: a typed answer or a named error, every attempt booked, nothing reserved."""

import asyncio
import copy
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, SecretStr

from enrichment_assets.core.errors import ProviderError, TransientError
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.call.ledger import CostScope, Ledger
from enrichment_assets.providers.clients import open_pipeline
from enrichment_assets.providers.llm.chat import Llm
from enrichment_assets.providers.serper import Serper
from enrichment_assets.providers.spider import Spider

SECRET = "sk-SECRET"
ONCE = Settings(
    _env_file=None,
    openrouter_api_key=SecretStr(SECRET),
    spider_api_key=SecretStr(SECRET),
    serper_api_key=SecretStr(SECRET),
    retry_attempts=1,
)


class Verdict(BaseModel):
    verdict: str


class Answering(httpx.AsyncBaseTransport):
    def __init__(self, status: int, body: bytes, content_type: str) -> None:
        self._reply = (status, {"content-type": content_type}, body)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        status, headers, body = self._reply
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(body))


async def ask(transport: httpx.AsyncBaseTransport, scope: CostScope) -> object:
    llm = Llm(transport, open_pipeline("openrouter", ONCE, rate=1e6, in_flight=9), ONCE)
    return (await llm.ask(lambda _wrong: [{"role": "user", "content": "Judge."}], Verdict, scope)).value


async def news(transport: httpx.AsyncBaseTransport, scope: CostScope) -> object:
    return await Serper(transport, open_pipeline("serper", ONCE, rate=1e6, in_flight=9), ONCE).news("acme", scope)


async def scrape(transport: httpx.AsyncBaseTransport, scope: CostScope) -> object:
    spider = Spider(transport, open_pipeline("spider", ONCE, rate=1e6, in_flight=9), ONCE)
    return await spider.fetch("https://acme.com", scope)


CALLS: dict[str, Callable[[httpx.AsyncBaseTransport, CostScope], Awaitable[object]]] = {
    "openrouter": ask,
    "serper": news,
    "spider": scrape,
}
GOOD: dict[str, list[Any]] = {
    "openrouter": [
        {
            "model": "openai/gpt-4o-mini",
            "choices": [{"finish_reason": "stop", "message": {"content": '{"verdict": "fit"}', "refusal": None}}],
            "usage": {"prompt_tokens": 20, "cost": 0.0001, "cost_details": {"upstream_inference_cost": 0.1}},
        },
        {"error": {"code": 429, "message": "slow", "metadata": {"limit_source": "x"}, "availability": {"code": "y"}}},
    ],
    "serper": [{"searchParameters": {"q": "acme"}, "news": [{"title": "t", "link": "l"}], "credits": 1}],
    "spider": [[{"content": {"raw": "<p>x"}, "costs": {"total_cost": 1e-5}, "metadata": {"raw": {}}, "status": 200,
                 "url": "https://acme.com"}]],
}  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2**40) | st.floats() | st.sampled_from(["", "x", SECRET, "429"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["a", "message"]), inner, max_size=2),
    max_leaves=4,
)


def paths(node: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield above
    for key, inner in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from paths(inner, (*above, key))


@st.composite
def odd_answers(draw: st.DrawFn) -> tuple[str, int, bytes, str]:
    """A provider's answer with one part replaced by something else, or a text that is none."""
    provider = draw(st.sampled_from(sorted(CALLS)))
    document = copy.deepcopy(draw(st.sampled_from(GOOD[provider])))
    *above, last = draw(st.sampled_from([path for path in paths(document) if path]))
    parent = document
    for key in above:
        parent = parent[key]
    parent[last] = draw(JSON)
    whole = orjson.dumps(document)
    texts = [b"", b" \n ", b"[]", b"null", b"<html>", b"\xff", b"[" * 50_000, b'{"choices": NaN}']
    body = draw(st.just(whole) | st.sampled_from(texts) | st.integers(0, len(whole)).map(lambda end: whole[:end]))
    status = draw(st.sampled_from([200, 200, 200, 204, 302, 400, 401, 402, 404, 429, 503, 999]))
    return provider, status, body, draw(st.sampled_from(["application/json", "text/html; charset=utf-16", ""]))


@settings(max_examples=200)
@given(odd_answers())
@example(("openrouter", 200, b'{"choices": ["x"]}', "application/json"))
@example(("openrouter", 200, b'{"choices": [{"finish_reason": "stop", "message": {"content": 5}}]}', ""))
@example(("openrouter", 401, b"<html>", "text/html; charset=utf-16"))
def test_any_bytes_are_an_answer_or_a_named_error(answer: tuple[str, int, bytes, str]) -> None:
    provider, status, body, content_type = answer
    ledger = Ledger(run_cap_usd=None, company_cap_usd=1e6)
    scope = ledger.scope("acme.com", "test")
    told = ""
    try:
        asyncio.run(CALLS[provider](Answering(status, body, content_type), scope))
    except ProviderError as error:
        told = f"{error!s} {error!r} {error.__cause__!r}"
    assert SECRET not in told
    assert ledger.reserved_usd == 0
    assert len(scope.charges) in (range(1, 9) if provider == "openrouter" else {1})


@pytest.mark.parametrize("found", ["0", "{}", '[{"headline": "Acme raises"}]', "[null]"])
async def test_results_that_cannot_be_read_are_not_no_results(found: str) -> None:
    scope = Ledger(run_cap_usd=None, company_cap_usd=1.0).scope("acme.com", "news")
    with pytest.raises(TransientError):
        await news(Answering(200, f'{{"searchParameters": {{}}, "news": {found}}}'.encode(), ""), scope)


@pytest.mark.parametrize("page", ['"status": 200', '"status": 200, "content": 5', '"content": true'])
async def test_a_page_object_without_a_page_is_not_an_empty_page(page: str) -> None:
    scope = Ledger(run_cap_usd=None, company_cap_usd=1.0).scope("acme.com", "website")
    with pytest.raises(TransientError):
        await scrape(Answering(200, f'[{{"url": "https://acme.com", {page}}}]'.encode(), ""), scope)


async def test_with_a_key_of_ones_own_at_the_host_its_price_is_booked_too() -> None:
    scope = Ledger(run_cap_usd=None, company_cap_usd=1.0).scope("acme.com", "icp")
    document = copy.deepcopy(GOOD["openrouter"][0])
    document["usage"] = {"cost": 0.0002, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.004}}
    await ask(Answering(200, orjson.dumps(document), ""), scope)
    assert scope.cost_usd == pytest.approx(0.0042)


async def test_an_endpoint_without_a_connection_costs_nothing() -> None:
    class Closed(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            raise httpx.ConnectError("refused")

    for call in CALLS.values():
        scope = Ledger(run_cap_usd=None, company_cap_usd=1.0).scope("acme.com", "icp")
        with pytest.raises(TransientError, match="no connection"):
            await call(Closed(), scope)
        assert [(charge.ok, charge.usd) for charge in scope.charges] == [(False, 0.0)]
