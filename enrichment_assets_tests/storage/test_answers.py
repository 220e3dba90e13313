"""Stored answers, wherever they lie: a file, a database, an object store."""

import asyncio
import multiprocessing
import os
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from enrichment_assets.core.errors import MisconfiguredError, TransientError
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.call.answers import Answers, Question, json_bytes, json_of
from enrichment_assets.storage.answers.store import AnswerStore, answers_file, open_answers

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TTL = timedelta(days=14)


def settings(place: Path, answers: str | None = None, **more: Any) -> Settings:
    return Settings(_env_file=None, dagster_home=place, enrichment_answers=answers, **more)  # type: ignore[call-arg]


def opened(place: Path, url: str | None = None, **more: Any) -> AnswerStore:
    store = open_answers(settings(place, url, **more))
    assert store is not None
    return store


@pytest.fixture(params=["home", "sqlite", "memory", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[AnswerStore]:
    urls = {
        "home": None,
        "sqlite": f"sqlite:///{tmp_path}/elsewhere/a.db",
        "memory": f"memory://{tmp_path.name}",
    }
    url = request.getfixturevalue("postgres") if request.param == "postgres" else urls[request.param]
    found = opened(tmp_path, url)
    yield found
    found.backend.prune(NOW + timedelta(days=999), None)
    found.close()


async def put(store: AnswerStore, key: str = "k", content: bytes = b"page", domain: str = "acme.com") -> None:
    await store.put(
        domain, key, content, provider="spider", artifact="website", answered_at=NOW, expires_at=NOW + TTL, cost_usd=0.1
    )


async def test_an_answer_is_read_as_it_was_written_and_the_latest_replaces_it(store: AnswerStore) -> None:
    assert await store.get("acme.com", "k") is None
    for content in (b"\x00first\n", b"second" * 50_000):
        await put(store, content=content)
        found = await store.get("acme.com", "k")
        assert found is not None
        assert (found.content, found.answered_at, found.expires_at) == (content, NOW, NOW + TTL)
    assert [answer.content for answer in store.of("acme.com")] == [b"second" * 50_000]
    bought = store.backend.bought()["website"]
    assert (bought.companies, bought.answers, bought.cost_usd) == (1, 1, 0.1)
    assert 0 < bought.bytes < 10_000


async def test_it_is_known_what_a_company_has_and_one_company_s_answers_can_go(store: AnswerStore) -> None:
    await put(store, "a")
    await put(store, "b", domain="other.com")
    await store.prepare(["acme.com", "new.com"])
    assert await store.get("acme.com", "a") is not None
    assert await store.get("acme.com", "b") is None
    await put(store, "c", domain="new.com")
    assert await store.get("new.com", "c") is not None
    await store.drop("new.com", ["c", "no such"])
    assert await store.get("new.com", "c") is None
    assert store.backend.delete("other.com", ["b"]) == 1


async def test_hundreds_at_once_all_arrive(store: AnswerStore) -> None:
    await asyncio.gather(*(put(store, str(number), str(number).encode()) for number in range(300)))
    found = await asyncio.gather(*(store.get("acme.com", str(number)) for number in range(300)))
    assert [answer.content for answer in found if answer] == [str(number).encode() for number in range(300)]


async def test_whoever_may_use_it_longest_says_how_long_it_stays(store: AnswerStore) -> None:
    await put(store)
    await store.extend("acme.com", "k", NOW + 2 * TTL)
    await store.extend("acme.com", "k", NOW + TTL)
    assert store.backend.prune(NOW + TTL, None) == 0
    assert store.backend.prune(NOW + 2 * TTL, None) == 1


class Asking:
    """A provider that is asked one question."""

    def __init__(self, store: AnswerStore, now: datetime = NOW) -> None:
        self.asked = 0
        self.answers = Answers(store, {"website": TTL, "page": 10 * TTL, "payload": None}, lambda: now)

    async def ask(self, artifact: str = "website", question: object = "q") -> Any:
        async def ask() -> Any:
            self.asked += 1
            await asyncio.sleep(0.01)
            return {"answer": self.asked}

        mine = self.answers.of("acme.com", artifact)
        assert mine is not None
        return await mine.answer("spider", Question(question, json_bytes, json_of), ask, lambda: 0.0)


async def test_of_many_who_ask_the_same_at_once_one_pays(tmp_path: Path) -> None:
    store = opened(tmp_path)
    asking = Asking(store)
    found = await asyncio.gather(*(asking.ask(artifact) for artifact in ("website", "page") * 10))
    assert found == [{"answer": 1}] * 20
    assert asking.asked == 1
    await asking.ask(question={"q": 1, "r": 2})
    await asking.ask(question={"r": 2, "q": 1})
    assert asking.asked == 2
    store.close()


async def test_an_answer_is_as_old_as_the_asker_allows(tmp_path: Path) -> None:
    store = opened(tmp_path)
    await Asking(store).ask()
    later = Asking(store, NOW + TTL)
    assert await later.ask("page") == {"answer": 1}
    assert later.asked == 0, "another artifact allows older ones"
    assert store.backend.prune(NOW + 9 * TTL, None) == 0, "and keeps them for as long"
    await later.ask("website")
    assert later.asked == 1
    assert later.answers.of("acme.com", "payload") is None
    store.close()


async def test_where_answers_cannot_be_read_nobody_pays_again(tmp_path: Path) -> None:
    store = opened(tmp_path)
    await Asking(store).ask()
    store.close()
    store = opened(tmp_path)
    file = tmp_path / "artifacts" / "answers.db"
    with file.open("r+b") as opened_file:
        opened_file.write(b"\xff" * file.stat().st_size)
    asking = Asking(store)
    with pytest.raises(TransientError, match="ENRICHMENT_ANSWERS"):
        await asking.ask()
    assert asking.asked == 0


@pytest.mark.parametrize("url", ["nonsuch://somewhere", "sqlite://"])
def test_a_place_there_is_not_is_named(tmp_path: Path, url: str) -> None:
    with pytest.raises(MisconfiguredError, match="ENRICHMENT_ANSWERS"):
        open_answers(settings(tmp_path, url))


def test_off_is_nowhere_and_the_default_is_beside_the_values(tmp_path: Path) -> None:
    assert open_answers(settings(tmp_path, "off")) is None
    assert answers_file(settings(tmp_path)) == tmp_path / "artifacts" / "answers.db"
    beside = settings(tmp_path, enrichment_store="memory://values")
    assert answers_file(beside) is None
    assert beside.answers_url == "memory://values"


def _write_forever(place: Path, told: Any) -> None:
    async def write() -> None:
        store = opened(place)
        for number in range(100_000):
            await put(store, str(number), b"x" * 5_000)
            told.send(number)

    asyncio.run(write())


def test_what_was_used_before_a_kill_is_there_after_it(tmp_path: Path) -> None:
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("spawn").Process(target=_write_forever, args=(tmp_path, theirs))
    process.start()
    last = 0
    while last < 50:
        last = ours.recv()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    while ours.poll():
        last = ours.recv()
    store = opened(tmp_path)
    assert {str(number) for number in range(last + 1)} <= {answer.key for answer in store.of("acme.com")}
    store.close()
