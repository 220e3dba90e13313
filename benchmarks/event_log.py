"""Records into Dagster's event log: this project's storage against the stock one."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from time import perf_counter

import dagster as dg

from benchmarks.figure import Figure
from benchmarks.world import home
from enrichment_assets.artifacts.catalog import load_catalog
from enrichment_assets.cache.event_log import report_batch
from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.materialization import materialization
from enrichment_assets.cache.record import Record
from enrichment_assets.cache.writer import MAX_BATCH
from enrichment_assets.core.settings import Settings


def measure(quick: bool) -> list[Figure]:
    count, stock_count = (800, 40) if quick else (40_000, 400)
    with home() as folder:
        with open_instance(Settings(_env_file=None, dagster_home=folder / "ours")) as instance:
            ours = records_per_s(instance, count)
        (folder / "stock").mkdir()
        (folder / "stock" / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
        with dg.DagsterInstance.from_config(str(folder / "stock")) as instance:
            stock = _rate(stock_count, lambda events: _together(instance, events), 1)
    return [
        Figure("event log: records", f"{ours:,.0f} events/s", "3,000/s", ours, "events/s", 3_000),
        Figure(
            "event log against stock SQLite", f"{ours:,.0f} events/s", f"{stock:,.0f} events/s", ours / stock, "x", 30
        ),
    ]


def records_per_s(instance: dg.DagsterInstance, count: int) -> float:
    """So many records in batches as a run writes them."""
    return _rate(count, lambda events: _together(instance, events), MAX_BATCH)


def _together(instance: dg.DagsterInstance, events: list[dg.AssetMaterialization]) -> None:
    report_batch(instance, events, run_id="benchmark", job_name="enrich_list", step_key="enrich_companies")


def _rate(count: int, store: Callable[[list[dg.AssetMaterialization]], None], batch: int) -> float:
    events = [_record(number) for number in range(count)]
    store(events[:batch])
    started = perf_counter()
    for start in range(0, count, batch):
        store(events[start : start + batch])
    return count / (perf_counter() - started)


def _record(number: int) -> dg.AssetMaterialization:
    artifacts = list(load_catalog(Settings()))
    record = Record(
        domain=f"co{number // len(artifacts):06}.com",
        artifact=artifacts[number % len(artifacts)],
        status="OK",
        computed_at=datetime.now(UTC),
        version="0123456789abcdef",
        data_version="fedcba9876543210",
        summary="fit",
        run_id="benchmark",
        cost_usd=0.00042,
        latency_s=1.25,
    )
    return materialization(
        record, {"verdict": "fit", "findings": 7, "quote": "A platform for teams that ship."}, timedelta(14)
    )
