"""The body of every enrichment run: it takes companies through the selected artifacts and ends the run accordingly.

What belongs here: opening what a run needs, signals, how the run ends. What does not: which companies those are
(``assets``, ``jobs``) and what happens to one of them (``engine/``).
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import dagster as dg
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from enrichment_assets.artifacts.catalog import Catalog, load_catalog
from enrichment_assets.cache.event_log import planned, storage_of
from enrichment_assets.cache.instance import check_instance
from enrichment_assets.cache.run_cache import Standings as Known
from enrichment_assets.cache.run_cache import open_run_cache
from enrichment_assets.companies.company import Company
from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.gc_tuning import spare_what_is_loaded
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.destination import counted, destination_report
from enrichment_assets.engine.preflight import preflight
from enrichment_assets.engine.results import CompanyResult
from enrichment_assets.engine.run_companies import RunResult, run_companies, utc_now
from enrichment_assets.engine.stop import Stop
from enrichment_assets.orchestration.alerts.during import RunAlerts
from enrichment_assets.orchestration.census import Census, Standings, rules_of
from enrichment_assets.orchestration.counting import count
from enrichment_assets.orchestration.evaluations import report_all
from enrichment_assets.orchestration.runs.budgets import shared_budget
from enrichment_assets.orchestration.runs.interrupts import stoppable
from enrichment_assets.orchestration.runs.progress import Progress
from enrichment_assets.orchestration.specs import asset_specs, ttls
from enrichment_assets.orchestration.wallet import COST_TAG, OUT_OF_MONEY_TAG
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.http.event_loop import open_runner
from enrichment_assets.storage.do_not_enrich import DoNotEnrich
from enrichment_assets.storage.outbox import Outbox
from enrichment_assets.storage.together.limits import AccountLimits
from enrichment_assets.storage.together.remedies import remedy

COUNTED_AT_ONCE = 20_000
"""So many companies are worked out in 2 s at the end of a run, however small it was."""
COUNTED_FOR_EACH = 20
"""Companies that may be worked out for each that the run took: about a twentieth of its time."""
OUTCOMES_TAG = "enrichment/outcomes"
"""How many companies ended how."""
DELIVERIES_TAG = "enrichment/deliveries"
"""What became of the run's pushes."""


def _ignore(_: object) -> None:
    return None


@dataclass(frozen=True)
class RunHooks:
    """What a process decides about its runs; tests and the command swap parts.

    ``settings`` is called when a run starts, so that loading the code location needs no key and no network.
    """

    settings: Callable[[], Settings] = Settings
    catalog: Catalog = field(default_factory=lambda: load_catalog(Settings()))
    on_finished: Callable[[CompanyResult], None] = _ignore
    on_result: Callable[[RunResult], None] = _ignore
    clock: Callable[[], datetime] = utc_now
    until: datetime | None = None
    """When no further company is taken."""

    def settings_at(self, instance: dg.DagsterInstance) -> Settings:
        """The settings, on the same side (sandbox or real) as this instance. Raises MisconfiguredError."""
        settings = self.settings()
        check_instance(instance, settings)
        return settings


@dataclass(frozen=True)
class RunSpec:
    """One run's work.

    ``repeat_hits``: record cache hits again, as Dagster's backfills need it. ``plan_failures``: tell Dagster which
    companies failed, where it does not know by itself what the run was about. ``earlier_runs``: what they recorded
    counts, expired or not, because this run resumes them. ``left_out``: artifacts it does without by choice.
    ``list_id``: the stored list the companies are from.
    """

    companies: Sequence[Company]
    selected: frozenset[str]
    refresh: bool = False
    repeat_hits: bool = False
    plan_failures: bool = False
    budget_usd: float | None = None
    parallel: int | None = None
    earlier_runs: frozenset[str] = frozenset()
    left_out: frozenset[str] = frozenset()
    list_id: str | None = None


