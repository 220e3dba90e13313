"""The artifact ``careers``: what it adds to the payload, how it is explained."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Literal

from pydantic import Field

from enrichment_assets.artifacts.base import Artifact, ExplainLine, Fact, PayloadField, PayloadPart, Usual, Value
from enrichment_assets.artifacts.careers.artifact import Careers, Posting, decided_by, produce, summary
from enrichment_assets.artifacts.payload.schema import Line, PayloadDocument, Url

POSTINGS_SHOWN = 10
OPENINGS = 5
"""Rows on the record's page."""


class PostingDetails(PayloadDocument):
    """One open job."""

    id: Line
    title: Line
    url: Url = None
    department: Line | None = None
    function: Line | None = None
    seniority: Line | None = None
    location: Line | None = None
    remote: bool | None = None
    posted_on: date | None = None
    quote: Line | None = None


class CareersDetails(PayloadDocument):
    """Where the openings were read."""

    status: Line = Field(description="openings, no_openings, no_careers_page or unknown.")
    source: Line = Field(description="job_board, json_ld, careers_page, llm or none.")
    board: Line | None = Field(None, description="The job board: greenhouse:acme.")
    confidence: Line | None = Field(None, description="high, medium or low; null where openings are unknown.")
    reason: Line
    intensity_rule: Line
    by_function: dict[str, int] = Field(default_factory=dict)
    by_seniority: dict[str, int] = Field(default_factory=dict)
    postings: tuple[PostingDetails, ...] = ()


def _known(careers: Careers) -> bool:
    return careers.status in ("openings", "no_openings")


def _details(careers: Careers) -> CareersDetails:
    fields = set(PostingDetails.model_fields)
    return CareersDetails(
        **careers.model_dump(include=set(CareersDetails.model_fields) - {"postings"}),
        postings=tuple(PostingDetails(**posting.model_dump(include=fields)) for posting in careers.postings),
    )


def explain(careers: Careers, _values: Mapping[str, Value]) -> Iterable[ExplainLine]:
    """How many jobs are open, and the first of them."""
    source = careers.board or careers.source
    sure = f"{careers.confidence} confidence: " if careers.confidence else ""
    by = f"{'' if source == 'none' else f'{source}, '}{sure}{careers.reason}"
    count = f"{'' if careers.complete else 'at least '}{careers.open_count} " if careers.status != "unknown" else ""
    yield ExplainLine("open jobs", f"{count}({careers.status})", page=careers.careers_url, by=by)
    yield ExplainLine("hiring intensity", careers.hiring_intensity or "not known", by=careers.intensity_rule)
    for posting in careers.postings[:POSTINGS_SHOWN]:
        yield ExplainLine("posting", posting.title, posting.quote, posting.url, by=source)
    if len(careers.postings) > POSTINGS_SHOWN:
        yield ExplainLine("posting", f"and {len(careers.postings) - POSTINGS_SHOWN} more")


def _preview(careers: Careers) -> dict[str, str | int | None]:
    return {
        "open": careers.open_count if careers.complete else f"at least {careers.open_count}",
        "board": careers.board,
        "source": careers.source,
        "confidence": careers.confidence,
        "rule": careers.intensity_rule,
        "new": len(careers.new_since_last),
        "gone": len(careers.gone_since_last),
    }


def _tables(careers: Careers) -> dict[str, list[dict[str, Fact]]]:
    openings = careers.postings[:OPENINGS]
    return {"openings": [{"title": one.title, "location": one.location, "url": one.url} for one in openings]}


def example() -> Careers:
    """Two jobs on a board."""
    return Careers(
        status="openings",
        careers_url="https://boards.greenhouse.io/ledgerline",
        source="job_board",
        board="greenhouse:ledgerline",
        confidence="high",
        reason="The home page links to this board.",
        open_count=2,
        postings=(
            Posting(
                id="4001",
                title="Account Executive",
                url="https://boards.greenhouse.io/ledgerline/jobs/4001",
                department="Sales",
                function="sales",
                location="Rotterdam",
                remote=False,
                posted_on=date(2026, 11, 12),
            ),
            Posting(
                id="4002",
                title="Senior Software Engineer",
                url="https://boards.greenhouse.io/ledgerline/jobs/4002",
                department="Engineering",
                function="engineering",
                seniority="senior",
                location="Toronto",
                remote=True,
            ),
        ),
        by_function={"sales": 1, "engineering": 1},
        by_seniority={"senior": 1},
        hiring_intensity="WARM",
        intensity_rule="fewer than 10 openings",
    )


CAREERS: Artifact[Careers] = Artifact(
    name="careers",
    model=Careers,
    produce=produce,
    description="Open job postings from the company's own job board or careers page, and how hard it is hiring.",
    summary=summary,
    preview=_preview,
    tables=_tables,
    explain=explain,
    example=example,
    payload=PayloadPart(
        columns=(
            PayloadField("is_hiring", bool | None, lambda careers: careers.open_count > 0 if _known(careers) else None),
            PayloadField(
                "open_jobs",
                int | None,
                lambda careers: careers.open_count if _known(careers) else None,
                description="Null where openings could not be read.",
            ),
            PayloadField(
                "open_jobs_precision",
                Literal["exact", "at_least"] | None,
                lambda careers: ("exact" if careers.complete else "at_least") if _known(careers) else None,
                description="at_least: there are more open than were read.",
            ),
            PayloadField("hiring_intensity", Literal["HOT", "WARM", "COLD"] | None),
            PayloadField("careers_url", Url),
        ),
        document=PayloadField("careers", CareersDetails | None, _details),
        urls=lambda careers: (careers.careers_url,),
    ),
    decided_by=decided_by,
    sources=("enrichment_assets.artifacts.careers.search",),
    needs=("website", "icp"),
    may_be_skipped=("icp",),
    gate="icp_pass",
    ttl=timedelta(days=3),
    kinds=("jobboards",),
    providers=("pages",),  # a language model only where nothing else can be read
    usual=Usual({"pages": 0.9, "boards": 0.7, "web": 0.4, "llm": 0.05}),
)
