"""What every fault of a destination comes to, and what the next run makes of it."""

import asyncio
import contextlib
import hashlib
import hmac
import math
import re
import socket
import time
from collections import Counter
from fractions import Fraction
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from enrichment_assets.artifacts.careers.declaration import CareersDetails, PostingDetails
from enrichment_assets.core.errors import (
    HeldError,
    MisconfiguredError,
    NotSentError,
    PermanentError,
    ProviderError,
    TransientError,
)
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.webhook import UnansweredError
from enrichment_assets.sandbox.process import CLAY_TOKEN, Sandbox
from enrichment_assets.storage.lifetime import Lifetime
from enrichment_assets.storage.outbox import destination_id
from enrichment_assets_tests.builtin import CATALOG
from enrichment_assets_tests.delivery.pushing import running
from enrichment_assets_tests.raw_server import answer, served

DOMAIN = "acme.com"


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    return sandbox.settings(dagster_home=tmp_path, webhook_timeout_s=1.0)


async def outcome(settings: Settings, run_id: str = "run-1", **changes: Any) -> tuple[Any, dict[str, int], int]:
    """The delivery or the error, pushes by state, and submissions counted."""
    destination = destination_id(settings.clay_webhook_url or "")
    async with running(settings, run_id) as run:
        try:
            result: Any = await run.push(DOMAIN, **changes)
        except ProviderError as error:
            result = error
        return result, dict(run.outbox.counts(destination)), run.outbox.submitted(destination)


LASTING = [
    ("http_500", {}, TransientError, "waiting", 0, 3),
    ("http_503_retry_after", {"retry_after": 1}, TransientError, "waiting", 0, 3),
    ("http_429", {}, TransientError, "waiting", 0, 0),
    ("http_429_retry_after", {"retry_after": 3_600}, TransientError, "waiting", 0, 0),
    ("http_401", {}, MisconfiguredError, "waiting", 0, 0),
    ("http_403", {}, MisconfiguredError, "waiting", 0, 0),
    ("http_404", {}, MisconfiguredError, "waiting", 0, 0),
    ("http_400", {}, PermanentError, "waiting", 0, 0),
    ("accept_then_500", {}, TransientError, "waiting", 3, 3),
    ("accept_then_reset", {}, UnansweredError, "again", 3, 3),
    ("reset", {}, UnansweredError, "again", 0, 3),
]


@pytest.mark.parametrize(("fault", "options", "error", "state", "rows", "counted"), LASTING)
async def test_a_fault_that_lasts_fails_the_delivery_and_the_next_run_pushes_it(
    fault: str, options: dict, error: type, state: str, rows: int, counted: int, sandbox: Sandbox, settings: Settings
) -> None:
    sandbox.faults({"clay": {"kind": fault, **options}})
    used = settings.model_copy(update={"circuit_failures": 100})
    result, states, submitted = await outcome(used)
    assert isinstance(result, error), result
    assert (states, len(sandbox.received()), submitted) == ({state: 1}, rows, counted)
    assert settings.clay_webhook_url not in str(result)

    sandbox.faults({})
    delivery, states, _ = await outcome(used, "run-2")
    assert delivery.status == ("redelivered" if state == "again" else "pushed")
    assert states == {"sent": 1}
    received = sandbox.received()
    assert len(received) == rows + 1
    assert len({row["body"]["delivery_key"] for row in received}) == 1
    assert received[-1]["body"]["delivery_redelivered"] is (state == "again")


@pytest.mark.parametrize(
    ("fault", "status", "unanswered", "rows"),
    [
        ("http_500", "pushed", 0, 1),
        ("http_429", "pushed", 0, 1),
        ("http_429_retry_after", "pushed", 0, 1),
        ("http_503", "pushed", 0, 1),
        ("http_408", "pushed", 0, 1),
        ("reset", "redelivered", 1, 1),
        ("accept_then_reset", "redelivered", 1, 2),
        ("accept_then_hang", "redelivered", 1, 2),
        ("hang", "redelivered", 1, 1),
    ],
)
async def test_a_fault_that_passes_is_retried_under_the_same_key(
    fault: str, status: str, unanswered: int, rows: int, sandbox: Sandbox, settings: Settings
) -> None:
    sandbox.faults({"clay": {"kind": fault, "times": 1, "retry_after": 1}})
    delivery, states, _ = await outcome(settings)
    assert (delivery.status, delivery.unanswered, delivery.attempts) == (status, unanswered, 2)
    assert states == {"sent": 1}
    received = sandbox.received()
    assert len(received) == rows
    assert {row["headers"]["idempotency-key"] for row in received} == {delivery.key}
    assert {row["body"]["delivery_key"] for row in received} == {delivery.key}
    assert received[-1]["body"]["delivery_redelivered"] is (unanswered > 0)


