"""A paid answer is bought once within its TTL: not again after a kill, a changed rule, a closed gate or a failure."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from enrichment_assets.artifacts import sources
from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.cache.spending import spent_as_text
from enrichment_assets.engine.results import Outcome
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.answers.store import open_answers
from enrichment_assets_tests.builtin import CATALOG
from enrichment_assets_tests.engine.walking import Road, outcomes, with_outcome

FIT = "fitting-software.com"
PAID = ("spider", "openrouter", "serper")
PROFILE = "we_sell: Payroll.\nwe_sell_to: Restaurants.\nmust_haves: [Runs a restaurant.]\n"


@pytest.fixture
def road(sandbox: Sandbox, tmp_path: Path) -> Road:
    sandbox.company(FIT, mx="google", site="normal", fits=True)
    return Road(sandbox, tmp_path / "state")


def calls(road: Road) -> dict[str, int]:
    """Whoever was called, but DNS and the destination."""
    return {
        name: provider["calls"]
        for name, provider in road.sandbox.bill().items()
        if name not in ("dns", "clay") and provider["calls"]
    }


def another_rule(monkeypatch: pytest.MonkeyPatch, rule: str) -> None:
    """As after a release in which a source or data file of every artifact has changed."""
    monkeypatch.setattr(sources, "version", lambda *modules: f"{rule} {modules}")


async def test_what_a_kill_left_of_answers_is_not_bought_again(road: Road) -> None:
    first = (await road.walk([FIT]))[FIT]
    bought = calls(road)
    assert set(bought) >= set(PAID)
    for lost in ("history", "artifacts/values.db"):
        place = road.home / lost
        shutil.rmtree(place) if place.is_dir() else place.unlink()
    again = (await road.walk([FIT]))[FIT]
    assert calls(road) == bought
    assert outcomes(again) == outcomes(first)
    assert again.cost_usd == 0
    assert "spider 0 (1 stored)" in spent_as_text(again.nodes["website"].spent)


async def test_a_changed_rule_makes_it_again_for_nothing_and_no_younger(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    await road.walk([FIT])
    bought, bought_at = calls(road), road.now
    another_rule(monkeypatch, "other")
    road.later(hours=11)
    again = (await road.walk([FIT]))[FIT]
    assert with_outcome(again, Outcome.OK) >= {"mx", "website", "icp", "linkedin", "careers", "news"}
    assert calls(road) == bought
    with open_instance(road.sandbox.settings(dagster_home=road.home)) as instance:
        ages = {record.artifact: record.computed_at for record in latest_records(instance, [FIT], CATALOG)}
    assert {ages[name] for name in ("website", "icp", "careers", "news")} == {bought_at}
    assert ages["mx"] == road.now, "DNS is asked again: it is free"
    road.later(hours=2)
    assert with_outcome((await road.walk([FIT]))[FIT], Outcome.OK) >= {"news"}
    assert {name for name in bought if calls(road)[name] > bought[name]} == {"serper"}, "12 hours after the answer"


async def test_a_changed_profile_pays_for_the_judgement_once_and_changed_back_for_nothing(
    road: Road, tmp_path: Path
) -> None:
    await road.walk([FIT])
    bought = calls(road)
    profile = tmp_path / "icp.yaml"
    profile.write_text(PROFILE)
    await road.walk([FIT], enrichment_icp_profile=profile)
    judged = calls(road)
    assert {name for name in judged if judged[name] > bought[name]} == {"openrouter"}
    for _ in range(2):
        await road.walk([FIT])
        await road.walk([FIT], enrichment_icp_profile=profile)
    assert calls(road) == judged


async def test_a_refresh_asks_anew(road: Road) -> None:
    await road.walk([FIT])
    bought = calls(road)
    road.later(seconds=5)
    forced = frozenset({"website", "icp"})
    await road.walk([FIT], forced=forced)
    asked = calls(road)
    assert {name: asked[name] - bought[name] for name in PAID} == {"spider": 1, "openrouter": 1, "serper": 0}


async def test_what_an_artifact_could_not_use_is_not_told_again(road: Road) -> None:
    road.sandbox.page(FIT, "<html><title>Down for maintenance</title><h1>We'll be back soon</h1></html>")
    failed = (await road.walk([FIT]))[FIT]
    assert "website" in with_outcome(failed, Outcome.FAIL), outcomes(failed)
    road.sandbox.page(FIT, f"<html><title>Fitting</title><p>{'We make software for factories. ' * 9}</p></html>")
    assert outcomes((await road.walk([FIT]))[FIT])["website"] == "OK"


async def test_a_call_that_fails_leaves_what_others_said_bought(road: Road) -> None:
    road.sandbox.company(FIT, mx="google", site="normal", fits=True, careers="own_page", linkedin="search")
    road.sandbox.faults({"openrouter": {"http_503": 1.0}})
    assert "icp" in with_outcome((await road.walk([FIT]))[FIT], Outcome.FAIL)
    road.sandbox.faults({"openrouter": {"nonsense": 1.0}})
    assert "icp" in with_outcome((await road.walk([FIT]))[FIT], Outcome.FAIL)
    road.sandbox.faults({})
    assert outcomes((await road.walk([FIT]))[FIT])["icp"] == "OK", "nonsense is not told again"
    assert calls(road)["spider"] <= 2


async def test_a_stored_answer_needs_no_account(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    await road.walk([FIT])
    another_rule(monkeypatch, "other")
    road.sandbox.faults({"spider": {"http_402": 1.0}, "openrouter": {"http_402": 1.0}})
    assert with_outcome((await road.walk([FIT]))[FIT], Outcome.FAIL) == set()


async def test_nothing_is_kept_where_it_is_turned_off_or_too_large(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    await road.walk([FIT], enrichment_answers="off")
    bought = calls(road)
    assert not (road.home / "artifacts" / "answers.db").exists()
    another_rule(monkeypatch, "other")
    await road.walk([FIT], enrichment_answer_max_bytes=1)
    again = calls(road)
    assert again == {name: 2 * number for name, number in bought.items()}
    another_rule(monkeypatch, "third")
    await road.walk([FIT])
    assert calls(road) == {name: 3 * number for name, number in bought.items()}


async def test_what_is_past_its_time_is_pruned_and_what_somebody_may_use_longer_is_not(road: Road) -> None:
    await road.walk([FIT])
    store = open_answers(road.sandbox.settings(dagster_home=road.home))
    assert store is not None
    kept = {answer.artifact for answer in store.of(FIT)}
    assert kept >= {"website", "icp", "careers", "news"}
    assert store.backend.prune(road.now + timedelta(hours=11), None) == 0
    store.backend.prune(road.now + timedelta(hours=13), None)
    assert {answer.artifact for answer in store.of(FIT)} == kept - {"news"}
    store.backend.prune(road.now, road.now + timedelta(seconds=1))
    assert store.of(FIT) == []
    store.close()
