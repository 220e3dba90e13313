"""What a run remembers: value first, record second, on our storage and on any other."""

import asyncio
import multiprocessing
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from sqlalchemy import Engine

from enrichment_assets.artifacts.news.artifact import News
from enrichment_assets.cache.latest_status import latest_statuses
from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.cache.record import Decision, Record
from enrichment_assets.cache.run_cache import DagsterRunCache, open_run_cache
from enrichment_assets.cache.writer import RecordsLostError
from enrichment_assets.companies.company import Company
from enrichment_assets.engine.results import ArtifactResult, Outcome
from enrichment_assets.storage.artifacts import ArtifactStore
from enrichment_assets.storage.state import open_state
from enrichment_assets_tests.builtin import CATALOG
from enrichment_assets_tests.cache.instances import (
    NOW,
    make_run,
    our_instance,
    record,
    settings_at,
    stock_instance,
)

TTLS = {name: timedelta(days=1) for name in CATALOG}
VALUE = News(outreach_timing="NEUTRAL", timing_rule="no story", query="Acme", fetched_at=NOW)
ACME = Company("acme.com", "Acme")


@pytest.fixture(params=[our_instance, stock_instance], ids=["our storage", "stock storage"])
def instance(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    with request.param(tmp_path) as opened:
        yield opened


@pytest.fixture
def state(tmp_path: Path) -> Engine:
    return open_state(settings_at(tmp_path))


Remember = Callable[..., AbstractAsyncContextManager[DagsterRunCache]]


@pytest.fixture
def remember(instance: dg.DagsterInstance, state: Engine, tmp_path: Path) -> Remember:
    def opened(run_id: str | None = None, **options: Any) -> AbstractAsyncContextManager[DagsterRunCache]:
        run_id = run_id or make_run(instance)
        return open_run_cache(
            instance,
            state,
            settings_at(tmp_path),
            run_id=run_id,
            catalog=CATALOG,
            ttls=TTLS,
            clock=lambda: NOW,
            **options,
        )

    return opened


def news(run_id: str = "run", **changes: Any) -> Record:
    return record("acme.com", "news", run_id, **{"data_version": VALUE.data_version(), "summary": "NEUTRAL", **changes})


async def test_what_is_kept_is_found_by_the_next_run(remember: Remember, instance: dg.DagsterInstance) -> None:
    async with remember() as run_cache:
        await run_cache.keep(news(), VALUE, {"stories": 0})
        await run_cache.keep(record("acme.com", "icp", status="SKIP", summary="mx_pass"), None, {})
        await run_cache.release("acme.com")
    async with remember() as run_cache:
        await run_cache.prepare(["acme.com", "other.com"])
        found = run_cache.latest("acme.com", "news")
        assert found is not None
        assert replace(found, run_id="run") == news()
        assert run_cache.decide(found, "news", [found.version], NOW) is Decision.HIT
        assert await run_cache.value(found) == VALUE
        assert await run_cache.previous("acme.com", "news") == VALUE
        skip = run_cache.latest("acme.com", "icp")
        assert skip is not None
        assert (skip.status, skip.summary) == ("SKIP", "mx_pass")
        assert run_cache.latest("other.com", "news") is None
        await run_cache.release("acme.com")
        assert run_cache.latest("acme.com", "news") is None


async def test_a_value_is_in_its_place_when_keep_returns(remember: Remember, tmp_path: Path) -> None:
    async with remember() as run_cache:
        await run_cache.keep(news(), VALUE, {})
        stored = ArtifactStore(settings_at(tmp_path).store_url).get("news", "acme.com")
        assert stored is not None
        assert stored.data_version == VALUE.data_version()


async def test_a_value_without_a_record_is_adopted_while_it_counts(
    remember: Remember, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    async with remember() as run_cache:
        run_cache.writer._store = lambda _items: None  # killed between value and record
        await run_cache.keep(news(), VALUE, {})
    assert not list(latest_records(instance, ["acme.com"], CATALOG))
    async with remember() as run_cache:
        await run_cache.prepare(["acme.com"])
        version = news().version
        assert await run_cache.adopt("acme.com", "news", ["another version"]) is None
        assert await run_cache.adopt("acme.com", "careers", [version]) is None
        adopted = await run_cache.adopt("acme.com", "news", [version])
        assert adopted == (news(), VALUE)
        await run_cache.keep(*adopted, {})
    assert [found.cost_usd for found in latest_records(instance, ["acme.com"], CATALOG)] == [0.001]
    async with remember(forced={"news"}) as run_cache:
        assert await run_cache.adopt("acme.com", "news", [version]) is None
    async with remember(forced={"news"}, resumed={"run"}) as run_cache:
        assert await run_cache.adopt("acme.com", "news", [version]) is not None


async def test_a_value_that_was_recorded_before_a_skip_is_not_paid_for_again(remember: Remember) -> None:
    async with remember() as run_cache:
        await run_cache.keep(news(), VALUE, {})
        skip = record("acme.com", "news", status="SKIP", summary="icp_pass", computed_at=NOW + timedelta(hours=1))
        await run_cache.keep(skip, None, {})
    async with remember() as run_cache:
        await run_cache.prepare(["acme.com"])
        adopted = await run_cache.adopt("acme.com", "news", [news().version])
        assert adopted is not None
        assert adopted[0].cost_usd == 0.0


async def test_an_expired_record_counts_in_the_run_that_resumes_its_run(
    remember: Remember, instance: dg.DagsterInstance
) -> None:
    killed = make_run(instance)
    async with remember(killed) as run_cache:
        await run_cache.keep(news(killed), VALUE, {})
    later = NOW + timedelta(days=30)
    for resumed, decision in (({killed}, Decision.HIT), (set(), Decision.EXPIRED)):
        async with remember(resumed=resumed) as run_cache:
            await run_cache.prepare(["acme.com"])
            assert run_cache.decide(run_cache.latest("acme.com", "news"), "news", [news().version], later) is decision


async def test_a_hit_is_written_again_only_where_it_is_repeated_and_never_younger_or_dearer(
    remember: Remember, instance: dg.DagsterInstance
) -> None:
    async with remember() as run_cache:
        await run_cache.keep(news(), VALUE, {"stories": 0})
    for repeat_hits, events in ((False, 1), (True, 2)):
        async with remember(repeat_hits=repeat_hits) as run_cache:
            await run_cache.prepare(["acme.com"])
            found = run_cache.latest("acme.com", "news")
            assert found is not None
            await run_cache.repeat(found, dict)
        records = instance.fetch_materializations(dg.AssetKey("news"), limit=10).records
        assert len(records) == events
    (latest,) = latest_records(instance, ["acme.com"], CATALOG)
    assert latest.computed_at == NOW
    assert records[0].asset_materialization is not None
    assert "stories" in records[0].asset_materialization.metadata


async def test_a_failure_is_an_observation_and_never_a_record(remember: Remember, instance: dg.DagsterInstance) -> None:
    async with remember() as run_cache:
        for _ in range(2):
            await run_cache.fail(ACME, "news", ArtifactResult(Outcome.FAIL, reason="serper: HTTP 500", cost_usd=0.001))
    assert not list(latest_records(instance, ["acme.com"], CATALOG))
    (standing,) = latest_statuses(instance, ["acme.com"], CATALOG)
    assert standing.record is None
    assert standing.failure is not None
    assert (standing.failure.reason, standing.failure.in_a_row) == ("serper: HTTP 500", 2)
    assert not instance.get_materialized_partitions(dg.AssetKey("news"))


async def test_what_the_budget_left_is_no_failure_in_a_row(remember: Remember, instance: dg.DagsterInstance) -> None:
    async with remember() as run_cache:
        for outcome in (Outcome.BUDGET, Outcome.FAIL, Outcome.BUDGET):
            await run_cache.fail(ACME, "news", ArtifactResult(outcome, reason="why"))
            await run_cache.fail(ACME, "careers", ArtifactResult(Outcome.BUDGET, reason="why"))
    found = {standing.artifact: standing.failure for standing in latest_statuses(instance, ["acme.com"], CATALOG)}
    assert {name: failure and failure.in_a_row for name, failure in found.items()} == {"news": 1, "careers": 0}


@pytest.mark.parametrize("damage", [b"", b"{", b'{"artifact": "news"}', b"\xff\xfe", None])
async def test_a_damaged_or_missing_value_is_a_miss(remember: Remember, tmp_path: Path, damage: bytes | None) -> None:
    async with remember() as run_cache:
        await run_cache.keep(news(), VALUE, {})
        with sqlite3.connect(Path(settings_at(tmp_path).store_url) / "values.db") as values:
            if damage is None:
                values.execute("DELETE FROM value")
            else:
                values.execute("UPDATE value SET content = ?", (damage,))
        values.close()
        assert await run_cache.value(news()) is None
        assert await run_cache.adopt("acme.com", "news", [news().version]) is None
        assert await run_cache.previous("acme.com", "news") is None


async def test_a_value_newer_than_its_record_is_not_taken_for_it(remember: Remember) -> None:
    async with remember() as run_cache:
        await run_cache.keep(news(), VALUE, {})
        assert await run_cache.value(replace(news(), data_version="of another value")) is None


async def test_a_company_is_given_back_only_after_its_records_are_written(
    remember: Remember, instance: dg.DagsterInstance
) -> None:
    async with remember() as run_cache, remember() as other:
        assert await run_cache.claim([ACME]) == {"acme.com"}
        assert not await other.claim([ACME])
        await run_cache.keep(news(), VALUE, {})
        await run_cache.release("acme.com")
        while not await other.claim([ACME]):  # noqa: ASYNC110 - leases are asked for, nobody tells
            await asyncio.sleep(0.02)
        assert list(latest_records(instance, ["acme.com"], CATALOG))


async def test_an_error_while_writing_ends_the_run(remember: Remember) -> None:
    def full(_items: object) -> None:
        raise OSError("disk full")

    async def enrich() -> None:
        async with remember() as run_cache:
            run_cache.writer._store = full
            for number in range(10_000):
                await run_cache.keep(record(f"c{number}.com", "news"), None, {})

    with pytest.raises(RecordsLostError, match="disk full"):
        await enrich()


def _enrich_forever(home: Path, run_id: str) -> None:
    async def enrich() -> None:
        with our_instance(home) as instance:
            state = open_state(settings_at(home))
            async with open_run_cache(
                instance, state, settings_at(home), run_id=run_id, catalog=CATALOG, ttls=TTLS
            ) as run_cache:
                for number in count():
                    await run_cache.keep(replace(news(run_id), domain=f"c{number}.com"), VALUE, {})

    asyncio.run(enrich())


def test_after_a_kill_every_record_has_its_value_and_every_value_is_found_again(tmp_path: Path) -> None:
    with our_instance(tmp_path) as instance:
        run_id = make_run(instance)
        process = multiprocessing.get_context("spawn").Process(target=_enrich_forever, args=(tmp_path, run_id))
        process.start()
        deadline = time.monotonic() + 200
        while len(instance.get_materialized_partitions(dg.AssetKey("news"))) < 300 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join()
        recorded = set(instance.get_materialized_partitions(dg.AssetKey("news")))
        with sqlite3.connect(Path(settings_at(tmp_path).store_url) / "values.db") as values:
            stored = {domain for (domain,) in values.execute("SELECT domain FROM value")}
        values.close()
        assert len(recorded) >= 300
        assert recorded <= stored

        killed = instance.get_run_by_id(run_id)
        assert killed is not None
        assert not killed.is_finished

        async def adopt_the_rest() -> None:
            state = open_state(settings_at(tmp_path))
            async with open_run_cache(
                instance,
                state,
                settings_at(tmp_path),
                run_id=make_run(instance),
                catalog=CATALOG,
                ttls=TTLS,
                clock=lambda: NOW,
            ) as run_cache:
                for domain in stored - recorded:
                    assert await run_cache.adopt(domain, "news", [news().version]) is not None

        asyncio.run(adopt_the_rest())
        # The next run tells Dagster that this one is over, or it would be shown as running for ever.
        ended = instance.get_run_by_id(run_id)
        assert ended is not None
        assert ended.status is dg.DagsterRunStatus.FAILURE
