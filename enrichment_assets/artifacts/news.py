"""What is in the news about the company?"""

from datetime import date, datetime, timedelta
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from enrichment_assets.artifacts.artifact import Artifact, Value, Work, digest
from enrichment_assets.settings import Settings

Kind = Literal[
    "funding", "acquisition", "partnership", "product", "leadership", "expansion", "layoffs", "award", "other"
]


class Story(BaseModel):
    """One story about the company, however many outlets ran it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: str
    url: str
    source: str | None = None
    published_on: date | None = Field(None, description="Made absolute at fetch time; None where none was given.")
    snippet: str | None = None
    kind: Kind
    match: str = Field(description="Why this is about the company.")
    also_at: tuple[str, ...] = Field((), description="Other URLs of the same story.")
    funding_amount_usd: int | None = None
    funding_amount: str | None = Field(None, description="As written: $12M, 8 million euros.")
    funding_round: str | None = None


class News(Value):
    """Stories that are about the company. None is an answer; an outage FAILs."""

    stories: tuple[Story, ...] = ()
    dropped: int = Field(0, description="Results that were about somebody else.")
    outreach_timing: Literal["POSITIVE", "NEUTRAL", "NEGATIVE"]
    timing_rule: str
    query: str
    fetched_at: datetime
    volatile: ClassVar[frozenset[str]] = frozenset({"fetched_at", "dropped"})


async def produce(work: Work) -> News:
    """Search the news."""
    raise NotImplementedError


def version(_settings: Settings) -> str:
    """Only the code decides."""
    return digest("news", NEWS.code_version)


NEWS: Artifact[News] = Artifact(
    name="news",
    model=News,
    produce=produce,
    description="News stories matched to the company, classified, with what they mean for outreach.",
    version=version,
    answer=lambda value: value.outreach_timing if value.stories else "none",
    preview=lambda value: {"stories": len(value.stories), "timing": value.outreach_timing},
    needs=("website", "icp"),
    gate="icp_pass",
    fresh_for=timedelta(hours=12),
    kinds=("serper",),
)
