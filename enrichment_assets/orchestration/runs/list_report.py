"""The report of a list as one HTML file: what ``enrich report`` writes, and what the list's partition links to."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import dagster as dg
import polars as pl

from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.cache.event_log import storage_of
from enrichment_assets.cache.latest_status import latest_statuses
from enrichment_assets.cache.queries import spendings, tallies
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.runs.company_lists import runs_over
from enrichment_assets.reports.current_companies import current_frames
from enrichment_assets.reports.page.facts import facts_of
from enrichment_assets.storage.artifacts import ArtifactStore
from enrichment_assets.storage.exports import publish
from enrichment_assets.storage.inputs.company_lists import KnownList
from enrichment_assets.storage.lists import Lists
from enrichment_assets.storage.state import open_state

MOST_COMPANIES: Final = 2_000
"""Of a larger list the report is written when somebody asks: it reads every payload, 0.4 ms of CPU each."""


def document(
    instance: dg.DagsterInstance,
    settings: Settings,
    catalog: Catalog,
    *,
    source: str,
    rows: Mapping[str, int],
    domains: Sequence[str],
    runs: Sequence[str],
    sandbox: bool,
) -> str:
    """The page. ``source``: the list's file; ``rows``: its rows by what became of them."""
    store = ArtifactStore(settings.store_url)
    try:
        facts = facts_of(
            catalog,
            rows=rows,
            current=pl.concat(current_frames(catalog, store, domains)),
            statuses=latest_statuses(instance, domains, catalog),
            spendings=spendings(instance),
            tallies=tallies(instance),
            runs=frozenset(runs),
        )
    finally:
        store.close()
    about = {
        "List": source,
        "Runs": ", ".join(runs) or "none over this list: costs are not known",
        "Program": f"enrichment-assets {version('enrichment-assets')}",
    }
    title = f"What came of {Path(source).name}"
    from enrichment_assets.reports.page.render import page  # noqa: PLC0415 - Jinja: a run's end needs it, not its start

    return page(facts, title=title, about=about, made_at=datetime.now(UTC), sandbox=sandbox)


def write_report(instance: dg.DagsterInstance, settings: Settings, catalog: Catalog, known: KnownList) -> str | None:
    """Write a list's report into the store; where it is.

    None for a list that is too large to do so after each run, and where that would read every event.
    """
    if storage_of(instance) is None:
        return None
    if known.rows["company"] > MOST_COMPANIES or not known.rows["company"]:
        return None
    state = open_state(settings)
    try:
        domains = [company.domain for company in Lists(state).companies(known.list_id)]
    finally:
        state.dispose()
    said = document(
        instance,
        settings,
        catalog,
        source=known.source,
        rows=known.rows,
        domains=domains,
        runs=runs_over(instance, known.key),
        sandbox=settings.enrichment_sandbox is not None,
    )
    with TemporaryDirectory(prefix="list-report-") as folder:
        file = Path(folder) / f"{known.key}.html"
        file.write_text(said, encoding="utf-8")
        return publish(settings.exports_url, file)
