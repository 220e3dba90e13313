"""How often and after how long a failed attempt is made again. The one place of the package that retries.

Only these are retried: no connection, no answer in time, 408, 429, 5xx, and answers that are not what the provider's
API gives (truncated or malformed JSON, HTML). All of them arrive here as ``TransientError``.
"""

import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from enrichment_assets.core.errors import Cause


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """``attempts`` in all, but see ``most``; the n-th pause is ``base_delay_s`` x 2^(n-1), at most ``max_delay_s``.

    ``jitter`` is the part of it that chance may take off.

    A Retry-After of up to ``max_retry_after_s`` is obeyed; a longer one ends the call at once.
    """

    attempts: int = 3
    base_delay_s: float = 0.5
    max_delay_s: float = 20.0
    max_retry_after_s: float = 120.0
    jitter: float = 0.5

    def most(self, cause: Cause) -> int:
        """Attempts before an error of this cause is final.

        A refusal for the rate is our own haste, from which the limiter learns while others of us ask as well: it does
        not cost a company its answer as soon as a failure does.
        """
        return 2 * self.attempts - 1 if cause == "limited" else self.attempts

    def delay_s(self, failed: int, retry_after_s: float | None) -> float:
        """Seconds to wait after the ``failed``-th failed attempt (1, 2, ...)."""
        pause_s = min(self.base_delay_s * 2 ** (failed - 1), self.max_delay_s)
        backoff: float = pause_s * random.uniform(1.0 - self.jitter, 1.0)  # noqa: S311 - jitter
        return backoff if retry_after_s is None else max(retry_after_s, backoff)


def retry_after_s(value: str | None, now: datetime | None = None) -> float | None:
    """The Retry-After header in seconds from now (RFC 9110 §10.2.3: seconds or a date). None when absent or no help.

    "0" is no help: Workable sends it and means minutes.
    """
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            date = parsedate_to_datetime(value)
        except (ValueError, OverflowError):
            return None
        aware = date if date.tzinfo else date.replace(tzinfo=UTC)
        seconds = (aware - (now or datetime.now(UTC))).total_seconds()
    return seconds if 0 < seconds < float("inf") else None
