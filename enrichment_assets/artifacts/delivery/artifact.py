"""The push of a payload to its destination: at least once, with a key."""

import logging
from datetime import datetime
from typing import Any, ClassVar, Literal

import orjson
from pydantic import Field

from enrichment_assets.artifacts.base import Artifact, Value, Work, digest
from enrichment_assets.artifacts.payload.schema import Payload
from enrichment_assets.artifacts.payload.trimming import trim
from enrichment_assets.core.errors import MisconfiguredError, PermanentError, ProviderError, TransientError
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.webhook import Attempts, HeldError, Meter
from enrichment_assets.storage.lifetime import WHAT_TO_DO, Lifetime
from enrichment_assets.storage.outbox import Intent, Push, destination_id, destination_label

log = logging.getLogger(__name__)

FIELDS = {
    "company": ("domain", "company_name", "schema_version"),
    "mx": ("accepts_mail", "mail_provider", "mail"),
    "website": ("website_url", "website"),
    "icp": (
        "tier",
        "tier_reason",
        "summary",
        "industry",
        "business_model",
        "sells",
        "serves",
        "size_hint",
        "icp_verdict",
        "icp_score",
        "evidence_quote",
        "evidence_url",
        "icp",
    ),
    "linkedin": ("linkedin_url", "linkedin"),
    "careers": ("is_hiring", "open_jobs", "hiring_intensity", "careers_url", "careers"),
    "news": (
        "latest_news_title",
        "latest_news_url",
        "latest_news_date",
        "latest_news_kind",
        "outreach_timing",
        "news",
    ),
    "missing": ("missing",),
}
"""Which fields of a payload come from which artifact, or from the list. ``evidence_urls`` repeats what they say."""


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
    reason: str = Field(description="First push, or which sections changed since the last one.")
    trimmed: tuple[str, ...] = Field((), description="Fields that were left out to stay below the size limit.")
    delivered_at: datetime
    volatile: ClassVar[frozenset[str]] = frozenset(
        {"delivered_at", "attempts", "unanswered", "status", "http_status", "reason"}
    )


async def produce(work: Work) -> Delivery:
    """Push, unless the destination has this content already.

    Raises PermanentError for a push that is held for a person, TransientError for one another run is at, and what the
    webhook raises.
    """
    payload = work.need("webhook_payload", Payload)
    url = work.settings.clay_webhook_url
    if not url:
        raise MisconfiguredError("webhook", "CLAY_WEBHOOK_URL is not set: set it, or run with --dry-run")
    document = payload.model_dump(mode="json")
    push = Push(payload.domain, destination_id(url), payload.content_hash, section_hashes(document), work.run_id)
    intent = await work.outbox.intend(push, hold_unknown=work.settings.webhook_unknown == "hold")
    if intent.verdict == "sent":
        return _delivery(payload, url, intent, work.now, status="unchanged")
    if intent.verdict == "held":
        raise PermanentError("webhook", "held: an earlier push got no answer; see `enrich deliver --held`")
    if intent.verdict == "taken":
        raise TransientError("webhook", f"run {intent.owner} is pushing this company")
    trimmed: tuple[str, ...] = ()

    def body(again: bool) -> bytes:
        nonlocal trimmed
        content, trimmed = _body(document, intent, work.settings.webhook_max_bytes, redelivery=again)
        return content

    meter = Meter(
        count=lambda: _count(work, push.destination), uncount=lambda: work.outbox.not_submitted(push.destination)
    )
    attempts = Attempts()
    try:
        http_status = await work.providers.webhook.push(body, intent.key, work.account, meter, attempts)
    except HeldError:
        await work.outbox.settle(intent.key, "held")
        raise
    except ProviderError:
        await work.outbox.settle(intent.key, "again" if intent.redelivery or attempts.unanswered else "waiting")
        raise
    await work.outbox.settle(intent.key, "sent")
    return _delivery(
        payload,
        url,
        intent,
        work.now,
        status="redelivered" if intent.redelivery or attempts.unanswered else "pushed",
        attempts=attempts.made,
        unanswered=attempts.unanswered,
        http_status=http_status,
        trimmed=trimmed,
    )


def section_hashes(document: dict[str, Any]) -> dict[str, str]:
    """What the outbox compares to say which artifact changed."""
    return {name: digest([document.get(field) for field in fields]) for name, fields in FIELDS.items()}


def _body(
    document: dict[str, Any], intent: Intent, max_bytes: int, *, redelivery: bool
) -> tuple[bytes, tuple[str, ...]]:
    envelope = {
        "delivery_key": intent.key,
        "delivery_redelivered": intent.redelivery or redelivery,
        "delivery_reason": _reason(intent),
    }
    trimmed_document, trimmed = trim(document, max_bytes - len(orjson.dumps(envelope)))
    return orjson.dumps({**trimmed_document, **envelope}), trimmed


def _reason(intent: Intent) -> str:
    if intent.verdict == "sent":
        return "unchanged"
    if intent.changed is None:
        return "first push"
    return "changed: " + (", ".join(intent.changed) or "details")


async def _count(work: Work, destination: str) -> None:
    """Count one submission before it is sent. Raises MisconfiguredError where the webhook takes no more."""
    limit = work.settings.webhook_lifetime_submissions
    count = await work.outbox.submitting(destination, limit)
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


def version(settings: Settings) -> str:
    """The destination decides."""
    url = settings.clay_webhook_url
    return digest("webhook_delivery", WEBHOOK_DELIVERY.code_version, destination_id(url) if url else None)


WEBHOOK_DELIVERY: Artifact[Delivery] = Artifact(
    name="webhook_delivery",
    model=Delivery,
    produce=produce,
    description="The payload's push to the Clay table, acknowledged, at least once and with a key.",
    version=version,
    answer=lambda value: value.status,
    preview=lambda value: {"destination": value.destination, "attempts": value.attempts, "reason": value.reason},
    needs=("webhook_payload",),
    evidence=("webhook_payload",),
    kinds=("clay",),
)
