"""Companies that are all fresh: a second run over the same list asks the records and nobody else.

How they stand has been worked out, as the run that made them does at its end.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from time import perf_counter

from benchmarks.figure import Figure
from benchmarks.world import companies, home, run, sandbox
from enrichment_assets.artifacts.catalog import load_catalog
from enrichment_assets.cache.event_log import report_batch
from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.cache.materialization import materialization
from enrichment_assets.cache.writer import MAX_BATCH
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.run_companies import PAGE
from enrichment_assets.orchestration.counting import counts_now
from enrichment_assets.orchestration.partitions import register
from enrichment_assets.orchestration.specs import asset_specs, ttls
from enrichment_assets.storage.artifacts import ArtifactStore
from enrichment_assets.storage.state import open_state


def measure(quick: bool) -> list[Figure]:
    wanted = companies(200 if quick else 10_000)
    with home() as folder, sandbox(wanted[:1]) as served:
        settings = served.settings(dagster_home=folder)
        run(settings, wanted[:1], parallel=1)
        _repeat_for_all(settings, [company.domain for company in wanted])
        _as_after_a_run(settings, wanted)
        before = sum(line["calls"] for line in served.bill().values())
        measured = run(settings, wanted, parallel=settings.enrichment_parallel)
        if sum(line["calls"] for line in served.bill().values()) != before:
            raise RuntimeError("a fresh company was asked about")
        queries_s = _queries(settings, [company.domain for company in wanted])
    rate = len(wanted) / measured.wall_s
    return [
        Figure(
            f"warm: {len(wanted):,} fresh companies",
            f"{rate:,.0f} companies/s, whole run {measured.wall_s:.2f} s",
            f"the queries alone {queries_s:.2f} s",
            measured.wall_s / queries_s,
            "x the queries",
            2,
            at_most=True,
        )
    ]


def _repeat_for_all(settings: Settings, domains: list[str]) -> None:
    """Values and records of one company that was really enriched, under every domain."""
    asyncio.run(_copy_values(settings, domains))
    with open_instance(settings) as instance:
        records = list(latest_records(instance, domains[:1], load_catalog(settings)))
        ttl = ttls(asset_specs(load_catalog(settings)))
        run_id = records[0].run_id
        events = [
            materialization(replace(record, domain=domain), {}, ttl[record.artifact])
            for domain in domains[1:]
            for record in records
        ]
        for start in range(0, len(events), MAX_BATCH):
            report_batch(
                instance, events[start : start + MAX_BATCH], run_id=run_id, job_name="enrich_list", step_key=None
            )


def _as_after_a_run(settings: Settings, wanted: Sequence[Company]) -> None:
    state = open_state(settings)
    with open_instance(settings) as instance:
        register(instance, state, wanted)
        counts_now(instance, load_catalog(settings), settings)
    state.dispose()


async def _copy_values(settings: Settings, domains: list[str]) -> None:
    store = ArtifactStore(settings.store_url)
    values = [found for name in load_catalog(settings) if (found := store.get(name, domains[0])) is not None]
    for value in values:
        await asyncio.gather(*(store.write(replace(value, domain=domain)) for domain in domains[1:]))
    store.close()


def _queries(settings: Settings, domains: list[str]) -> float:
    with open_instance(settings) as instance:
        store = ArtifactStore(settings.store_url)
        started = perf_counter()
        for start in range(0, len(domains), PAGE):
            page = domains[start : start + PAGE]
            list(latest_records(instance, page, load_catalog(settings)))
            store.missing(page, load_catalog(settings))
        took_s = perf_counter() - started
        store.close()
        return took_s
