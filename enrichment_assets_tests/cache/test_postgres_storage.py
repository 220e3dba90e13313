"""Records in Postgres: a log that Dagster's own storage began, runs at once, a commit that nobody heard of."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from enrichment_assets.cache import record_index
from enrichment_assets.cache.event_log import storage_of
from enrichment_assets.cache.latest_status import latest_statuses
from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.cache.queries import spendings, tallies
from enrichment_assets_tests.cache.instances import (
    failure,
    make_run,
    postgres_instance,
    record,
    store_failures,
    store_records,
)

DOMAINS = ["a.com", "b.com", "c.com"]


def test_what_dagsters_own_storage_has_kept_is_known_to_ours(tmp_path: Path, postgres: str) -> None:
    with postgres_instance(tmp_path, postgres, stock=True) as instance:
        first, second = make_run(instance), make_run(instance)
        store_records(instance, [record(domain, run_id=first) for domain in DOMAINS], first)
        store_failures(instance, [failure("b.com", run_id=second), failure("c.com", run_id=second)], second)
        store_records(instance, [record("c.com", run_id=second, summary="rejects")], second)
        expected = [
            [(found.domain, found.record and found.record.summary, found.failure and found.failure.reason)
             for found in latest_statuses(instance, DOMAINS, ["mx"])],
            tallies(instance), spendings(instance),
        ]  # fmt: skip
    with postgres_instance(tmp_path, postgres) as instance:
        assert storage_of(instance) is not None
        found = [
            [(found.domain, found.record and found.record.summary, found.failure and found.failure.reason)
             for found in latest_statuses(instance, DOMAINS, ["mx"])],
            tallies(instance), spendings(instance),
        ]  # fmt: skip
        assert found == expected


def test_runs_that_write_at_once_do_not_deadlock(tmp_path: Path, postgres: str) -> None:
    names = ("mx", "icp", "website", "news")
    with postgres_instance(tmp_path, postgres) as instance:
        runs = [make_run(instance) for _ in range(4)]

        def write(number: int) -> None:
            order = names if number % 2 else names[::-1]
            for part in range(10):
                rows = [record(f"c{number}-{part}-{each}.com", name) for each in range(5) for name in order]
                store_records(instance, rows, runs[number])
                store_failures(
                    instance, [failure(f"shared{each}.com", name) for each in range(3) for name in order], runs[number]
                )

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(write, range(4)))
        assert sum(tally.events for tally in tallies(instance)) == 4 * 10 * (20 + 12)


def test_a_batch_whose_commit_nobody_heard_of_is_stored_once(tmp_path: Path, postgres: str) -> None:
    with postgres_instance(tmp_path, postgres) as instance:
        storage: Any = storage_of(instance)
        run_id = make_run(instance)
        broken = threading.Event()

        @event.listens_for(storage._kept, "before_cursor_execute")
        def cut(_: Any, cursor: Any, statement: str, *__: object) -> None:
            """The transaction is committed, and the connection breaks before the answer."""
            if statement == "COMMIT" and not broken.is_set():
                cursor.execute("SELECT count(*) FROM enrichment_latest")
                if cursor.fetchone() != (0,):
                    broken.set()
                    cursor.execute("COMMIT")
                    cursor.connection.close()

        store_records(instance, [record("a.com"), record("b.com")], run_id)
        assert broken.is_set()
        assert [(tally.outcome, tally.events) for tally in tallies(instance)] == [("OK", 2)]
        assert {found.domain for found in latest_records(instance, DOMAINS, ["mx"])} == {"a.com", "b.com"}


def test_a_failed_batch_leaves_nothing(tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def power_cut(*_: object) -> None:
        raise OSError("disk full")

    with postgres_instance(tmp_path, postgres) as instance:
        monkeypatch.setattr(record_index, "write", power_cut)
        with pytest.raises(OSError, match="disk full"):
            store_records(instance, [record("a.com")], make_run(instance))
        assert not list(latest_records(instance, DOMAINS, ["mx"]))
