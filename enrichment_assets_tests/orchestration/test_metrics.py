"""ENRICHMENT_METRICS_FILE: what ``health`` observes, as Prometheus reads it."""

import re
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.health.numbers import Health, kind_of
from enrichment_assets.orchestration.health.prometheus import text_of
from enrichment_assets.orchestration.runs.launch import run_list

SAMPLE = re.compile(r'enrichment_[a-z_]+(\{[a-z]+="([^"\\\n]|\\.)*"\})? -?[0-9][0-9.e+-]*')


def test_a_run_leaves_its_health_for_prometheus(
    settings: Settings, instance: dg.DagsterInstance, tmp_path: Path
) -> None:
    path = tmp_path / "metrics" / "enrichment.prom"
    told = settings.model_copy(update={"enrichment_metrics_file": path})
    run_list(instance, [Company("acme.com", "Acme")], settings=told)
    text = path.read_text()
    assert text.endswith("\n")
    lines = text.splitlines()
    assert all(line.startswith("# ") or SAMPLE.fullmatch(line) for line in lines), text
    assert 'enrichment_fresh_share{artifact="mx"} 1.0' in lines
    heads = [line.split()[2] for line in lines if line.startswith("# TYPE")]
    assert len(heads) == len(set(heads))


def test_names_of_providers_are_escaped() -> None:
    health = Health(None, None, None, 0.0, {}, {}, {'a"b\\c\n': 0.5}, [])
    assert 'provider="a\\"b\\\\c\\n"} 0.5' in text_of(health, datetime.now(UTC))


def test_a_number_in_an_address_is_no_status() -> None:
    assert kind_of("nameserver 127.0.0.1:34017 answered SERVFAIL for company4.com") == "dns"
    assert kind_of("nameserver 10.0.0.5:401 answered SERVFAIL") == "dns"
    assert kind_of("Spider answered 401.") == "key_refused"
    assert kind_of("the board answered (503)") == "server_error"
