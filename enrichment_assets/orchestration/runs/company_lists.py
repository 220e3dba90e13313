"""Lists as Dagster partitions: one per file that was run or dropped, named after it.

What belongs here: making a list known to state and Dagster, and finding its runs. What does not: enriching it
(``list_asset``, ``jobs``) and what came out of it (``list_outcome``).
"""

from typing import Final

import dagster as dg
from sqlalchemy import Engine

from enrichment_assets.companies.intake import CompanyList
from enrichment_assets.core.settings import Settings
from enrichment_assets.storage.do_not_enrich import CODE as DO_NOT_ENRICH
from enrichment_assets.storage.inputs.company_lists import CompanyLists, KnownList, keep_bytes, key_of, rows_of
from enrichment_assets.storage.lists import Lists

NAME: Final = "company_list"
"""Of the asset and of its partitions."""
LISTS: Final = dg.DynamicPartitionsDefinition(name=NAME)
LIST_TAG: Final = "enrichment/list"
"""On every run over a list: its name."""


def keep_list(
    settings: Settings,
    state: Engine,
    listed: CompanyList,
    *,
    asked: str = "",
    key: str | None = None,
) -> KnownList:
    """Keep a list that was read, its companies and its bytes. The same file again is the same list.

    ``asked``: how it was read, where that is not as usual. ``key``: of a list that has one, read from its kept bytes.
    Raises OSError when the store cannot be written.
    """
    key = key or key_of(listed.path, asked)
    stored = Lists(state).store(listed.companies, listed.path.name)
    known = KnownList(key, listed.path.name, stored.list_id, rows_of(listed), asked)
    if DO_NOT_ENRICH not in listed.rejections:  # or the copy would name who is to be named nowhere
        keep_bytes(settings.exports_url, key, listed.path)
    CompanyLists(state).keep(known)
    return known


def add_list(
    instance: dg.DagsterInstance,
    settings: Settings,
    state: Engine,
    listed: CompanyList,
    *,
    asked: str = "",
    key: str | None = None,
) -> KnownList:
    """Keep a list, as ``keep_list`` does, and make it a partition."""
    known = keep_list(settings, state, listed, asked=asked, key=key)
    instance.add_dynamic_partitions(NAME, [known.key])
    return known


def runs_over(instance: dg.DagsterInstance, key: str) -> list[str]:
    """The runs over a list, the latest first."""
    return [run.run_id for run in instance.get_runs(dg.RunsFilter(tags={LIST_TAG: key}))]
