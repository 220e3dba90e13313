"""A wait is obeyed in whichever way it is told."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.providers.call.waits import LONGEST_S, next_midnight, told_s

NOW = datetime(2026, 11, 26, 14, 0, tzinfo=UTC)
UNIX = NOW.timestamp()


@pytest.mark.parametrize(
    ("headers", "nodes", "words", "seconds"),
    [
        ({"retry-after": "7"}, [], "", 7),
        ({"retry-after": "Thu, 26 Nov 2026 14:00:30 GMT"}, [], "", 30),
        ({"retry-after-ms": "1500", "retry-after": "2"}, [], "", 1.5),
        ({"retry-after": "0"}, [], "", None),
        ({"x-ratelimit-reset": "12"}, [], "", 12),
        ({"x-ratelimit-reset": str(int(UNIX) + 45)}, [], "", 45),
        ({"x-ratelimit-reset": str(int(UNIX * 1000) + 2500)}, [], "", 2.5),
        ({"x-ratelimit-reset": "2026-11-26T14:01:00Z"}, [], "", 60),
        ({"x-ratelimit-reset": str(int(UNIX) - 45)}, [], "", None),
        ({"x-ratelimit-reset-requests": "1s", "x-ratelimit-reset-tokens": "6m0s"}, [], "", 1),
        ({"x-ratelimit-reset-requests": "1s", "x-ratelimit-remaining-requests": "9",
          "x-ratelimit-reset-tokens": "1m30.5s", "x-ratelimit-remaining-tokens": "0"}, [], "", 90.5),
        ({"x-ratelimit-reset-requests": "120ms"}, [], "", 0.12),
        ({}, [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34s"}], "", 34),
        ({}, [{"retryDelay": "34.074824224s"}], "", 34.074824224),
        ({}, [{"availability": {}}, {"retry_after": 5}], "", 5),
        ({}, [{"error": "Model is currently loading", "estimated_time": 20.0}], "", 20),
        ({}, [], "Rate limit reached. Please try again in 7m12.5s. Visit", 432.5),
        ({}, [], "Please retry after 30 seconds.", 30),
        ({}, [], "Please retry in 2 minutes", 120),
        ({}, [], "Please try again later", None),
        ({}, [{"headers": {"X-RateLimit-Reset": str(int(UNIX * 1000) + 60_000)}}], "", 60),
        ({}, [], "", None),
    ],
)  # fmt: skip
def test_each_form_is_read(headers: dict[str, str], nodes: Any, words: str, seconds: float | None) -> None:
    assert told_s(headers, nodes, words, now=NOW) == (None if seconds is None else pytest.approx(seconds))


VALUES = st.text("0123456789dhms.:-TZ eE+", max_size=24) | st.floats() | st.integers() | st.none()


@given(VALUES, VALUES, st.text(max_size=60))
def test_no_text_makes_a_wait_that_is_none(header: Any, field: Any, words: str) -> None:
    headers = {} if header is None else {"retry-after": str(header), "x-ratelimit-reset": str(header)}
    wait = told_s(headers, [{"retryDelay": field}], f"try again in {words}", now=NOW)
    assert wait is None or 0 < wait <= LONGEST_S


def test_a_day_ends_where_the_provider_counts_it() -> None:
    assert next_midnight(NOW) == datetime(2026, 11, 27, tzinfo=UTC)
    assert next_midnight(NOW, -8) == datetime(2026, 11, 27, 8, tzinfo=UTC)
    assert next_midnight(datetime(2026, 11, 26, 3, tzinfo=UTC), -8) == datetime(2026, 11, 26, 8, tzinfo=UTC)
