"""Sixty answers that real endpoints give, from the shared cases: each ends as it should."""

import json
from pathlib import Path
from typing import Any

import pytest

from enrichment_assets.core.errors import (
    MisconfiguredError,
    OutOfCreditError,
    PermanentError,
    ProviderError,
    TransientError,
)
from enrichment_assets_tests.providers.llm.answering import Answering, a_scope, judge, model, settings

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases" / "llm_answers.jsonl"
ROWS: dict[str, dict[str, Any]] = (
    {row["id"].removeprefix("llm/"): row for row in map(json.loads, CASES.read_text().splitlines())}
    if CASES.is_file()
    else {}
)
FIT = [
    *(
        "ok",
        "content_array",
        "content_object",
        "null_reasoning_has_json",
        "finish_null",
        "finish_eos",
        "finish_end_turn",
    ),
    *(
        "finish_STOP",
        "usage_null",
        "usage_missing",
        "usage_zero",
        "usage_cost_object",
        "usage_floats",
        "usage_anthropic",
    ),
    *("litellm_cost_header", "sse_unasked", "blank_padding", "bom", "nan_logprobs", "inf_logprob", "gzip_two_members"),
    "gzip_trailing_zero",
]
USD = {
    "usage_cost_object": 0.0072,
    "litellm_cost_header": 0.00042,
    "usage_floats": 0.015,
    "usage_anthropic": 0.015,
    "ok": 0.015,
}
ERRORS: dict[str, tuple[type[ProviderError], str]] = {
    "br_unasked": (TransientError, "unreadable"),
    "finish_length_complete": (TransientError, "cut off"),
    "200_code_string_429": (OutOfCreditError, "full again at 00:00 UTC"),
    "200_code_402": (OutOfCreditError, "Insufficient credits"),
    "minimax_base_resp": (OutOfCreditError, "insufficient balance"),
    "200_message_only": (TransientError, "model is loading"),
    "429_insufficient_quota": (OutOfCreditError, "exceeded your current quota"),
    "400_gemini_key_array": (MisconfiguredError, "OPENROUTER_API_KEY"),
    "400_xai_key": (MisconfiguredError, "OPENROUTER_API_KEY"),
    "400_litellm_budget": (OutOfCreditError, "Budget has been exceeded"),
    "400_response_format": (PermanentError, "response_format"),
    "400_temperature": (PermanentError, "temperature"),
    "400_system_role": (PermanentError, "System role"),
    "400_context": (PermanentError, "4096 tokens"),
    "400_or_raw": (PermanentError, "Invalid schema for response_format 'IcpAnswer'"),
    "404_ollama_model": (MisconfiguredError, "OPENROUTER_MODEL"),
    "404_no_v1": (MisconfiguredError, "OPENROUTER_BASE_URL: most end with /v1"),
    "404_price": (MisconfiguredError, "max price"),
    "403_region": (PermanentError, "region"),
    "403_key_limit": (MisconfiguredError, "Key limit exceeded"),
    "403_cf_html": (PermanentError, "blocked"),
    "402_afford": (OutOfCreditError, "requires more credits"),
    "413_groq": (PermanentError, "Request too large"),
    "503_loading": (TransientError, "currently loading"),
    "200_html": (TransientError, "without an answer"),
}  # fmt: skip
STOPPING = (OutOfCreditError, MisconfiguredError)

pytestmark = pytest.mark.skipif(not ROWS, reason=f"needs the shared cases in {CASES}")


def replayed(name: str) -> Answering:
    row = ROWS[name]
    body = bytes.fromhex(row["body"][4:]) if row["body"].startswith("hex:") else row["body"].encode()
    return Answering(lambda _body: (row["status"], row["headers"], body))


@pytest.mark.parametrize("name", FIT)
async def test_an_answer_is_read_at_the_first_attempt(name: str) -> None:
    transport, scope = replayed(name), a_scope()
    assert (await judge(model(transport, settings()), scope)).value.verdict == "fit"
    assert len(transport.bodies) == 1
    assert name not in USD or scope.cost_usd == pytest.approx(USD[name])


async def test_the_answer_after_the_thinking_counts() -> None:
    answered = await judge(model(replayed("think_fenced_draft"), settings()))
    assert (answered.value.verdict, answered.value.score) == ("not_fit", 5)


@pytest.mark.parametrize("name", ERRORS)
async def test_an_error_is_told_as_what_it_is(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    kind, words = ERRORS[name]
    monkeypatch.setattr("asyncio.sleep", no_sleep)
    transport, scope = replayed(name), a_scope()
    llm = model(transport, settings(retry_attempts=1))
    with pytest.raises(ProviderError) as raised:
        await judge(llm, scope)
    assert type(raised.value) is kind
    assert words in str(raised.value)
    asked = len(transport.bodies)
    if kind in STOPPING:
        assert (asked, scope.cost_usd) == (1, 0.0)
        with pytest.raises(kind):
            await judge(llm, scope)
        assert len(transport.bodies) == asked, "it was asked again although only a person can help"


async def no_sleep(_seconds: float) -> None:
    """Waits are tested elsewhere."""


def test_every_row_of_the_file_is_tried() -> None:
    assert {*FIT, *ERRORS, "think_fenced_draft"} == set(ROWS)
