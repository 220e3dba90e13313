"""The push of a payload to its destination: at least once, with a key."""

from datetime import datetime
from typing import ClassVar, Literal

from pydantic import Field

from enrichment_assets.artifacts.artifact import Artifact, Value, Work, digest
from enrichment_assets.settings import Settings


class Delivery(Value):
    """The acknowledgement of a push."""

    status: Literal["pushed", "redelivered", "unchanged"]
    key: str = Field(description="domain + content hash + destination, hashed.")
    content_hash: str
    destination: str = Field(description="The URL with its secret part left out.")
    attempts: int
    http_status: int | None = None
    reason: str = Field(description="first push, or which artifacts changed.")
    trimmed: tuple[str, ...] = Field((), description="Fields that were left out to stay below the size limit.")
    delivered_at: datetime
    volatile: ClassVar[frozenset[str]] = frozenset({"delivered_at", "attempts", "status", "http_status", "reason"})


async def produce(work: Work) -> Delivery:
    """Push, unless the outbox says it was."""
    raise NotImplementedError


def version(settings: Settings) -> str:
    """The destination decides."""
    return digest("webhook_delivery", WEBHOOK_DELIVERY.code_version, settings.clay_webhook_url)


WEBHOOK_DELIVERY: Artifact[Delivery] = Artifact(
    name="webhook_delivery",
    model=Delivery,
    produce=produce,
    description="The payload's push to the Clay table, acknowledged, at least once and with a key.",
    version=version,
    answer=lambda value: value.status,
    preview=lambda value: {"destination": value.destination, "attempts": value.attempts},
    needs=("webhook_payload",),
    evidence=("webhook_payload",),
    kinds=("clay",),
)
