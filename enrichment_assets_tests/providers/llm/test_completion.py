"""Completions in every form endpoints give them, made up kind by kind."""

import gzip
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from enrichment_assets.core.errors import TransientError
from enrichment_assets.providers.llm.completion import completion_of, document_of
from enrichment_assets.providers.llm.failure import failure_of
from enrichment_assets_tests.providers.llm.answering import (
    JUDGEMENT,
    SAID,
    Answer,
    Answering,
    a_scope,
    completion,
    judge,
    model,
    settings,
)

OTHER = orjson.dumps({**JUDGEMENT, "verdict": "not_fit", "score": 3}).decode()


def sent(body: str | bytes, **headers: str) -> Answer:
    return (
        200,
        {name.replace("_", "-"): value for name, value in headers.items()},
        body if isinstance(body, bytes) else body.encode(),
    )


PLAIN = completion()[2].decode()
THOUGHT = {"type": "thinking", "thinking": [{"type": "text", "text": OTHER}]}
PIECES = [PLAIN[at : at + 400].encode() for at in range(0, len(PLAIN), 400)]
HARMONY = "<|channel|>analysis<|message|>{}<|end|><|start|>assistant<|channel|>final <|message|>{}"
CALLS = {"tool_calls": [{"id": "1", "type": "function", "function": {"name": "IcpAnswer", "arguments": SAID}}]}
READ: dict[str, Answer] = {
    "parts": completion([{"type": "text", "text": SAID[:40]}, {"type": "text", "text": SAID[40:]}]),
    "parts without a type": completion([{"text": SAID}]),
    "output_text": completion([{"type": "reasoning", "text": "{"}, {"type": "output_text", "text": SAID}]),
    "parts with thinking": completion([THOUGHT, {"type": "text", "text": SAID}]),
    "the object itself": completion(JUDGEMENT),
    "tool_calls": completion(None, "tool_calls", **CALLS),
    "tool_calls with an object": completion("", tool_calls=[{"function": {"arguments": JUDGEMENT}}]),
    "function_call": completion(None, function_call={"name": "x", "arguments": SAID}),
    "parsed": completion(None, parsed=JUDGEMENT),
    "reasoning_content": completion("", reasoning_content=f"I see. {SAID}"),
    "reasoning beside the answer": completion(SAID, reasoning=OTHER),
    "finish missing": sent(orjson.dumps({"choices": [{"message": {"content": SAID}}]})),
    "legacy text": sent(orjson.dumps({"choices": [{"text": SAID, "finish_reason": "stop"}]})),
    "ollama's own": sent(orjson.dumps({"message": {"role": "assistant", "content": SAID}, "done": True})),
    "bom": sent("\ufeff" + PLAIN),
    "comments": sent(": OPENROUTER PROCESSING\n\n: OPENROUTER PROCESSING\n\n" + PLAIN),
    "one event": sent(f"event: message\ndata: {PLAIN}\n\ndata: [DONE]\n\n", content_type="text/event-stream"),
    "array of one": sent(f"[{PLAIN}]"),
    "infinity": sent(PLAIN.replace('"index":0', '"index":0,"logprobs":{"p":[NaN,-Infinity]}')),
    "lone surrogate": sent(PLAIN.replace("for finance teams.", "for finance teams \\\\ud83d.")),
    "lone surrogate outside": sent(PLAIN.replace('"index":0', '"index":0,"x":"\\ud83d"')),
    "raw newline in a string": sent(PLAIN.replace('"role":"assistant"', '"role":"assis\ntant"')),
    "three members": sent(b"".join(map(gzip.compress, PIECES)), content_encoding="gzip"),
    "thinking with a draft": completion(f"<think>Maybe {OTHER}? No.</think>\n{SAID}"),
    "thinking unopened": completion(f"Maybe {OTHER}?</think>\n\n```json\n{SAID}\n```"),
    "a draft, then better": completion(f"First:\n```json\n{OTHER}\n```\nOn second thought:\n```json\n{SAID}\n```"),
    "prose with braces": completion(f"The set {{a}} matters. {SAID} Done."),
    "harmony": completion(HARMONY.format(OTHER, SAID)),
}  # fmt: skip


@pytest.mark.parametrize("form", READ)
async def test_it_is_read_at_the_first_attempt(form: str) -> None:
    transport = Answering(lambda _body: READ[form])
    answered = await judge(model(transport, settings()))
    assert (answered.value.verdict, answered.value.score, len(transport.bodies)) == ("fit", 90, 1)


