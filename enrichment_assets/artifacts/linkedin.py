"""Where is the company's LinkedIn page?"""

from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import Field

from enrichment_assets.artifacts.artifact import Artifact, Value, Work, digest
from enrichment_assets.settings import Settings


class LinkedIn(Value):
    """The company page, or the answer that there is none to be found."""

    url: str | None = Field(None, description="https://www.linkedin.com/company/<slug>")
    found: bool
    source: Literal["site", "search"] | None = None
    reason: str
    evidence_url: str | None = Field(None, description="The page or search result that names it.")
    volatile: ClassVar[frozenset[str]] = frozenset()


async def produce(work: Work) -> LinkedIn:
    """Look at the site's own links, then search."""
    raise NotImplementedError


def version(_settings: Settings) -> str:
    """Only the code decides."""
    return digest("linkedin", LINKEDIN.code_version)


LINKEDIN: Artifact[LinkedIn] = Artifact(
    name="linkedin",
    model=LinkedIn,
    produce=produce,
    description="The company's LinkedIn page, from its own site or a verified search result.",
    version=version,
    answer=lambda value: "found" if value.found else "none",
    preview=lambda value: {"url": value.url, "source": value.source},
    needs=("website", "icp"),
    gate="icp_pass",
    fresh_for=timedelta(days=90),
    kinds=("serper",),
)
