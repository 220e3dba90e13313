"""The evidence: the home page's text, where it landed, and what it links to. No judgement here."""

from datetime import datetime, timedelta
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from enrichment_assets.artifacts.artifact import Artifact, Value, Work, digest
from enrichment_assets.settings import Settings


class Link(BaseModel):
    """One link of the page: absolute URL and its visible text."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    url: str
    text: str = ""


class Website(Value):
    """The stored page that later judgements rest on."""

    landed: Literal["same_site", "other_path", "other_brand", "parked", "for_sale", "dead", "blocked", "empty"]
    judgeable: bool = Field(description="Only a page of this company with text on it is judged.")
    reason: str
    url: str
    final_url: str
    status: int
    title: str = ""
    description: str = ""
    language: str | None = None
    text: str = Field("", description="The page as markdown, the only text quotes may come from.")
    text_sha256: str = ""
    links: tuple[Link, ...] = ()
    embeds: tuple[str, ...] = Field((), description="iframe and script URLs, job board references in inline scripts.")
    job_postings: tuple[str, ...] = Field((), description="JSON-LD JobPosting blocks, as text.")
    source: Literal["spider", "direct"]
    rendered: bool = Field(False, description="A browser was needed to get text.")
    fetched_at: datetime
    volatile: ClassVar[frozenset[str]] = frozenset({"fetched_at"})


async def produce(work: Work) -> Website:
    """Fetch the home page."""
    raise NotImplementedError


def version(settings: Settings) -> str:
    """Code and source decide."""
    return digest("website", WEBSITE.code_version, settings.website_source)


WEBSITE: Artifact[Website] = Artifact(
    name="website",
    model=Website,
    produce=produce,
    description="The company's home page as evidence: text, links, and where the address really leads.",
    version=version,
    answer=lambda value: value.landed,
    preview=lambda value: {"url": value.final_url, "title": value.title, "characters": len(value.text)},
    needs=("mx",),
    gate="mx_pass",
    fresh_for=timedelta(days=14),
    kinds=("spider",),
)
