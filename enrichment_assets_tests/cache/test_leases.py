"""Of two live runs only one gets a company."""

import multiprocessing
import os
import time
from pathlib import Path

import pytest
from sqlalchemy import Engine, update

from enrichment_assets.cache.leases import STALE_S, Leases, dead_runs, deadly, forget_run, is_alive, live_runs
from enrichment_assets.storage.state import state_engine


@pytest.fixture
def state(tmp_path: Path) -> Engine:
    return state_engine(f"sqlite:///{tmp_path / 'state.db'}")


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
    assert not is_alive(state, "dead")
    leases = Leases(state, "heir")
    assert leases.take(["a.com"]) == {"a.com"}
    leases.close()


def _die_working(url: str, run_id: str) -> None:
    leases = Leases(state_engine(url), run_id)
    leases.take(["poison.com", "next.com", "waiting.com"])
    leases.begin(["poison.com", "next.com"] if run_id == "dead-1" else ["poison.com"])
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
    heir.begin(["poison.com"])
    assert deadly(state) == {"poison.com"}
    heir.give_back(["poison.com"])
    assert deadly(state) == set()
    heir.begin(["next.com"])
    heir.close()
    assert deadly(state) == set()


def test_a_run_on_another_host_is_dead_when_its_heartbeat_stops(state: Engine) -> None:
    far, near = Leases(state, "far"), Leases(state, "near")
    far.take(["a.com"])
    far._closed.set()
    far._thread.join()  # or its next heartbeat would move it back

    def move(heartbeat_ago_s: float) -> None:
        row = {"host": "elsewhere", "pid": 1, "heartbeat_at": far._clock() - heartbeat_ago_s}
        with state.begin() as connection:
            connection.execute(update(live_runs).where(live_runs.c.run_id == "far").values(row))

    move(STALE_S / 4)
    assert near.take(["a.com"]) == set()
    assert is_alive(state, "far")
    move(STALE_S + 5)
    assert near.take(["a.com"]) == {"a.com"}
    assert not is_alive(state, "far")
    near.close()
    far.close()


def _race(url: str, name: str, taken: "multiprocessing.Queue[list[str]]") -> None:
    leases = Leases(state_engine(url), name)
    mine: list[str] = []
    for number in range(0, 1_000, 50):
        mine += leases.take([f"c{part}.com" for part in range(number, number + 50)])
    taken.put(mine)
    # A lease lasts as long as its process: stay until the other has asked too.
    while not Path(url.removeprefix("sqlite:///") + ".done").exists():
        time.sleep(0.05)


def test_racing_processes_never_get_the_same_company(state: Engine, tmp_path: Path) -> None:
    url = state.url.render_as_string(hide_password=False)
    context = multiprocessing.get_context("spawn")
    taken = context.Queue()
    racers = [context.Process(target=_race, args=(url, f"run-{number}", taken)) for number in range(2)]
    for racer in racers:
        racer.start()
    answers = [taken.get(timeout=200) for _ in racers]
    (tmp_path / "state.db.done").touch()
    for racer in racers:
        racer.join()
    assert sorted(answers[0] + answers[1]) == sorted(f"c{number}.com" for number in range(1_000))
