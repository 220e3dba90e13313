"""One whole answer over HTTP, and what goes wrong on the way to it, whichever library it came through.

What a status means for the clients of APIs stands here too. Nothing here loads an HTTP library.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import orjson

from enrichment_assets.core.errors import (
    MisconfiguredError,
    NotSentError,
    OutOfCreditError,
    PermanentError,
    ProviderError,
    TransientError,
)
from enrichment_assets.providers.call.retry import retry_after_s


class TooLargeError(Exception):
    """The answer, decompressed, is larger than allowed."""


class EncodingError(Exception):
    """The answer is compressed in a way nobody asked for, or its compression is broken."""


class NetworkError(Exception):
    """The connection broke before the whole answer was there. Says which error it was, and no URL."""


class NeverSentError(NetworkError):
    """There was no connection: the request has not left."""


class SlowToConnectError(NeverSentError, TimeoutError):
    """There was none in time."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer: decompressed body, header names in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    set_cookies: Sequence[str] = ()
    """The fields of that name, which cannot be joined (RFC 9110 §5.3)."""

    @property
    def content_type(self) -> str:
        """The media type without parameters, lower-case."""
        return str(self.headers.get("content-type", "")).partition(";")[0].strip().lower()

    def json(self) -> Any:
        """The body as JSON; None where it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return None


def no_answer(provider: str, error: Exception, timeout_s: float) -> ProviderError:
    """A failure of the connection as a provider's error."""
    if isinstance(error, NeverSentError):
        return NotSentError(provider, f"no connection: {error}")
    if isinstance(error, TimeoutError):
        return TransientError(provider, f"no whole answer within {timeout_s:g} s")
    if isinstance(error, TooLargeError):
        return TransientError(provider, "the answer is larger than anything this API gives", cause="subject")
    if isinstance(error, EncodingError):
        return TransientError(provider, f"unreadable answer: {error}")
    return TransientError(provider, f"connection lost: {error}")


TRANSIENT_STATUSES: Mapping[int, str] = {
    408: "the provider gave up waiting for the request",
    425: "too early",
    429: "too many requests",
    500: "internal error of the provider",
    502: "the provider's upstream failed",
    503: "overloaded or down",
    504: "the provider's upstream timed out",
    520: "the provider's CDN got no sense out of its server",
    521: "the provider's server is down",
    522: "the provider's server does not connect",
    523: "the provider's server is unreachable",
    524: "the provider's server timed out",
    529: "overloaded",
}
"""Worth asking again, and why. Any other 5xx is treated like 500; any other 4xx is an answer to this very request."""
OVERLOADED = frozenset({503, 529})


NO_CREDIT = (
    "not enough credits", "insufficient credit", "insufficient balance", "insufficient funds", "balance is zero",
    "out of credit", "no credits left", "payment required", "exceeded your credit", "run out of credits",
)  # fmt: skip
WRONG_KEY = (
    "invalid api key", "invalid token", "api key is invalid", "api key not valid", "incorrect api key",
    "api key is missing", "api key not found", "unknown api key",
)  # fmt: skip
"""Account errors as APIs word them, whatever status carries them."""


def account_error(provider: str, status: int, detail: str, *, setting: str) -> ProviderError | None:
    """What is wrong with the account by an error's words, or None where they do not speak of it."""
    words = detail.lower()
    if any(phrase in words for phrase in NO_CREDIT):
        return OutOfCreditError(provider, f"HTTP {status}, out of credit: {detail}", status)
    if any(phrase in words for phrase in WRONG_KEY):
        message = f"HTTP {status}, the key is refused: {detail} (set {setting}_API_KEY)"
        return MisconfiguredError(provider, message, status)
    return None


def status_error(  # noqa: PLR0911 - one return per meaning
    provider: str, reply_status: int, detail: str, *, setting: str, asked_s: float | None = None
) -> ProviderError:
    """What a status of an API means unless the provider's own rules say otherwise. ``setting`` is the key's name."""
    status = reply_status
    if account := account_error(provider, status, detail, setting=setting):
        return account
    said = f": {detail}" if detail else ""
    if status in TRANSIENT_STATUSES or status >= 500 or 300 <= status < 400:
        reason = TRANSIENT_STATUSES.get(status, TRANSIENT_STATUSES[500])
        if status < 400:
            reason = f"an API does not redirect (check {setting}_BASE_URL)"
        message = f"HTTP {status}, {reason}{said}"
        if status == 429:
            return TransientError(provider, message, status, asked_s, "limited")
        return TransientError(provider, message, status, asked_s, "overloaded" if status in OVERLOADED else "down")
    if status in {401, 403}:
        return MisconfiguredError(provider, f"HTTP {status}, the key is refused{said} (set {setting}_API_KEY)", status)
    if status == 402:
        return OutOfCreditError(provider, f"HTTP 402, out of credit{said}", status)
    if status == 404:
        return MisconfiguredError(provider, f"HTTP {status} from the API{said} (check {setting}_BASE_URL)", status)
    known = HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else "unknown status"
    return PermanentError(provider, f"HTTP {status} {known}{said}", status)


def asked_to_wait_s(reply: Reply) -> float | None:
    """Retry-After of an answer, in seconds."""
    return retry_after_s(reply.headers.get("retry-after"))


def excerpt(text: str, *secrets: str) -> str:
    """The first words of an error's text, for a message, without signs that steer a terminal.

    Keys and addresses that are ``secrets``, which some APIs repeat, are left out.
    """
    words = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    for secret in filter(None, secrets):
        words = words.replace(secret, "***")
    return words[:200]
