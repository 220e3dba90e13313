"""An endpoint's error as an error of ours: what it means for the call, the model, the run."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from enrichment_assets.core.errors import (
    MisconfiguredError,
    OutOfCreditError,
    PermanentError,
    ProviderError,
    TransientError,
)
from enrichment_assets.providers.call.waits import next_midnight, told_s
from enrichment_assets.providers.http.reply import Reply, excerpt, status_error
from enrichment_assets.providers.llm.failure import Failure
from enrichment_assets.providers.llm.refusals import meaning_of

PROVIDER = "openrouter"
IN_FLIGHT_PAUSE_S = 2.0
"""After a 402 that only says that too many calls are in flight, when it names no time."""
PACIFIC_H = -8
"""Google counts days there, the others in UTC."""
MAYBE_THE_FORM = frozenset({400, 422})
"""A refusal in words that nobody has written down may be one of the request's form."""


@dataclass
class ModelError(PermanentError):
    """This model cannot be used with these settings; others may."""

    __str__ = ProviderError.__str__


@dataclass
class FormError(PermanentError):
    """The request is refused as it is. ``change``: what to do without (``Shape.without``), None where nobody knows."""

    change: str | None = None
    failure: Failure | None = field(default=None, repr=False)

    __str__ = ProviderError.__str__


def error_of(failure: Failure, reply: Reply, key: str) -> ProviderError:  # noqa: PLR0911 - one return per meaning
    """What a failure means. Account errors are known by words and codes, whatever status carries them."""
    status, said = failure.status, excerpt(failure.words, key)
    meaning = meaning_of(failure)
    asked_s = told_s(reply.headers, failure.nodes, failure.words)
    match meaning:
        case "in_flight":
            message = f"HTTP {status}, too many calls in flight for the balance: {said}"
            return TransientError(PROVIDER, message, status, asked_s or IN_FLIGHT_PAUSE_S, "overloaded")
        case "day" if asked_s is None or "try again in" not in failure.words.lower():
            message = f"HTTP {status}, the day's allowance is used up: {said} ({_full_again(failure, asked_s)})"
            return OutOfCreditError(PROVIDER, message, status)
        case "credit":
            return OutOfCreditError(PROVIDER, f"HTTP {status}, out of credit: {said}", status)
        case "key":
            message = f"HTTP {status}, the key is refused: {said} (set OPENROUTER_API_KEY)"
            return MisconfiguredError(PROVIDER, message, status)
        case "address":
            return _wrong_address(status, said)
        case "model":
            message = f"HTTP {status}, no endpoint serves this model: {said} (check OPENROUTER_MODEL and its fallback)"
            return ModelError(PROVIDER, message, status)
        case "content" | "context":
            return FormError(PROVIDER, f"HTTP {status}, {said}", status, meaning, failure)
        case str() if meaning != "day":
            return FormError(PROVIDER, f"HTTP {status}, {said}", status, meaning, failure)
    if status == 404:
        if not failure.nodes:
            return _wrong_address(status, said)
        return ModelError(PROVIDER, f"HTTP 404, no endpoint serves this model: {said} (check OPENROUTER_MODEL)", 404)
    if status == 403 and "key" not in said.lower():
        return PermanentError(PROVIDER, f"HTTP 403, refused: {said}", 403)
    error = status_error(PROVIDER, status, said, setting="OPENROUTER", asked_s=asked_s)
    if status in MAYBE_THE_FORM and isinstance(error, PermanentError):
        return FormError(PROVIDER, error.message, status, None, failure)
    return error


def _wrong_address(status: int, said: str) -> MisconfiguredError:
    message = f"HTTP {status}, nothing answers at this address: {said} (check OPENROUTER_BASE_URL: most end with /v1)"
    return MisconfiguredError(PROVIDER, message, status)


def _full_again(failure: Failure, asked_s: float | None) -> str:
    """When a day's allowance is there again, in words."""
    now = datetime.now(UTC)
    is_google = any("perday" in code for code in failure.codes)
    if asked_s is not None and not is_google:
        when = now + timedelta(seconds=asked_s)
    else:
        when = next_midnight(now, PACIFIC_H if is_google else 0)
    hours = (when - now).total_seconds() / 3_600
    return f"full again at {when:%H:%M} UTC, in {hours:.1f} h"
