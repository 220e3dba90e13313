"""How long a provider asks to be left alone, in whichever way it says so.

| where | form | source |
|---|---|---|
| ``Retry-After`` | seconds or a date | RFC 9110 §10.2.3 |
| ``retry-after-ms`` | milliseconds | Azure OpenAI |
| ``X-RateLimit-Reset``, ``RateLimit-Reset`` | seconds, unix time in s or ms, ISO time | GitHub, OpenRouter (ms) |
| ``x-ratelimit-reset-requests``, ``-tokens`` | ``1m30.5s`` | OpenAI, Groq |
| ``retryDelay`` in the body | ``34s`` | google.rpc.RetryInfo |
| ``retry_after``, ``estimated_time`` in the body | seconds | OpenRouter, Hugging Face |
| "try again in 7m12s" | words | Groq, OpenAI |

A reset that lies ahead tells when *all* calls are free again, so it is only believed where nothing better is said, and
only from an answer that says how few are left.
"""

import itertools
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from enrichment_assets.providers.call.retry import retry_after_s

LONGEST_S = 32 * 86_400.0
"""A wait beyond a month is somebody's mistake."""
_UNIX_S, _UNIX_MS = 1e9, 1e12
_DURATION = re.compile(
    r"(?:(\d{1,4})d)?(?:(\d{1,5})h)?(?:(\d{1,6})m(?!s))?(?:(\d{1,9}(?:\.\d{1,9})?)s)?(?:(\d{1,9}(?:\.\d{1,9})?)ms)?"
)
_IN_WORDS = re.compile(
    r"\b(?:try again|retry|wait|resets?) (?:in |after |for )?(?:about )?(\d[\ddhms.]{0,20}) ?"
    r"(seconds?|secs?|minutes?|mins?|hours?|ms|s)?\b",
    re.I,
)
_UNITS = {"": 1.0, "s": 1.0, "sec": 1.0, "second": 1.0, "min": 60.0, "minute": 60.0, "ms": 0.001, "hour": 3_600.0}
"""Without the plural's s."""
_FIELDS = ("retryDelay", "retry_after", "retry_after_seconds", "estimated_time")
_RESETS = ("x-ratelimit-reset", "ratelimit-reset", "x-ratelimit-reset-requests", "x-ratelimit-reset-tokens")


def told_s(
    headers: Mapping[str, str], nodes: Iterable[Mapping[str, Any]] = (), words: str = "", *, now: datetime | None = None
) -> float | None:
    """Seconds from now, or None where nothing is said. ``nodes`` are the objects of an error, ``words`` its text."""
    now = now or datetime.now(UTC)
    listed = list(nodes)
    inner = [node["headers"] for node in listed if isinstance(node.get("headers"), dict)]
    sources = [headers, *({str(name).lower(): str(value) for name, value in given.items()} for given in inner)]
    waits = itertools.chain(
        (_milliseconds_s(headers.get("retry-after-ms")), retry_after_s(headers.get("retry-after"), now)),
        (_span_s(node.get(name), now) for node in listed for name in _FIELDS),
        (_in_words_s(found[1].rstrip("."), found[2] or "") for found in _IN_WORDS.finditer(words)),
        (wait for source in sources for wait in (retry_after_s(source.get("retry-after"), now), _reset_s(source, now))),
    )
    return next((wait for wait in waits if wait is not None and 0 < wait <= LONGEST_S), None)


def _reset_s(headers: Mapping[str, str], now: datetime) -> float | None:
    """The longest reset of what is used up; where nothing says what is, the shortest."""
    resets = {name: wait for name in _RESETS if (wait := _span_s(headers.get(name), now)) is not None and wait > 0}
    used_up = [wait for name, wait in resets.items() if headers.get(name.replace("reset", "remaining"), "")[:1] == "0"]
    return max(used_up) if used_up else min(resets.values(), default=None)


def next_midnight(now: datetime, hours_from_utc: int = 0) -> datetime:
    """When a quota "per day" is full again."""
    local = now + timedelta(hours=hours_from_utc)
    return local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1, hours=-hours_from_utc)


def _span_s(value: object, now: datetime) -> float | None:
    """Seconds from a number of seconds, a unix time (s or ms), a duration, or a time."""
    plain = _number(value)
    if plain is not None:
        if plain >= _UNIX_MS:
            return plain / 1_000 - now.timestamp()
        return plain - now.timestamp() if plain >= _UNIX_S else plain
    if not isinstance(value, str) or not value.strip():
        return None
    duration = _duration_s(value.strip())
    if duration is not None:
        return duration
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return retry_after_s(value, now)
    return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now).total_seconds()


def _in_words_s(amount: str, unit: str) -> float | None:
    plain = _number(amount)
    return (
        _duration_s(amount)
        if plain is None
        else plain * _UNITS.get(unit.lower(), _UNITS.get(unit.lower().rstrip("s"), 1.0))
    )


def _duration_s(text: str) -> float | None:
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        return None
    return sum(
        float(part or 0) * size for part, size in zip(found.groups(), (86_400, 3_600, 60, 1, 0.001), strict=True)
    )


def _milliseconds_s(value: object) -> float | None:
    plain = _number(value)
    return None if plain is None else plain / 1_000


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    try:
        return float(value)
    except (ValueError, OverflowError):
        return None
