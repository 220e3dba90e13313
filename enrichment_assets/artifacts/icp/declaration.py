"""The artifact ``icp``: what it adds to the payload, how it is explained, its gate."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from enrichment_assets.artifacts.base import (
    Artifact,
    ExplainLine,
    Fact,
    Labelling,
    PayloadField,
    PayloadPart,
    Tier,
    Value,
)
from enrichment_assets.artifacts.example_company import HOME, SHA
from enrichment_assets.artifacts.icp.artifact import Finding, Icp, decided_by, produce, summary
from enrichment_assets.artifacts.icp.profile import load_profile
from enrichment_assets.artifacts.payload.schema import Line, PayloadDocument, Url
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.settings import Settings

QUOTES = 5
"""Rows on the record's page."""


class FindingDetails(PayloadDocument):
    """One criterion of the Ideal Customer Profile."""

    criterion: Line
    kind: Literal["must_have", "disqualifier", "size", "region"]
    met: Literal["yes", "no", "unknown"]
    quote: Line | None = Field(None, description="Words found on the page; null when there are none.")


class IcpDetails(PayloadDocument):
    """How the verdict came about."""

    findings: tuple[FindingDetails, ...] = ()
    disqualification: Line | None = None
    model: Line | None = Field(None, description="The language model that answered.")
    prompt_version: Line | None = None
    profile: Line | None = Field(None, description="Hash of the profile it was judged by.")
    label: Literal["fit", "not_fit"] | None = Field(
        None,
        exclude_if=lambda label: label is None,
        description="What a person said (enrich review): it decides tier and gate, whatever the verdict. Absent "
        "where nobody did.",
    )


def _details(icp: Icp) -> IcpDetails:
    return IcpDetails(
        findings=tuple(
            FindingDetails(criterion=finding.criterion, kind=finding.kind, met=finding.met, quote=finding.quote)
            for finding in icp.findings
        ),
        disqualification=icp.disqualification,
        model=icp.model,
        prompt_version=icp.prompt_version or None,
        profile=icp.profile or None,
    )


def tier(icp: Icp) -> tuple[Tier, str]:
    """The tier that a verdict means and, in a sentence, why."""
    match icp.verdict:
        case "fit":
            return "QUALIFIED", icp.reason
        case "not_fit":
            return "DISQUALIFIED", icp.disqualification or icp.reason
        case "unclear":
            return "REVIEW", f"unclear: {icp.reason}"
        case _:
            return "REVIEW", f"not judged: {icp.reason}"


def best_quote(icp: Icp) -> str | None:
    """The first verified quote that speaks for a fit, or against one that is none; else any that was verified."""
    verified = [finding for finding in icp.findings if finding.verified]
    telling = [finding for finding in verified if (finding.opposes if icp.verdict == "not_fit" else finding.supports)]
    return next((finding.quote for finding in (*telling, *verified)), None)


def explain(icp: Icp, values: Mapping[str, Value]) -> Iterable[ExplainLine]:
    """The verdict, each criterion with its quote, and what the model says of the company."""
    website = values.get("website")
    read_at = website.fetched_at if isinstance(website, Website) and website.text_sha256 == icp.page_sha256 else None
    by = f"{icp.model}, prompt {icp.prompt_version}, profile {icp.profile[:8]}" if icp.model else "no model was asked"
    yield ExplainLine("verdict", f"{icp.verdict}, score {icp.score}: {icp.reason}", by=by)
    for finding in icp.findings:
        name = f"{finding.kind}: {finding.criterion}"
        if finding.quote:
            yield ExplainLine(name, finding.met, finding.quote, icp.page_url, read_at, by)
        else:
            yield ExplainLine(name, finding.met)
    for field in ("summary", "industry", "business_model", "sells", "serves", "size_hint"):
        if getattr(icp, field):
            yield ExplainLine(field.replace("_", " "), getattr(icp, field), by=f"{by}, not verified")


