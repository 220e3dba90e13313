"""Page texts that are dropped after a time, and all that was judged from them, which stays."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from click.testing import CliRunner

from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.latest_status import latest_statuses
from enrichment_assets.cli.main import cli
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.results import CompanyResult
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.artifacts import ArtifactStore

COMPANIES = [Company("stripe.com", "Stripe"), Company("adyen.com", "Adyen"), Company("figma.com", "Figma")]
DOMAINS = [company.domain for company in COMPANIES]


def values(settings: Settings, artifact: str) -> dict[str, Any]:
    store = ArtifactStore(settings.store_url)
    found = {domain: store.get(artifact, domain) for domain in DOMAINS}
    store.close()
    return {domain: envelope.value for domain, envelope in found.items() if envelope is not None}


def ran(instance: dg.DagsterInstance, settings: Settings, at: datetime, **options: Any) -> dict[str, str]:
    ended: dict[str, str] = {}

    def remember(one: CompanyResult) -> None:
        ended.update({f"{one.company.domain} {name}": node.outcome for name, node in one.nodes.items()})

    result = run_list(
        instance,
        COMPANIES,
        settings=settings,
        clock=lambda: at,
        on_finished=remember,
        **options,
    )
    assert result.result is not None, result.error
    return ended


def test_texts_are_dropped_by_age_and_nothing_is_read_again_within_the_ttl(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = sandbox.settings(dagster_home=tmp_path / "home", retry_attempts=1)
    for name, value in sandbox.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ENRICHMENT_KEEP_PAGE_TEXT_DAYS", "7")
    monkeypatch.chdir(tmp_path)
    now = datetime.now(UTC)
    with open_instance(settings) as instance:
        ran(instance, settings, now - timedelta(days=8), assets=["mx", "website", "icp"])
    texts = {domain: page["text"] for domain, page in values(settings, "website").items() if page["text"]}
    verdicts = values(settings, "icp")
    assert texts
    assert verdicts
    pruned = CliRunner().invoke(cli, ["prune", "--yes"], catch_exceptions=False)
    assert f"the text of {len(texts)} pages" in pruned.output
    assert not any(page["text"] for page in values(settings, "website").values())
    assert values(settings, "icp") == verdicts
    database = (tmp_path / "home" / "artifacts" / "values.db").read_bytes()
    assert not any(text[:200].encode() in database for text in texts.values())

    with open_instance(settings) as instance:
        again = ran(instance, settings, now, assets=["mx", "website", "icp"])
        assert set(again.values()) <= {"CACHE", "SKIP"}
        profile = "we_sell: Payroll\nwe_sell_to: Restaurants\nmust_haves: [It runs a restaurant]\n"
        (tmp_path / "icp.yaml").write_text(profile)
        judged = ran(instance, settings, now, assets=["mx", "website", "icp"])
        failed = [one for one in latest_statuses(instance, DOMAINS, ["icp"]) if one.failure is not None]
        assert failed
        assert all("ENRICHMENT_KEEP_PAGE_TEXT_DAYS" in str(one.failure) for one in failed)
        assert not [name for name, outcome in judged.items() if "website" in name and outcome == "OK"]
