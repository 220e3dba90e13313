"""``dagster asset materialize`` and signals: processes of their own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import dagster as dg
import pytest

from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.partitions import register
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.state import open_state
from enrichment_assets_tests.builtin import CATALOG
from enrichment_assets_tests.orchestration.conftest import environment

DOMAINS = ["stripe.com", "adyen.com", "mollie.com"]
RUN_LIST = """
import json
from enrichment_assets.companies.company import Company
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.cache.instance import open_instance
from enrichment_assets.core.settings import Settings

settings = Settings(_env_file=None)
companies = [Company(f"slow{number}.com", f"Slow {number}") for number in range(40)]
with open_instance(settings) as instance:
    ran = run_list(
        instance, companies, settings=settings, assets=["mx"], parallel=5,
        on_started=lambda run_id: print(run_id, flush=True),
        on_finished=lambda finished: print(finished.company.domain, flush=True),
    )
print(json.dumps([ran.status.value, ran.result.finished, ran.result.unreached, ran.error]), flush=True)
"""


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    return sandbox.settings(dagster_home=tmp_path)


def materialize(sandbox: Sandbox, home: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "dagster", "asset", "materialize", "-m", "enrichment_assets.definitions"]
    return subprocess.run(
        [*command, *options], env=environment(sandbox, home), cwd=home, capture_output=True, text=True, check=False
    )


def test_dagster_asset_materialize_enriches_one_company(
    instance: dg.DagsterInstance, settings: Settings, sandbox: Sandbox, tmp_path: Path
):
    state = open_state(settings)
    register(instance, state, [Company.named(domain, None) for domain in DOMAINS])
    done = materialize(sandbox, tmp_path, "--select", "*", "--partition", "stripe.com")
    assert done.returncode == 0, done.stderr[-3000:]
    records = list(latest_records(instance, DOMAINS, CATALOG))
    assert {record.domain for record in records} == {"stripe.com"}
    assert len(records) == len(CATALOG)


def test_a_range_with_a_partition_that_is_no_company_names_it_and_enriches_the_others(
    instance: dg.DagsterInstance, settings: Settings, sandbox: Sandbox, tmp_path: Path
):
    instance.add_dynamic_partitions("company", ["stripe.com", "not a company", "adyen.com"])
    done = materialize(sandbox, tmp_path, "--select", "mx", "--partition-range", "stripe.com...adyen.com")
    assert done.returncode != 0
    assert "not a company" in done.stderr + done.stdout
    records = latest_records(instance, ["stripe.com", "adyen.com", "not a company"], ["mx"])
    assert {record.domain for record in records} == {"stripe.com", "adyen.com"}


@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGINT, signal.SIGINT]])
def test_a_signal_ends_the_run_politely_with_records_written_and_the_way_to_resume(
    instance: dg.DagsterInstance, sandbox: Sandbox, tmp_path: Path, signals: list[signal.Signals]
):
    sandbox.latency({"dns": 0.3})
    process = subprocess.Popen(
        [sys.executable, "-c", RUN_LIST],
        env=environment(sandbox, tmp_path, DNS_TIMEOUT_S="20"),
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    run_id, first = process.stdout.readline().strip(), process.stdout.readline().strip()
    for number in signals:
        os.kill(process.pid, number)
        time.sleep(0.05)
    lines = process.stdout.read().splitlines()
    process.wait()
    status, finished, unreached, error = json.loads(lines[-1])
    assert status == "CANCELED"
    assert f"enrich run --resume {run_id}" in error
    printed = {first, *(line for line in lines if line.endswith(".com"))}
    assert finished == len(printed) < 40
    assert finished + unreached == 40
    domains = [f"slow{number}.com" for number in range(40)]
    assert printed <= {record.domain for record in latest_records(instance, domains, ["mx"])}