@pytest.mark.parametrize("fault", ["slow_drip", "reset_mid_body", "huge_body", "gzip_bomb", "wrong_content_type"])
async def test_a_row_that_was_taken_is_not_pushed_again_for_what_the_answers_body_comes_to(
    fault: str, sandbox: Sandbox, settings: Settings
) -> None:
    sandbox.faults({"clay": {"kind": fault, "bytes": 1_000_000}})
    delivery, states, _ = await outcome(settings)
    assert (delivery.status, delivery.attempts, delivery.http_status) == ("pushed", 1, 200)
    assert states == {"sent": 1}
    assert len(sandbox.received()) == 1


@pytest.mark.parametrize("status", ["400 Bad Request", "422 Unprocessable Entity"])
async def test_what_the_destination_says_of_a_refused_document_stands_in_the_reason(
    status: str, settings: Settings
) -> None:
    token, secret = "t0ken-of-ours", "s3cret-of-ours"
    said = f'{{"error": "column \\"tier\\" \x1b[31mis\x07 unknown", "sent": "{token} {secret}"}} {"x" * 50_000}'
    async with served(lambda _head, _path: answer(said.encode(), status=status)) as address:
        changed = {
            "clay_webhook_url": f"http://{address}/hook/private",
            "clay_webhook_token": SecretStr(token),
            "webhook_hmac_secret": SecretStr(secret),
            "enrichment_sandbox": None,
        }
        error, states, counted = await outcome(settings.model_copy(update=changed))
    assert isinstance(error, PermanentError)
    assert f"HTTP {status[:3]}" in str(error)
    assert 'column \\"tier\\"' in str(error)
    assert str(error).isprintable()
    assert len(str(error)) < 300
    assert not any(hidden in str(error) for hidden in (token, secret, "private"))
    assert (states, counted) == ({"waiting": 1}, 0)


@pytest.mark.parametrize("status", ["400 Bad Request", "422 Unprocessable Entity"])
async def test_an_address_that_the_destination_repeats_is_in_no_reason(status: str, settings: Settings) -> None:
    def repeats(head: str, path: str) -> bytes:
        host = next(line.split(" ", 1)[1] for line in head.split("\r\n") if line.lower().startswith("host:"))
        return answer(f"no such thing: POST http://{host}{path}".encode(), status=status)

    async with served(repeats) as address:
        changed = {"clay_webhook_url": f"http://{address}/hook/private", "enrichment_sandbox": None}
        error, _, _ = await outcome(settings.model_copy(update=changed))
    assert "no such thing: POST ***" in str(error)


@pytest.mark.parametrize("answer", [b"who are you?\r\n\r\n", b"HTTP/1.1 200 OK\r\nno header\r\n\r\n", b""])
async def test_a_receiver_that_does_not_speak_http_gives_no_answer_and_the_url_stays_a_secret(
    answer: bytes, settings: Settings
) -> None:
    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(receive, "127.0.0.1") as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook-5ecret"
        result, states, _ = await outcome(settings.model_copy(update={"clay_webhook_url": url}))
    assert isinstance(result, UnansweredError)
    assert states == {"again": 1}
    assert "5ecret" not in str(result)


@pytest.mark.parametrize(
    "url", ["api.clay.com/5ecret", "http://[bad/5ecret", "https://host:99999/5ecret", "ftp://h/5e"]
)
async def test_an_address_that_is_none_is_in_no_error(url: str, settings: Settings) -> None:
    result, _, submitted = await outcome(settings.model_copy(update={"clay_webhook_url": url}))
    assert isinstance(result, NotSentError)
    assert "5e" not in str(result)
    assert submitted == 0


async def test_without_a_connection_nothing_was_submitted(settings: Settings) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}/hook"
        result, states, submitted = await outcome(settings.model_copy(update={"clay_webhook_url": url}))
    assert isinstance(result, NotSentError)
    assert (states, submitted) == ({"waiting": 1}, 0)


async def test_a_host_that_is_silent_when_it_is_called_was_sent_nothing(settings: Settings) -> None:
    with socket.socket() as deaf, contextlib.ExitStack() as callers:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(4):  # until its queue is full; the system then drops further calls without a word
            caller = callers.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(deaf.getsockname())
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/hook-5ecret"
        once = {"clay_webhook_url": url, "webhook_retries": 0, "webhook_unknown": "hold"}
        result, states, submitted = await outcome(settings.model_copy(update=once))
    assert isinstance(result, NotSentError)
    assert "5ecret" not in str(result)
    assert (states, submitted) == ({"waiting": 1}, 0)


