"""What a completion cost: what the endpoint says, else its tokens at the list price, else an estimate of the tokens."""

from collections.abc import Mapping
from typing import Any

from enrichment_assets.providers.llm.completion import Completion, mapping, number
from enrichment_assets.providers.prices import ModelPrice, reported_usd

BYTES_PER_TOKEN = 4
"""Typical. The worst case is one: no tokenizer makes more tokens than bytes."""
XAI_TICKS_PER_USD = 1e10
_COST_HEADERS = ("x-litellm-response-cost", "x-response-cost")
_COST_FIELDS = ("cost", "total_cost", "estimated_cost", "cost_usd", "total_cost_usd")
_PROMPT = ("prompt_tokens", "input_tokens", "promptTokenCount", "prompt_eval_count")
_COMPLETION = ("completion_tokens", "output_tokens", "candidatesTokenCount", "eval_count")


def cost_usd(
    document: Mapping[str, Any], headers: Mapping[str, str], said: Completion | None, price: ModelPrice, size: int
) -> float:
    """US dollars. ``size`` is the request's, in bytes.

    With a key of one's own at the model's host (``is_byok``), ``cost`` is OpenRouter's fee and the host's price comes
    on top.
    """
    usage = said.usage if said is not None else mapping(document.get("usage"))
    reported = _reported(usage)
    if reported is not None:
        upstream = mapping(usage.get("cost_details")).get("upstream_inference_cost")
        return reported + ((_usd(upstream) or 0.0) if usage.get("is_byok") is True else 0.0)
    for name in _COST_HEADERS:
        if (told := _usd(headers.get(name))) is not None:
            return told
    tokens = _tokens(usage, _PROMPT), _tokens(usage, _COMPLETION)
    if tokens != (None, None):
        return price.usd(tokens[0] or 0, tokens[1] or 0)
    if said is None:
        return 0.0
    return price.usd(size // BYTES_PER_TOKEN, len(said.text.encode()) // BYTES_PER_TOKEN + 1)


def _reported(usage: Mapping[str, Any]) -> float | None:
    ticks = number(usage.get("cost_in_usd_ticks"))
    if ticks is not None:
        return _usd(ticks / XAI_TICKS_PER_USD)
    for name in _COST_FIELDS:
        value = usage.get(name)
        inner = mapping(value)  # Perplexity: the parts and their sum
        usd = _usd(
            next((inner[key] for key in ("total_cost", "total", "usd") if key in inner), None) if inner else value
        )
        if usd is not None:
            return usd
    return None


def _usd(value: object) -> float | None:
    return reported_usd(number(value))


def _tokens(usage: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    counts = (number(usage.get(name)) for name in names)
    return next((int(count) for count in counts if count is not None and 0 <= count < 1e9), None)
