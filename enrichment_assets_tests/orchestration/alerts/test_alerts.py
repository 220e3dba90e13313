"""What a webhook is told, by runs themselves and by the sensor; and what it is never told."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import dagster as dg
import pytest

from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.results import ArtifactResult, CompanyResult, Outcome
from enrichment_assets.orchestration.alerts.during import RunAlerts
from enrichment_assets.orchestration.alerts.message import Alert, body
from enrichment_assets.orchestration.alerts.sending import send
from enrichment_assets.orchestration.partitions import register
from enrichment_assets.orchestration.runs.enrich_op import RunHooks
from enrichment_assets.orchestration.runs.inputs import INPUTS_TAG
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.orchestration.sensors.alert_sensor import alert_sensor, daily_digest, run_alerts
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.state import open_state
from enrichment_assets_tests.cache.instances import enrich_list

COMPANIES = [Company(f"company{number}.com", f"Company {number}") for number in range(5)]


class Listener:
    """A webhook on loopback."""

    def __init__(self) -> None:
        self.heard: list[dict[str, object]] = []
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(outer.status)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/services/T0/B0/very-secret-path"
        Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def events(self) -> list[object]:
        return [heard["event"] for heard in self.heard]


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.close()


@pytest.fixture
def told(settings: Settings, listener: Listener) -> Settings:
    return settings.model_copy(update={"enrichment_alert_webhook": listener.url})


def tick(instance: dg.DagsterInstance, settings: Settings, cursor: str | None = None) -> Any:
    sensor = alert_sensor(RunHooks(lambda: settings))
    with dg.build_sensor_context(instance=instance, cursor=cursor) as context:
        return sensor.evaluate_tick(context)


def test_a_run_tells_once_how_it_ended_and_the_sensor_does_not_tell_it_again(
    instance: dg.DagsterInstance, told: Settings, listener: Listener
):
    ran = run_list(instance, COMPANIES, settings=told, assets=["mx"])
    assert listener.events == ["run_finished"]
    (heard,) = listener.heard
    assert heard["run_id"] == ran.run_id
    assert "[5/5]" in str(heard["text"])
    tick(instance, told)
    assert [event for event in listener.events if event != "checks_failed"] == ["run_finished"]


def test_a_failed_run_tells_which_companies_failed_and_why(
    instance: dg.DagsterInstance, told: Settings, listener: Listener, sandbox: Sandbox
):
    sandbox.faults({"dns": [{"kind": "servfail", "domains": ["company3.com"]}]})
    run_list(instance, COMPANIES, settings=told, assets=["mx"])
    (heard,) = listener.heard
    assert heard["event"] == "run_failed"
    assert "company3.com" in str(heard["text"])
    assert "SERVFAIL" in str(heard["text"])


def test_the_budget_is_told_at_80_and_at_100_percent_and_a_provider_that_is_down_once(
    told: Settings, listener: Listener
):
    state = open_state(told)
    alerts = RunAlerts(told, state, "a-run", budget_usd=1.0)
    well = CompanyResult(COMPANIES[0], {})
    down = CompanyResult(
        COMPANIES[1],
        {"icp": ArtifactResult(Outcome.FAIL, reason="openrouter: not asked, it is down after 10 failures in a row")},
    )
    for company, spent_usd in ((well, 0.5), (down, 0.7), (down, 0.8), (well, 0.95)):
        alerts.finished(company, spent_usd)
    alerts.over(failed=True, out_of_money=3, text="[4/7]")
    alerts.close()
    assert listener.events == ["provider_down", "budget", "budget", "run_failed"]
    assert "openrouter" in str(listener.heard[0]["text"])
    assert "3 companies" in str(listener.heard[2]["text"])
    state.dispose()


def test_a_run_that_ended_without_a_word_and_one_that_stands_still_are_told_by_the_sensor(
    instance: dg.DagsterInstance, told: Settings, listener: Listener
):
    tags = {INPUTS_TAG: "0123456789abcdef"}
    dead, still = (
        instance.create_run_for_job(enrich_list, status=dg.DagsterRunStatus.STARTED, tags=tags).run_id for _ in range(2)
    )
    run = instance.get_run_by_id(dead)
    assert run is not None
    instance.report_run_failed(run, "killed")
    later = datetime.now(UTC) + timedelta(minutes=16)
    found = {alert.event: alert.run_id for alert in run_alerts(instance, told, later)}
    assert found == {"run_failed": dead, "run_stalled": still}
    assert not [one for one in run_alerts(instance, told, datetime.now(UTC)) if one.event == "run_stalled"]


def test_checks_are_told_when_they_begin_to_fail_and_not_again(
    instance: dg.DagsterInstance, told: Settings, listener: Listener
):
    state = open_state(told)
    register(instance, state, [Company("never.com", "Never")])
    state.dispose()
    run_list(instance, COMPANIES, settings=told, assets=["mx"])
    first = tick(instance, told)
    assert listener.events == ["run_finished", "checks_failed"]
    assert "1 missing" in str(listener.heard[-1]["text"])
    tick(instance, told, first.cursor)
    assert len(listener.heard) == 2


def test_a_day_in_one_line(instance: dg.DagsterInstance, told: Settings):
    run_list(instance, COMPANIES, settings=told.model_copy(update={"enrichment_alert_webhook": None}), assets=["mx"])
    told_of = daily_digest(instance, datetime.now(UTC) + timedelta(days=1))
    assert ": 1 runs, 0 of them failed, $" in told_of.title


def test_what_cannot_be_posted_is_tried_again_by_the_next_who_notices(told: Settings, listener: Listener):
    state = open_state(told)
    alert = Alert("some:event", "run_failed", "Something happened")
    listener.status = 404
    assert not send(alert, told, state)
    listener.status = 200
    assert send(alert, told, state)
    assert not send(alert, told, state)
    assert len(listener.heard) == 2
    state.dispose()


@pytest.mark.parametrize(
    "url", ["https://hooks.slack.com/services/T0/B0/abcdefgh", "https://example.com/alerts/abcdefgh"]
)
def test_no_secret_leaves_and_slack_is_told_in_its_own_format(settings: Settings, url: str):
    key = settings.spider_api_key
    assert key is not None
    known = settings.model_copy(update={"enrichment_alert_webhook": url})
    text = f"<b>spider & {key.get_secret_value()} said no to {settings.clay_webhook_url} and {url}"
    said = json.dumps(body(Alert("a:b", "run_failed", "It failed", text), known, datetime.now(UTC)), ensure_ascii=False)
    for secret in (key.get_secret_value(), str(settings.clay_webhook_url), url):
        assert secret not in said
    slack = "slack" in url
    assert ("&lt;b&gt;spider &amp; …" in said) is slack
    assert ('"blocks"' in said) is slack
    assert ('"event": "run_failed"' in said) is not slack


def test_without_a_webhook_nobody_is_told(instance: dg.DagsterInstance, settings: Settings):
    assert "ENRICHMENT_ALERT_WEBHOOK" in str(tick(instance, settings).skip_message)
