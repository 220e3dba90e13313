"""A list cut into slices, each a run in Dagster's queue: for whoever takes them, on whatever machine."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import dagster as dg
from sqlalchemy import Engine

from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.cache.queue.run_queue import enqueue, nobody_at_the_queue
from enrichment_assets.companies.company import Company
from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.runs.budgets import TOGETHER_TAG
from enrichment_assets.orchestration.runs.company_lists import LIST_TAG
from enrichment_assets.orchestration.runs.enrich_op import RunHooks
from enrichment_assets.orchestration.runs.jobs import list_config, list_job
from enrichment_assets.storage.inputs.company_lists import KnownList
from enrichment_assets.storage.lists import Lists

MODULE: Final = "enrichment_assets.definitions"
SLICE_TAG: Final = "enrichment/slice"
"""``2 of 4``."""


@dataclass(frozen=True)
class Slice:
    """Some companies of a list, and the run that takes them."""

    run_id: str
    name: str
    companies: Sequence[Company]


def cut(companies: Sequence[Company], slices: int) -> dict[str, Sequence[Company]]:
    """So many parts of nearly the same size, none of them empty, by their names.

    Each has companies from all of the list: neighbours are often alike, and one part would be the slow one.
    """
    parts = min(slices, len(companies))
    return {f"{number + 1} of {parts}": companies[number::parts] for number in range(parts)}


def new_name() -> str:
    """What the slices of one list carry together, and nobody else does."""
    return f"slices-{uuid.uuid4().hex[:12]}"


def submit(
    instance: dg.DagsterInstance,
    state: Engine,
    parts: Mapping[str, Sequence[Company]],
    *,
    known: KnownList,
    together: str,
    inputs: str,
    settings: Settings,
    catalog: Catalog,
    options: Mapping[str, Any],
    tags: Mapping[str, str],
    parent: dg.DagsterRun | None = None,
) -> list[Slice]:
    """Queue a run for each part of a list, by its name. All go by the same ``inputs`` and share one budget.

    ``options`` are fields of ListOptions; with SLICES_TAG among the ``tags`` the runs tell a follower of each company.
    Raises MisconfiguredError where nobody would start the runs.
    """
    if problem := nobody_at_the_queue(instance):
        raise MisconfiguredError("settings", f"nothing was started: {problem}")
    job, lists = list_job(RunHooks(lambda: settings, catalog)), Lists(state)
    submitted = []
    for name, companies in parts.items():
        list_id = lists.store(companies, known.source).list_id
        run_id = enqueue(
            instance,
            job,
            run_config=list_config(list_id, list_key=known.key, inputs=inputs, **options),
            tags={
                **tags,
                LIST_TAG: known.key,
                SLICE_TAG: name,
                TOGETHER_TAG: together,
            },
            module=MODULE,
            location=settings.enrichment_code_location,
            parent=parent,
        )
        submitted.append(Slice(run_id, name, companies))
    return submitted
