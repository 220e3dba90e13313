"""The local store's one file: what is committed survives kills and full disks, what is damaged is missing."""

import asyncio
import multiprocessing
import os
import resource
import signal
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from itertools import count, product
from pathlib import Path
from random import Random

import pytest

from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.storage.artifacts import ArtifactStore, Envelope, encode
from enrichment_assets.storage.value_file import FILE, ValueFile
from enrichment_assets.storage.values.at_once import CHECKPOINT_EVERY

NOW = datetime(2026, 11, 25, tzinfo=UTC)


def envelope(domain: str, text: str = "") -> Envelope:
    """By default with a text of its own that cannot be packed into less than 2 KB."""
    value = {"text": text or Random(domain).randbytes(2_000).hex()}
    return Envelope("news", domain, NOW, "v1", "d1", "NEUTRAL", "run", 0.0, 0.0, value)


def test_what_is_long_is_packed_and_what_was_stored_unpacked_is_still_read(tmp_path: Path) -> None:
    store, values = ArtifactStore(str(tmp_path)), ValueFile(tmp_path)
    long, before = envelope("acme.com", "The same words. " * 500), envelope("beta.io", "The same words. " * 500)
    store.put(long)
    with sqlite3.connect(tmp_path / FILE) as database:
        database.execute("INSERT INTO value VALUES ('beta.io', 'news', ?)", (encode(before),))
    assert store.get("news", "acme.com") == long
    assert store.get("news", "beta.io") == before
    assert len(values.read("news", "acme.com") or b"") < len(values.read("news", "beta.io") or b"") / 3
    store.close()
    values.close()


def test_reading_makes_nothing(tmp_path: Path) -> None:
    values = ValueFile(tmp_path / "store")
    assert values.read("news", "acme.com") is None
    assert values.missing(["acme.com"], ["news", "mx"]) == {("acme.com", "news"), ("acme.com", "mx")}
    values.close()
    assert not list(tmp_path.iterdir())


def test_what_is_missing_is_told_for_many_at_once(tmp_path: Path) -> None:
    domains, artifacts = [f"c{number}.com" for number in range(2_000)], ["mx", "news"]
    there = {(domain, artifact) for domain, artifact in product(domains, artifacts) if len(domain) % 2}
    values = ValueFile(tmp_path)
    for domain, artifact in there:
        values.write(artifact, domain, b"{}")
    values.commit()
    assert values.missing(domains, artifacts) == set(product(domains, artifacts)) - there
    values.close()


def test_nothing_is_in_its_place_before_the_commit(tmp_path: Path) -> None:
    writer, reader = ValueFile(tmp_path), ValueFile(tmp_path)
    writer.write("news", "acme.com", b"first")
    writer.commit()
    writer.write("news", "acme.com", b"second")
    assert reader.read("news", "acme.com") == b"first"
    writer.commit()
    assert reader.read("news", "acme.com") == b"second"
    writer.close()
    reader.close()


