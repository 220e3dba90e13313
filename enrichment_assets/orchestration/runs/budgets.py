"""Which budgets a run shares with others: its backfill's, its list's of today, today's.

What belongs here: names and caps. What does not: taking money (``storage/together/budgets``), spending it
(``providers/call/ledger``), what sensors' runs are given (``wallet``).
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

import dagster as dg
from sqlalchemy import Engine

from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.call.ledger import NANO
from enrichment_assets.storage.together.budgets import SharedBudget

BACKFILL_TAG: Final = "dagster/backfill"
TOGETHER_TAG: Final = "enrichment/budget"
"""Runs with the same value share what one of them may spend, as the runs of a backfill do."""


def shared_budget(
    run: dg.DagsterRun,
    state: Engine,
    settings: Settings,
    *,
    run_usd: float | None,
    list_id: str | None,
) -> SharedBudget | None:
    """The budgets of a run with others; None where it has none. ``run_usd`` is the cap of each of them.

    A day is one by the database's clock: by clocks of machines a day's money could be had twice.
    """
    together = run.tags.get(BACKFILL_TAG) or run.tags.get(TOGETHER_TAG)

    def caps(now: float) -> Mapping[str, int]:
        day = datetime.fromtimestamp(now, UTC).date().isoformat()
        found = {
            f"the budget of {'backfill' if BACKFILL_TAG in run.tags else 'the runs of'} {together}": (
                run_usd if together else None
            ),
            f"ENRICHMENT_LIST_BUDGET_USD of list {list_id} on {day}": (
                settings.enrichment_list_budget_usd if list_id else None
            ),
            f"ENRICHMENT_DAILY_BUDGET_USD of {day}": settings.enrichment_daily_budget_usd,
        }
        return {name: int(usd * NANO) for name, usd in found.items() if usd is not None}

    return SharedBudget(state, run.run_id, caps) if caps(0.0) else None
