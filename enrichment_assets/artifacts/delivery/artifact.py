"""The push of a payload to its destination: at least once, with a key."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final, Literal

import orjson
from pydantic import Field

from enrichment_assets.artifacts.base import DELIVERY, PAYLOAD, Artifact, ExplainLine, ProduceContext, Value
from enrichment_assets.artifacts.example_company import NOW
from enrichment_assets.artifacts.payload.artifact import Assembly
from enrichment_assets.artifacts.payload.schema import Payload
from enrichment_assets.artifacts.payload.trimming import KEPT, trim
from enrichment_assets.core.digest import digest
from enrichment_assets.core.errors import (
    HeldError,
    MisconfiguredError,
    PermanentError,
    ProviderError,
    TransientError,
)
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.protocols import Attempts, Meter
from enrichment_assets.storage.lifetime import WHAT_TO_DO, Lifetime
from enrichment_assets.storage.outbox import Intent, Push, destination_id, destination_label

log = logging.getLogger(__name__)


MOST_FIELDS: Final = 8
"""Changed fields that a push names."""


class Delivery(Value):
    """The acknowledgement of a push."""

    status: Literal["pushed", "redelivered", "unchanged"] = Field(
        description="redelivered: an earlier push under this key got no answer, so it may be there twice."
    )
    key: str = Field(description="domain + content hash + destination, hashed; sent as Idempotency-Key.")
    content_hash: str
    destination: str = Field(description="Host and a hash of the URL, which is a secret.")
    attempts: int = Field(description="POSTs of this run; 0 when the destination had it already.")
    unanswered: int = Field(0, description="Of these, POSTs without an answer, which may have made a row as well.")
    http_status: int | None = None
    reason: str = Field(description="First push, or what changed since the last one: artifacts, or their fields.")
    trimmed: tuple[str, ...] = Field((), description="Fields that were left out to stay below the size limit.")
    delivered_at: datetime
    volatile: ClassVar[frozenset[str]] = frozenset(
        {"delivered_at", "attempts", "unanswered", "status", "http_status", "reason"}
    )


@dataclass(frozen=True)
class Pushing:
    """How payloads are pushed.

    ``sections``: the payload's fields by the artifact that they come from. ``extra``: nested documents of artifacts
    that do not ship, the first to go where a payload is too large.
    """

    sections: Mapping[str, Sequence[str]]
    extra: Sequence[str]

    async def produce(self, context: ProduceContext) -> Delivery:
        """Push, unless the destination has this content already.

        Raises PermanentError for a push that is held for a person, TransientError for one another run is at, and what
        the destination raises.
        """
        payload = context.need(PAYLOAD, Payload)
        url = context.settings.clay_webhook_url
        if not url:
            raise MisconfiguredError("webhook", "CLAY_WEBHOOK_URL is not set: set it, or run with --dry-run")
        document = payload.model_dump(mode="json")
        push = Push(
            payload.domain,
            destination_id(url),
            payload.content_hash,
            section_hashes(document, self.sections),
            context.run_id,
        )
        intent = await context.outbox.intend(push, hold_unknown=context.settings.webhook_unknown == "hold")
        if intent.verdict == "sent":
            return _delivery(payload, url, intent, context.now, status="unchanged")
        if intent.verdict == "held":
            raise PermanentError("webhook", "held: an earlier push got no answer; see `enrich deliver --held`")
        if intent.verdict == "taken":
            raise TransientError("webhook", f"run {intent.owner} is pushing this company")
        trimmed: tuple[str, ...] = ()

        def body(again: bool) -> bytes:
            nonlocal trimmed
            content, trimmed = self._body(document, intent, context.settings.webhook_max_bytes, redelivery=again)
            return content

        meter = Meter(
            count=lambda: _count(context, push.destination),
            uncount=lambda: context.outbox.not_submitted(push.destination),
        )
        attempts = Attempts()
        try:
            http_status = await context.providers.destination.push(body, intent.key, context.scope, meter, attempts)
        except HeldError:
            await context.outbox.mark(intent.key, "held")
            raise
        except ProviderError:
            await context.outbox.mark(intent.key, "again" if intent.redelivery or attempts.unanswered else "waiting")
            raise
        await context.outbox.mark(intent.key, "sent")
        return _delivery(
            payload,
            url,
            intent,
            context.now,
            status="redelivered" if intent.redelivery or attempts.unanswered else "pushed",
            attempts=attempts.made,
            unanswered=attempts.unanswered,
            http_status=http_status,
            trimmed=trimmed,
        )

    def _body(
        self, document: dict[str, Any], intent: Intent, max_bytes: int, *, redelivery: bool
    ) -> tuple[bytes, tuple[str, ...]]:
        envelope = {
            "delivery_key": intent.key,
            "delivery_redelivered": intent.redelivery or redelivery,
            "delivery_reason": _reason(intent),
        }
        trimmed_document, trimmed = trim(document, max_bytes - len(orjson.dumps(envelope)), self.extra)
        return orjson.dumps({**trimmed_document, **envelope}), trimmed


def section_hashes(document: Mapping[str, Any], sections: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """What the outbox compares to say which artifact changed."""
    return {name: digest([_at(document, field) for field in fields]) for name, fields in sections.items()}


def _at(document: Mapping[str, Any], field: str) -> Any:
    """A field, or ``answers.NAME`` inside one."""
    name, _, inner = field.partition(".")
    found = document.get(name)
    return (found or {}).get(inner) if inner else found


def _reason(intent: Intent) -> str:
    if intent.verdict == "sent":
        return "unchanged"
    if intent.changed is None:
        return "first push"
    told = {field.partition(".")[0] for field in intent.fields}
    named = [*intent.fields, *(name for name in intent.changed if name not in told)]
    more = [f"{len(named) - MOST_FIELDS} more"] if len(named) > MOST_FIELDS else []
    return "changed: " + (", ".join([*named[:MOST_FIELDS], *more]) or "details")


async def _count(context: ProduceContext, destination: str) -> None:
    """Count one submission before it is sent. Raises MisconfiguredError where the webhook takes no more."""
    limit = context.settings.webhook_lifetime_submissions
    count = await context.outbox.submitting(destination, limit)
    if count is None:
        raise MisconfiguredError(
            "webhook",
            f"this webhook has had its {limit} submissions and would drop rows without an error: "
            f"{WHAT_TO_DO} (WEBHOOK_LIFETIME_SUBMISSIONS is the limit)",
        )
    lifetime = Lifetime(count, limit)
    if lifetime.is_turning_point:
        log.warning("%s", lifetime.warning)


def _delivery(
    payload: Payload,
    url: str,
    intent: Intent,
    now: datetime,
    *,
    status: Literal["pushed", "redelivered", "unchanged"],
    attempts: int = 0,
    unanswered: int = 0,
    http_status: int | None = None,
    trimmed: tuple[str, ...] = (),
) -> Delivery:
    return Delivery(
        status=status,
        key=intent.key,
        content_hash=payload.content_hash,
        destination=destination_label(url),
        attempts=attempts,
        unanswered=unanswered,
        http_status=http_status,
        reason=_reason(intent),
        trimmed=trimmed,
        delivered_at=now,
    )


def decided_by(settings: Settings) -> object:
    """The destination."""
    url = settings.clay_webhook_url
    return destination_id(url) if url else None


def explain(delivery: Delivery, _values: Mapping[str, Value]) -> Iterable[ExplainLine]:
    """What the destination said, and under which key it was told."""
    status = f"{delivery.status}, HTTP {delivery.http_status}" if delivery.http_status else delivery.status
    yield ExplainLine("delivery", f"{status}, at {delivery.delivered_at:%Y-%m-%d %H:%M:%S} UTC", by=delivery.reason)
    yield ExplainLine("destination", delivery.destination)
    yield ExplainLine("key", delivery.key)
    if delivery.trimmed:
        yield ExplainLine("left out for size", ", ".join(delivery.trimmed))


def webhook_delivery(payload: Artifact[Payload], assembly: Assembly) -> Artifact[Delivery]:
    """The delivery of a catalog's payload, which is put together like this."""
    parts = [part.document for part in assembly.parts.values() if part.document is not None]
    documents = dict.fromkeys(part.name.partition(".")[0] for part in parts)
    pushing = Pushing(assembly.sections(), [name for name in documents if name not in KEPT])
    return Artifact(
        name=DELIVERY,
        model=Delivery,
        produce=pushing.produce,
        description="The payload's push to the Clay table, acknowledged, at least once and with a key.",
        summary=lambda value: value.status,
        preview=lambda value: {"destination": value.destination, "attempts": value.attempts, "reason": value.reason},
        explain=explain,
        example=lambda: _example(payload.example()),
        decided_by=decided_by,
        needs=(payload.name,),
        content_inputs=(payload.name,),
        kinds=("clay",),
        providers=("destination",),
    )


def _example(payload: Payload) -> Delivery:
    return Delivery(
        status="pushed",
        key="b94d27b9934d3e08",
        content_hash=payload.content_hash,
        destination="https://api.clay.com/v3/sources/webhook/…",
        attempts=1,
        http_status=200,
        reason="first push",
        delivered_at=NOW + timedelta(seconds=1),
    )
