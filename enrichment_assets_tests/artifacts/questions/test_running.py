"""Questions in whole runs: added, edited, ruled out, removed; what each costs, and what the receiver is told."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from enrichment_assets.artifacts.catalog import load_catalog
from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.latest_status import latest_statuses
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.results import CompanyResult
from enrichment_assets.orchestration.census import rules_of
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.artifacts.questions.asking import FILES, written
from enrichment_assets_tests.engine.walking import outcomes

DOMAINS = ["first-asked.com", "second-asked.com"]
Run = Callable[[], Mapping[str, CompanyResult]]


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    sandbox.companies([{"domain": each, "segment": "software", "site": "normal", "mail": "google"} for each in DOMAINS])
    folder = written(tmp_path / "questions", "pricing_model", "price")
    return sandbox.settings(dagster_home=tmp_path / "home", enrichment_questions_dir=folder, retry_attempts=1)


@pytest.fixture
def run(settings: Settings) -> Run:
    def run() -> Mapping[str, CompanyResult]:
        finished: dict[str, CompanyResult] = {}
        with open_instance(settings) as instance:
            ran = run_list(
                instance,
                [Company.named(domain, None) for domain in DOMAINS],
                settings=settings,
                catalog=load_catalog(settings),
                assets=[name for name in load_catalog(settings) if name not in ("linkedin", "careers", "news")],
                without=["linkedin", "careers", "news"],
                on_finished=lambda company: finished.update({company.company.domain: company}),
            )
        assert ran.result is not None, ran.error
        return finished

    return run


def calls(sandbox: Sandbox) -> dict[str, int]:
    bill = sandbox.bill()
    return {name: int(bill.get(name, {}).get("calls", 0)) for name in ("spider", "openrouter")}


def more(sandbox: Sandbox, before: Mapping[str, int]) -> dict[str, int]:
    return {name: count - before[name] for name, count in calls(sandbox).items()}


def pushed(sandbox: Sandbox) -> list[Mapping[str, Any]]:
    return [row["body"] for row in sandbox.received() if row["body"]["domain"] == DOMAINS[0]]


def test_a_question_comes_changes_and_goes_at_the_price_of_its_own_calls(
    sandbox: Sandbox, settings: Settings, run: Run
) -> None:
    folder = settings.enrichment_questions_dir
    assert {outcomes(company)["pricing_model"] for company in run().values()} == {"OK"}
    assert calls(sandbox) == {"spider": 4, "openrouter": 4}  # home and pricing page; icp, and one call for both
    (first,) = pushed(sandbox)
    assert first["schema_version"] == "2"
    assert first["answers"]["pricing_model"]["answer"] == first["pricing_model"]
    assert first["pricing_model_quote"] in first["answers"]["pricing_model"]["quotes"] or not first["pricing_model"]

    before = calls(sandbox)
    assert {outcomes(company)["price"] for company in run().values()} == {"CACHE"}
    assert more(sandbox, before) == {"spider": 0, "openrouter": 0}

    written(folder, "soc2")
    added = run()
    assert {outcomes(company)["soc2"] for company in added.values()} == {"OK"}
    assert {outcomes(company)["price"] for company in added.values()} == {"CACHE"}
    assert more(sandbox, before) == {"spider": 2, "openrouter": 2}  # the security page, and nothing else
    assert pushed(sandbox)[-1]["delivery_reason"] == "changed: soc2"

    before = calls(sandbox)
    written(folder, price=FILES["price"].replace("From which", "At which"))
    edited = run()
    assert {outcomes(company)["price"] for company in edited.values()} == {"OK"}
    assert {outcomes(company)["pricing_model"] for company in edited.values()} == {"CACHE"}
    assert more(sandbox, before) == {"spider": 0, "openrouter": 2}  # the pages were bought already

    written(folder, "price")
    again = run()
    assert {outcomes(company)["price"] for company in again.values()} == {"OK"}
    assert more(sandbox, before) == {"spider": 0, "openrouter": 2}  # and so was this answer, with another question

    (folder / "soc2.yaml").unlink()
    gone = run()
    assert all("soc2" not in outcomes(company) for company in gone.values())
    assert "soc2" not in pushed(sandbox)[-1]
    with open_instance(settings) as instance:
        assert len(list(latest_statuses(instance, DOMAINS, ["soc2"]))) == len(DOMAINS)


def test_what_a_condition_rules_out_is_skipped_free_and_fresh_for_its_ttl(
    sandbox: Sandbox, settings: Settings, run: Run
) -> None:
    run()
    before, sent = calls(sandbox), len(sandbox.received())
    written(settings.enrichment_questions_dir, soc2=FILES["soc2"] + "when: icp.score > 100\n")
    assert {outcomes(company)["soc2"] for company in run().values()} == {"SKIP"}
    assert {outcomes(company)["webhook_payload"] for company in run().values()} <= {"OK", "CACHE"}
    assert more(sandbox, before) == {"spider": 0, "openrouter": 0}
    assert len(sandbox.received()) == sent  # a question that was not asked is no news
    catalog, now = load_catalog(settings), datetime.now(UTC)
    with open_instance(settings) as instance:

        def states(at: datetime) -> set[str]:
            known = rules_of(catalog, settings).known(latest_statuses(instance, DOMAINS, catalog), at)
            return {company.freshness["soc2"] for company in known}

        assert states(now) == {"fresh"}
        assert states(now + timedelta(days=31)) == {"expired"}
    written(settings.enrichment_questions_dir, soc2=FILES["soc2"] + "when: icp.score >= 0\n")
    assert {outcomes(company)["soc2"] for company in run().values()} == {"OK"}
