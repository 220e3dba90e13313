"""What becomes of companies on their way through the graph."""

import asyncio
import shutil
import sqlite3
from pathlib import Path

import pytest

from enrichment_assets.engine.results import Outcome
from enrichment_assets.engine.stop import Stop
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.builtin import CATALOG
from enrichment_assets_tests.engine.walking import Road, outcomes, with_outcome

FIT = "fitting-software.com"
PAID = ("spider", "openrouter", "serper")


@pytest.fixture
def road(sandbox: Sandbox, tmp_path: Path) -> Road:
    sandbox.company(FIT, mx="google", site="normal", fits=True)
    return Road(sandbox, tmp_path / "state")


def calls(sandbox: Sandbox) -> dict[str, int]:
    return {name: provider["calls"] for name, provider in sandbox.bill().items() if name in PAID and provider["calls"]}


async def test_a_company_that_fits_gets_every_artifact_and_is_delivered(road: Road) -> None:
    done = (await road.walk([FIT]))[FIT]
    assert outcomes(done) == dict.fromkeys(CATALOG, "OK")
    assert done.outcome == "qualified"
    assert [row["body"]["tier"] for row in road.sandbox.received()] == ["QUALIFIED"]


async def test_a_closed_mail_gate_skips_what_is_behind_it_and_is_delivered_as_disqualified(road: Road) -> None:
    road.sandbox.mx({"nomail.com": "null_mx"})
    done = (await road.walk(["nomail.com"]))["nomail.com"]
    assert with_outcome(done, Outcome.SKIP) == {"website", "icp", "linkedin", "careers", "news"}
    assert {node.reason for node in done.nodes.values() if node.outcome is Outcome.SKIP} == {"mx_pass"}
    assert done.outcome == "disqualified"
    assert [row["body"]["tier"] for row in road.sandbox.received()] == ["DISQUALIFIED"]
    assert calls(road.sandbox) == {}


async def test_a_skip_counts_only_while_its_gate_stays_closed(road: Road) -> None:
    road.sandbox.mx({FIT: "null_mx"})
    await road.walk([FIT])
    again = (await road.walk([FIT]))[FIT]
    assert with_outcome(again, Outcome.CACHE) == {"mx", "webhook_payload", "webhook_delivery"}
    road.sandbox.mx({FIT: [[10, "aspmx.l.google.com"]]})
    mx = frozenset({"mx"})
    await road.walk([FIT], selected=mx, forced=mx)
    alone = (await road.walk([FIT], selected=frozenset({"news"})))[FIT]
    assert outcomes(alone) == {"news": "FAIL"}
    assert "website was skipped by a gate that is open now: select it too" in alone.reason
    opened = (await road.walk([FIT]))[FIT]
    assert with_outcome(opened, Outcome.CACHE) == mx
    assert set(outcomes(opened).values()) == {"CACHE", "OK"}


async def test_a_gate_that_has_closed_since_is_closed_for_a_single_artifact_too(road: Road) -> None:
    await road.walk([FIT])
    road.sandbox.mx({FIT: "null_mx"})
    mx = frozenset({"mx"})
    await road.walk([FIT], selected=mx, forced=mx)
    only = frozenset({"news"})
    assert outcomes((await road.walk([FIT], selected=only, forced=only))[FIT]) == {"news": "SKIP"}


async def test_an_unknown_answer_of_dns_fails_and_waits_for_nobody_to_call_it_disqualified(road: Road) -> None:
    road.sandbox.mx({"broken.com": "servfail"})
    done = (await road.walk(["broken.com", FIT]))["broken.com"]
    assert done.outcome == "failed"
    assert "mx: dns" in done.reason
    assert done.nodes["icp"].waiting
    assert {row["body"]["domain"] for row in road.sandbox.received()} == {FIT}


async def test_a_company_whose_news_failed_is_held_back_and_finished_by_the_next_run(road: Road) -> None:
    road.sandbox.faults({"serper": {"http_503": 1.0}})
    held = (await road.walk([FIT]))[FIT]
    assert held.outcome == "failed"
    assert road.sandbox.received() == []
    road.sandbox.faults({})
    before = calls(road.sandbox)
    done = (await road.walk([FIT]))[FIT]
    assert with_outcome(done, Outcome.CACHE) >= {"mx", "website", "icp"}
    assert with_outcome(done, Outcome.OK) >= {"news", "webhook_payload", "webhook_delivery"}
    assert calls(road.sandbox)["openrouter"] == before["openrouter"]


async def test_a_setting_pushes_an_incomplete_company_with_the_hole_named(road: Road) -> None:
    road.sandbox.faults({"serper": {"http_503": 1.0}})
    await road.walk([FIT], enrichment_push_incomplete=True)
    (first,) = road.sandbox.received()
    assert "news" in first["body"]["missing"]
    road.sandbox.faults({})
    await road.walk([FIT], enrichment_push_incomplete=True)
    second = road.sandbox.received()[1]
    assert second["body"]["missing"] == []
    assert "news" in second["body"]["delivery_reason"]


async def test_each_artifact_is_called_again_when_its_own_time_is_over(road: Road) -> None:
    await road.walk([FIT])
    road.later(hours=13)
    assert with_outcome((await road.walk([FIT]))[FIT], Outcome.OK) - {"webhook_payload", "webhook_delivery"} == {"news"}
    road.later(days=4)
    assert with_outcome((await road.walk([FIT]))[FIT], Outcome.OK) - {"webhook_payload", "webhook_delivery"} == {
        "news",
        "careers",
    }


