"""Malformed model outputs never crash anything, and nothing is read that the model did not write."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from enrichment_assets.providers.llm.model_json import NonsenseError, parse, read


class Verdict(BaseModel):
    verdict: str
    score: int
    reason: str = ""


def leaves(node: Any) -> list[str]:
    if isinstance(node, dict):
        return [*map(str, node), *(leaf for value in node.values() for leaf in leaves(value))]
    if isinstance(node, list):
        return [leaf for value in node for leaf in leaves(value)]
    return [] if node is None or isinstance(node, bool | float) else [str(node)]


def bare(text: str) -> str:
    unescaped = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match.group(1), 16)), text)
    return re.sub(r"[\W_]+", "", re.sub(r"\\[nrtbf]", "", unescaped)).lower()


def test_real_malformed_outputs_are_read_or_refused_and_never_added_to(shared_data: Path) -> None:
    read_ones = 0
    for name in ("repair_cases.jsonl", "real_model_outputs.jsonl"):
        for line in filter(str.strip, (shared_data / "llm_json" / name).read_text().splitlines()):
            raw = json.loads(line)["raw"]
            try:
                document, repaired = read(raw)
            except NonsenseError:
                continue
            read_ones += 1
            if repaired:
                assert all(bare(leaf) in bare(raw) for leaf in leaves(document)), raw
    assert read_ones > 90


@pytest.mark.parametrize(
    "text",
    [
        '{"verdict": "fit", "score": 90, "reason": "sells software"}',
        'Sure!\n```json\n{"verdict": "fit", "score": 90, "reason": "sells software"}\n```\nAnything else?',
        '{{"verdict": "fit", "score": 90, "reason": "sells software"}}',
        '{"verdict": "fit", "score": 90, "reason": "sells software",}',
        "{'verdict': 'fit', 'score': 90, 'reason': 'sells software'}",
        '<|channel|>final <|message|>{"verdict": "fit", "score": 90, "reason": "sells software"',
    ],
)
def test_what_was_meant_is_read(text: str) -> None:
    assert parse(text, Verdict) == Verdict(verdict="fit", score=90, reason="sells software")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "I cannot judge this company.",
        '{"verdict": "fit", "score": 90, "reason": "sells soft',
        '{"verdict": "fit", "reason": "sells software", "score": 9',
        "{'verdict': 'fit', 'score': 90,}",
        '{"verdict": "fit", "score": "high", "reason": "x"}',
        "[1, 2]",
        "{" * 5_000,
    ],
)
def test_what_is_cut_off_or_incomplete_is_nonsense(text: str) -> None:
    with pytest.raises(NonsenseError):
        parse(text, Verdict)


@settings(max_examples=200)
@given(st.text(alphabet="{}[]\":,'\\ ab1\n`-", max_size=60))
def test_no_text_crashes_it(text: str) -> None:
    try:
        document, _ = read(text)
    except NonsenseError:
        return
    assert isinstance(document, dict)
