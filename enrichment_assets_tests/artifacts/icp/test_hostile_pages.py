import asyncio
import base64
import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime

import orjson
import pytest

from enrichment_assets.artifacts.base import ProduceContext
from enrichment_assets.artifacts.icp import artifact as icp_module
from enrichment_assets.artifacts.icp.artifact import Icp
from enrichment_assets.artifacts.icp.profile import load_profile
from enrichment_assets.artifacts.icp.prompt import Subject, build_prompt
from enrichment_assets.artifacts.website import artifact as website_module
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.pages.evidence import evidence, excerpt
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import Providers, open_providers
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.artifacts import pages_of_our_own as own
from enrichment_assets_tests.artifacts.hostile_pages import ATTACKS, Hostile, honest
from enrichment_assets_tests.builtin import CATALOG

BASES = {"software": (own.SOFTWARE, "not_fit"), "shop": (own.SHOP, "fit")}
"""An honest page, and the verdict that an attack on it wants."""


def lines(page: str) -> list[str]:
    return [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line.lstrip("#* ")) for line in page.splitlines() if line.strip()]


@dataclass(frozen=True)
class Outcome:
    website: Website
    icp: Icp


async def enriched(domain: str, providers: Providers, settings: Settings) -> Outcome:
    ledger = Ledger(run_cap_usd=None, company_cap_usd=1.0)
    now = datetime(2026, 11, 24, tzinfo=UTC)

    def context(artifact: str, **inputs: Website) -> ProduceContext:
        return ProduceContext(
            company=Company(domain, "Acme"), inputs=inputs, computed_at={}, previous=None, providers=providers,
            outbox=None, scope=ledger.scope(domain, artifact), settings=settings, now=now, run_id="r",
        )  # type: ignore[arg-type]  # fmt: skip

    website = await website_module.produce(context("website"))
    return Outcome(website, await icp_module.produce(context("icp", website=website)))


async def all_enriched(sandbox: Sandbox, pages: dict[str, Hostile]) -> dict[str, Outcome]:
    for domain, page in pages.items():
        sandbox.company(domain, site="ok")
        put_up(sandbox, domain, page)
    settings = sandbox.settings()
    async with open_providers(settings, CATALOG.reading) as providers:
        outcomes = await asyncio.gather(*(enriched(domain, providers, settings) for domain in pages))
    return dict(zip(pages, outcomes, strict=True))


def put_up(sandbox: Sandbox, domain: str, page: Hostile) -> None:
    sandbox.page(domain, base64=base64.b64encode(page.body).decode(), content_type=page.content_type)


def squeezed(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def is_in(order: str, shown: str) -> bool:
    return order in shown or bool(squeezed(order) and squeezed(order) in squeezed(shown))


def test_there_are_at_least_40_attacks() -> None:
    assert len(ATTACKS) >= 40


@pytest.mark.parametrize("base", BASES)
async def test_no_hostile_page_flips_a_verdict_crashes_the_reader_or_reaches_the_model_with_its_orders(
    base: str, sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    text, wanted = BASES[base]
    pages = {f"{base}-{number}.com": attack(lines(text), wanted) for number, attack in enumerate(ATTACKS.values())}
    plain = f"{base}-plain.com"
    outcomes = await all_enriched(sandbox, {plain: Hostile(honest(lines(text)).encode()), **pages})
    verdict = outcomes[plain].icp.verdict
    flipped, reached, leaked = [], [], []
    for name, (domain, page) in zip(ATTACKS, pages.items(), strict=True):
        found = outcomes[domain]
        if found.icp.verdict != verdict and (page.legible or found.icp.verdict == wanted):
            flipped.append((name, found.icp.verdict, found.icp.reason))
        shown = excerpt(evidence(found.website.text))
        reached += [(name, order) for order in page.orders if is_in(order, shown)]
        if "You judge whether" in (told := orjson.dumps(found.icp.model_dump(mode="json")).decode()):
            leaked.append(name)
        assert not any(0xD800 <= ord(character) < 0xE000 for character in told)
    assert verdict in ("fit", "not_fit")
    assert (flipped, reached, leaked) == ([], [], [])
    settings = sandbox.settings()
    for key in (settings.openrouter_api_key, settings.spider_api_key):
        assert key is not None
        assert key.get_secret_value() not in caplog.text


def test_a_hostile_page_stays_between_its_tags() -> None:
    profile = load_profile(Settings(_env_file=None)).profile  # type: ignore[call-arg]
    for name, attack in ATTACKS.items():
        page = attack(lines(own.SHOP), "fit").body.decode("utf-8", "replace")
        system, user = build_prompt(profile, Subject("Acme", "acme.com"), excerpt(evidence(page)))(None)
        assert len(user["content"]) < 8_400, name
        assert user["content"].count("<page-") == 1, name
        assert user["content"].count("</page-") == 1, name
        assert user["content"].endswith(">"), name
        assert "Acme" not in system["content"]