async def test_a_record_dated_ahead_by_a_wrong_clock_counts_as_of_now_and_expires_from_then(road: Road) -> None:
    road.later(days=400)
    await road.walk([FIT])
    road.later(days=-400)
    assert with_outcome((await road.walk([FIT]))[FIT], Outcome.CACHE) == set(CATALOG)
    road.later(hours=13)
    assert with_outcome((await road.walk([FIT]))[FIT], Outcome.OK) >= {"news"}


async def test_another_profile_is_judged_on_the_stored_page(road: Road, tmp_path: Path) -> None:
    await road.walk([FIT])
    before = calls(road.sandbox)
    default = Path(__file__).parents[2] / "enrichment_assets" / "artifacts/icp" / "default_icp.yaml"
    profile = tmp_path / "icp.yaml"
    shutil.copy(default, profile)
    with profile.open("a") as file:
        file.write("\n# the same words in another file are the same profile\n")
    same = (await road.walk([FIT], enrichment_icp_profile=profile))[FIT]
    assert same.nodes["icp"].outcome is Outcome.CACHE
    text = profile.read_text()
    profile.write_text(text.replace("Outbound sales", "Inbound marketing", 1))
    assert profile.read_text() != text
    judged = (await road.walk([FIT], enrichment_icp_profile=profile))[FIT]
    assert judged.nodes["icp"].outcome is Outcome.OK
    after = calls(road.sandbox)
    assert after["spider"] == before["spider"]
    assert after["openrouter"] > before["openrouter"]


async def test_a_single_artifact_reads_what_it_needs_from_the_store(road: Road) -> None:
    await road.walk([FIT])
    before = calls(road.sandbox)
    only = frozenset({"news"})
    done = (await road.walk([FIT], selected=only, forced=only))[FIT]
    assert outcomes(done) == {"news": "OK"}
    after = calls(road.sandbox)
    assert (after["spider"], after["openrouter"]) == (before["spider"], before["openrouter"])


async def test_a_single_artifact_names_what_it_misses(road: Road) -> None:
    done = (await road.walk([FIT], selected=frozenset({"icp"})))[FIT]
    assert outcomes(done) == {"icp": "FAIL"}
    assert "is missing: select it too" in done.reason
    assert calls(road.sandbox) == {}


async def test_a_lost_value_is_made_again_instead_of_crashing(road: Road) -> None:
    await road.walk([FIT])
    with sqlite3.connect(road.home / "artifacts" / "values.db") as values:
        values.execute("DELETE FROM value WHERE artifact = 'website'")
    values.close()
    done = (await road.walk([FIT], forced=frozenset({"news"})))[FIT]
    assert Outcome.FAIL not in {node.outcome for node in done.nodes.values()}
    assert done.nodes["website"].outcome is Outcome.OK


async def test_two_runs_over_the_same_companies_pay_once_and_push_once(road: Road) -> None:
    domains = [f"overlap-{number}.com" for number in range(20)]
    road.sandbox.latency({"spider": 0.02, "openrouter": 0.02})
    first, second = await asyncio.gather(road.walk(domains), road.walk(list(reversed(domains))))
    assert first.keys() == second.keys() == set(domains)
    received = [row["body"]["domain"] for row in road.sandbox.received()]
    assert sorted(received) == sorted(domains)
    paid = [
        {domain for domain in domains if run[domain].nodes["website"].outcome is Outcome.OK} for run in (first, second)
    ]
    assert not paid[0] & paid[1]


async def test_stopping_lets_companies_in_flight_finish_and_takes_no_other(road: Road) -> None:
    stop = Stop()
    domains = [f"queue-{number}.com" for number in range(30)]
    finished = await road.walk(domains, parallel=3, stop=stop, on_finished=lambda _: stop.request())
    assert road.result is not None
    assert road.result.interrupted
    assert 1 <= len(finished) <= 3
    assert road.result.unreached == 30 - len(finished)
    rest = await road.walk(domains)
    assert len(rest) == 30
    assert sorted(row["body"]["domain"] for row in road.sandbox.received()) == sorted(domains)


async def test_cancelling_drops_companies_in_flight_without_failing_them(road: Road) -> None:
    road.sandbox.latency({"spider": 5.0})
    stop = Stop()
    asyncio.get_running_loop().call_later(0.5, stop.cancel)
    finished = await road.walk([FIT], stop=stop)
    assert finished == {}
    assert road.result is not None
    assert (road.result.unreached, road.result.interrupted) == (1, True)


async def test_a_cap_leaves_the_rest_for_later_and_pushes_nothing_half_known(road: Road) -> None:
    domains = [f"budget-{number}.com" for number in range(20)]
    finished = await road.walk(domains, cap_usd=0.004)
    stopped = {domain for domain, company in finished.items() if company.outcome == "budget"}
    assert stopped
    assert sum(provider["usd"] for provider in road.sandbox.bill().values()) <= 0.004
    assert not stopped & {row["body"]["domain"] for row in road.sandbox.received()}
    rest = await road.walk(domains)
    assert not [company for company in rest.values() if company.outcome in ("budget", "failed")]


async def test_more_companies_in_flight_than_there_are_is_no_problem(road: Road) -> None:
    finished = await road.walk([f"wide-{number}.com" for number in range(40)], parallel=1000)
    assert len(finished) == 40


async def test_an_empty_list_walks_nowhere(road: Road) -> None:
    assert await road.walk([]) == {}
