"""Instances on disk, and events as runs store them."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg

from enrichment_assets.cache.event_log import planned, report_batch
from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.materialization import materialization, observation
from enrichment_assets.cache.record import Failure, Record
from enrichment_assets.core.settings import Settings

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def settings_at(home: Path) -> Settings:
    return Settings(_env_file=None, dagster_home=home)  # type: ignore[call-arg]


@contextmanager
def our_instance(home: Path) -> Iterator[dg.DagsterInstance]:
    instance = open_instance(settings_at(home))
    try:
        yield instance
    finally:
        instance.dispose()


@contextmanager
def stock_instance(home: Path) -> Iterator[dg.DagsterInstance]:
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    instance = dg.DagsterInstance.from_config(str(home))
    try:
        yield instance
    finally:
        instance.dispose()


@contextmanager
def postgres_instance(home: Path, url: str, stock: bool = False) -> Iterator[dg.DagsterInstance]:
    """Dagster's state in this Postgres: with our storage, or with Dagster's own."""
    home.mkdir(parents=True, exist_ok=True)
    ours = {"module": "enrichment_assets.dagster_storage", "class": "BatchingPostgresStorage"}
    config = {"postgres_url": url}
    storage = {"postgres": config} if stock else {"custom": {**ours, "config": config}}
    (home / "dagster.yaml").write_text(json.dumps({"telemetry": {"enabled": False}, "storage": storage}))
    with our_instance(home) as instance:
        yield instance


@dg.op
def enrich_companies() -> None:
    pass


@dg.job
def enrich_list() -> None:
    enrich_companies()


def make_run(instance: dg.DagsterInstance, run_id: str | None = None) -> str:
    return instance.create_run_for_job(enrich_list, run_id=run_id).run_id


def record(domain: str, artifact: str = "mx", run_id: str = "run", **changes: object) -> Record:
    facts: dict[str, object] = {
        "status": "OK",
        "computed_at": NOW,
        "version": "0123456789abcdef",
        "data_version": "fedcba9876543210",
        "summary": "accepts",
        "cost_usd": 0.001,
        "latency_s": 0.25,
    }
    return Record(domain=domain, artifact=artifact, run_id=run_id, **{**facts, **changes})  # type: ignore[arg-type]


def failure(domain: str, artifact: str = "mx", run_id: str = "run", at: datetime = NOW) -> Failure:
    return Failure(domain, artifact, "FAIL", "dns: SERVFAIL", at, run_id, cost_usd=0.002, latency_s=1.0)


def store_records(instance: dg.DagsterInstance, records: Sequence[Record], run_id: str) -> None:
    events = [materialization(found, {"provider": "Google Workspace"}, timedelta(days=30)) for found in records]
    report_batch(instance, events, run_id=run_id, job_name="enrich_list", step_key="enrich_companies")


def store_failures(instance: dg.DagsterInstance, failures: Sequence[Failure], run_id: str) -> None:
    events = [observation(found) for found in failures]
    report_batch(instance, events, run_id=run_id, job_name="enrich_list", step_key="enrich_companies")


def store_planned(instance: dg.DagsterInstance, pairs: Sequence[tuple[str, str]], run_id: str) -> None:
    planned(instance, pairs, run_id=run_id, job_name="enrich_list", step_key="enrich_companies")
