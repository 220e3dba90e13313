"""What a home knows, as plain JSON: asked of the version that wrote it and of every later one.

The words are those of the first version that was asked, whatever the code calls a field since.
"""

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import dagster as dg
import orjson

from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.latest_status import latest_statuses
from enrichment_assets.cache.leases import dead_runs
from enrichment_assets.cache.queries import run_report, spendings, tallies
from enrichment_assets.cache.record_index import LatestStatus
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.census import rules_of
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.artifacts import ArtifactStore
from enrichment_assets.storage.lists import Lists
from enrichment_assets.storage.names import Names
from enrichment_assets.storage.outbox import Outbox, destination_id
from enrichment_assets.storage.state import open_state
from enrichment_assets_tests.builtin import CATALOG

PORTS = (18_431, 18_432)
"""The sandbox's, HTTP and DNS: a webhook is known by its URL, so whoever reads the home serves it there again."""
LISTS = {
    "done": [f"done-{number}.com" for number in range(10)],
    "failed": ["fine.com", "no-dns.com", "refused.com", "unknown.com", "held.com"],
    "interrupted": [f"interrupted-{number}.com" for number in range(10)],
    "killed": [f"killed-{number}.com" for number in range(4)],
}


def settings_for(home: Path) -> Settings:
    """Settings for the sandbox at ``PORTS`` and the state in a home."""
    return Sandbox(cast("Any", None), *PORTS).settings(dagster_home=home)


def facts(home: Path) -> dict[str, Any]:
    """Everything that a person or a run could ask of it."""
    settings = settings_for(home)
    made = orjson.loads((home / "made.json").read_bytes())
    with open_instance(settings) as instance:
        known = {
            "runs": {run.run_id: run.status.value for run in instance.get_runs()},
            "run reports": {name: _report(instance, run_id) for name, run_id in made["runs"].items()},
            "costs": sorted([*_rows(tallies(instance)), *_rows(spendings(instance))], key=repr),
            "companies": list(instance.get_dynamic_partitions("company")),
            **_standings(instance, settings, made["at"]),
            "events": {run.run_id: _events(instance, run.run_id) for run in instance.get_runs()},
            "materialized": {name: sorted(instance.get_materialized_partitions(dg.AssetKey(name))) for name in CATALOG},
            "last events": {
                key.to_user_string(): found.timestamp
                for key, found in instance.get_latest_materialization_events(
                    [dg.AssetKey(name) for name in CATALOG]
                ).items()
                if found is not None
            },
        }
    return {**known, **_state(settings), "values": _values(settings, known["companies"])}


def _standings(instance: dg.DagsterInstance, settings: Settings, at: float) -> dict[str, Any]:
    domains = instance.get_dynamic_partitions("company")
    known = list(latest_statuses(instance, domains, CATALOG))
    now = datetime.fromtimestamp(at, UTC)
    return {
        "records": [_latest_status(one) for one in known],
        "freshness": {
            company.domain: dict(company.freshness) for company in rules_of(CATALOG, settings).known(known, now)
        },
    }


def _report(instance: dg.DagsterInstance, run_id: str) -> dict[str, Any]:
    found = _plain(run_report(instance, run_id))
    return {**found, "outcomes": {**{name: {} for name in CATALOG}, **found["outcomes"]}}


def _latest_status(found: LatestStatus) -> dict[str, Any]:
    plain: dict[str, Any] = _plain(found)
    if plain["record"] is not None:
        plain["record"]["answer"] = plain["record"].pop("summary")
    return plain


def _events(instance: dg.DagsterInstance, run_id: str) -> dict[str, int]:
    return dict(sorted(Counter(str(found.dagster_event_type) for found in instance.all_logs(run_id)).items()))


def _state(settings: Settings) -> dict[str, Any]:
    assert settings.clay_webhook_url is not None
    destination = destination_id(settings.clay_webhook_url)
    state = open_state(settings)
    outbox = Outbox(state, lambda _: False)
    found = {
        "pushes": dict(sorted(outbox.counts(destination).items())),
        "held": sorted(outbox.held(destination)),
        "submitted": outbox.submitted(destination),
        "names": {company.domain: company.name for company in Names(state).everyone()},
        "lists": _lists(Lists(state), state),
        "dead": dead_runs(state),
    }
    outbox.close()
    state.dispose()
    return found


def _lists(lists: Lists, state: Any) -> dict[str, list[str]]:
    with state.connect() as connection:
        ids = sorted(list_id for (list_id,) in connection.exec_driver_sql("SELECT list_id FROM list"))
    return {
        f"{list_id} {lists.describe(list_id).source}": [found.domain for found in lists.companies(list_id)]
        for list_id in ids
    }


def _values(settings: Settings, domains: list[str]) -> dict[str, str]:
    store = ArtifactStore(settings.store_url)
    found = {}
    for domain in domains:
        for name, artifact in CATALOG.items():
            if (envelope := store.get(name, domain)) is not None:
                artifact.parse(envelope.value)  # a field that came since changes the hash of what is parsed
                found[f"{name} {domain}"] = f"{envelope.data_version} {envelope.data_version}"
    store.close()
    return found


def _rows(found: Any) -> list[Any]:
    return [_plain(one) for one in found]


def _plain(found: Any) -> Any:
    return _without_news(orjson.loads(orjson.dumps(found, default=str)))


def _without_news(node: Any) -> Any:
    """What no home can tell that knew of no stored answers."""
    if isinstance(node, dict):
        news = (("stored", 0), ("written_at", None))
        return {name: _without_news(value) for name, value in node.items() if (name, value) not in news}
    return [_without_news(item) for item in node] if isinstance(node, list) else node