def allowed(context: dg.OpExecutionContext, companies: Iterable[Company], state: Engine) -> list[Company]:
    """The companies without those on the do-not-enrich list, whoever asked for them. None is named in the log."""
    asked = list(companies)
    refused = DoNotEnrich(state).among(company.domain for company in asked)
    if refused:
        context.log.warning(f"{len(refused)} companies are on the do-not-enrich list (enrich forget): left out.")
    return [company for company in asked if company.domain not in refused]


def enrich(context: dg.OpExecutionContext, spec: RunSpec, settings: Settings, state: Engine, hooks: RunHooks) -> None:
    """Carry out one order and end the run as it deserves.

    Raises Failure when a setting is missing or an account does not work, when a company failed or when the budget
    stopped some: exactly the companies without a record turn red. Raises DagsterExecutionInterruptedError after Ctrl-C
    or Terminate.
    """
    problems = preflight(hooks.catalog, settings, spec.selected)
    if problems:
        raise dg.Failure("Nothing was started:\n" + "\n".join(problems), allow_retries=False)
    if context.instance.is_ephemeral:
        context.log.warning("This Dagster instance is temporary (no DAGSTER_HOME): nothing is cached or resumable.")
    progress = Progress(len(spec.companies), context.log.info)
    budget_usd = settings.enrichment_budget_usd if spec.budget_usd is None else spec.budget_usd
    alerts = RunAlerts(settings, state, context.run_id, budget_usd)

    def finished(company: CompanyResult) -> None:
        progress.finished(company)
        alerts.finished(company, progress.cost_usd)
        hooks.on_finished(company)

    spare_what_is_loaded()
    try:
        with open_runner() as runner:
            result = runner.run(_run(context, spec, settings, state, replace(hooks, on_finished=finished)))
    except SQLAlchemyError as error:
        again = f"enrich run --resume {context.run_id} does the rest."
        raise dg.Failure(f"The state could not be read or written: {remedy(error)}. {again}") from error
    finally:
        if spec.plan_failures:
            planned(
                context.instance,
                progress.failed,
                run_id=context.run_id,
                job_name=context.job_name,
                step_key=context.op_def.name,
            )
        tags = {COST_TAG: f"{progress.cost_usd:.6f}", OUTCOMES_TAG: progress.outcomes()}
        if progress.deliveries:
            tags[DELIVERIES_TAG] = counted(progress.deliveries)
        context.instance.add_run_tags(context.run_id, tags)
        state.dispose()
    context.log.info(progress.line())
    lines = destination_report(settings, progress.deliveries) if progress.deliveries else ()
    if lines:
        context.log.info("\n".join(lines))
    alerts.over(
        failed=bool(result.failed or result.budget or result.refused),
        out_of_money=result.budget if result.out_of_money else 0,
        text="\n".join([progress.line(), progress.failures(), *map(str, result.refused.values())]).strip(),
        warning=next((line.strip() for line in lines if "WARNING" in line), None),
    )
    alerts.close()
    if result.out_of_money:
        context.instance.add_run_tags(context.run_id, {OUT_OF_MONEY_TAG: str(result.budget)})
    if not result.interrupted:
        _report(context, spec, settings, hooks)
    hooks.on_result(result)
    _end(context, result, progress)


def _report(context: dg.OpExecutionContext, spec: RunSpec, settings: Settings, hooks: RunHooks) -> None:
    """How everything stands after the run; where that would take longer than the run, the hourly check says it.

    A profile that no artifact of this run needs may be broken.
    """
    if storage_of(context.instance) is None and not spec.repeat_hits:
        return  # there every event would be read
    try:
        census = Census(context.instance, hooks.catalog, settings, datetime.now(UTC))
        if census.open > max(COUNTED_AT_ONCE, COUNTED_FOR_EACH * len(spec.companies)):
            told = f"{census.open} companies would have to be looked at"
            context.log.info(f"{told}: the checks are evaluated hourly (check_companies_hourly).")
            return
        report_all(
            context.instance,
            hooks.catalog,
            settings,
            count(census, hooks.catalog),
            spec.selected,
            run_id=context.run_id,
            job_name=context.job_name,
        )
    except MisconfiguredError as error:
        context.log.warning(f"The checks were not evaluated: {error}")


