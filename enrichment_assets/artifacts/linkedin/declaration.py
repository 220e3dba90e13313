"""The artifact ``linkedin``: what it adds to the payload, how it is explained."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from pydantic import Field

from enrichment_assets.artifacts.base import Artifact, ExplainLine, PayloadField, PayloadPart, Usual, Value
from enrichment_assets.artifacts.example_company import HOME
from enrichment_assets.artifacts.linkedin.artifact import LinkedIn, produce, summary
from enrichment_assets.artifacts.payload.schema import Line, PayloadDocument, Url


class LinkedInDetails(PayloadDocument):
    """Where the LinkedIn page was found, or why none was."""

    source: Line | None = Field(None, description="site or search.")
    reason: Line
    evidence_url: Url = None


def _details(linkedin: LinkedIn) -> LinkedInDetails:
    return LinkedInDetails(source=linkedin.source, reason=linkedin.reason, evidence_url=linkedin.evidence_url)


def explain(linkedin: LinkedIn, _values: Mapping[str, Value]) -> Iterable[ExplainLine]:
    """The page, and what names it."""
    yield ExplainLine("linkedin url", linkedin.url or "none", page=linkedin.evidence_url, by=linkedin.reason)


def example() -> LinkedIn:
    """A page that the site links to."""
    return LinkedIn(
        url="https://www.linkedin.com/company/ledgerline",
        found=True,
        source="site",
        reason="The home page links to it.",
        evidence_url=HOME,
    )


LINKEDIN: Artifact[LinkedIn] = Artifact(
    name="linkedin",
    model=LinkedIn,
    produce=produce,
    description="The company's LinkedIn page, from its own site or a verified search result.",
    summary=summary,
    preview=lambda value: {"url": value.url, "source": value.source},
    explain=explain,
    example=example,
    payload=PayloadPart(
        columns=(PayloadField("linkedin_url", Url, lambda linkedin: linkedin.url),),
        document=PayloadField("linkedin", LinkedInDetails | None, _details),
        urls=lambda linkedin: (linkedin.evidence_url,),
    ),
    needs=("website", "icp"),
    may_be_skipped=("icp",),
    gate="icp_pass",
    ttl=timedelta(days=90),
    kinds=("serper",),
    providers=("search",),
    usual=Usual({"search": 0.4}),
)
