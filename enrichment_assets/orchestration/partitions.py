"""Companies as Dagster partitions: which keys there are and which strings may be one.

What belongs here: the partitions definition, key validation, registering companies. What does not: what a company is
(``companies/``) and how names and lists are kept (``storage/``).
"""

from collections.abc import Iterable, Sequence
from functools import partial

import dagster as dg
from sqlalchemy import Engine

from enrichment_assets.cache.instance import COMPANIES
from enrichment_assets.companies.company import Company
from enrichment_assets.companies.domain import canonical_domain
from enrichment_assets.storage.database import retried
from enrichment_assets.storage.names import Names

NAME = COMPANIES
COMPANY = dg.DynamicPartitionsDefinition(name=NAME)
"""One partition per canonical registrable domain, shared by all assets."""

KEYS_PER_INSERT = 5_000
"""SQLite binds at most 32,766 values in one statement, and Dagster looks the keys up with one each."""


def usable_keys(keys: Iterable[str]) -> tuple[list[str], list[str]]:
    """The keys that are companies, and those that are not.

    Anybody can add a partition in the UI, and Dagster accepts ``a...b`` and ``a,b.com``, which it then reads as a range
    and as two keys.
    """
    good: list[str] = []
    bad: list[str] = []
    for key in keys:
        (good if canonical_domain(key) == key else bad).append(key)
    return good, bad


def register(instance: dg.DagsterInstance, state: Engine, companies: Sequence[Company]) -> None:
    """Make sure every company is a partition and has its name. What is known already changes nothing.

    Partitions stand in the order of the list. Two runs may bring the same ones in different orders: on Postgres one of
    the two transactions then ends for the other's sake.
    """
    Names(state).register(companies)
    keys = list(dict.fromkeys(company.domain for company in companies))
    for start in range(0, len(keys), KEYS_PER_INSERT):
        page = keys[start : start + KEYS_PER_INSERT]
        retried(partial(instance.add_dynamic_partitions, NAME, page))
