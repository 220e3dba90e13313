"""Which technologies does the company's stored home page show?

The page's links and embedded scripts are compared with a table of hosts (``markers.csv``). Nobody is called.
"""

import csv
from collections.abc import Iterable, Mapping
from datetime import timedelta
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field

from enrichment_assets.artifacts.base import (
    Artifact,
    ExplainLine,
    PayloadField,
    PayloadPart,
    ProduceContext,
    SummaryCheck,
    Value,
)
from enrichment_assets.artifacts.payload.schema import Line, PayloadDocument, Url
from enrichment_assets.artifacts.website.artifact import Website


class Technology(BaseModel):
    """One technology, and the address on the page that shows it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    address: str


class TechStack(Value):
    """The technologies that the home page shows."""

    technologies: tuple[Technology, ...] = ()
    page_url: str | None = None


async def produce(context: ProduceContext) -> TechStack:
    """Read the stored page. Calls nobody."""
    website = context.need("website", Website)
    found: dict[str, Technology] = {}
    for address in (*(link.url for link in website.links), *website.embeds):
        name = technologies().get(urlsplit(address).hostname or "")
        if name is not None:
            found.setdefault(name, Technology(name=name, address=address))
    return TechStack(technologies=tuple(found.values()), page_url=website.final_url)


@cache
def technologies() -> Mapping[str, str]:
    """Host to technology."""
    text = Path(__file__).with_name("markers.csv").read_text(encoding="utf-8")
    return {row["marker"]: row["technology"] for row in csv.DictReader(text.splitlines())}


class TechStackDetails(PayloadDocument):
    """Where each technology was seen."""

    seen_at: dict[str, Url] = Field(default_factory=dict, description="Technology to address.")


def explain(stack: TechStack, _values: Mapping[str, Value]) -> Iterable[ExplainLine]:
    """Each technology with the address that shows it."""
    for technology in stack.technologies:
        yield ExplainLine("technology", technology.name, technology.address, stack.page_url, by="markers.csv")


def example() -> TechStack:
    """A job board."""
    board = Technology(name="Greenhouse", address="https://boards.greenhouse.io/ledgerline")
    return TechStack(technologies=(board,), page_url="https://www.ledgerline.example/")


TECH_STACK: Artifact[TechStack] = Artifact(
    name="tech_stack",
    model=TechStack,
    produce=produce,
    description="The technologies that the company's home page shows.",
    summary=lambda stack: "found" if stack.technologies else "none",
    preview=lambda stack: {"technologies": len(stack.technologies)},
    explain=explain,
    example=example,
    payload=PayloadPart(
        columns=(
            PayloadField(
                "technologies",
                tuple[Line, ...] | None,
                lambda stack: tuple(technology.name for technology in stack.technologies),
                "What the home page shows: HubSpot, Stripe, ...",
            ),
        ),
        document=PayloadField(
            "tech_stack",
            TechStackDetails | None,
            lambda stack: TechStackDetails(seen_at={one.name: one.address for one in stack.technologies}),
        ),
    ),
    checks=(
        SummaryCheck(
            "some_page_shows_something",
            "Fails when no page at all shows a technology: then the table is out of date.",
            lambda summaries: not summaries or "found" in summaries,
        ),
    ),
    needs=("website",),
    content_inputs=("website",),
    gate="mx_pass",
    ttl=timedelta(days=14),
    kinds=("html",),
)
