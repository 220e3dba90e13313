"""What an endpoint tells of its models for nothing: prices, and how much they can read.

| where | what | whose |
|---|---|---|
| ``/models``: ``pricing`` | US dollars per token, or per million tokens | OpenRouter, Vercel; Together |
| ``/models``: ``metadata.pricing`` | US dollars per million tokens | DeepInfra |
| ``/model/info``: ``model_info`` | US dollars per token | LiteLLM |
| ``/models``: ``max_model_len``, ``context_window``, ``context_length`` | tokens | vLLM, Groq, others |
| ``/props`` at the root: ``n_ctx``, ``total_slots`` | tokens of a slot, calls at once | llama.cpp |
| ``/api/ps``, ``/api/v0/models`` at the root | tokens a model is loaded with | Ollama, LM Studio |
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from enrichment_assets.providers.llm.completion import mapping, number, text_of
from enrichment_assets.providers.prices import ModelPrice

LISTS = ("/models", "/model/info")
"""Beside the completions."""
LOCAL_LISTS = ("/props", "/api/ps", "/api/v0/models")
"""At the root of a server on one's own machine."""
MOST_MODELS = 5_000
HIGHEST_USD_PER_TOKEN = 0.002
"""No model costs so much for one token, and few so little for a million."""
_PRICES = (("prompt", "completion"), ("input", "output"), ("input_tokens", "output_tokens"),
           ("input_cost_per_token", "output_cost_per_token"))  # fmt: skip
_CONTEXTS = ("max_model_len", "context_window", "loaded_context_length", "context_length", "n_ctx")


def entries(document: Any, model: str) -> Iterator[Mapping[str, Any]]:
    """What a list says of one model, outermost object first; llama.cpp's ``/props`` is of the only one there is."""
    top = mapping(document)
    if isinstance(top.get("default_generation_settings"), dict):
        yield top["default_generation_settings"]
    listed = document if isinstance(document, list) else top.get("data") or top.get("models")
    for entry in map(mapping, listed[:MOST_MODELS] if isinstance(listed, list) else ()):
        if model in {text_of(entry.get(name)) for name in ("id", "model_name", "name", "model")}:
            yield from (entry, *(mapping(entry.get(name)) for name in ("pricing", "metadata", "model_info", "meta")))
            yield mapping(mapping(entry.get("metadata")).get("pricing"))


def slots_in(document: Any) -> int | None:
    """How many calls a llama.cpp server serves at once, by its ``/props``; None elsewhere."""
    slots = number(mapping(document).get("total_slots"))
    return int(slots) if slots is not None and slots >= 1 else None


def price_in(found: Sequence[Mapping[str, Any]]) -> ModelPrice | None:
    """The price of both kinds of tokens, or None where it is not told."""
    for entry in found:
        for name, other in _PRICES:
            prompt, completion = number(entry.get(name)), number(entry.get(other))
            if prompt is not None and completion is not None and min(prompt, completion) >= 0:
                factor = 1e6 if max(prompt, completion) < HIGHEST_USD_PER_TOKEN else 1.0
                return ModelPrice(prompt * factor, completion * factor)
    return None


def context_in(found: Sequence[Mapping[str, Any]]) -> int | None:
    """The tokens that the model can read, question and answer together, or None where that is not told."""
    told = (number(entry.get(name)) for entry in found for name in _CONTEXTS)
    return next((int(size) for size in told if size is not None and 256 <= size < 1e8), None)
