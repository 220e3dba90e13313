"""All definitions together: this only concatenates, so that tests and the command swap parts."""

from collections.abc import Callable, Collection

import dagster as dg

from enrichment_assets.artifacts.catalog import Catalog, load_catalog
from enrichment_assets.core.settings import Settings
from enrichment_assets.core.sides import check_side
from enrichment_assets.engine.results import CompanyResult
from enrichment_assets.orchestration.assets import company_assets
from enrichment_assets.orchestration.checks import JOB as CHECK_JOB
from enrichment_assets.orchestration.checks import checks_schedule, company_checks, health_asset
from enrichment_assets.orchestration.enriched_companies import enriched_companies_asset
from enrichment_assets.orchestration.providers_resource import PROVIDERS, ProvidersResource
from enrichment_assets.orchestration.runs.company_lists import NAME as LISTS
from enrichment_assets.orchestration.runs.enrich_op import RunHooks
from enrichment_assets.orchestration.runs.jobs import list_job
from enrichment_assets.orchestration.runs.list_asset import list_asset
from enrichment_assets.orchestration.sensors.alert_sensor import alert_sensor
from enrichment_assets.orchestration.sensors.csv_sensor import csv_sensor
from enrichment_assets.orchestration.sensors.refresh_sensor import refresh_sensor


def build_defs(
    settings: Settings | None = None,
    on_finished: Callable[[CompanyResult], None] | None = None,
    *,
    catalog: Catalog | None = None,
    providers: ProvidersResource | None = None,
    materializing: Collection[str] | None = None,
) -> dg.Definitions:
    """The definitions, with the process's settings and the installation's artifacts, or with given ones.

    ``providers``: a team's own, see ``ProvidersResource``.

    ``materializing``: what ``dagster asset materialize`` was told to select. It takes ``*`` for all assets there are
    and then refuses those of two kinds of partitions, so the lists are there only by name; and it takes a range of
    partitions only where no setting cuts backfills, which it does not make.

    Raises PluginError for an installed distribution that cannot be used, and MisconfiguredError (see ``sides``).
    """
    hooks = RunHooks(
        catalog=load_catalog(settings or Settings()) if catalog is None else catalog,
        settings=Settings if settings is None else lambda: settings,
        on_finished=RunHooks.on_finished if on_finished is None else on_finished,
    )
    used = hooks.settings()
    check_side(used)
    companies_per_run = used.enrichment_backfill_companies_per_run if materializing is None else None
    lists = [list_asset(hooks)] if materializing is None or LISTS in materializing else []
    return dg.Definitions(
        assets=[company_assets(hooks, companies_per_run), enriched_companies_asset(hooks), *lists, health_asset()],
        asset_checks=[company_checks(hooks)],
        jobs=[
            list_job(hooks, providers),
            dg.define_asset_job(CHECK_JOB, selection=dg.AssetSelection.all_asset_checks()),
        ],
        schedules=[checks_schedule()],
        sensors=[csv_sensor(hooks), refresh_sensor(hooks), alert_sensor(hooks)],
        resources={PROVIDERS: providers or ProvidersResource()},
        executor=dg.in_process_executor,
    )
