"""The push to a Clay table's webhook or to any other HTTP endpoint that takes JSON.

Clay (university.clay.com/docs/webhook-integration-guide): ``x-clay-webhook-auth`` carries the token, any 2xx means
"received" whatever its body says or comes to, there is no idempotency contract. An endpoint of one's own can rely on
``Idempotency-Key`` and on ``X-Signature-256: sha256=<hex>``, the HMAC-SHA256 of ``<timestamp>.<body>``; the timestamp
is ``X-Signature-Timestamp``, seconds since the epoch, so that a recorded push cannot be played again later (as Stripe,
Slack and standardwebhooks.com do it).
"""

import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from enrichment_assets.core.errors import (
    Cause,
    HeldError,
    MisconfiguredError,
    NotSentError,
    PermanentError,
    ProviderError,
    TransientError,
)
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.call.ledger import CostScope, Reservation
from enrichment_assets.providers.call.pipeline import CallPipeline
from enrichment_assets.providers.call.retry import RetryPolicy
from enrichment_assets.providers.http.reply import OVERLOADED, NetworkError, Reply, asked_to_wait_s, excerpt, no_answer
from enrichment_assets.providers.protocols import Attempts, Meter
from enrichment_assets.providers.registry import Opening, Provider

if TYPE_CHECKING:
    import httpx

PROVIDER = "webhook"
WRONG_ADDRESS = frozenset({301, 302, 303, 307, 308, 404, 405, 410})
WRONG_TOKEN = frozenset({401, 403})
WORTH_REPEATING = frozenset({408, 425, 429})
"""With every 5xx. Other 4xx refuse this very document and would refuse it again."""


@dataclass
class UnansweredError(TransientError):
    """It was sent and no answer came: the destination may have taken it."""


class Webhook:
    """Pushes one document at a time, within the destination's limits."""

    def __init__(self, transport: "httpx.AsyncBaseTransport", pipeline: CallPipeline, settings: Settings) -> None:
        self._transport = transport
        self._pipeline = pipeline
        self._url = settings.clay_webhook_url or ""
        self._timeout_s = settings.webhook_timeout_s
        self._hold = settings.webhook_unknown == "hold"
        self._token = settings.clay_webhook_token
        self._secret = settings.webhook_hmac_secret

    async def push(
        self, body: Callable[[bool], bytes], key: str, scope: CostScope, meter: Meter, attempts: Attempts
    ) -> int:
        """POST the document until it is taken; the status of the answer (any 2xx).

        ``body`` makes the document, told whether an attempt of this call may have arrived. ``attempts`` counts along.

        Raises NotSentError, TransientError (refused for now) or UnansweredError after the last attempt, HeldError
        instead of repeating what got no answer, PermanentError for a document that is refused as such, and
        MisconfiguredError for a wrong address or token.
        """

        async def attempt(_reservation: Reservation) -> int:
            token = self._token.get_secret_value() if self._token is not None else ""
            hmac_secret = self._secret.get_secret_value() if self._secret is not None else ""
            await meter.count()
            attempts.made += 1
            try:
                reply = await self._send(body(attempts.unanswered > 0), key)
                return _taken(reply, (token, hmac_secret, self._url))
            except UnansweredError as error:
                attempts.unanswered += 1
                if self._hold:
                    raise HeldError(PROVIDER, f"{error.message}; held for a person") from error
                raise
            except ProviderError as error:
                if isinstance(error, NotSentError) or (error.status is not None and error.status < 500):
                    await meter.uncount()
                raise

        return await self._pipeline.call(scope, attempt)

    async def _send(self, body: bytes, key: str) -> Reply:
        from enrichment_assets.providers.http.transport import fetch_status  # noqa: PLC0415 - loads aiohttp

        headers = {"content-type": "application/json", "idempotency-key": key}
        if self._token is not None:
            headers["x-clay-webhook-auth"] = self._token.get_secret_value()
        if self._secret is not None:
            sent_at = str(int(time.time()))
            headers["x-signature-timestamp"] = sent_at
            headers["x-signature-256"] = signature(self._secret.get_secret_value(), sent_at, body)
        try:
            return await fetch_status(
                self._transport, "POST", self._url, headers=headers, content=body, timeout_s=self._timeout_s
            )
        except (TimeoutError, NetworkError) as error:
            failure = no_answer(PROVIDER, error, self._timeout_s)
            if isinstance(failure, NotSentError):
                raise failure from error
            raise UnansweredError(PROVIDER, f"sent, but {failure.message}: the row may exist") from error


def signature(secret: str, sent_at: str, body: bytes) -> str:
    """What ``X-Signature-256`` says of a body sent at that time."""
    return "sha256=" + hmac.new(secret.encode(), f"{sent_at}.".encode() + body, hashlib.sha256).hexdigest()


def _taken(reply: Reply, secrets: tuple[str, ...]) -> int:
    """The status of an answer that takes the document. Raises what any other answer means.

    What the destination says of a document that it refuses stands in the error, without ``secrets`` that it repeats.
    """
    status = reply.status
    if 200 <= status < 300:
        return status
    if status in WRONG_ADDRESS:
        raise MisconfiguredError(PROVIDER, f"HTTP {status}: no webhook at this address (set CLAY_WEBHOOK_URL)", status)
    if status in WRONG_TOKEN:
        raise MisconfiguredError(PROVIDER, f"HTTP {status}: the token is refused (set CLAY_WEBHOOK_TOKEN)", status)
    if status == 429:
        raise TransientError(PROVIDER, "HTTP 429: too many pushes", status, asked_to_wait_s(reply), "limited")
    if status in WORTH_REPEATING or status >= 500:
        cause: Cause = "overloaded" if status in OVERLOADED else "down"
        raise TransientError(PROVIDER, f"HTTP {status}: refused for now", status, asked_to_wait_s(reply), cause)
    said = excerpt(reply.body.decode("utf-8", "replace"), *secrets)
    raise PermanentError(PROVIDER, f"HTTP {status}: this document is refused{f': {said}' if said else ''}", status)


BURST_USED = 0.9
"""Part of the webhook's burst that is used: its bucket starts to fill when a push arrives, ours when it leaves."""


def _open(opening: Opening) -> Webhook:
    """The webhook has a patience of its own: what it receives twice may become two rows."""
    settings = opening.settings
    burst = max(1.0, settings.webhook_burst * BURST_USED)
    pipeline = opening.pipeline(
        PROVIDER, settings.webhook_requests_per_s, settings.webhook_in_flight, burst, account=settings.clay_webhook_url
    )
    pause_s = settings.webhook_retry_delay_s
    pipeline.retry = RetryPolicy(
        attempts=settings.webhook_retries + 1,
        base_delay_s=pause_s,
        max_delay_s=pause_s,
        max_retry_after_s=max(pause_s, settings.retry_after_max_s),
        jitter=0.0,
    )
    return Webhook(opening.api, pipeline, settings)


def _missing(settings: Settings) -> str | None:
    if settings.clay_webhook_url:
        return None
    return (
        "CLAY_WEBHOOK_URL is not set: copy it from the Clay table (Add, Import data, Webhook), "
        "or leave webhook_delivery out (enrich run --dry-run)"
    )


PROVIDES = Provider("destination", PROVIDER, _open, _missing)