@pytest.mark.parametrize("arrived", [True, False])
async def test_what_got_no_answer_is_held_for_a_person_where_that_is_wanted(
    arrived: bool, sandbox: Sandbox, settings: Settings
) -> None:
    settings = settings.model_copy(update={"webhook_unknown": "hold"})
    sandbox.faults({"clay": {"kind": "accept_then_hang" if arrived else "hang", "times": 1}})
    result, states, _ = await outcome(settings)
    assert isinstance(result, HeldError)
    assert states == {"held": 1}
    again, _, _ = await outcome(settings, "run-2")
    assert "enrich deliver --held" in str(again)
    assert len(sandbox.received()) == arrived
    async with running(settings, "person") as run:
        assert run.outbox.decide_held(destination_id(settings.clay_webhook_url or ""), arrived=arrived) == 1
    delivery, _, _ = await outcome(settings, "run-3")
    assert delivery.status == ("unchanged" if arrived else "redelivered")
    assert len(sandbox.received()) == 1


async def test_a_push_that_a_kill_left_is_held_too_where_that_is_wanted(sandbox: Sandbox, settings: Settings) -> None:
    async with running(settings, "killed") as run:
        first, intend = [], run.outbox.intend

        async def intend_and_stop(*args: Any, **options: Any) -> Any:
            first.append(await intend(*args, **options))
            raise KeyboardInterrupt

        run.outbox.intend = intend_and_stop  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt):
            await run.push(DOMAIN)
    hold = settings.model_copy(update={"webhook_unknown": "hold"})
    result, states, _ = await outcome(hold, "run-2")
    assert isinstance(result, PermanentError)
    assert states == {"held": 1}
    assert sandbox.received() == []
    async with running(hold, "person") as run:
        run.outbox.decide_held(destination_id(hold.clay_webhook_url or ""), arrived=False)
    delivery, _, _ = await outcome(hold, "run-3")
    assert (delivery.status, delivery.key) == ("redelivered", first[0].key)


async def test_a_document_that_is_too_large_is_trimmed_and_says_so(sandbox: Sandbox, settings: Settings) -> None:
    postings = tuple(PostingDetails(id=str(n), title="Engineer " * 50, quote="q" * 400) for n in range(400))
    careers = CareersDetails(
        status="openings", source="job_board", confidence="high", reason="board", intensity_rule="many",
        postings=postings,
    )  # fmt: skip
    delivery, _, _ = await outcome(settings, careers=careers)
    (row,) = sandbox.received()
    assert int(row["headers"]["content-length"]) <= 100_000
    assert delivery.trimmed
    assert row["body"]["trimmed"] == list(delivery.trimmed)
    assert row["body"]["domain"] == DOMAIN
    assert row["body"]["tier"] == "QUALIFIED"


async def test_an_endpoint_of_ones_own_that_takes_less_refuses_for_good(sandbox: Sandbox, settings: Settings) -> None:
    sandbox.limits({})
    too_much = settings.model_copy(update={"webhook_max_bytes": 10_000_000})
    big = tuple(f"https://acme.com/{n}" for n in range(6_000))
    result, states, submitted = await outcome(too_much, evidence_urls=big)
    assert isinstance(result, PermanentError)
    assert result.status == 413
    assert (states, submitted, sandbox.received()) == ({"waiting": 1}, 0, [])


def documented(name: str) -> Any:
    """A function as the runbook shows it."""
    runbook = (Path(__file__).parents[2] / "docs" / "runbook.md").read_text(encoding="utf-8")
    (code,) = [block for block in re.findall(r"```python\n(.*?)```", runbook, re.DOTALL) if f"def {name}(" in block]
    names: dict[str, Any] = {}
    exec(code, names)
    return names[name]


async def test_the_token_and_the_signature_of_the_body_travel_in_headers(sandbox: Sandbox, settings: Settings) -> None:
    sandbox.clay(token=CLAY_TOKEN)
    signed = settings.model_copy(update={"webhook_hmac_secret": SecretStr("s3cret")})
    await outcome(signed)
    (row,) = sandbox.received()
    assert row["headers"]["x-clay-webhook-auth"] == CLAY_TOKEN
    sent_at, body = row["headers"]["x-signature-timestamp"], orjson.dumps(row["body"])
    assert abs(time.time() - int(sent_at)) < 60
    expected = hmac.new(b"s3cret", f"{sent_at}.".encode() + body, hashlib.sha256).hexdigest()
    assert row["headers"]["x-signature-256"] == f"sha256={expected}"
    is_ours = documented("is_ours")
    assert is_ours("s3cret", body, row["headers"])
    assert not is_ours("s3cret", body + b" ", row["headers"])
    assert not is_ours("other", body, row["headers"])
    later = {**row["headers"], "x-signature-timestamp": str(int(sent_at) + 1)}
    assert not is_ours("s3cret", body, later), "the time is signed too"
    assert not is_ours("s3cret", body, row["headers"], max_age_s=-1), "what is too old is refused"
    wrong = settings.model_copy(update={"clay_webhook_token": SecretStr("wrong")})
    result, _, _ = await outcome(wrong, "run-2", tier_reason="changed")
    assert isinstance(result, MisconfiguredError)
    assert "CLAY_WEBHOOK_TOKEN" in str(result)
    assert "wrong" not in str(result)


