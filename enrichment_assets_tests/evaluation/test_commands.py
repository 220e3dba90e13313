"""The commands that live on stored answers: what-if, eval, replay, changes, status."""

import asyncio
import json
from pathlib import Path

import pytest
from sqlalchemy import delete, select

from enrichment_assets.artifacts import sources
from enrichment_assets.cache.instance import open_instance
from enrichment_assets.companies.company import Company
from enrichment_assets.orchestration.partitions import NAME
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.names import Names
from enrichment_assets.storage.state import open_state
from enrichment_assets.storage.together import limits
from enrichment_assets_tests.cli.test_eval_and_explain import enrich
from enrichment_assets_tests.engine.walking import Road

DOMAINS = ("fits-one.com", "fits-two.com", "shop.com")
OTHER = "we_sell: Payroll.\nwe_sell_to: Restaurants.\nmust_haves: [Runs a restaurant.]\n"


@pytest.fixture
async def road(sandbox: Sandbox, tmp_path: Path) -> Road:
    for domain in DOMAINS:
        fits = domain.startswith("fits")
        sandbox.company(domain, mx="google", site="normal", fits=fits, segment="software" if fits else "shop")
    road = Road(sandbox, tmp_path / "state")
    state = open_state(sandbox.settings(dagster_home=road.home))
    Names(state).register([Company.named(domain, None) for domain in DOMAINS])
    state.dispose()
    await road.walk(DOMAINS)
    with open_instance(sandbox.settings(dagster_home=road.home)) as instance:
        instance.add_dynamic_partitions(NAME, DOMAINS)
    return road


def run(road: Road, *command: str, **more: str) -> tuple[int, str, str]:
    environment = {**road.sandbox.environment(), "DAGSTER_HOME": str(road.home), **more}
    done = enrich(road.home.parent, *command, **environment)
    return done.exit_code, done.stdout, done.stderr


def model_calls(road: Road) -> int:
    return int(road.sandbox.bill()["openrouter"]["calls"])


def test_what_if_pays_once_shows_flips_with_quotes_and_counts_when_adopted(road: Road, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(OTHER)
    (tmp_path / "labels.csv").write_text("website,label\n" + "".join(f"{domain},0\n" for domain in DOMAINS))
    before = model_calls(road)
    code, said, wrong = run(road, "what-if", "--icp", "other.yaml", "--yes", "--labels", "labels.csv")
    assert code == 0, wrong
    assert "0 are judged already; 3 calls" in said
    assert "verdicts flip" in said
    assert "precision" in said
    assert model_calls(road) == before + 3
    code, said, _ = run(road, "what-if", "--icp", "other.yaml", OPENROUTER_API_KEY="")
    assert (code, "3 are judged already; 0 calls" in said) == (0, True), said
    assert "Paid: $0.000000" in said
    _, document, _ = run(road, "what-if", "--icp", "other.yaml", "--sample", "2", "--json")
    assert json.loads(document)["pages"] == 2
    assert model_calls(road) == before + 3


def test_a_profile_that_was_tried_out_is_adopted_for_nothing(road: Road, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(OTHER)
    run(road, "what-if", "--icp", "other.yaml", "--yes")
    before = model_calls(road)
    walked = asyncio.run(road.walk(DOMAINS, enrichment_icp_profile=tmp_path / "other.yaml"))
    assert {company.nodes["icp"].outcome for company in walked.values()} == {"OK"}
    assert model_calls(road) == before


def test_the_same_eval_again_costs_nothing(road: Road, tmp_path: Path) -> None:
    rows = [{"company": "One", "website": "a.com", "text": "We make software for factories.", "label": 1}]
    rows += [{"company": "Two", "website": "", "text": "We bake bread in our own shop.", "label": 0}]
    (tmp_path / "labelled.jsonl").write_text("\n".join(map(json.dumps, rows)))
    before = model_calls(road)
    assert run(road, "eval", "labelled.jsonl")[0] == 0
    assert model_calls(road) == before + 2
    code, said, _ = run(road, "eval", "labelled.jsonl")
    assert (code, model_calls(road)) == (0, before + 2)
    assert "$0.000000" in said


def test_what_asks_without_a_run_shares_the_limits_of_the_account(road: Road, tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text(OTHER)
    rows = [{"company": "One", "website": "a.com", "text": "We make software for factories.", "label": 1}]
    (tmp_path / "labelled.jsonl").write_text("\n".join(map(json.dumps, rows)))
    state = open_state(road.sandbox.settings(dagster_home=road.home))
    for command in (["what-if", "--icp", "other.yaml", "--yes"], ["eval", "labelled.jsonl"], ["doctor"]):
        run(road, *command)
        with state.begin() as connection:
            known = set(connection.execute(select(limits.accounts.c.provider)).scalars())
            connection.execute(delete(limits.accounts))
        assert "openrouter" in known, command
    state.dispose()


def test_replay_says_the_same_and_saves_a_case_that_it_can_run(road: Road, tmp_path: Path) -> None:
    code, said, wrong = run(road, "replay", DOMAINS[0], "--artifact", "icp", "--save-case", "case.json")
    assert (code, "icp: the same" in said) == (0, True), wrong
    assert enrich(tmp_path, "replay", "--case", "case.json").stdout == "icp: the same\n"
    assert run(road, "replay", "nobody.com")[0] == 2


def test_status_tells_outdated_from_expired_and_what_each_costs(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    def latest() -> dict:
        return json.loads(run(road, "status", "--json")[1])

    now = latest()
    assert now["artifacts"]["website"]["fresh"] == 3
    assert now["catching_up"] == {"expired_usd": 0, "outdated_usd": 0}
    with monkeypatch.context() as release:
        release.setattr(sources, "version", lambda *modules: f"other {modules}")
        after_release = latest()
        assert after_release["artifacts"]["website"]["outdated"] == 3
        assert after_release["catching_up"]["outdated_usd"] == 0, "stored answers do"
        assert "outdated about $0.0000" in run(road, "status")[1]
    (road.home.parent / "icp.yaml").write_text(OTHER)
    profile = latest()["artifacts"]["icp"]
    assert profile["outdated"] == 3
    assert profile["outdated_usd"] > 0, "another profile is another question"
