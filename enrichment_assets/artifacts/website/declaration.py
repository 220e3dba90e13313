"""The artifact ``website``: what it adds to the payload, how it is explained."""

from collections.abc import Iterable, Mapping
from datetime import timedelta

from pydantic import Field

from enrichment_assets.artifacts.base import Artifact, ExplainLine, PayloadField, PayloadPart, Usual, Value
from enrichment_assets.artifacts.example_company import HOME, NOW, SHA
from enrichment_assets.artifacts.payload.schema import Line, PayloadDocument, Url
from enrichment_assets.artifacts.website.artifact import Link, Website, decided_by, produce, summary


class WebsiteDetails(PayloadDocument):
    """The page that was judged, and where it was found."""

    url: Url = None
    final_url: Url = Field(None, description="Where the address led.")
    landed: Line = Field(description="same_site, other_path, other_brand, parked, for_sale, dead, blocked or empty.")
    reason: Line
    language: Line | None = None
    text_sha256: Line | None = Field(None, description="Hash of the stored page text.")


def _details(website: Website) -> WebsiteDetails:
    return WebsiteDetails(
        url=website.url,
        final_url=website.final_url,
        landed=website.landed,
        reason=website.reason,
        language=website.language,
        text_sha256=website.text_sha256 or None,
    )


def explain(website: Website, _values: Mapping[str, Value]) -> Iterable[ExplainLine]:
    """Where the address led, and what was kept of the page."""
    source = f"{website.source}, rendered" if website.rendered else website.source
    page, read_at = website.final_url, website.fetched_at
    yield ExplainLine("landed", website.landed, page=page, read_at=read_at, by=f"{source}: {website.reason}")
    if website.title:
        yield ExplainLine("title", website.title, page=page, read_at=read_at, by=source)
    characters = f"{len(website.text):,} characters, SHA-256 {website.text_sha256[:16]}"
    yield ExplainLine("page text", characters, by=source)


def example() -> Website:
    """A home page with a link to a job board."""
    return Website(
        landed="same_site",
        judgeable=True,
        reason="The home page of ledgerline.example.",
        url="https://ledgerline.example/",
        final_url=HOME,
        status=200,
        title="Ledgerline: close your books in days",
        description="Accounting software for finance teams.",
        language="en",
        text="# Close your books in days\n\nAccounting software for finance teams at growing companies.\n\n"
        "Trusted by 2,500+ finance teams.",
        text_sha256=SHA,
        links=(Link(url="https://boards.greenhouse.io/ledgerline", text="Careers"),),
        source="spider",
        fetched_at=NOW - timedelta(minutes=2),
    )


WEBSITE: Artifact[Website] = Artifact(
    name="website",
    model=Website,
    produce=produce,
    description="The company's home page as evidence: text, links, and where the address really leads.",
    summary=summary,
    preview=lambda value: {"url": value.final_url, "title": value.title, "characters": len(value.text)},
    explain=explain,
    example=example,
    payload=PayloadPart(
        columns=(
            PayloadField(
                "website_url", Url, lambda website: website.final_url, "Its home page, where the address led."
            ),
        ),
        document=PayloadField("website", WebsiteDetails | None, _details),
        urls=lambda website: (website.final_url,),
    ),
    decided_by=decided_by,
    needs=("mx",),
    gate="mx_pass",
    ttl=timedelta(days=14),
    kinds=("spider",),
    providers=("pages",),
    usual=Usual({"pages": 1.1}),
)