NEAR: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"score": 140}, {"score": 100}),
    ({"score": -3}, {"score": 0}),
    ({"score": "85/100"}, {"score": 85}),
    ({"score": "85%"}, {"score": 85}),
    ({"score": 85.4}, {"score": 85}),
    ({"verdict": "Not a fit"}, {"verdict": "not_fit"}),
    ({"verdict": "FIT"}, {"verdict": "fit"}),
    ({"verdict": "not-fit"}, {"verdict": "not_fit"}),
    ({"verdict": "unknown"}, {"verdict": "unclear"}),
    ({"business_model": "b2b"}, {"business_model": "B2B"}),
    ({"business_model": "B2B/B2C"}, {"business_model": "both"}),
    ({"industry": ["Software", "Finance"]}, {"industry": "Software, Finance"}),
    ({"size_hint": 250}, {"size_hint": "250"}),
]


@pytest.mark.parametrize(("given", "read"), NEAR)
async def test_a_near_miss_that_has_one_reading_is_read(given: dict[str, Any], read: dict[str, Any]) -> None:
    transport = Answering(lambda _body: completion(orjson.dumps({**JUDGEMENT, **given}).decode()))
    answered = await judge(model(transport, settings()))
    assert {name: getattr(answered.value, name) for name in read} == read
    assert len(transport.bodies) == 1


@pytest.mark.parametrize(("met", "read"), [(True, "yes"), (False, "no"), ("Yes", "yes"), ("n/a", "unknown")])
async def test_a_boolean_for_yes_or_no_is_read(met: object, read: str) -> None:
    said = {**JUDGEMENT, "findings": [{"criterion": "M1", "met": met}]}
    answered = await judge(model(Answering(lambda _body: completion(orjson.dumps(said).decode())), settings()))
    assert (answered.value.findings[0].met, answered.value.findings[0].quote) == (read, None)


@pytest.mark.parametrize("wrong", [{"verdict": "perhaps"}, {"score": "high"}, {"score": 0.9}, {"verdict": ["fit"]}])
async def test_what_has_two_readings_costs_one_more_question_and_no_more(wrong: dict[str, Any]) -> None:
    transport, scope = (
        Answering(lambda _body: completion(orjson.dumps({**JUDGEMENT, **wrong}).decode())),
        a_scope(),
    )
    with pytest.raises(TransientError, match="no usable answer in 2 attempts"):
        await judge(model(transport, settings()), scope)
    first, second = transport.bodies
    assert first["messages"] != second["messages"]


USAGE: list[tuple[Any, dict[str, str], float]] = [
    ({"cost": 0.003}, {}, 0.003),
    ({"cost": "0.003"}, {}, 0.003),
    ({"cost": "$0.003"}, {}, 0.003),
    ({"cost": {"total_cost": 0.003, "request_cost": 0.001}}, {}, 0.003),
    ({"estimated_cost": 0.003}, {}, 0.003),
    ({"cost_in_usd_ticks": 30_000_000}, {}, 0.003),
    ({"prompt_tokens": 10, "completion_tokens": 1}, {"x-litellm-response-cost": "3e-3"}, 0.003),
    ({"input_tokens": 1000, "output_tokens": 100}, {}, 0.0075),
    ({"prompt_tokens": "1000", "completion_tokens": 100.0}, {}, 0.0075),
    ({"cost": -1, "prompt_tokens": 1000, "completion_tokens": 100}, {}, 0.0075),
]


@pytest.mark.parametrize(("usage", "headers", "usd"), USAGE)
async def test_what_it_cost_is_read_in_every_form(usage: Any, headers: dict[str, str], usd: float) -> None:
    scope = a_scope()
    status, plain, body = completion(usage=usage)
    await judge(model(Answering(lambda _body: (status, {**plain, **headers}, body)), settings()), scope)
    assert scope.cost_usd == pytest.approx(usd)


ANY = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["choices", "message", "content", "error", "detail", "type", "text", "usage", "raw", "metadata", "code"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@hypothesis_settings(max_examples=300)
@given(ANY)
def test_no_document_breaks_the_reading(document: Any) -> None:
    failure_of(document, 200)
    failure_of(document, 400, b"x")
    if isinstance(document, dict):
        completion_of(document)


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reading(body: bytes) -> None:
    document_of(body)
