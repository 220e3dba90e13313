"""The daily budget of the runs that sensors start: nobody looks at them, so together they have one purse.

What belongs here: how much is left, and setting it aside for a run that is about to be asked for. What does not: which
runs to ask for (the sensors), and the cap within a run (``providers/call/ledger``).

Counted is what sensors' runs cost that ended within the last 24 hours, what those under way were given, and what was
set aside for runs that do not exist yet. A run that was killed, or that ran out of money, counts with all it was given:
what its last calls cost nobody knows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg
from sqlalchemy import Engine

from enrichment_assets.cache.upkeep.prune import UNFINISHED
from enrichment_assets.core.settings import Settings
from enrichment_assets.storage.reservations import Reservations

SENSOR_TAG = "enrichment/sensor"
"""Which sensor started a run."""
RESERVED_TAG = "enrichment/reserved_usd"
KEY_TAG = "enrichment/reservation"
COST_TAG = "enrichment/cost_usd"
"""What the run has cost, shown in the list of runs."""
OUT_OF_MONEY_TAG = "enrichment/out_of_money"
"""How many companies a run left because its own cap was reached."""
SETTING = "ENRICHMENT_SENSOR_DAILY_BUDGET_USD"
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Granted:
    """Money that is set aside for one run. ``tags`` belong to that run, or it does not count."""

    usd: float
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Refused:
    """Nothing, and why and until when, in a sentence for a person."""

    reason: str


def reserve(
    instance: dg.DagsterInstance,
    state: Engine,
    settings: Settings,
    now: datetime,
    *,
    sensor: str,
    key: str,
    companies: int,
) -> Granted | Refused:
    """Set aside what a run over so many companies can cost at most, or what is left if that is less.

    What does not cover one company is not given out: it would start runs that do nothing. ``key`` is unique to the run.
    """
    day_usd = settings.enrichment_sensor_daily_budget_usd
    least_usd = min(settings.enrichment_company_budget_usd, day_usd)
    book = Reservations(state)
    with book.locked() as connection:
        spent, under_way, keys = _counted(instance, now)
        not_yet = sum(usd for reserved, usd in book.open(connection).items() if reserved not in keys)
        left_usd = day_usd - sum(usd for _, usd in spent) - under_way - not_yet
        if day_usd == 0 or left_usd < least_usd:
            return Refused(_why(day_usd, least_usd, spent, under_way + not_yet))
        most_usd = companies * settings.enrichment_company_budget_usd
        run_usd = settings.enrichment_budget_usd
        usd = min(left_usd, max(most_usd, least_usd), left_usd if run_usd is None else run_usd)
        book.add(connection, key, usd)
    return Granted(usd, {SENSOR_TAG: sensor, KEY_TAG: key, RESERVED_TAG: str(usd)})


def spent_usd(instance: dg.DagsterInstance, now: datetime) -> float:
    """What sensors' runs that ended within the last 24 hours have cost, US dollars."""
    return sum(usd for _, usd in _counted(instance, now)[0])


def _counted(instance: dg.DagsterInstance, now: datetime) -> tuple[list[tuple[datetime, float]], float, set[str]]:
    """(end, US dollars) of runs that ended within a day, US dollars given to those under way, and all their keys.

    Runs that a person re-executed carry the tags too; they are that person's.
    """
    tags = {SENSOR_TAG: ["csv", "refresh"]}
    spent: list[tuple[datetime, float]] = []
    keys: set[str] = set()
    for found in instance.get_run_records(dg.RunsFilter(tags=tags, updated_after=now - DAY)):
        run = found.dagster_run
        keys.add(run.tags.get(KEY_TAG, ""))
        ended = datetime.fromtimestamp(found.end_time, UTC) if found.end_time else found.update_timestamp
        if run.is_finished and run.parent_run_id is None and ended > now - DAY:
            cost = None if OUT_OF_MONEY_TAG in run.tags else run.tags.get(COST_TAG)
            spent.append((ended, float(cost or run.tags.get(RESERVED_TAG) or 0)))
    under_way = 0.0
    for run in instance.get_runs(dg.RunsFilter(tags=tags, statuses=UNFINISHED)):
        keys.add(run.tags.get(KEY_TAG, ""))
        if run.parent_run_id is None:
            under_way += float(run.tags.get(RESERVED_TAG, 0))
    return sorted(spent), under_way, keys


def _why(day_usd: float, least_usd: float, spent: list[tuple[datetime, float]], reserved_usd: float) -> str:
    if day_usd == 0:
        return f"{SETTING} is 0: sensors start no runs."
    said = (
        f"{SETTING} (${day_usd:.2f}) is used up: ${sum(usd for _, usd in spent):.2f} spent in the last 24 hours, "
        f"${reserved_usd:.2f} set aside for runs under way. Nothing is lost; it goes on "
    )
    left_usd = day_usd - sum(usd for _, usd in spent) - reserved_usd
    for ended, usd in spent:
        left_usd += usd
        if left_usd >= least_usd:
            sooner = " or when a run under way ends" if reserved_usd else ""
            return f"{said}at {ended + DAY:%Y-%m-%d %H:%M} UTC{sooner}."
    return f"{said}when a run under way ends."
