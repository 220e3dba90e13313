"""The push to a Clay table's webhook or to any other HTTP endpoint that takes JSON.

Clay (university.clay.com/docs/webhook-integration-guide): ``x-clay-webhook-auth`` carries the token, any 2xx means
"received" whatever its body says or comes to, there is no idempotency contract. An endpoint of one's own can rely on
``Idempotency-Key`` and on ``X-Signature-256: sha256=<hex>``, the HMAC-SHA256 of the body.
"""

import hashlib
import hmac
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from enrichment_assets.core.errors import (
    Blame,
    MisconfiguredError,
    NotSentError,
    PermanentError,
    ProviderError,
    TransientError,
)
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.call.ledger import Account, Reservation
from enrichment_assets.providers.call.pipeline import Line
from enrichment_assets.providers.http.transport import (
    NETWORK_ERRORS,
    OVERLOADED,
    Reply,
    asked_to_wait_s,
    fetch_status,
    no_answer,
)

PROVIDER = "webhook"
WRONG_ADDRESS = frozenset({301, 302, 303, 307, 308, 404, 405, 410})
WRONG_TOKEN = frozenset({401, 403})
WORTH_REPEATING = frozenset({408, 425, 429})
"""With every 5xx. Other 4xx refuse this very document and would refuse it again."""


@dataclass(slots=True)
class Attempts:
    """POSTs of one push so far, and how many of them got no answer: each of those may have made a row."""

    made: int = 0
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class Meter:
    """Counts what a destination has had. ``count`` may raise to refuse; ``uncount`` takes back what it did not take."""

    count: Callable[[], Awaitable[None]]
    uncount: Callable[[], Awaitable[None]]


@dataclass
class UnansweredError(TransientError):
    """It was sent and no answer came: the destination may have taken it."""


@dataclass
class HeldError(PermanentError):
    """It was sent, no answer came, and WEBHOOK_UNKNOWN=hold leaves the next step to a person."""


class Webhook:
    """Pushes one document at a time, within the destination's limits."""

    def __init__(self, transport: httpx.AsyncBaseTransport, line: Line, settings: Settings) -> None:
        self._transport = transport
        self._line = line
        self._url = settings.clay_webhook_url or ""
        self._timeout_s = settings.webhook_timeout_s
        self._hold = settings.webhook_unknown == "hold"
        self._token = settings.clay_webhook_token
        self._secret = settings.webhook_hmac_secret

    async def push(
        self, body: Callable[[bool], bytes], key: str, account: Account, meter: Meter, attempts: Attempts
    ) -> int:
        """POST the document until it is taken; the status of the answer (any 2xx).

        ``body`` makes the document, told whether an attempt of this call may have arrived. ``attempts`` counts along.

        Raises NotSentError, TransientError (refused for now) or UnansweredError after the last attempt, HeldError
        instead of repeating what got no answer, PermanentError for a document that is refused as such, and
        MisconfiguredError for a wrong address or token.
        """

        async def attempt(_reservation: Reservation) -> int:
            await meter.count()
            attempts.made += 1
            try:
                return _taken(await self._send(body(attempts.unanswered > 0), key))
            except UnansweredError as error:
                attempts.unanswered += 1
                if self._hold:
                    raise HeldError(PROVIDER, f"{error.message}; held for a person") from error
                raise
            except ProviderError as error:
                if isinstance(error, NotSentError) or (error.status is not None and error.status < 500):
                    await meter.uncount()
                raise

        return await self._line.call(account, attempt)

    async def _send(self, body: bytes, key: str) -> Reply:
        headers = {"content-type": "application/json", "idempotency-key": key}
        if self._token is not None:
            headers["x-clay-webhook-auth"] = self._token.get_secret_value()
        if self._secret is not None:
            signature = hmac.new(self._secret.get_secret_value().encode(), body, hashlib.sha256).hexdigest()
            headers["x-signature-256"] = f"sha256={signature}"
        try:
            return await fetch_status(
                self._transport, "POST", self._url, headers=headers, content=body, timeout_s=self._timeout_s
            )
        except (TimeoutError, *NETWORK_ERRORS) as error:
            failure = no_answer(PROVIDER, error, self._timeout_s)
            if isinstance(failure, NotSentError):
                raise failure from error
            raise UnansweredError(PROVIDER, f"sent, but {failure.message}: the row may exist") from error


def _taken(reply: Reply) -> int:
    """The status of an answer that takes the document. Raises what any other answer means."""
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
        blame: Blame = "overloaded" if status in OVERLOADED else "down"
        raise TransientError(PROVIDER, f"HTTP {status}: refused for now", status, asked_to_wait_s(reply), blame)
    raise PermanentError(PROVIDER, f"HTTP {status}: this document is refused", status)