def _preview(icp: Icp) -> dict[str, str | int | None]:
    quote = next((finding.quote for finding in icp.findings if finding.supports or finding.opposes), None)
    return {"score": icp.score, "reason": icp.reason, "quote": quote, "model": icp.model}


def _tables(icp: Icp) -> dict[str, list[dict[str, Fact]]]:
    """The verified quotes."""
    spoken = [finding for finding in icp.findings if finding.supports or finding.opposes]
    return {"quotes": [{"criterion": one.criterion, "met": one.met, "quote": one.quote} for one in spoken[:QUOTES]]}


def _opens(answer: str, settings: Settings) -> bool:
    return answer == "fit" or (answer == "unclear" and settings.enrichment_unclear_passes)


def _problems(settings: Settings) -> Iterable[str]:
    try:
        load_profile(settings)
    except MisconfiguredError as error:
        yield f"The ICP profile is unusable: {error.message}"


def example() -> Icp:
    """A fit, with a verified quote."""
    return Icp(
        verdict="fit",
        score=88,
        reason="It sells accounting software to the finance teams of businesses.",
        findings=(
            Finding(
                criterion="Its main product is software, an API or an online platform.",
                kind="must_have",
                met="yes",
                quote="Accounting software for finance teams at growing companies",
                verified=True,
            ),
            Finding(criterion="It sells mainly to private consumers.", kind="disqualifier", met="unknown"),
        ),
        summary="Ledgerline makes accounting software that shortens the month-end close.",
        industry="Accounting software",
        business_model="B2B",
        sells="Accounting software by subscription",
        serves="Finance teams at growing companies",
        page_url=HOME,
        page_sha256=SHA,
        model="openai/gpt-4o-mini",
        prompt_version="5d0b7a11",
        profile="0f3c9a6be2d14c58",
    )


ICP: Artifact[Icp] = Artifact(
    name="icp",
    model=Icp,
    produce=produce,
    description="Does the company fit the Ideal Customer Profile: verdict, score, findings with verified quotes.",
    summary=summary,
    preview=_preview,
    tables=_tables,
    explain=explain,
    example=example,
    payload=PayloadPart(
        columns=(
            PayloadField("summary", Line | None, lambda icp: icp.summary or None, "What the company does."),
            PayloadField("industry", Line | None),
            PayloadField("business_model", Literal["B2B", "B2C", "both"] | None),
            PayloadField("sells", Line | None),
            PayloadField("serves", Line | None),
            PayloadField("size_hint", Line | None),
            PayloadField(
                "icp_verdict", Literal["fit", "not_fit", "unclear", "unjudged"] | None, lambda icp: icp.verdict
            ),
            PayloadField(
                "icp_score",
                Annotated[int, Field(ge=0, le=100)] | None,
                lambda icp: None if icp.verdict == "unjudged" else icp.score,
            ),
            PayloadField("evidence_quote", Line | None, best_quote, "The best verified quote for the verdict."),
            PayloadField(
                "evidence_url",
                Url,
                lambda icp: icp.page_url if best_quote(icp) else None,
                "The page that the quote stands on.",
            ),
        ),
        document=PayloadField("icp", IcpDetails | None, _details),
        urls=lambda icp: (icp.page_url,),
        judge=tier,
    ),
    labelling=Labelling(
        asks="Does it fit?",
        yes="fit",
        no="not_fit",
        said=summary,
        quotes=lambda icp: (finding.quote for finding in icp.findings if finding.quote),
        shown=lambda icp: f"{icp.verdict}: {icp.reason}",
        outlives=True,
        tiers={"fit": "QUALIFIED", "not_fit": "DISQUALIFIED"},
    ),
    gates={"icp_pass": _opens},
    decided_by=decided_by,
    needs=("website",),
    content_inputs=("website",),
    gate="mx_pass",
    ttl=timedelta(days=14),
    kinds=("openrouter",),
    providers=("llm",),
    problems=_problems,
)
