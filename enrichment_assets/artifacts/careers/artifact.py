"""Is the company hiring, whom, and how hard?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from enrichment_assets.artifacts.base import ProduceContext, Value
from enrichment_assets.artifacts.careers.functions import function_of, is_evergreen, seniority_of
from enrichment_assets.artifacts.careers.intensity import intensity
from enrichment_assets.artifacts.careers.llm import prompt_version
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.providers.boards.board import Opening
from enrichment_assets.providers.registry import missing

if TYPE_CHECKING:
    from enrichment_assets.artifacts.careers.search import OpeningsResult
    from enrichment_assets.core.settings import Settings


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
    evergreen: bool = Field(False, description="A talent pool or open application: listed, but not counted as open.")


class Careers(Value):
    """What the company is hiring for.

    ``no_openings`` needs a page or a feed that says that nothing is open. Where openings could not be read the status
    is ``unknown``, without confidence and intensity; without a careers page there is no intensity either. What failed
    for now is no value: it FAILs.
    """

    status: Literal["openings", "no_openings", "no_careers_page", "unknown"]
    careers_url: str | None = None
    source: Literal["job_board", "json_ld", "careers_page", "llm", "none"]
    board: str | None = Field(None, description="greenhouse:stripe")
    confidence: Literal["high", "medium", "low"] | None = Field(None, description="Null where openings are unknown.")
    reason: str
    open_count: int = 0
    complete: bool = Field(True, description="False: there are more open than were read; ``open_count`` is at least.")
    postings: tuple[Posting, ...] = ()
    by_function: dict[str, int] = Field(default_factory=dict)
    by_seniority: dict[str, int] = Field(default_factory=dict)
    hiring_intensity: Literal["HOT", "WARM", "COLD"] | None = None
    intensity_rule: str
    new_since_last: tuple[str, ...] = Field((), description="Ids that the previous record did not have.")
    gone_since_last: tuple[str, ...] = Field((), description="Ids that only the previous record had.")
    volatile: ClassVar[frozenset[str]] = frozenset({"new_since_last", "gone_since_last"})


async def produce(context: ProduceContext) -> Careers:
    """Job board, JSON-LD, careers page, LLM: in this order. Raises TransientError for what could not be read."""
    from enrichment_assets.artifacts.careers.search import find_openings  # noqa: PLC0415 - loads all job boards

    website = context.need("website", Website)
    found = await find_openings(context, website)
    previous = context.previous if isinstance(context.previous, Careers) else None
    return _careers(found, previous, context.now.date())


def _careers(found: OpeningsResult, previous: Careers | None, today: date) -> Careers:
    postings = tuple(_posting(opening, quote) for opening, quote in found.openings)
    jobs = [posting for posting in postings if not posting.evergreen]
    status = _status(found, has_jobs=bool(jobs))
    level = None
    if status in ("openings", "no_openings"):
        level = intensity(
            [job.function for job in jobs], [job.posted_on for job in jobs], today, sure=found.confidence != "low"
        )
    new, gone = changes(jobs, found, previous)
    return Careers(
        status=status,
        careers_url=found.careers_url,
        source=found.source,
        board=found.board,
        confidence=None if status == "unknown" else found.confidence,
        reason=found.reason,
        open_count=len(jobs),
        complete=found.complete,
        postings=postings,
        by_function=_counted(job.function or "other" for job in jobs),
        by_seniority=_counted(job.seniority or "mid" for job in jobs),
        hiring_intensity=level.level if level else None,
        intensity_rule=level.rule if level else f"{status}: nothing says what is open",
        new_since_last=new,
        gone_since_last=gone,
    )


def _status(
    found: OpeningsResult, *, has_jobs: bool
) -> Literal["openings", "no_openings", "no_careers_page", "unknown"]:
    if has_jobs:
        return "openings"
    if found.no_page:
        return "no_careers_page"
    only_pools = bool(found.openings) and found.source in ("careers_page", "llm")
    return "unknown" if found.unread or only_pools else "no_openings"


def _posting(opening: Opening, quote: str | None) -> Posting:
    return Posting(
        id=opening.id,
        title=opening.title,
        url=opening.url,
        department=opening.department,
        function=function_of(opening.title, opening.department),
        seniority=seniority_of(opening.title),
        location=opening.location,
        remote=opening.remote,
        posted_on=opening.posted_on,
        quote=quote,
        evergreen=is_evergreen(opening.title),
    )


def changes(
    jobs: Sequence[Posting], found: OpeningsResult, previous: Careers | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids that are new, and ids that are gone, since the previous record; nothing without one.

    Nothing is new after a record whose openings were not known, and nothing is gone that a partial list lacks. A
    company that moved to another board has other ids for the same jobs: then titles are compared.
    """
    if previous is None or previous.status == "unknown" or found.unread:
        return (), ()
    before = [posting for posting in previous.postings if not posting.evergreen]
    moved = (previous.source, previous.board) != (found.source, found.board)

    def key(posting: Posting) -> str:
        return " ".join(posting.title.casefold().split()) if moved else posting.id

    had, has = {key(posting) for posting in before}, {key(job) for job in jobs}
    new = tuple(job.id for job in jobs if key(job) not in had)
    gone = tuple(posting.id for posting in before if key(posting) not in has) if found.complete else ()
    return new, gone


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))


def summary(careers: Careers) -> str:
    """The value in one word: how hard it is hiring, or why nothing is open."""
    return careers.hiring_intensity or careers.status if careers.open_count else careers.status


def decided_by(settings: Settings) -> object:
    """Prompt, models (none where none is set up) and how pages are read."""
    has_model = not any(missing("llm", settings))
    models = (settings.openrouter_model, settings.openrouter_fallback_model) if has_model else ()
    return prompt_version(), models, settings.enrichment_pages
