"""List prices, used where a provider reports no cost and to reserve the worst case. Everything is US dollars.

| provider | price | source |
|---|---|---|
| Spider | a scrape is about $0.0001; 10,000 credits are $1 | spider.cloud/guides/pricing-and-plans |
| Serper | a credit per search of up to 10 results, two above; its price is a setting | serper.dev, 2026-08 |
| OpenRouter | per model, below | openrouter.ai/api/v1/models |
| DNS, websites, job boards, webhook | free | |

What is booked for an attempt whose price nobody told: nothing where there was no connection or the provider refused
(any status but 2xx, an error object inside 200); the list price where the request was sent and the answer never came,
was cut off or cannot be read. The list price of an unanswered LLM call is that of its prompt, or OPENROUTER_LOST_USD.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

SPIDER_SCRAPE_USD = 0.0001
"""What Spider calls typical for one scraped page."""
SPIDER_CREDITS_PER_USD = 10_000
SPIDER_MAX_CREDITS = 100
"""``max_credits_allowed`` of a scrape without a browser: the worst case of one attempt is a cent."""
SPIDER_MAX_CREDITS_RENDERED = 200
"""The same with a browser."""


@dataclass(frozen=True, slots=True)
class ModelPrice:
    """US dollars per million tokens."""

    prompt: float
    completion: float

    def usd(self, prompt_tokens: int, completion_tokens: int) -> float:
        """The price of one call."""
        return (prompt_tokens * self.prompt + completion_tokens * self.completion) / 1e6


MODEL_PRICES: Mapping[str, ModelPrice] = {
    "openai/gpt-4o-mini": ModelPrice(0.15, 0.60),
    "openai/gpt-4o": ModelPrice(2.50, 10.00),
    "openai/gpt-4.1": ModelPrice(2.00, 8.00),
    "openai/gpt-4.1-mini": ModelPrice(0.40, 1.60),
    "openai/gpt-4.1-nano": ModelPrice(0.10, 0.40),
    "openai/gpt-5-mini": ModelPrice(0.25, 2.00),
    "openai/gpt-5-nano": ModelPrice(0.05, 0.40),
    "google/gemini-2.5-flash": ModelPrice(0.30, 2.50),
    "google/gemini-2.5-flash-lite": ModelPrice(0.10, 0.40),
    "google/gemini-2.0-flash-001": ModelPrice(0.10, 0.40),
    "anthropic/claude-haiku-4.5": ModelPrice(1.00, 5.00),
    "anthropic/claude-sonnet-4.5": ModelPrice(3.00, 15.00),
    "deepseek/deepseek-chat": ModelPrice(0.30, 1.20),
    "mistralai/mistral-small-3.2-24b-instruct": ModelPrice(0.10, 0.30),
    "meta-llama/llama-3.3-70b-instruct": ModelPrice(0.15, 0.60),
}
"""List prices of the models people use for this, rounded up where hosts differ."""
UNKNOWN_MODEL = ModelPrice(5.00, 25.00)
"""For a model that is not listed: dear on purpose, because it only limits what a budget lets through."""


_AT_ITS_MAKER = re.compile(r"-(?:latest|preview|\d{3}|\d{8}|\d{4}-\d{2}-\d{2})$")
"""What makers add to a model's name: a date, a number."""


def listed_price(model: str) -> ModelPrice | None:
    """The list price of a model, also by the name it has at its maker's address (``gpt-4o-mini-2024-07-18``).

    A variant such as ``:nitro`` costs what its model costs, ``:free`` nothing.
    """
    name, _, variant = model.partition(":")
    if variant == "free":
        return ModelPrice(0.0, 0.0)
    return MODEL_PRICES.get(name) or _BY_SHORT_NAME.get(_short(name))


def model_price(model: str) -> ModelPrice:
    """The list price of a model, or a dear one where it is not listed."""
    return listed_price(model) or UNKNOWN_MODEL


def _short(name: str) -> str:
    return _AT_ITS_MAKER.sub("", name.rpartition("/")[2].lower().replace(".", "-"))


_BY_SHORT_NAME: Mapping[str, ModelPrice] = {_short(name): price for name, price in MODEL_PRICES.items()}


def reported_usd(value: object) -> float | None:
    """A cost as a provider reports it, or None when it is not an amount of money."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < 1_000 else None
