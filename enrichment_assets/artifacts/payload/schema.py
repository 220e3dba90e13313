"""The pushed document, version 1: what a receiver may rely on.

Flat essentials on top, which Clay maps to columns by name; details nested below. It has models of its own, so that a
change inside an artifact does not change what is pushed unseen. A field is only ever added within a version.
Times stand in ``as_of`` and ``built_at`` alone, which, like everything else in ``Payload.volatile``, do not count as
content.
"""

from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from enrichment_assets.artifacts.base import Value
from enrichment_assets.core.text import shown_line

Tier = Literal["QUALIFIED", "DISQUALIFIED", "REVIEW"]

LONGEST_LINE = 500
LONGEST_URL = 2_000


def one_line(value: object) -> object:
    """A text as one line without control characters, at most 500 characters long; anything else as it is."""
    return shown_line(value, LONGEST_LINE) if isinstance(value, str) else value


def _url(value: object) -> object:
    """An address, or nothing: one that is not http or is longer than 2,000 characters is no use to a receiver."""
    if not isinstance(value, str):
        return value
    usable = value.startswith(("http://", "https://")) and len(value) <= LONGEST_URL and value.isprintable()
    return value if usable else None


Line = Annotated[str, BeforeValidator(one_line)]
Url = Annotated[str | None, BeforeValidator(_url)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MailDetails(_Part):
    """How the domain takes mail."""

    kind: Line = Field(description="mx, implicit_mx, null_mx, no_mail or nxdomain.")
    reason: Line
    exchanges: tuple[Line, ...] = Field((), description="MX hosts, first choice first.")
    security_gateway: Line | None = None
    domain_kind: Line = Field("company", description="company, free_mail or disposable.")


class WebsiteDetails(_Part):
    """The page that was judged, and where it was found."""

    url: Url = None
    final_url: Url = Field(None, description="Where the address led.")
    landed: Line = Field(description="same_site, other_path, other_brand, parked, for_sale, dead, blocked or empty.")
    reason: Line
    language: Line | None = None
    text_sha256: Line | None = Field(None, description="Hash of the stored page text.")


class FindingDetails(_Part):
    """One criterion of the Ideal Customer Profile."""

    criterion: Line
    kind: Literal["must_have", "disqualifier", "size", "region"]
    met: Literal["yes", "no", "unknown"]
    quote: Line | None = Field(None, description="Words found on the page; null when there are none.")


class IcpDetails(_Part):
    """How the verdict came about."""

    findings: tuple[FindingDetails, ...] = ()
    disqualification: Line | None = None
    model: Line | None = Field(None, description="The language model that answered.")
    prompt_version: Line | None = None
    profile: Line | None = Field(None, description="Hash of the profile it was judged by.")


class LinkedInDetails(_Part):
    """Where the LinkedIn page was found, or why none was."""

    source: Line | None = Field(None, description="site or search.")
    reason: Line
    evidence_url: Url = None


class PostingDetails(_Part):
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


class CareersDetails(_Part):
    """Where the openings were read."""

    status: Line = Field(description="openings, no_openings or no_careers_page.")
    source: Line = Field(description="job_board, json_ld, careers_page, llm or none.")
    board: Line | None = Field(None, description="The job board: greenhouse:acme.")
    confidence: Line
    reason: Line
    intensity_rule: Line
    by_function: dict[str, int] = Field(default_factory=dict)
    by_seniority: dict[str, int] = Field(default_factory=dict)
    postings: tuple[PostingDetails, ...] = ()


class StoryDetails(_Part):
    """One story in the news."""

    title: Line
    url: Url = None
    source: Line | None = None
    published_on: date | None = None
    kind: Line = Field(description="funding, acquisition, partnership, product, leadership, expansion, layoffs, ...")
    snippet: Line | None = None
    match: Line = Field(description="Why it is about this company.")
    funding_amount: Line | None = None
    funding_amount_usd: int | None = None
    funding_round: Line | None = None
    also_at: tuple[Url, ...] = ()


class NewsDetails(_Part):
    """The stories, and what they mean for outreach."""

    timing_rule: Line
    stories: tuple[StoryDetails, ...] = ()


class Payload(Value):
    """One company as it is pushed. Null means unknown or not looked for: behind a closed gate nothing is looked for."""

    schema_version: Literal["1"] = "1"
    domain: str = Field(description="The canonical domain: the key column.")
    company_name: Line
    tier: Tier
    tier_reason: Line
    accepts_mail: bool
    mail_provider: Line | None = Field(None, description="Who runs its mail: Google Workspace, Microsoft 365, ...")
    website_url: Url = Field(None, description="Its home page, where the address led.")
    summary: Line | None = Field(None, description="What the company does.")
    industry: Line | None = None
    business_model: Literal["B2B", "B2C", "both"] | None = None
    sells: Line | None = None
    serves: Line | None = None
    size_hint: Line | None = None
    icp_verdict: Literal["fit", "not_fit", "unclear", "unjudged"] | None = None
    icp_score: int | None = Field(None, ge=0, le=100)
    evidence_quote: Line | None = Field(None, description="The best verified quote for the verdict.")
    evidence_url: Url = Field(None, description="The page that the quote stands on.")
    linkedin_url: Url = None
    is_hiring: bool | None = None
    open_jobs: int | None = None
    hiring_intensity: Literal["HOT", "WARM", "COLD"] | None = None
    careers_url: Url = None
    latest_news_title: Line | None = None
    latest_news_url: Url = None
    latest_news_date: date | None = None
    latest_news_kind: Line | None = None
    outreach_timing: Literal["POSITIVE", "NEUTRAL", "NEGATIVE"] | None = None
    missing: tuple[Line, ...] = Field((), description="What could not be found out this time: linkedin, careers, news.")
    mail: MailDetails
    website: WebsiteDetails | None = None
    icp: IcpDetails | None = None
    linkedin: LinkedInDetails | None = None
    careers: CareersDetails | None = None
    news: NewsDetails | None = None
    evidence_urls: tuple[str, ...] = Field((), description="Every address the above was read from.")
    missing_reasons: dict[str, Line] = Field(default_factory=dict, description="Why each of `missing` is missing.")
    as_of: dict[str, datetime] = Field(default_factory=dict, description="When each part was found out, in UTC.")
    built_at: datetime | None = Field(None, description="When this document was put together, in UTC.")
    callback_id: str | None = Field(None, description="Send it back to say which push an answer belongs to.")
    content_hash: str = Field(description="Hash of the content: everything but times and what is named after it.")
    trimmed: tuple[str, ...] = Field((), description="What was left out to stay below the receiver's size limit.")
    volatile: ClassVar[frozenset[str]] = frozenset(
        {"missing_reasons", "as_of", "built_at", "callback_id", "content_hash", "trimmed"}
    )
