"""A chat-completion endpoint that answers as it is told, over the transport's own interface."""

from collections.abc import Callable, Mapping
from typing import Any

import httpx
import orjson

from enrichment_assets.artifacts.icp.schema import IcpAnswer
from enrichment_assets.core.settings import GivenSettings, Settings
from enrichment_assets.providers.call.ledger import CostScope, Ledger
from enrichment_assets.providers.clients import open_pipeline
from enrichment_assets.providers.llm.chat import Llm
from enrichment_assets.providers.protocols import Answered

JUDGEMENT = {
    "findings": [{"criterion": "M1", "quote": "We sell software to finance teams", "met": "yes"}],
    "summary": "Software for finance teams.",
    "industry": "Software",
    "business_model": "B2B",
    "sells": "software",
    "serves": "finance teams",
    "size_hint": None,
    "disqualification": None,
    "reason": "It sells software to businesses.",
    "score": 90,
    "verdict": "fit",
}
SAID = orjson.dumps(JUDGEMENT).decode()

Answer = tuple[int, Mapping[str, str], bytes]


class Answering(httpx.AsyncBaseTransport):
    """Answers each request by what ``answer`` makes of its body; keeps the bodies and addresses."""

    def __init__(self, answer: Callable[[dict[str, Any]], Answer]) -> None:
        self._answer = answer
        self.bodies: list[dict[str, Any]] = []
        self.requests: list[httpx.Request] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = orjson.loads(request.read() or b"{}")
        self.bodies.append(body)
        self.requests.append(request)
        status, headers, content = self._answer(body)
        return httpx.Response(status, headers=dict(headers), stream=httpx.ByteStream(content))


def completion(said: Any = SAID, finish: str | None = "stop", usage: Any = None, **message: Any) -> Answer:
    """An ordinary completion."""
    document = {
        "model": "m",
        "choices": [
            {"index": 0, "message": {"role": "assistant", "content": said, **message}, "finish_reason": finish}
        ],
        "usage": {"prompt_tokens": 2000, "completion_tokens": 200} if usage is None else usage,
    }
    return 200, {"content-type": "application/json"}, orjson.dumps(document)


def refusal(status: int, error: Any) -> Answer:
    """An error."""
    return status, {"content-type": "application/json"}, orjson.dumps(error)


def settings(**given: Any) -> Settings:
    """Settings of an endpoint on the internet with one model; retries are fast."""
    values = {
        "openrouter_api_key": "sk-SECRET-of-ours",
        "openrouter_base_url": "https://llm.acme-gateway.com/v1",
        "openrouter_model": "m",
        "retry_base_delay_s": 0.0,
        "dagster_home": "/nonexistent",
    }
    return GivenSettings(**{**values, **given})


def model(transport: httpx.AsyncBaseTransport, given: Settings, in_flight: int = 99) -> Llm:
    """The client under test."""
    return Llm(transport, open_pipeline("openrouter", given, rate=1e6, in_flight=in_flight), given)


async def judge(llm: Llm, scope: CostScope | None = None, page: str = "a page", **options: Any) -> Answered[IcpAnswer]:
    """Ask for one judgement."""
    messages = [{"role": "system", "content": "Judge. Answer with one JSON object."}, {"role": "user", "content": page}]

    def prompt(wrong: str | None) -> Any:
        return messages if wrong is None else [*messages, {"role": "user", "content": f"Again: {wrong}"}]

    return await llm.ask(prompt, IcpAnswer, scope or a_scope(), **options)


def a_scope() -> CostScope:
    """A scope with a cap nobody reaches."""
    return Ledger(run_cap_usd=None, company_cap_usd=100.0).scope("acme.com", "icp")