async def test_a_full_webhook_is_refused_before_it_drops_rows_and_the_person_is_told_what_to_do(
    sandbox: Sandbox, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    sandbox.clay(lifetime=10)
    limited = settings.model_copy(update={"webhook_lifetime_submissions": 10})
    async with running(limited) as run:
        for number in range(10):
            await run.push(f"company-{number}.com")
        warnings = [record.getMessage() for record in caplog.records if "full" in record.getMessage()]
        assert [text[:28] for text in warnings] == [
            "This webhook is over 80% ful", "This webhook is over 90% ful", "This webhook is full (10 of "
        ]  # fmt: skip
        with pytest.raises(MisconfiguredError, match="make a new webhook source in Clay and set CLAY_WEBHOOK_URL"):
            await run.push("one-too-many.com")
    assert sandbox.clay() == {"submissions": 10, "rows": 10}
    uncounted = limited.model_copy(update={"webhook_lifetime_submissions": 0})
    async with running(uncounted, "run-2") as run:
        assert (await run.push("lost-without-an-error.com")).http_status == 200
    assert sandbox.clay() == {"submissions": 11, "rows": 10}
    fresh = limited.model_copy(update={"clay_webhook_url": f"{limited.clay_webhook_url}?new"})
    async with running(fresh, "run-3") as run:
        assert (await run.push("one-too-many.com")).status == "pushed"


@given(st.integers(min_value=1, max_value=500))
def test_a_person_is_warned_once_at_80_90_and_100_percent_of_any_limit(limit: int) -> None:
    turning = [count for count in range(limit + 1) if Lifetime(count, limit).is_turning_point]
    assert turning == sorted({math.ceil(Fraction(limit * percent, 100)) for percent in (80, 90, 100)})
    assert all(Lifetime(count, limit).warning for count in turning)
    assert Lifetime(turning[0] - 1, limit).warning is None


async def test_two_runs_at_once_push_each_company_once(sandbox: Sandbox, settings: Settings) -> None:
    domains = [f"company-{number}.com" for number in range(20)]
    async with (
        running(settings, "run-1", lambda _: True) as one,
        running(settings, "run-2", lambda _: True) as two,
    ):
        results = await asyncio.gather(*(run.push(d) for d in domains for run in (one, two)), return_exceptions=True)
    rows = Counter(row["body"]["domain"] for row in sandbox.received())
    assert rows == Counter(domains)
    assert sum(getattr(result, "status", "") == "pushed" for result in results) == 20
    assert all(isinstance(result, TransientError) or result.status in ("pushed", "unchanged") for result in results)


async def test_what_failed_in_a_run_that_still_lives_may_be_pushed_by_another(
    sandbox: Sandbox, settings: Settings
) -> None:
    async with running(settings, "run-1", lambda _: True) as one, running(settings, "run-2", lambda _: True) as two:
        sandbox.faults({"clay": {"kind": "http_400", "times": 1}})
        with pytest.raises(PermanentError):
            await one.push(DOMAIN)
        assert (await two.push(DOMAIN)).status == "pushed"


async def test_changed_content_is_pushed_with_the_reason_and_unchanged_content_is_not(
    sandbox: Sandbox, settings: Settings
) -> None:
    async with running(settings) as run:
        first = await run.push(DOMAIN, content_hash="a")
        same = await run.push(DOMAIN, content_hash="a")
        changed = await run.push(DOMAIN, content_hash="b", open_jobs=77)
    assert (first.status, same.status, changed.status) == ("pushed", "unchanged", "pushed")
    assert (first.reason, changed.reason) == ("first push", "changed: careers")
    assert [row["body"]["delivery_reason"] for row in sandbox.received()] == ["first push", "changed: careers"]


def test_every_field_that_counts_as_content_has_a_reason_to_name() -> None:
    named = {field for fields in CATALOG.assembly.sections().values() for field in fields}
    assert set(CATALOG.payload_model.model_fields) - CATALOG.payload_model.volatile - named == {
        "answers",
        "evidence_urls",
    }
