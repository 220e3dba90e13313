"""What reaches a destination, how often, and under which key."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from enrichment_assets.storage.outbox import Outbox, Push, destination_label
from enrichment_assets.storage.state import state_engine


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    sqlite = request.param == "sqlite"
    engine = state_engine(f"sqlite:///{tmp_path / 'state.db'}" if sqlite else request.getfixturevalue("postgres"))
    yield engine
    engine.dispose()


def push(content: str = "a", run: str = "run-1", **sections: str) -> Push:
    return Push("acme.com", "clay", content, sections or {"news": content}, run)


def nobody(_run_id: str) -> bool:
    return False


def everybody(_run_id: str) -> bool:
    return True


async def test_content_that_arrived_is_not_pushed_again(engine: Engine) -> None:
    outbox = Outbox(engine, nobody)
    first = await outbox.intend(push())
    await outbox.mark(first.key, "sent")
    again = await outbox.intend(push(run="run-2"))
    assert (first.verdict, again.verdict) == ("push", "sent")
    assert first.changed is None


async def test_an_intent_left_by_a_kill_is_pushed_again_under_its_first_key(engine: Engine) -> None:
    killed = Outbox(engine, nobody)
    first = await killed.intend(push())
    resumed = await Outbox(engine, nobody).intend(push(run="run-2"))
    assert (resumed.verdict, resumed.key, resumed.redelivery) == ("push", first.key, True)


async def test_of_two_live_runs_only_one_gets_to_push(engine: Engine) -> None:
    outboxes = [Outbox(engine, everybody) for _ in range(2)]
    intents = await asyncio.gather(*(box.intend(push(run=f"run-{n}")) for n, box in enumerate(outboxes)))
    assert sorted(intent.verdict for intent in intents) == ["push", "taken"]


async def test_a_push_waits_for_whoever_writes_and_the_event_loop_does_not(tmp_path: Path) -> None:
    engine = state_engine(f"sqlite:///{tmp_path / 'state.db'}")
    outbox = Outbox(engine, nobody)
    first = await outbox.intend(push("a"))
    with engine.connect() as somebody:
        somebody.exec_driver_sql("BEGIN IMMEDIATE")
        later = asyncio.create_task(outbox.intend(push("b")))
        await asyncio.sleep(0.1)
        assert not later.done()
        somebody.rollback()
    assert (await later).verdict == "push"
    assert first.key != later.result().key
    outbox.close()
    with engine.connect() as reader:
        assert reader.exec_driver_sql("SELECT count(*) FROM push WHERE state = 'intent'").scalar() == 2
    engine.dispose()


async def test_changed_content_is_pushed_and_says_which_artifact_changed(engine: Engine) -> None:
    outbox = Outbox(engine, nobody)
    first = await outbox.intend(push("a", news="1", careers="1"))
    await outbox.mark(first.key, "sent")
    changed = await outbox.intend(push("b", news="2", careers="1"))
    assert changed.verdict == "push"
    assert changed.changed == ("news",)
    assert changed.key != first.key


async def test_content_that_comes_back_is_a_push_of_its_own(engine: Engine) -> None:
    outbox = Outbox(engine, nobody)
    keys = []
    for content in ("a", "b", "a"):
        intent = await outbox.intend(push(content))
        assert intent.verdict == "push"
        await outbox.mark(intent.key, "sent")
        keys.append(intent.key)
    assert len(set(keys)) == 3
    assert (await outbox.intend(push("a"))).verdict == "sent"


async def test_a_held_push_waits_until_a_person_has_decided(engine: Engine) -> None:
    outbox = Outbox(engine, nobody)
    intent = await outbox.intend(push())
    await outbox.mark(intent.key, "held")
    assert (await outbox.intend(push(run="run-2"))).verdict == "held"
    assert outbox.held("clay") == [("acme.com", intent.key)]
    assert outbox.decide_held("clay", arrived=False) == 1
    again = await outbox.intend(push(run="run-3"))
    assert (again.verdict, again.key) == ("push", intent.key)


async def test_one_write_that_fails_spoils_none_that_shares_its_transaction(engine: Engine) -> None:
    def is_alive(_run_id: str) -> bool:
        raise ConnectionError

    await Outbox(engine, nobody).intend(push())
    outbox = Outbox(engine, is_alive)
    wanted = [replace(push(run="run-2"), domain=domain) for domain in ("first.com", "acme.com", "last.com")]
    found = await asyncio.gather(*map(outbox.intend, wanted), return_exceptions=True)
    assert [getattr(each, "verdict", type(each)) for each in found] == ["push", ConnectionError, "push"]
    assert outbox.counts("clay") == {"intent": 3}


async def test_submissions_stop_exactly_at_the_limit(engine: Engine) -> None:
    outbox = Outbox(engine, nobody)
    counts = await asyncio.gather(*(outbox.submitting("clay", 3) for _ in range(5)))
    assert sorted(count for count in counts if count is not None) == [1, 2, 3]
    assert counts.count(None) == 2
    assert await outbox.submitting("elsewhere", 3) == 1
    assert await outbox.submitting("clay", 0) == 4


def test_a_destination_is_shown_without_its_secret_path() -> None:
    label = destination_label("https://api.clay.com/v3/sources/webhook/pull-in-data-from-a-webhook-0f1e?k=s3cret")
    assert label.startswith("api.clay.com#")
    assert "webhook" not in label
    assert "s3cret" not in label


ENDS = {
    "acknowledged": (True, "sent"),
    "answer lost": (True, "again"),
    "lost on the way": (False, "again"),
    "refused": (False, "waiting"),
    "killed before the POST": (False, None),
    "killed after the POST": (True, None),
}
"""How a push ends: whether it arrived, and what the outbox is told."""


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from(sorted(ENDS))), max_size=14), st.booleans())
def test_what_counts_as_delivered_is_what_the_destination_shows(history: list[tuple[str, str]], dedupes: bool) -> None:
    """The destination's newest row counts; auto-dedupe on the key, where it is on, keeps the oldest."""

    async def run() -> None:
        outbox = Outbox(state_engine(f"sqlite:///{folder}/state.db"), nobody)
        rows: list[tuple[str, str]] = []
        doubt = False
        for content, end in history:
            intent = await outbox.intend(push(content))
            arrives, state = ENDS[end]
            if state == "waiting" and intent.redelivery:
                state = "again"  # an earlier attempt may have arrived, whatever becomes of this one
            if intent.verdict == "push":
                if arrives and not (dedupes and intent.key in [key for key, _ in rows]):
                    again = [key for key, shown in rows[-1:] if shown == content]
                    assert again in ([], [intent.key]) or doubt, "a second row under another key"
                    rows.append((intent.key, content))
                if state is not None:
                    await outbox.mark(intent.key, state)  # type: ignore[arg-type]
                doubt = state != "sent" and (doubt or state != "waiting")
            if intent.verdict == "sent" or state == "sent":
                assert rows[-1][1] == content

    with TemporaryDirectory() as folder:
        asyncio.run(run())


async def test_content_that_comes_back_after_other_content_got_no_answer_is_pushed_above_it(engine: Engine) -> None:
    outbox = Outbox(engine, nobody)
    for content, state in (("a", "sent"), ("b", "again")):
        await outbox.mark((await outbox.intend(push(content))).key, state)  # type: ignore[arg-type]
    back = await outbox.intend(push("a"))
    assert (back.verdict, back.redelivery, back.changed) == ("push", False, ("news",))
    await outbox.mark(back.key, "sent")
    assert (await outbox.intend(push("a"))).verdict == "sent"
    forth = await outbox.intend(push("b"))
    assert forth.verdict == "push"
    assert forth.key.endswith("-2")
