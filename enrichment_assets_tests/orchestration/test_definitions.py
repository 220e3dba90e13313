"""The code location: how it loads, and what is in it."""

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path

import dagster as dg
import pytest

from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.core.settings import Settings
from enrichment_assets.core.together.account_shares import AccountBook
from enrichment_assets.definitions import defs
from enrichment_assets.orchestration.build import build_defs
from enrichment_assets.orchestration.providers_resource import ProvidersResource
from enrichment_assets.orchestration.runs.jobs import ENRICH_LIST, OP
from enrichment_assets.orchestration.specs import ttls
from enrichment_assets.providers.clients import Providers
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.builtin import CATALOG, SPECS

ROOT = Path(__file__).resolve().parents[2]

NO_NETWORK = """
import socket

def refuse(*_args, **_kwargs):
    raise AssertionError("loading the code location opened a connection")

socket.socket.connect = refuse
socket.getaddrinfo = refuse
from enrichment_assets.definitions import defs
print(len(list(defs.resolve_all_asset_specs())))
"""


def test_it_loads_in_a_fresh_interpreter_with_an_empty_environment_and_no_network(tmp_path: Path):
    loaded = subprocess.run(
        [sys.executable, "-c", NO_NETWORK], cwd=tmp_path, env={}, capture_output=True, text=True, check=False
    )
    assert loaded.returncode == 0, loaded.stderr
    assert loaded.stdout.strip() == str(len(CATALOG) + len(["enriched_companies", "company_list", "health"]))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("by", [["-w", "workspace.yaml"], []])
def test_dagster_finds_it_through_workspace_yaml_and_through_pyproject_toml_under_one_name(
    tmp_path: Path, by: list[str]
):
    validated = subprocess.run(
        [sys.executable, "-m", "dagster", "definitions", "validate", *by],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path), "DAGSTER_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert validated.returncode == 0, validated.stderr
    assert "enrichment_assets.definitions" in validated.stderr + validated.stdout


def test_the_asset_graph_is_as_reviewed():
    """A change here is a change of what people see, pay and wait for: review it."""
    seen = {
        spec.key.to_user_string(): (
            sorted(dep.asset_key.to_user_string() for dep in spec.deps),
            ttls([spec])[spec.key.to_user_string()],
            sorted(spec.kinds),
        )
        for spec in defs.resolve_all_asset_specs()
        if spec.key.to_user_string() in CATALOG
    }
    assert seen == {
        "mx": ([], timedelta(days=30), ["dns"]),
        "website": (["mx"], timedelta(days=14), ["spider"]),
        "icp": (["website"], timedelta(days=14), ["openrouter"]),
        "linkedin": (["icp", "website"], timedelta(days=90), ["serper"]),
        "careers": (["icp", "website"], timedelta(days=3), ["jobboards"]),
        "news": (["icp", "website"], timedelta(hours=12), ["serper"]),
        "webhook_payload": (
            ["careers", "icp", "linkedin", "mx", "news", "website"],
            None,
            ["json"],
        ),
        "webhook_delivery": (["webhook_payload"], None, ["clay"]),
    }


def test_every_asset_says_what_it_is_whose_it_is_and_which_code_made_it():
    for spec in SPECS:
        assert spec.description
        assert spec.owners
        assert spec.code_version
        assert spec.group_name
        assert isinstance(spec.partitions_def, dg.DynamicPartitionsDefinition)
        assert spec.partitions_def.name == "company"


def test_ttls_are_read_from_freshness_policies_and_from_nothing_else():
    spec = dg.AssetSpec("anything", freshness_policy=dg.FreshnessPolicy.time_window(timedelta(hours=7)))
    assert ttls([spec, dg.AssetSpec("whatever")]) == {"anything": timedelta(hours=7), "whatever": None}


def test_a_policy_that_is_no_time_window_is_refused():
    policy = dg.FreshnessPolicy.cron(deadline_cron="0 9 * * *", lower_bound_delta=timedelta(hours=1))
    with pytest.raises(TypeError, match="time_window"):
        ttls([dg.AssetSpec("daily", freshness_policy=policy)])


def test_a_backfill_is_one_run_unless_a_setting_cuts_it():
    for companies, policy in ((None, dg.BackfillPolicy.single_run()), (500, dg.BackfillPolicy.multi_run(500))):
        settings = Settings(_env_file=None, enrichment_backfill_companies_per_run=companies)
        found = build_defs(settings).resolve_assets_def("mx")
        assert found.backfill_policy == policy


class TeamsProviders(ProvidersResource):
    search: str

    def open(
        self, settings: Settings, reading: Sequence[str], book: AccountBook
    ) -> AbstractAsyncContextManager[Providers]:
        return super().open(settings.model_copy(update={"enrichment_search": self.search}), reading, book)


def test_a_team_brings_its_own_providers_as_a_resource(
    settings: Settings, instance: dg.DagsterInstance, sandbox: Sandbox
):
    sandbox.companies([{"domain": f"acme{n}.com", "site": "ok", "mail": "google"} for n in (1, 2)])
    used = settings.model_copy(update={"enrichment_unclear_passes": True})
    teams = build_defs(used, providers=TeamsProviders(search="brave"))
    instance.add_dynamic_partitions("company", ["acme1.com"])
    wanted = ["mx", "website", "icp", "news"]
    job = teams.resolve_implicit_global_asset_job_def().get_subset(asset_selection=set(map(dg.AssetKey, wanted)))
    assert job.execute_in_process(instance=instance, partition_key="acme1.com").success
    config = {"ops": {OP: {"config": {"companies": ["acme2.com"], "assets": wanted}}}}
    assert teams.resolve_job_def(ENRICH_LIST).execute_in_process(config, instance=instance).success
    news = latest_records(instance, ["acme1.com", "acme2.com"], ["news"])
    assert [(found.domain, found.spent[0].provider) for found in news] == [
        ("acme1.com", "brave"),
        ("acme2.com", "brave"),
    ]
    assert "serper" not in sandbox.bill()


def test_the_csv_sensor_is_on_and_the_refresh_sensor_which_spends_money_is_off():
    status = {sensor.name: sensor.default_status for sensor in defs.sensors or ()}
    assert status == {
        "csv_sensor": dg.DefaultSensorStatus.RUNNING,
        "refresh_sensor": dg.DefaultSensorStatus.STOPPED,
        "alert_sensor": dg.DefaultSensorStatus.RUNNING,
    }
