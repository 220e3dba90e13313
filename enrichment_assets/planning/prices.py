"""What one call costs by settings, the endpoint's own list and ours, where this home has not paid for any yet."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from enrichment_assets.artifacts.base import Artifact
from enrichment_assets.core.errors import BudgetReachedError, ProviderError
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.clients import open_providers
from enrichment_assets.providers.llm.chat import Llm, price_by_settings
from enrichment_assets.providers.llm.endpoint import endpoint_of
from enrichment_assets.providers.llm.refused import PROVIDER as LLM
from enrichment_assets.providers.prices import ModelPrice, listed_price, model_price
from enrichment_assets.providers.registry import SETTINGS, Kind, chosen, providers

NEXT_RUNG: Final = 0.3
"""Assumed share of pages that each further fetcher of a ladder is asked for."""


def booked_as(name: str) -> str:
    """The name that a provider's calls are booked under."""
    return "web" if name == "direct" else name


def kinds_by_provider() -> Mapping[str, Kind]:
    """The name in the ledger to the kind, of all providers that can be chosen."""
    return {booked_as(name): kind for kind, name in providers()}


def usual_calls(artifact: Artifact[Any], settings: Settings) -> dict[str, float]:
    """Calls of one company by provider, as the artifact assumes them. One of each kind where it says nothing."""
    found: dict[str, float] = {}
    assumed = artifact.usual.calls or dict.fromkeys(artifact.providers, 1.0)
    for name, calls in assumed.items():
        kind = next((kind for kind in SETTINGS if kind == name), None)
        if kind is None:
            found[name] = found.get(name, 0.0) + calls
            continue
        share = 1.0
        for provider in chosen(kind, settings):
            booked = LLM if kind == "llm" else booked_as(provider.name)
            found[booked] = found.get(booked, 0.0) + calls * share
            share *= NEXT_RUNG
    return found


def call_prices(settings: Settings) -> dict[str, float]:
    """Provider to what one call usually costs, US dollars; not the model's, whose calls differ in length."""
    return {
        booked_as(provider.name): provider.call_usd(settings)[0]
        for kind in SETTINGS
        for provider in chosen(kind, settings)
    }


def known_model_price(settings: Settings) -> ModelPrice | None:
    """The model's price by settings or our list; None where only its endpoint may know (a gateway, one's own)."""
    endpoint = endpoint_of(settings)
    at_home = endpoint.is_local and not endpoint.is_openrouter
    return price_by_settings(settings) or (None if at_home else listed_price(settings.openrouter_model))


async def asked_model_price(settings: Settings) -> ModelPrice:
    """The price that the endpoint lists, which it tells for nothing; a dear one where it does not."""
    with suppress(ProviderError, BudgetReachedError):
        async with open_providers(settings) as opened:
            if isinstance(opened.llm, Llm):
                return await opened.llm.listed()
    return model_price(settings.openrouter_model)
