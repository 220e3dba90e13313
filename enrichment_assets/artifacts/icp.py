"""Does this company fit the Ideal Customer Profile, by the evidence of its stored page?"""

from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from enrichment_assets.artifacts.artifact import Artifact, Value, Work, digest
from enrichment_assets.settings import Settings


class Finding(BaseModel):
    """One criterion of the profile, and the words on the page that speak for or against it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    criterion: str
    met: Literal["yes", "no", "unknown"]
    quote: str | None = Field(None, description="Verbatim from the stored page, or None.")
    verified: bool = Field(False, description="The quote was found in the stored page.")


class Icp(Value):
    """The judgement. ``unclear`` is an answer; ``unjudged`` means there was no page of this company to judge."""

    verdict: Literal["fit", "not_fit", "unclear", "unjudged"]
    score: int = Field(ge=0, le=100)
    reason: str
    findings: tuple[Finding, ...] = ()
    summary: str = ""
    industry: str | None = None
    business_model: Literal["B2B", "B2C", "both"] | None = None
    sells: str | None = None
    serves: str | None = None
    size_hint: str | None = None
    disqualification: str | None = Field(None, description="Why not, when the verdict is not_fit.")
    page_url: str | None = None
    page_sha256: str | None = None
    model: str | None = Field(None, description="The model that answered.")
    prompt_version: str = ""
    volatile: ClassVar[frozenset[str]] = frozenset()


async def produce(work: Work) -> Icp:
    """Ask the LLM, then verify each quote."""
    raise NotImplementedError


def version(settings: Settings) -> str:
    """Code, prompt, schema, model and profile decide."""
    return digest("icp", ICP.code_version, settings.openrouter_model)


ICP: Artifact[Icp] = Artifact(
    name="icp",
    model=Icp,
    produce=produce,
    description="Does the company fit the Ideal Customer Profile: verdict, score, findings with verified quotes.",
    version=version,
    answer=lambda value: value.verdict,
    preview=lambda value: {"score": value.score, "reason": value.reason},
    needs=("website",),
    evidence=("website",),
    gate="mx_pass",
    fresh_for=timedelta(days=14),
    kinds=("openrouter",),
)
