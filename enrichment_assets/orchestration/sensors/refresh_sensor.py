"""Companies whose artifacts have outlived their TTL, or have a version that no longer counts, are enriched again.

What belongs here: asking for one run over exactly those, within the day's money. What does not: which ones are stale
(``freshness``) and which of those come now (``refresh_plan``). Off by default because it spends money.
"""

from collections import Counter
from datetime import UTC, datetime

import dagster as dg

from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.cache.standing.stand import Standing
from enrichment_assets.cache.upkeep.dead_runs import look_after_runs
from enrichment_assets.cache.upkeep.prune import UNFINISHED
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.preflight import preflight
from enrichment_assets.orchestration.census import Census
from enrichment_assets.orchestration.runs.enrich_op import RunHooks
from enrichment_assets.orchestration.runs.jobs import ENRICH_LIST, list_config
from enrichment_assets.orchestration.sensors.refresh_plan import Stale, choose, refreshable
from enrichment_assets.orchestration.wallet import SENSOR_TAG, Refused, reserve
from enrichment_assets.storage.lists import Lists
from enrichment_assets.storage.names import Names
from enrichment_assets.storage.state import open_state

EVERY_S = 300
SENSOR = "refresh"


def refresh_sensor(hooks: RunHooks) -> dg.SensorDefinition:
    """Off by default; which assets it keeps fresh is ENRICHMENT_REFRESH_ASSETS."""

    @dg.sensor(
        name="refresh_sensor",
        job_name=ENRICH_LIST,
        minimum_interval_seconds=EVERY_S,
        default_status=dg.DefaultSensorStatus.STOPPED,
        description=(
            "Spends money. Enriches companies again whose ENRICHMENT_REFRESH_ASSETS have expired or are outdated, "
            "within ENRICHMENT_SENSOR_DAILY_BUDGET_USD and ENRICHMENT_REFRESH_MAX_COMPANIES. To use it, set "
            "ENRICHMENT_REFRESH_ASSETS=news,careers or the like in .env and switch it on here."
        ),
    )
    def refresh_stale_companies(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        return refresh_tick(context.instance, hooks.catalog, hooks.settings_at(context.instance), datetime.now(UTC))

    return refresh_stale_companies


def refresh_tick(
    instance: dg.DagsterInstance, catalog: Catalog, settings: Settings, now: datetime
) -> dg.RunRequest | dg.SkipReason:
    """One look: the run to start now, or why none is."""
    look_after_runs(instance, settings, ENRICH_LIST, now)
    why_not = _why_not(instance, catalog, settings)
    if why_not is not None:
        return dg.SkipReason(why_not)
    stale, lacking = _stale(instance, catalog, settings, now)
    domains = choose(stale, now, settings.enrichment_refresh_max_companies)
    if not domains:
        waiting = f"{len(stale)} stale companies have failed lately and wait. " if stale else ""
        left_out = "".join(
            f"{count} left out: {name} is stale and not in ENRICHMENT_REFRESH_ASSETS. "
            for name, count in lacking.items()
        )
        return dg.SkipReason(f"Nothing to refresh. {waiting}{left_out}".strip())
    state = open_state(settings)
    try:
        key = f"refresh-{now.timestamp():.0f}"
        money = reserve(instance, state, settings, now, sensor=SENSOR, key=key, companies=len(domains))
        if isinstance(money, Refused):
            return dg.SkipReason(money.reason)
        stored = Lists(state).store(Names(state).companies(domains), f"refresh at {now.isoformat(timespec='seconds')}")
    finally:
        state.dispose()
    assets = sorted(settings.enrichment_refresh_assets)
    return dg.RunRequest(
        run_config=list_config(stored.list_id, assets=assets, budget_usd=money.usd), tags=dict(money.tags)
    )


def _why_not(instance: dg.DagsterInstance, catalog: Catalog, settings: Settings) -> str | None:
    """What keeps a refresh from starting, whatever is stale."""
    opted_in = settings.enrichment_refresh_assets
    if not opted_in:
        return "ENRICHMENT_REFRESH_ASSETS is empty: name the assets to keep fresh, e.g. news,careers."
    if unknown := set(opted_in) - set(catalog):
        return f"ENRICHMENT_REFRESH_ASSETS names no assets: {', '.join(sorted(unknown))}."
    if problems := preflight(catalog, settings, opted_in):
        return "; ".join(problems)
    if instance.get_runs(filters=dg.RunsFilter(tags={SENSOR_TAG: SENSOR}, statuses=UNFINISHED), limit=1):
        return "The previous refresh is still running."
    return None


def _stale(
    instance: dg.DagsterInstance, catalog: Catalog, settings: Settings, now: datetime
) -> tuple[list[Stale], Counter[str]]:
    """Companies to refresh, and how many cannot be because something before them is stale too.

    Of those that have not failed only as many as one refresh takes, the oldest.
    """
    stale: list[Stale] = []
    lacking: Counter[str] = Counter()
    opted_in, most = settings.enrichment_refresh_assets, settings.enrichment_refresh_max_companies
    census = Census(instance, catalog, settings, now)
    alike: dict[frozenset[str], set[Standing]] = {}
    for standing, number in census.settled:
        freshness = {stand.artifact: stand.freshness for stand in standing}
        wanted, missing = refreshable(catalog, freshness, opted_in) if freshness else (set[str](), set[str]())
        if missing:
            lacking.update(dict.fromkeys(missing, number))
        elif wanted:
            alike.setdefault(frozenset(wanted), set()).add(standing)
    for artifacts, standings in alike.items():
        stale += [Stale(*found) for found in census.oldest(standings.__contains__, artifacts, most)]
    for company in census.others():
        wanted, missing = refreshable(catalog, company.freshness, opted_in)
        if missing:
            lacking.update(missing)
        elif wanted:
            failures = [company.failures[name] for name in opted_in if name in company.failures]
            stale.append(
                Stale(
                    company.domain,
                    since=min(company.records[name].computed_at for name in wanted),
                    failures=max((failure.in_a_row for failure in failures), default=0),
                    failed_at=max((failure.at for failure in failures), default=None),
                )
            )
    return sorted(stale, key=lambda one: one.domain), lacking
