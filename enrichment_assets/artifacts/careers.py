"""Is the company hiring, whom, and how hard?"""

from datetime import date, timedelta
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from enrichment_assets.artifacts.artifact import Artifact, Value, Work, digest
from enrichment_assets.settings import Settings


class Posting(BaseModel):
    """One open job posting."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    id: str
    title: str
    url: str | None = None
    department: str | None = None
    function: str | None = Field(None, description="sales, marketing, engineering, ...")
    seniority: str | None = None
    location: str | None = None
    remote: bool | None = None
    posted_on: date | None = None
    quote: str | None = Field(None, description="Verbatim from the page, where an LLM read it.")


class Careers(Value):
    """What the company is hiring for. "Could not read it" is never a value: it FAILs."""

    status: Literal["openings", "no_openings", "no_careers_page"]
    careers_url: str | None = None
    source: Literal["job_board", "json_ld", "careers_page", "llm", "none"]
    board: str | None = Field(None, description="greenhouse:stripe")
    confidence: Literal["high", "medium", "low"]
    reason: str
    open_count: int = 0
    postings: tuple[Posting, ...] = ()
    by_function: dict[str, int] = Field(default_factory=dict)
    by_seniority: dict[str, int] = Field(default_factory=dict)
    hiring_intensity: Literal["HOT", "WARM", "COLD"]
    intensity_rule: str
    new_since_last: tuple[str, ...] = Field((), description="Ids that the previous record did not have.")
    gone_since_last: tuple[str, ...] = Field((), description="Ids that only the previous record had.")
    volatile: ClassVar[frozenset[str]] = frozenset({"new_since_last", "gone_since_last"})


async def produce(work: Work) -> Careers:
    """Job board, JSON-LD, careers page, LLM: in this order."""
    raise NotImplementedError


def version(_settings: Settings) -> str:
    """Only the code decides."""
    return digest("careers", CAREERS.code_version)


CAREERS: Artifact[Careers] = Artifact(
    name="careers",
    model=Careers,
    produce=produce,
    description="Open job postings from the company's own job board or careers page, and how hard it is hiring.",
    version=version,
    answer=lambda value: value.hiring_intensity if value.open_count else value.status,
    preview=lambda value: {"open": value.open_count, "board": value.board, "source": value.source},
    needs=("website", "icp"),
    gate="icp_pass",
    fresh_for=timedelta(days=3),
    kinds=("jobboards",),
)