async def test_a_value_waits_for_another_writer_and_is_then_in_its_place(tmp_path: Path) -> None:
    store = ArtifactStore(str(tmp_path))
    await store.write(envelope("first.com"))
    other = sqlite3.connect(tmp_path / FILE, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(store.write(envelope("second.com")))
    await asyncio.sleep(0.2)
    assert not writing.done()
    other.execute("ROLLBACK")
    await writing
    assert other.execute("SELECT domain FROM value ORDER BY domain").fetchall() == [("first.com",), ("second.com",)]
    other.close()
    store.close()


async def test_the_log_of_what_is_written_in_the_event_loop_does_not_grow_without_end(tmp_path: Path) -> None:
    store = ArtifactStore(str(tmp_path))
    for number in range(3 * CHECKPOINT_EVERY):
        await store.write(envelope(f"c{number}.com"))
    log_bytes = (tmp_path / f"{FILE}-wal").stat().st_size
    store.close()
    assert 0 < log_bytes < 2 * CHECKPOINT_EVERY * 3 * 4_096


def test_every_thread_may_read_and_write(tmp_path: Path) -> None:
    values = ValueFile(tmp_path)

    def write(number: int) -> None:
        for value in range(50):
            values.write("news", f"c{number}-{value}.com", b"{}")
            values.commit()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    domains = [f"c{number}-{value}.com" for number in range(6) for value in range(50)]
    assert not values.missing(domains, ["news"])
    values.close()


def _rewrite_forever(root: str) -> None:
    store = ArtifactStore(root)
    for number in count():
        store.put(envelope(f"c{number % 5}.com", "x" * 200_000))


def test_a_killed_writer_leaves_no_half_values(tmp_path: Path) -> None:
    for _ in range(3):
        writer = multiprocessing.get_context("spawn").Process(target=_rewrite_forever, args=(str(tmp_path),))
        writer.start()
        store = ArtifactStore(str(tmp_path))
        deadline = time.monotonic() + 90
        while store.get("news", "c4.com") is None and time.monotonic() < deadline:
            time.sleep(0.01)
        time.sleep(0.05)
        assert writer.pid is not None
        os.kill(writer.pid, signal.SIGKILL)
        writer.join()
        for number in range(5):
            found = store.get("news", f"c{number}.com")
            assert found is not None
            assert len(found.value["text"]) == 200_000
        store.close()


def _open_at_once(root: str, number: int) -> None:
    store = ArtifactStore(root)
    store.put(envelope(f"c{number}.com"))
    store.close()


def test_many_processes_may_make_the_file_at_once(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    writers = [spawn.Process(target=_open_at_once, args=(str(tmp_path), number)) for number in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * 4
    store = ArtifactStore(str(tmp_path))
    assert not store.missing([f"c{number}.com" for number in range(4)], ["news"])
    store.close()
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def _fill(root: str, said: "multiprocessing.SimpleQueue[list[str]]") -> None:
    """Up to a disk of 3 MB; what was said to be stored."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000_000, 3_000_000))

    async def fill() -> list[str]:
        store = ArtifactStore(root)
        domains = [f"c{number}.com" for number in range(3_000)]
        answers = await asyncio.gather(*(store.write(envelope(domain)) for domain in domains), return_exceptions=True)
        assert {type(answer) for answer in answers} == {type(None), OSError}
        store.close()
        return [domain for domain, answer in zip(domains, answers, strict=True) if answer is None]

    said.put(asyncio.run(fill()))


def test_on_a_full_disk_what_was_said_to_be_stored_is(tmp_path: Path) -> None:
    spawn = multiprocessing.get_context("spawn")
    said: multiprocessing.SimpleQueue[list[str]] = spawn.SimpleQueue()
    writer = spawn.Process(target=_fill, args=(str(tmp_path), said))
    writer.start()
    stored = said.get()
    writer.join()
    assert 0 < len(stored) < 3_000
    store = ArtifactStore(str(tmp_path))
    assert not store.missing(stored, ["news"])
    assert all(store.get("news", domain) == envelope(domain) for domain in stored)
    store.close()


def test_a_file_that_is_no_database_is_named_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"half of something else" * 100)
    with pytest.raises(MisconfiguredError, match=rf"{FILE}.*move it away"):
        ArtifactStore(str(tmp_path))


def test_a_value_on_a_damaged_page_is_missing_and_the_others_are_not(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    domains = [f"c{number:04}.com" for number in range(2_000)]
    store = ArtifactStore(str(tmp_path))
    for domain in domains:
        store.put(envelope(domain))
    store.close()
    with sqlite3.connect(tmp_path / FILE) as connection:
        (size,) = connection.execute("PRAGMA page_size").fetchone()
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.close()
    with (tmp_path / FILE).open("r+b") as file:
        file.seek(size * (pages // 2))
        file.write(b"\xff" * size)
    store = ArtifactStore(str(tmp_path))
    found = [domain for domain in domains if store.get("news", domain) is not None]
    assert 0 < len(domains) - len(found) < 200
    assert "unreadable" in caplog.text
    store.close()


def test_threads_that_make_the_file_at_once_wait_for_each_other(tmp_path: Path) -> None:
    def first(folder: Path, thread: int) -> None:
        together.wait()
        if thread % 2:
            files[folder].write("mx", f"acme{thread}.com", b"{}")
            files[folder].commit()
        else:
            files[folder].missing(["acme.com"], ["mx"])

    files = {tmp_path / str(number): ValueFile(tmp_path / str(number)) for number in range(100)}
    for folder in files:
        together = threading.Barrier(4)
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(partial(first, folder), range(4)))
    for file in files.values():
        assert not file.missing(["acme1.com", "acme3.com"], ["mx"])
        file.close()