async def _run(
    context: dg.OpExecutionContext,
    spec: RunSpec,
    settings: Settings,
    state: Engine,
    hooks: RunHooks,
) -> RunResult:
    instance, run_id = context.instance, context.run_id
    budget_usd = settings.enrichment_budget_usd if spec.budget_usd is None else spec.budget_usd
    stop = Stop()
    run = instance.get_run_by_id(run_id) or context.run  # with the tags it has got since
    purse = shared_budget(run, state, settings, run_usd=budget_usd, list_id=spec.list_id)
    company_cap_usd = settings.enrichment_company_budget_usd
    ledger = Ledger(run_cap_usd=budget_usd, company_cap_usd=company_cap_usd, purse=purse)
    async with (
        AsyncExitStack() as stack,
        context.resources.providers.open(settings, hooks.catalog.reading, AccountLimits(state)) as providers,
        open_run_cache(
            instance,
            state,
            settings,
            run_id=run_id,
            step_key=context.op_def.name,
            catalog=hooks.catalog,
            ttls=ttls(asset_specs(hooks.catalog)),
            forced=spec.selected if spec.refresh else frozenset(),
            resumed=spec.earlier_runs,
            repeat_hits=spec.repeat_hits,
            clock=hooks.clock,
            standings=_standings(instance, hooks.catalog, settings),
        ) as run_cache,
        stoppable(stop, lambda: is_terminated(instance, run_id), hooks.until),
    ):
        outbox = Outbox(state, run_cache.alive)
        stack.callback(outbox.close)
        stack.callback(ledger.settle)
        return await run_companies(
            spec.companies,
            catalog=hooks.catalog,
            selected=spec.selected,
            left_out=spec.left_out,
            run_cache=run_cache,
            providers=providers,
            outbox=outbox,
            ledger=ledger,
            settings=settings,
            run_id=run_id,
            parallel=spec.parallel or settings.enrichment_parallel,
            stop=stop,
            on_finished=hooks.on_finished,
            clock=hooks.clock,
        )


def _standings(instance: dg.DagsterInstance, catalog: Catalog, settings: Settings) -> Known | None:
    """How companies stand, where that is kept. A profile that no artifact of this run needs may be broken."""
    storage = storage_of(instance)
    try:
        return None if storage is None else Standings(storage, rules_of(catalog, settings)).of
    except MisconfiguredError:
        return None


def _end(context: dg.OpExecutionContext, result: RunResult, progress: Progress) -> None:
    again = f"enrich run --resume {context.run_id}, or Re-execute in Dagster, does the rest and pays nothing twice."
    if result.refused:
        problems = "\n".join(map(str, result.refused.values()))
        raise dg.Failure(f"Nothing was bought, an account does not work:\n{problems}\n{again}", allow_retries=False)
    if result.interrupted:
        message = f"Stopped: {result.finished} companies finished, {result.unreached} not reached. {again}"
        context.log.error(message)
        if not is_terminated(context.instance, context.run_id):
            # Dagster takes an interrupt that nobody asked for there as a failure; this one was asked for here.
            context.instance.report_run_canceling(context.run, message)
        raise dg.DagsterExecutionInterruptedError(message)
    if result.failed or result.budget:
        counts = f"{result.failed} companies failed, {result.budget} not attempted (budget), of {result.finished}."
        stopped = "".join(f"{error}; nothing more was bought.\n" for error in result.ended.values())
        raise dg.Failure(f"{stopped}{counts}\n{progress.failures()}\n{again}", allow_retries=False)


def is_terminated(instance: dg.DagsterInstance, run_id: str) -> bool:
    """Whether somebody has terminated this run by its status alone."""
    run = instance.get_run_by_id(run_id)
    return run is not None and run.status in (dg.DagsterRunStatus.CANCELING, dg.DagsterRunStatus.CANCELED)
