"""What the model has to answer: a strict JSON schema, evidence before verdict.

The findings come first so that a model that writes from left to right decides after it has looked.
"""

import hashlib
from typing import Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, field_validator

from enrichment_assets.core.text import truncate_line

_SHORT = 160
_SENTENCE = 400


class CriterionAnswer(BaseModel):
    """One criterion of the profile."""

    model_config = ConfigDict(frozen=True)
    criterion: str = Field(description="The criterion's id: M1, D1, S1, R1.")
    quote: str | None = Field(
        description="4 to 25 consecutive words copied from the page, letter by letter, that decide it; else null."
    )
    met: Literal["yes", "no", "unknown"] = Field(description="unknown when the quote is null")


class IcpAnswer(BaseModel):
    """The judgement as the model gives it; nothing in it is believed before its quotes are verified."""

    model_config = ConfigDict(frozen=True)
    findings: list[CriterionAnswer] = Field(description="One for each criterion, in order.")
    summary: str = Field(description="What the company does, in one or two plain sentences.")
    industry: str | None
    business_model: Literal["B2B", "B2C", "both"] | None
    sells: str | None = Field(description="What it sells, in a few words.")
    serves: str | None = Field(description="Who buys it, in a few words.")
    size_hint: str | None = Field(description="What the page says about its size, in a few words.")
    disqualification: str | None = Field(description="Why not, in a sentence, when the verdict is not_fit; else null.")
    reason: str = Field(description="The reason for the verdict, in one sentence.")
    score: int = Field(description="0 to 100: how well it fits.")
    verdict: Literal["fit", "not_fit", "unclear"]

    @field_validator("score")
    @classmethod
    def _percent(cls, value: int) -> int:
        return min(max(value, 0), 100)

    @field_validator("summary", "reason", "disqualification")
    @classmethod
    def _sentence(cls, value: str | None) -> str | None:
        return _cut(value, _SENTENCE)

    @field_validator("industry", "sells", "serves", "size_hint")
    @classmethod
    def _short(cls, value: str | None) -> str | None:
        return _cut(value, _SHORT)


def schema_version() -> str:
    """Hash of the schema as it is sent."""
    document = orjson.dumps(IcpAnswer.model_json_schema(), option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(document).hexdigest()[:8]


def descriptions() -> str:
    """All that the schema says of its fields, a line each."""
    fields = (*IcpAnswer.model_fields.values(), *CriterionAnswer.model_fields.values())
    return "\n".join(field.description for field in fields if field.description)


def _cut(value: str | None, longest: int) -> str | None:
    return None if value is None else truncate_line(value, longest)
