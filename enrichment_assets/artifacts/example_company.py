"""One example of every artifact's value, for the documentation: an invented company, consistent throughout."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Final

from enrichment_assets.artifacts.base import Value
from enrichment_assets.artifacts.careers.artifact import Careers, Posting
from enrichment_assets.artifacts.delivery.artifact import Delivery
from enrichment_assets.artifacts.icp.artifact import Finding, Icp
from enrichment_assets.artifacts.linkedin.artifact import LinkedIn
from enrichment_assets.artifacts.mx.artifact import Exchange, Mx
from enrichment_assets.artifacts.news.artifact import News, Story
from enrichment_assets.artifacts.payload.artifact import INPUTS, assemble
from enrichment_assets.artifacts.website.artifact import Link, Website
from enrichment_assets.companies.company import Company

COMPANY: Final = Company("ledgerline.example", "Ledgerline")
NOW: Final = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
_HOME: Final = "https://www.ledgerline.example/"
_SHA: Final = "6f1d2c"

_UPSTREAM: Final[Mapping[str, Value]] = {
    "mx": Mx(
        accepts_mail=True,
        kind="mx",
        reason="2 mail exchanges, run by Google Workspace.",
        exchanges=(
            Exchange(host="aspmx.l.google.com", preference=1),
            Exchange(host="alt1.aspmx.l.google.com", preference=5),
        ),
        mailbox_provider="Google Workspace",
    ),
    "website": Website(
        landed="same_site",
        judgeable=True,
        reason="The home page of ledgerline.example.",
        url="https://ledgerline.example/",
        final_url=_HOME,
        status=200,
        title="Ledgerline: close your books in days",
        description="Accounting software for finance teams.",
        language="en",
        text="# Close your books in days\n\nAccounting software for finance teams at growing companies.\n\n"
        "Trusted by 2,500+ finance teams.",
        text_sha256=_SHA,
        links=(Link(url="https://boards.greenhouse.io/ledgerline", text="Careers"),),
        source="spider",
        fetched_at=NOW - timedelta(minutes=2),
    ),
    "icp": Icp(
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
        page_url=_HOME,
        page_sha256=_SHA,
        model="openai/gpt-4o-mini",
        prompt_version="5d0b7a11",
        profile="0f3c9a6be2d14c58",
    ),
    "linkedin": LinkedIn(
        url="https://www.linkedin.com/company/ledgerline",
        found=True,
        source="site",
        reason="The home page links to it.",
        evidence_url=_HOME,
    ),
    "careers": Careers(
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
    ),
    "news": News(
        stories=(
            Story(
                title="Ledgerline raises $18M Series A to speed up the month-end close",
                url="https://news.example/ledgerline-series-a",
                source="News Example",
                published_on=date(2026, 11, 3),
                snippet="The Rotterdam start-up will open an office in Toronto.",
                kind="funding",
                match="name in title, ledgerline.example in text",
                funding_amount_usd=18_000_000,
                funding_amount="$18M",
                funding_round="Series A",
            ),
            Story(
                title="Ledgerline names a new CFO",
                url="https://news.example/ledgerline-cfo",
                published_on=date(2026, 9, 14),
                kind="leadership",
                match="name in title, accounting in text",
            ),
        ),
        dropped=5,
        outreach_timing="POSITIVE",
        timing_rule="funding within 90 days",
        query="Ledgerline accounting software",
        fetched_at=NOW - timedelta(minutes=1),
    ),
}

_PAYLOAD: Final = assemble(
    COMPANY,
    _UPSTREAM,
    computed_at={name: NOW - timedelta(minutes=2) for name in INPUTS},
    holes={},
    now=NOW,
)

EXAMPLES: Final[Mapping[str, Value]] = {
    **_UPSTREAM,
    "webhook_payload": _PAYLOAD,
    "webhook_delivery": Delivery(
        status="pushed",
        key="b94d27b9934d3e08",
        content_hash=_PAYLOAD.content_hash,
        destination="https://api.clay.com/v3/sources/webhook/…",
        attempts=1,
        http_status=200,
        reason="first push",
        delivered_at=NOW + timedelta(seconds=1),
    ),
}
