"""Which dropped files are read, and when."""

import os
import time
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.orchestration.csv_files import REMEMBERED, SETTLE_S, Look, Seen, compare, look

NOW = 10**18
OLD = NOW - int(SETTLE_S * 1e9)


def test_a_file_is_read_when_two_looks_saw_the_same_and_it_has_settled():
    looks = {"a.csv": Look(size=10, mtime_ns=OLD)}
    ready, seen = compare(Seen(), looks, NOW)
    assert ready == []
    ready, seen = compare(seen, looks, NOW)
    assert ready == ["a.csv"]


def test_a_file_that_still_grows_is_waited_for():
    seen = Seen()
    for size in (10, 20, 30):
        ready, seen = compare(seen, {"a.csv": Look(size=size, mtime_ns=OLD + size)}, NOW)
        assert ready == []
    ready, _ = compare(seen, {"a.csv": Look(size=30, mtime_ns=OLD + 30)}, NOW + 10**9)
    assert ready == ["a.csv"]


def test_a_file_written_a_moment_ago_is_waited_for():
    looks = {"a.csv": Look(size=10, mtime_ns=NOW - 1)}
    _, seen = compare(Seen(), looks, NOW)
    ready, seen = compare(seen, looks, NOW)
    assert ready == []
    assert "a.csv" in seen.waiting


def test_a_handled_file_is_read_again_only_when_it_changed():
    before = Look(size=10, mtime_ns=OLD)
    seen = Seen().handle("a.csv", before)
    assert compare(seen, {"a.csv": before}, NOW) == ([], seen)
    after = Look(size=11, mtime_ns=OLD + 1)
    _, seen = compare(seen, {"a.csv": after}, NOW + 10**9)
    ready, _ = compare(seen, {"a.csv": after}, NOW + 10**9)
    assert ready == ["a.csv"]


def test_a_file_that_was_taken_away_is_forgotten_but_its_content_is_not():
    seen = Seen().handle("a.csv", Look(size=1, mtime_ns=1)).taken("hash")
    _, seen = compare(seen, {}, NOW)
    assert seen.handled == {}
    assert seen.contents == ("hash",)


def test_only_csv_files_of_the_directory_itself_are_looked_at(tmp_path: Path):
    (tmp_path / "a.csv").write_text("x")
    (tmp_path / "b.txt").write_text("x")
    (tmp_path / "samples").mkdir()
    (tmp_path / "samples" / "c.csv").write_text("x")
    (tmp_path / "d.csv").mkdir()
    (tmp_path / "._a.csv").write_text("what macOS leaves beside a file")
    (tmp_path / "gone.csv").symlink_to(tmp_path / "nowhere.csv")
    (tmp_path / "EXPORT.CSV").write_text("x")
    assert list(look(tmp_path)) == ["EXPORT.CSV", "a.csv"]
    assert look(tmp_path / "nowhere") == {}


def test_a_file_whose_time_lies_ahead_is_read_all_the_same():
    looks = {"a.csv": Look(size=10, mtime_ns=NOW + 10**15)}
    _, seen = compare(Seen(), looks, NOW)
    assert compare(seen, looks, NOW)[0] == ["a.csv"]


def test_what_is_remembered_does_not_grow_for_ever():
    seen = Seen()
    for number in range(3 * REMEMBERED):
        seen = seen.taken(f"{number:016x}")
    assert len(seen.contents) == REMEMBERED
    assert f"{3 * REMEMBERED - 1:016x}" in seen.contents


def test_a_look_sees_size_and_time(tmp_path: Path):
    path = tmp_path / "a.csv"
    path.write_text("abc")
    os.utime(path, (time.time(), 5))
    assert look(tmp_path)["a.csv"] == Look(size=3, mtime_ns=5 * 10**9)


names = st.sampled_from(["a.csv", "b.csv", "c.csv"])
looks = st.dictionaries(names, st.builds(Look, size=st.integers(0, 3), mtime_ns=st.integers(0, NOW)))


@given(st.lists(looks, max_size=8))
def test_whatever_happens_to_the_files_each_state_of_each_file_is_read_at_most_once(history: list[dict[str, Look]]):
    seen, previous = Seen(), {}
    for tick, now in enumerate(history):
        ready, seen = compare(seen, now, 2 * NOW + tick)
        for name in ready:
            assert previous.get(name) == now[name]
            assert seen.handled.get(name) != now[name]
            seen = seen.handle(name, now[name])
        assert Seen.model_validate_json(seen.model_dump_json()) == seen
        again, _ = compare(seen, now, 2 * NOW + tick)
        assert not set(again) & set(ready)
        previous = now
