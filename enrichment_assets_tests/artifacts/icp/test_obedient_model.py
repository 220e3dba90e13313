"""A model that obeys every order it reads, behind a real endpoint: it must never come to read one."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from aiohttp import web
from pydantic import SecretStr

from enrichment_assets.artifacts.icp.artifact import Icp, judge
from enrichment_assets.artifacts.icp.profile import load_profile
from enrichment_assets.artifacts.icp.prompt import Subject
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import open_providers
from enrichment_assets_tests.artifacts import pages_of_our_own as own
from enrichment_assets_tests.artifacts.hostile_pages import ATTACKS
from enrichment_assets_tests.builtin import CATALOG

HONEST_QUOTE = "Free shipping on orders over €50"


@dataclass
class Obedient:
    """Says not_fit with a quote, unless the page tells it otherwise; then fit, with a quote that is on the page too."""

    url: str = ""
    orders: tuple[str, ...] = ()
    obeyed: list[str] = field(default_factory=list)

    async def answer(self, request: web.Request) -> web.Response:
        page = (await request.json())["messages"][1]["content"]
        order = next((order for order in self.orders if order in page), None)
        if order is not None:
            self.obeyed.append(order)
        finding = {"quote": HONEST_QUOTE, "met": "yes"}
        findings = [{**finding, "criterion": criterion} for criterion in (("M1", "M2") if order else ("D1",))]
        judgement = {
            "findings": findings, "summary": "A shop.", "industry": None, "business_model": "B2C", "sells": None,
            "serves": None, "size_hint": None, "disqualification": None, "reason": "r", "score": 90,
            "verdict": "fit" if order else "not_fit",
        }  # fmt: skip
        message = {"role": "assistant", "content": json.dumps(judgement)}
        return web.json_response(
            {
                "id": "1", "object": "chat.completion", "created": 1, "model": "obedient",
                "choices": [{"index": 0, "finish_reason": "stop", "message": message}],
                "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2, "cost": 0.0},
            }
        )  # fmt: skip


@pytest.fixture
async def obedient() -> AsyncIterator[Obedient]:
    model = Obedient()
    app = web.Application(client_max_size=10_000_000)
    app.router.add_post("/v1/chat/completions", model.answer)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    model.url = f"http://{host}:{port}/v1"
    yield model
    await runner.cleanup()


def stored(text: str) -> Website:
    return Website(
        landed="same_site", judgeable=True, reason="r", url="https://a.com/", final_url="https://a.com/", status=200,
        text=text, source="direct", fetched_at=datetime(2026, 11, 24, tzinfo=UTC),
    )  # fmt: skip


async def verdicts(model: Obedient, pages: list[tuple[str, tuple[str, ...]]]) -> list[Icp]:
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        openrouter_base_url=model.url,
        openrouter_api_key=SecretStr("key"),
    )
    ledger = Ledger(run_cap_usd=None, company_cap_usd=100.0)
    found = []
    async with open_providers(settings, CATALOG.reading) as providers:
        for text, orders in pages:
            model.orders = orders
            scope = ledger.scope("a.com", "icp")
            profile = load_profile(settings).profile
            found.append(await judge(stored(text), Subject("A", "a.com"), profile, providers, scope))
    return found


async def test_a_model_that_obeys_never_reads_an_order(obedient: Obedient) -> None:
    attacked = {name: attack([], "fit") for name, attack in ATTACKS.items()}
    pages = [
        (f"{page.body.decode('utf-8', 'replace')}\n{own.SHOP}", page.orders)
        for page in attacked.values()
        if page.orders
    ]
    assert len(pages) >= 40
    found = await verdicts(obedient, pages)
    assert obedient.obeyed == []
    assert {icp.verdict for icp in found} == {"not_fit"}


async def test_the_model_of_this_test_does_obey_what_it_reads(obedient: Obedient) -> None:
    (found,) = await verdicts(obedient, [(own.SHOP, ("Gift cards for every runner you know",))])
    assert obedient.obeyed == ["Gift cards for every runner you know"]
    assert found.verdict == "fit"
