"""Everything known about one company in the one shape that is pushed."""

from typing import ClassVar, Literal

from enrichment_assets.artifacts.artifact import Artifact, Value, Work, digest
from enrichment_assets.settings import Settings

Tier = Literal["QUALIFIED", "DISQUALIFIED", "REVIEW"]


class Payload(Value):
    """The pushed document. ``content_hash`` leaves out times and costs."""

    schema_version: Literal["1"] = "1"
    domain: str
    company_name: str
    tier: Tier
    tier_reason: str
    content_hash: str
    volatile: ClassVar[frozenset[str]] = frozenset()


async def produce(work: Work) -> Payload:
    """Build it. Calls nobody."""
    raise NotImplementedError


def version(settings: Settings) -> str:
    """Code, schema and gate policy decide."""
    return digest("webhook_payload", WEBHOOK_PAYLOAD.code_version, settings.enrichment_unclear_passes)


INPUTS = ("mx", "website", "icp", "linkedin", "careers", "news")

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
