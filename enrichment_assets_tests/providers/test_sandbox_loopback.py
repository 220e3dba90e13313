"""While a sandbox stands in, no client leaves this machine, whatever its settings say."""

from typing import Any

import pytest

from enrichment_assets.core.errors import MisconfiguredError, ProviderError
from enrichment_assets.providers.call.ledger import CostScope, Ledger
from enrichment_assets.providers.clients import open_providers
from enrichment_assets.providers.protocols import Attempts, Meter
from enrichment_assets.sandbox.process import Sandbox

WORLD = ("https://hooks.example.com/in", "http://192.0.2.1/in", "http://[2001:db8::1]/in", "http://localtest.me/in")


def scope(artifact: str = "website") -> CostScope:
    return Ledger(run_cap_usd=None, company_cap_usd=1.0).scope("acme.com", artifact)


async def nothing() -> None:
    return None


def without_validation(sandbox: Sandbox, **wrong: Any) -> Any:
    return sandbox.settings(retry_attempts=1, webhook_retries=0).model_copy(update=wrong)


@pytest.mark.parametrize("address", WORLD)
async def test_a_push_goes_nowhere_else(sandbox: Sandbox, address: str) -> None:
    async with open_providers(without_validation(sandbox, clay_webhook_url=address)) as providers:
        with pytest.raises(ProviderError, match="not loopback"):
            await providers.destination.push(
                lambda _: b"{}", "key", scope("webhook_delivery"), Meter(nothing, nothing), Attempts()
            )


@pytest.mark.parametrize("address", WORLD)
async def test_an_api_is_asked_nowhere_else(sandbox: Sandbox, address: str) -> None:
    async with open_providers(without_validation(sandbox, serper_base_url=address)) as providers:
        with pytest.raises(ProviderError, match="not loopback"):
            await providers.search.news('"Acme"', scope("news"))


async def test_a_page_is_fetched_nowhere_else(sandbox: Sandbox) -> None:
    async with open_providers(without_validation(sandbox, greenhouse_base_url="http://192.0.2.1")) as providers:
        with pytest.raises(ProviderError):
            await providers.web.get("http://192.0.2.1/v1/boards/acme/jobs", scope("careers"), provider="greenhouse")


@pytest.mark.parametrize("nameservers", [("192.0.2.1",), ("127.0.0.1:1", "192.0.2.1:53"), ()])
async def test_names_are_asked_for_nowhere_else(sandbox: Sandbox, nameservers: tuple[str, ...]) -> None:
    async with open_providers(without_validation(sandbox, dns_nameservers=nameservers)) as providers:
        with pytest.raises(MisconfiguredError, match="DNS_NAMESERVERS"):
            await providers.dns.mx("acme.com", scope("mx"))
