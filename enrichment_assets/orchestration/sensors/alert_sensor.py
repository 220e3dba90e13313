"""The sensor that tells what no run can tell of itself: that it was killed, that it stands still, that checks fail.

What belongs here: looking at Dagster's runs and checks. What does not: how an alert is posted (``sending``). What is
told once is in the state database, so runs that told it themselves are not told again.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import dagster as dg
import orjson

from enrichment_assets.cache.upkeep.prune import FINISHED
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.alerts.during import ended
from enrichment_assets.orchestration.alerts.message import Alert
from enrichment_assets.orchestration.alerts.sending import send
from enrichment_assets.orchestration.evaluations import CHECK, HEALTH, HEALTH_CHECKS
from enrichment_assets.orchestration.runs.company_lists import LIST_TAG
from enrichment_assets.orchestration.runs.enrich_op import DELIVERIES_TAG, OUTCOMES_TAG, RunHooks
from enrichment_assets.orchestration.runs.inputs import INPUTS_TAG
from enrichment_assets.orchestration.wallet import COST_TAG
from enrichment_assets.storage.state import open_state

EVERY_S: Final = 60
BACK: Final = timedelta(hours=6)
"""How long ago a run may have ended to be told of, should nobody have looked."""


def alert_sensor(hooks: RunHooks) -> dg.SensorDefinition:
    """On by default: without ENRICHMENT_ALERT_WEBHOOK it does nothing."""

    @dg.sensor(
        name="alert_sensor",
        minimum_interval_seconds=EVERY_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Posts to ENRICHMENT_ALERT_WEBHOOK (Slack or any webhook), once for each event: runs that ended or stand "
            "still, checks that fail, what a day brought. Starts nothing and spends nothing."
        ),
    )
    def tell(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        settings, now = hooks.settings_at(context.instance), datetime.now(UTC)
        if settings.enrichment_alert_webhook is None:
            return dg.SkipReason("ENRICHMENT_ALERT_WEBHOOK is empty: nobody is told.")
        before = set(orjson.loads(context.cursor)) if context.cursor else set()
        failing = failing_checks(context.instance, hooks)
        alerts = [*run_alerts(context.instance, settings, now), *check_alerts(failing, before, now)]
        if settings.enrichment_alert_digest == "daily":
            alerts.append(daily_digest(context.instance, now))
        state = open_state(settings)
        told = sum(send(alert, settings, state) for alert in alerts)
        state.dispose()
        return dg.SensorResult(
            cursor=orjson.dumps(sorted(failing)).decode(), skip_reason=f"{told} told." if told else "Nothing new."
        )

    return tell


def run_alerts(instance: dg.DagsterInstance, settings: Settings, now: datetime) -> Iterator[Alert]:
    """Of our runs, those that ended lately, and those of which nothing was heard for a while."""
    for record in instance.get_run_records(dg.RunsFilter(statuses=FINISHED, updated_after=now - BACK)):
        run = record.dagster_run
        failed = run.status is dg.DagsterRunStatus.FAILURE
        if INPUTS_TAG in run.tags and (failed or settings.enrichment_alert_digest == "run"):
            yield ended(run.run_id, failed=failed, text=said_of(run))
    minutes = settings.enrichment_alert_stalled_minutes
    for record in instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED])):
        run = record.dagster_run
        if INPUTS_TAG not in run.tags:
            continue
        heard = instance.get_records_for_run(run.run_id, limit=1, ascending=False).records
        at = heard[0].timestamp if heard else record.start_time or record.create_timestamp.timestamp()
        if now.timestamp() - at > minutes * 60:
            text = f"Nothing was recorded for {minutes:g} minutes. {said_of(run)}"
            yield Alert(f"stalled:{run.run_id}:{at:.0f}", "run_stalled", "A run stands still", text, run.run_id)


def said_of(run: dg.DagsterRun) -> str:
    """What a run's tags tell of it."""
    tags = run.tags
    what = f"List {tags[LIST_TAG]}. " if LIST_TAG in tags else ""
    parts = [tags.get(OUTCOMES_TAG), f"${float(tags[COST_TAG]):.4f}" if COST_TAG in tags else None]
    pushed = f". Deliveries: {tags[DELIVERIES_TAG]}" if DELIVERIES_TAG in tags else ""
    return f"{what}{', '.join(filter(None, parts))}{pushed}".strip()


def failing_checks(instance: dg.DagsterInstance, hooks: RunHooks) -> dict[str, str]:
    """The checks that fail now, ``asset: check``, and what they say."""
    keys = [dg.AssetCheckKey(dg.AssetKey(HEALTH), name) for name in HEALTH_CHECKS]
    for name, artifact in hooks.catalog.items():
        keys += [
            dg.AssetCheckKey(dg.AssetKey(name), check) for check in (CHECK, *(one.name for one in artifact.checks))
        ]
    found = {}
    for key, record in instance.event_log_storage.get_latest_asset_check_execution_by_key(keys).items():
        evaluation = record.evaluation
        if evaluation is not None and not evaluation.passed:
            found[f"{key.asset_key.to_user_string()}: {key.name}"] = evaluation.description or ""
    return found


def check_alerts(failing: dict[str, str], before: Iterable[str], now: datetime) -> Iterator[Alert]:
    """One for all checks that have begun to fail since the last look."""
    new = sorted(failing.keys() - set(before))
    if new:
        text = "\n".join(f"{name} ({failing[name]})" for name in new)
        yield Alert(f"checks:{now.timestamp():.0f}", "checks_failed", f"{len(new)} checks fail now", text)


def daily_digest(instance: dg.DagsterInstance, now: datetime) -> Alert:
    """What yesterday brought (UTC)."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    day = today - timedelta(days=1)
    wanted = dg.RunsFilter(created_after=day, created_before=today)
    runs = [run for run in instance.get_runs(wanted) if INPUTS_TAG in run.tags]
    usd = sum(float(run.tags.get(COST_TAG, 0)) for run in runs)
    failed = sum(run.status is dg.DagsterRunStatus.FAILURE for run in runs)
    title = f"{day.date().isoformat()}: {len(runs)} runs, {failed} of them failed, ${usd:.2f}"
    return Alert(f"digest:{day.date().isoformat()}", "digest", title, "\n".join(map(said_of, runs)))
