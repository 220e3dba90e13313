"""Everything known about one company in the one shape that is pushed (``payload_schema``). Calls nobody.

Tier, first rule that applies:

1. the domain takes no mail: ``DISQUALIFIED``
2. verdict ``not_fit``: ``DISQUALIFIED``
3. verdict ``fit``: ``QUALIFIED``
4. verdict ``unclear`` or ``unjudged``: ``REVIEW``, also when ENRICHMENT_UNCLEAR_PASSES lets an unclear company through
   the gate: it is then enriched, and still for a person to decide.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from enrichment_assets.artifacts.base import Artifact, V, Value, Work, digest
from enrichment_assets.artifacts.careers.artifact import Careers
from enrichment_assets.artifacts.icp.artifact import Icp
from enrichment_assets.artifacts.linkedin.artifact import LinkedIn
from enrichment_assets.artifacts.mx.artifact import Mx
from enrichment_assets.artifacts.news.artifact import News, Story
from enrichment_assets.artifacts.payload.schema import (
    CareersDetails,
    FindingDetails,
    IcpDetails,
    LinkedInDetails,
    MailDetails,
    NewsDetails,
    Payload,
    PostingDetails,
    StoryDetails,
    Tier,
    WebsiteDetails,
)
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings

__all__ = ["INPUTS", "WEBHOOK_PAYLOAD", "Payload", "Tier", "best_quote", "produce", "tier_of"]

INPUTS = ("mx", "website", "icp", "linkedin", "careers", "news")


async def produce(work: Work) -> Payload:
    """Build it from what is there. Calls nobody, raises nothing of its own."""
    return assemble(
        work.company,
        work.inputs,
        computed_at=work.computed_at,
        holes=work.holes,
        now=work.now,
        callback=work.settings.webhook_callback_id,
    )


def assemble(
    company: Company,
    inputs: Mapping[str, Value],
    *,
    computed_at: Mapping[str, datetime],
    holes: Mapping[str, str],
    now: datetime,
    callback: bool = False,
) -> Payload:
    """The payload of one company. ``inputs`` holds ``mx`` and whichever others there are; ``holes`` why one failed."""
    mx = inputs["mx"]
    if not isinstance(mx, Mx):
        raise TypeError(f"mx is {type(mx).__name__}")
    website, icp = _given(inputs, "website", Website), _given(inputs, "icp", Icp)
    linkedin, careers = _given(inputs, "linkedin", LinkedIn), _given(inputs, "careers", Careers)
    news = _given(inputs, "news", News)
    tier, reason = tier_of(mx, icp)
    content: dict[str, Any] = {
        **_mail(mx),
        **(_website(website) if website else {}),
        **(_icp(icp) if icp else {}),
        **(_linkedin(linkedin) if linkedin else {}),
        **(_careers(careers) if careers else {}),
        **(_news(news) if news else {}),
    }
    draft = Payload(
        domain=company.domain,
        company_name=company.name,
        tier=tier,
        tier_reason=reason,
        evidence_urls=tuple(_evidence_urls(website, icp, linkedin, careers, news)),
        missing=tuple(sorted(holes)),
        missing_reasons=dict(holes),
        as_of={name: computed_at[name] for name in INPUTS if name in computed_at},
        built_at=now,
        content_hash="",
        **content,
    )
    content_hash = draft.data_version()
    callback_id = digest(company.domain, content_hash) if callback else None
    return draft.model_copy(update={"content_hash": content_hash, "callback_id": callback_id})


def _given(inputs: Mapping[str, Value], name: str, model: type[V]) -> V | None:
    value = inputs.get(name)
    return value if isinstance(value, model) else None


def tier_of(mx: Mx, icp: Icp | None) -> tuple[Tier, str]:
    """The tier and, in a sentence, why."""
    if not mx.accepts_mail:
        return "DISQUALIFIED", f"takes no mail: {mx.reason}"
    if icp is None:
        return "REVIEW", "not judged"
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


def _mail(mx: Mx) -> dict[str, Any]:
    details = MailDetails(
        kind=mx.kind,
        reason=mx.reason,
        exchanges=tuple(exchange.host for exchange in mx.exchanges[:20]),
        security_gateway=mx.security_gateway,
        domain_kind=mx.domain_kind,
    )
    return {
        "accepts_mail": mx.accepts_mail,
        "mail_provider": mx.mailbox_provider or mx.security_gateway,
        "mail": details,
    }


def _website(website: Website) -> dict[str, Any]:
    details = WebsiteDetails(
        url=website.url,
        final_url=website.final_url,
        landed=website.landed,
        reason=website.reason,
        language=website.language,
        text_sha256=website.text_sha256 or None,
    )
    return {"website_url": website.final_url, "website": details}


def _icp(icp: Icp) -> dict[str, Any]:
    findings = tuple(
        FindingDetails(criterion=finding.criterion, kind=finding.kind, met=finding.met, quote=finding.quote)
        for finding in icp.findings
    )
    quote = best_quote(icp)
    return {
        "summary": icp.summary or None,
        "industry": icp.industry,
        "business_model": icp.business_model,
        "sells": icp.sells,
        "serves": icp.serves,
        "size_hint": icp.size_hint,
        "icp_verdict": icp.verdict,
        "icp_score": None if icp.verdict == "unjudged" else icp.score,
        "evidence_quote": quote,
        "evidence_url": icp.page_url if quote else None,
        "icp": IcpDetails(
            findings=findings,
            disqualification=icp.disqualification,
            model=icp.model,
            prompt_version=icp.prompt_version or None,
            profile=icp.profile or None,
        ),
    }


def _linkedin(linkedin: LinkedIn) -> dict[str, Any]:
    details = LinkedInDetails(source=linkedin.source, reason=linkedin.reason, evidence_url=linkedin.evidence_url)
    return {"linkedin_url": linkedin.url, "linkedin": details}


def _careers(careers: Careers) -> dict[str, Any]:
    postings = tuple(
        PostingDetails(**posting.model_dump(include=set(PostingDetails.model_fields))) for posting in careers.postings
    )
    return {
        "is_hiring": careers.open_count > 0,
        "open_jobs": careers.open_count,
        "hiring_intensity": careers.hiring_intensity,
        "careers_url": careers.careers_url,
        "careers": CareersDetails(
            status=careers.status,
            source=careers.source,
            board=careers.board,
            confidence=careers.confidence,
            reason=careers.reason,
            intensity_rule=careers.intensity_rule,
            by_function=careers.by_function,
            by_seniority=careers.by_seniority,
            postings=postings,
        ),
    }


def _news(news: News) -> dict[str, Any]:
    stories = tuple(StoryDetails(**story.model_dump(include=set(StoryDetails.model_fields))) for story in news.stories)
    latest = max(news.stories, key=_recency, default=None)
    return {
        "latest_news_title": latest.title if latest else None,
        "latest_news_url": latest.url if latest else None,
        "latest_news_date": latest.published_on if latest else None,
        "latest_news_kind": latest.kind if latest else None,
        "outreach_timing": news.outreach_timing,
        "news": NewsDetails(timing_rule=news.timing_rule, stories=stories),
    }


def _recency(story: Story) -> tuple[bool, str]:
    return story.published_on is not None, str(story.published_on)


def _evidence_urls(
    website: Website | None, icp: Icp | None, linkedin: LinkedIn | None, careers: Careers | None, news: News | None
) -> Iterable[str]:
    urls = [
        website.final_url if website else None,
        icp.page_url if icp else None,
        linkedin.evidence_url if linkedin else None,
        careers.careers_url if careers else None,
        *(story.url for story in (news.stories if news else ())),
    ]
    return dict.fromkeys(url for url in urls if url and len(url) <= 2_000)


def version(settings: Settings) -> str:
    """Code, schema and callback decide."""
    return digest("webhook_payload", WEBHOOK_PAYLOAD.code_version, settings.webhook_callback_id)


WEBHOOK_PAYLOAD: Artifact[Payload] = Artifact(
    name="webhook_payload",
    model=Payload,
    produce=produce,
    description="The company's facts in the documented, versioned shape that is pushed to Clay.",
    version=version,
    answer=lambda value: value.tier,
    preview=lambda value: {
        "tier": value.tier,
        "reason": value.tier_reason,
        "content_hash": value.content_hash,
    },
    needs=INPUTS,
    optional=("website", "icp", "linkedin", "careers", "news"),
    tolerates=("linkedin", "careers", "news"),
    evidence=INPUTS,
    kinds=("json",),
)
