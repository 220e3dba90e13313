"""Of two live runs only one gets a company."""

import multiprocessing
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, text, update

from enrichment_assets.cache import leases as module
from enrichment_assets.cache.leases import GONE_S, STALE_S, Leases, dead_runs, deadly, forget_run, in_flight, live_runs
from enrichment_assets.core.together.process_identity import machine
from enrichment_assets.storage.database import database_clock, transact
from enrichment_assets.storage.state import state_engine

ELSEWHERE = "f1b0c7de-0000-4000-8000-000000000000/pid:[4026531836] 1 42"


@pytest.fixture(params=["sqlite", "postgres"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    sqlite = f"sqlite:///{tmp_path / 'state.db'}"
    engine = state_engine(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres"))
    yield engine
    engine.dispose()


def _quiet(leases: Leases) -> None:
    """No further heartbeat."""
    leases._closed.set()
    leases._thread.join()


def _move(state: Engine, run_id: str, heartbeat_ago_s: float, owner: str = ELSEWHERE) -> None:
    row: dict[str, Any] = {"owner": owner, "heartbeat_at": database_clock(state) - heartbeat_ago_s}
    with state.begin() as connection:
        connection.execute(update(live_runs).where(live_runs.c.run_id == run_id).values(row))


def test_a_company_is_given_to_one_run_and_to_the_other_when_it_is_given_back(state: Engine) -> None:
    one, other = Leases(state, "one"), Leases(state, "other")
    assert one.take(["a.com", "b.com"]) == {"a.com", "b.com"}
    assert other.take(["b.com", "c.com"]) == {"c.com"}
    assert one.take(["a.com"]) == {"a.com"}
    one.give_back(["b.com"])
    assert other.take(["b.com"]) == {"b.com"}
    one.close()
    assert other.take(["a.com"]) == {"a.com"}
    other.close()


def test_thousands_are_claimed_at_once(state: Engine) -> None:
    leases = Leases(state, "one")
    domains = [f"c{number}.com" for number in range(2_345)]
    assert leases.take(domains) == set(domains)
    leases.close()


def _die_holding(url: str) -> None:
    Leases(state_engine(url), "dead").take(["a.com"])
    os._exit(9)


def test_the_claims_of_a_dead_process_are_taken_over_at_once(state: Engine) -> None:
    url = state.url.render_as_string(hide_password=False)
    process = multiprocessing.get_context("spawn").Process(target=_die_holding, args=(url,))
    process.start()
    process.join()
    leases = Leases(state, "heir")
    assert not leases.is_alive("dead")
    assert leases.take(["a.com"]) == {"a.com"}
    leases.close()


def _die_working(url: str, run_id: str) -> None:
    engine = state_engine(url)
    leases = Leases(engine, run_id)
    leases.take(["poison.com", "next.com", "waiting.com"])
    begun = ["poison.com", "next.com"] if run_id == "dead-1" else ["poison.com"]
    transact(engine, partial(leases.begin, begun))
    os._exit(9)


def test_a_company_that_was_in_flight_in_two_dead_runs_is_known_until_it_is_done(state: Engine) -> None:
    url = state.url.render_as_string(hide_password=False)
    for run_id in ("dead-1", "dead-2"):
        assert deadly(state) == set()
        process = multiprocessing.get_context("spawn").Process(target=_die_working, args=(url, run_id))
        process.start()
        process.join()
        for dead in dead_runs(state):
            forget_run(state, dead)
    assert deadly(state) == {"poison.com"}
    heir = Leases(state, "heir")
    heir.take(["poison.com"])
    transact(state, partial(heir.begin, ["poison.com"]))
    assert deadly(state) == {"poison.com"}
    heir.give_back(["poison.com"])
    assert deadly(state) == set()
    transact(state, partial(heir.begin, ["next.com"]))
    heir.close()
    assert deadly(state) == set()


def test_a_run_on_another_host_is_dead_when_its_heartbeat_stops(state: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    far, near = Leases(state, "far"), Leases(state, "near")
    far.take(["a.com"])
    _quiet(far)
    now = module.seconds_since_boot()
    monkeypatch.setattr(module, "seconds_since_boot", lambda: now)
    _move(state, "far", STALE_S / 4)
    assert near.take(["a.com"]) == set()
    _move(state, "far", STALE_S + 5)
    assert near.take(["a.com"]) == set(), "an old heartbeat may be a clock that jumped: is the next one on its way?"
    assert near.is_alive("far")
    now += 20
    assert near.take(["a.com"]) == {"a.com"}
    assert not near.is_alive("far")
    assert dead_runs(state) == []
    _move(state, "far", GONE_S + 5)
    assert dead_runs(state) == ["far"]
    near.close()


def test_the_clocks_of_machines_do_not_matter(state: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    far, near = Leases(state, "far"), Leases(state, "near")
    _move(state, "far", 1.0)
    far.take(["a.com"])
    wrong = time.time() + 90
    monkeypatch.setattr(time, "time", lambda: wrong)
    late = Leases(state, "late")
    assert late.take(["a.com"]) == set()
    assert dead_runs(state) == []
    for leases in (far, near, late):
        leases.close()


def test_the_same_host_name_in_another_pid_namespace_is_another_machine(state: Engine) -> None:
    boot = machine().partition("/")[0]
    far, near = Leases(state, "far"), Leases(state, "near")
    far.take(["a.com"])
    _move(state, "far", 20, owner=f"{boot}/pid:[4026599999] 999999 1")
    with state.connect() as connection:
        assert connection.scalar(select(live_runs.c.host).limit(1)) == socket.gethostname()
    assert near.take(["a.com"]) == set()
    assert dead_runs(state) == []
    _move(state, "far", 20, owner=f"{machine()} {os.getpid()} 1")
    assert near.take(["a.com"]) == {"a.com"}, "its process id is another's by now"
    far.close()
    near.close()


def test_a_failed_heartbeat_is_not_the_last(state: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "HEARTBEAT_S", 0.05)
    monkeypatch.setattr(module, "AGAIN_S", 0.05)
    leases = Leases(state, "one")

    def beat() -> float:
        with state.connect() as connection:
            return float(connection.scalar(select(live_runs.c.heartbeat_at)) or 0)

    def rename(old: str, new: str) -> None:
        with state.begin() as connection:
            connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

    rename("live_run", "away")
    time.sleep(0.3)
    rename("away", "live_run")
    before = beat()
    deadline = time.monotonic() + 60
    while beat() == before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert beat() > before
    assert leases._thread.is_alive()
    leases.close()


def _sleeper(url: str, sent: "multiprocessing.Queue[Any]", go: Any) -> None:
    module.HEARTBEAT_S, module.STALE_S, module.STOP_S, module.STILL_S = 0.2, 2.0, 1.2, 0.5
    leases = Leases(state_engine(url), "sleeper")
    sent.put(sorted(leases.take(["a.com", "b.com"])))
    while leases.holds("a.com"):
        time.sleep(0.005)
    sent.put("stopped")
    go.wait(30)
    sent.put([sorted(leases.take([domain])) for domain in ("a.com", "b.com")])
    leases.close()


def test_a_run_that_was_stopped_does_not_go_on_with_what_another_has_taken(
    state: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "STALE_S", 2.0)
    monkeypatch.setattr(module, "STILL_S", 0.5)
    context = multiprocessing.get_context("spawn")
    sent, go = context.Queue(), context.Event()
    process = context.Process(target=_sleeper, args=(state.url.render_as_string(hide_password=False), sent, go))
    process.start()
    assert sent.get(timeout=60) == ["a.com", "b.com"]
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)
    heir = Leases(state, "heir")
    deadline = time.monotonic() + 20
    while heir.take(["a.com"]) != {"a.com"}:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGCONT)
    assert sent.get(timeout=20) == "stopped"
    go.set()
    assert sent.get(timeout=20) == [[], ["b.com"]]
    process.join()
    heir.close()


def test_runs_that_give_back_in_any_order_do_not_deadlock(state: Engine) -> None:
    domains = [f"c{number}.com" for number in range(300)]
    errors: list[BaseException] = []

    def run(number: int) -> None:
        own = random.Random(number).sample(domains, len(domains))
        leases = Leases(state, f"run-{number}")
        try:
            for _ in range(8):
                leases.take(own)
                transact(state, partial(leases.begin, own))
                leases.give_back(own)
            leases.close()
        except BaseException as error:  # noqa: BLE001 - asserted below
            errors.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with state.connect() as connection:
        assert connection.execute(select(in_flight)).all() == []


def _race(url: str, name: str, done: str, taken: "multiprocessing.Queue[list[str]]") -> None:
    leases = Leases(state_engine(url), name)
    mine: list[str] = []
    for number in range(0, 1_000, 50):
        mine += leases.take([f"c{part}.com" for part in range(number, number + 50)])
    taken.put(mine)
    # A lease lasts as long as its process: stay until the other has asked too.
    while not Path(done).exists():
        time.sleep(0.05)


def test_racing_processes_never_get_the_same_company(state: Engine, tmp_path: Path) -> None:
    url = state.url.render_as_string(hide_password=False)
    context = multiprocessing.get_context("spawn")
    taken = context.Queue()
    racers = [
        context.Process(target=_race, args=(url, f"run-{number}", str(tmp_path / "done"), taken)) for number in range(2)
    ]
    for racer in racers:
        racer.start()
    answers = [taken.get(timeout=200) for _ in racers]
    (tmp_path / "done").touch()
    for racer in racers:
        racer.join()
    assert sorted(answers[0] + answers[1]) == sorted(f"c{number}.com" for number in range(1_000))
