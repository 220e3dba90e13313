"""Review: companies with their evidence, labels that override the gate, and what they cost (nothing)."""

import asyncio
import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.latest_status import latest_statuses
from enrichment_assets.cli.main import cli
from enrichment_assets.companies.company import Company
from enrichment_assets.orchestration.census import Census, rules_of
from enrichment_assets.orchestration.partitions import NAME
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.history.labels import all_labels
from enrichment_assets.storage.names import Names
from enrichment_assets.storage.state import open_state
from enrichment_assets_tests.builtin import CATALOG
from enrichment_assets_tests.engine.walking import Road, outcomes

FITS, SHOP = "fits-one.com", "shop.com"
BEHIND = ("linkedin", "careers", "news")


@pytest.fixture
async def road(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Road:
    sandbox.company(FITS, mx="google", site="normal", fits=True, segment="software")
    sandbox.company(SHOP, mx="google", site="normal", fits=False, segment="shop")
    road = Road(sandbox, tmp_path / "state")
    state = open_state(sandbox.settings(dagster_home=road.home))
    Names(state).register([Company.named(FITS, None), Company.named(SHOP, None)])
    state.dispose()
    for name, value in {**sandbox.environment(), "DAGSTER_HOME": str(road.home)}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    await road.walk((FITS, SHOP))
    return road


def enrich(*words: str, keys: str = "") -> str:
    done = CliRunner().invoke(cli, list(words), input=keys, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout if "--json" in words else done.output


def calls(road: Road) -> dict[str, int]:
    return {name: int(line["calls"]) for name, line in road.sandbox.bill().items() if name not in ("dns", "clay")}


def pushed(road: Road, domain: str) -> dict:
    return [row["body"] for row in road.sandbox.received() if row["body"]["domain"] == domain][-1]


async def test_a_label_overrides_the_gate_and_costs_only_what_the_open_gate_lets_through(road: Road) -> None:
    before, first = calls(road), pushed(road, SHOP)
    assert (first["tier"], "label" in first["icp"]) == ("DISQUALIFIED", False)
    said = enrich("review", "--by", "ana", SHOP, keys="y we sold to them\n")
    assert "verdict: not_fit" in said
    assert "“" in said
    assert calls(road) == before
    settings = road.sandbox.settings(dagster_home=road.home)
    (label,) = [of[name] for of in all_labels(settings).values() for name in of]
    assert (label.label, label.by, label.note, label.said) == ("fit", "ana", "we sold to them", "not_fit")
    assert label.quotes

    with open_instance(settings) as instance:
        instance.add_dynamic_partitions(NAME, [SHOP])
        census = Census(instance, CATALOG, settings, road.now)
        assert {one.domain: one.freshness["news"] for one in census.others()}[SHOP] == "outdated"
        rules = rules_of(CATALOG, settings)
        known = rules.known(latest_statuses(instance, [SHOP], CATALOG), road.now, all_labels(settings))
        freshness = next(iter(known)).freshness
    assert {name: freshness[name] for name in ("icp", "news")} == {"icp": "fresh", "news": "outdated"}

    walked = await road.walk((FITS, SHOP))
    assert {outcomes(walked[SHOP])[name] for name in BEHIND} == {"OK"}
    assert {outcomes(walked[SHOP])[name] for name in ("mx", "website", "icp")} == {"CACHE"}
    assert set(outcomes(walked[FITS]).values()) == {"CACHE"}
    payload = pushed(road, SHOP)
    assert (payload["tier"], payload["icp_verdict"], payload["icp"]["label"]) == ("QUALIFIED", "not_fit", "fit")
    assert payload["tier_reason"].startswith("labelled fit; without it not_fit")
    assert payload["schema_version"] == "2"
    assert "labelled: fit; we sold to them" in enrich("explain", SHOP)

    paid = calls(road)
    enrich("review", SHOP, keys="u\n")
    walked = await road.walk((SHOP,))
    assert {outcomes(walked[SHOP])[name] for name in BEHIND} == {"SKIP"}
    assert pushed(road, SHOP)["tier"] == "DISQUALIFIED"
    enrich("review", SHOP, keys="y\n")
    walked = await road.walk((SHOP,))
    assert {outcomes(walked[SHOP])[name] for name in BEHIND} == {"CACHE"}, "what was found out is still known"
    assert calls(road) == paid


def test_a_label_of_no_closes_the_gate_and_a_note_alone_decides_nothing(road: Road) -> None:
    enrich("review", FITS, keys="note ask sales\ns\n")
    walked = asyncio.run(road.walk((FITS,)))
    assert set(outcomes(walked[FITS]).values()) == {"CACHE"}
    enrich("review", FITS, keys="no\n")
    before = calls(road)
    walked = asyncio.run(road.walk((FITS,)))
    assert {outcomes(walked[FITS])[name] for name in BEHIND} == {"SKIP"}
    assert (pushed(road, FITS)["tier"], calls(road)) == ("DISQUALIFIED", before)
    (label,) = [of["icp"] for of in all_labels(road.sandbox.settings(dagster_home=road.home)).values()]
    assert (label.label, label.note) == ("not_fit", "ask sales"), "the note is kept"


def test_a_label_on_other_evidence_stands_says_so_and_is_asked_for_again(road: Road) -> None:
    enrich("review", keys="y\ny\n")
    assert json.loads(enrich("review", "--json"))["cases"] == []
    assert "all labelled" in enrich("review")
    html = "<h1>Acme</h1>" + "<p>Payroll software for restaurants and hotels, priced per seat and month.</p>" * 20
    road.sandbox.page(SHOP, html)
    road.later(days=15)
    asyncio.run(road.walk((FITS, SHOP)))
    (again,) = [one for one in json.loads(enrich("review", "--json"))["cases"] if one["domain"] == SHOP]
    assert again["label"]["older"] is True
    said = enrich("review", SHOP, keys="t they moved\nq\n")
    assert "given on older evidence" in said
    assert "labelled so far: fit" in enrich("review", SHOP, keys="q\n"), "a note takes no label back"
    assert pushed(road, SHOP)["icp"]["label"] == "fit"
    figures = json.loads(enrich("eval", "--labels", "--json"))["artifacts"]["icp"]
    assert (figures["labelled"], figures["on_older_evidence"]) == (2, 1)


def test_eval_compares_with_the_labels_and_pays_nothing(road: Road) -> None:
    before = calls(road)
    assert "Nothing is labelled yet" in enrich("eval", "--labels")
    enrich("review", keys="y\ny\n")
    said = enrich("eval", "--labels")
    assert "precision:          100.0%  (1 of 1; 95%: 20.7% to 100.0%)" in said
    assert "recall:              50.0%  (1 of 2; 95%: 9.5% to 90.5%)" in said
    assert f"{SHOP}: labelled fit; not_fit" in said
    assert calls(road) == before


def test_a_sheet_goes_out_and_comes_back_and_bad_rows_are_named_by_line(road: Road, tmp_path: Path) -> None:
    enrich("review", FITS, keys="y =1+1 as a formula\n")
    enrich("review", "--export", "labels.csv")
    kept = all_labels(road.sandbox.settings(dagster_home=road.home))
    with Path("labels.csv").open(newline="", encoding="utf-8-sig") as file:
        rows = {row["domain"]: row for row in csv.DictReader(file)}
    assert (rows[FITS]["label"], rows[FITS]["note"], rows[SHOP]["label"]) == ("fit", "'=1+1 as a formula", "")
    enrich("review", "--import", "labels.csv")
    assert all_labels(road.sandbox.settings(dagster_home=road.home)) == kept

    text = Path("labels.csv").read_text(encoding="utf-8-sig")
    Path("filled.csv").write_text(
        text.replace('"","","","","' + rows[SHOP]["evidence"], '"N","","","","' + rows[SHOP]["evidence"])
    )
    enrich("review", "--import", "filled.csv", "--by", "bo")
    labels = all_labels(road.sandbox.settings(dagster_home=road.home))
    assert (labels[SHOP]["icp"].label, labels[SHOP]["icp"].by, labels[FITS]) == ("not_fit", "bo", kept[FITS])
    assert json.loads(enrich("review", "--json"))["cases"] == []

    Path("bad.csv").write_text(f"domain,label\n{FITS},none\n{SHOP},perhaps\nnot a domain,y\n{FITS},y\n")
    done = CliRunner().invoke(cli, ["review", "--import", "bad.csv"])
    assert done.exit_code == 2
    assert "line 3: label is 'perhaps': write fit, not_fit, none" in done.output
    assert "line 4: domain: " in done.output
    assert f"line 5: {FITS} stands here twice" in done.output
    assert all_labels(road.sandbox.settings(dagster_home=road.home)) == labels
    Path("good.csv").write_text(f"Domain,Label\n{FITS},none\n")
    assert "0 labels from good.csv, 1 taken back" in enrich("review", "--import", "good.csv")


def test_a_payload_with_a_label_is_replayed_with_it(road: Road) -> None:
    enrich("review", FITS, keys="y\n")
    asyncio.run(road.walk((FITS,)))
    assert pushed(road, FITS)["icp"]["label"] == "fit"
    said = enrich("replay", FITS, "--artifact", "webhook_payload", "--save-case", "case.json")
    assert "webhook_payload: the same" in said
    assert enrich("replay", "--case", "case.json") == "webhook_payload: the same\n"


def test_keys_that_are_none_are_said_and_the_end_of_the_input_ends_it(road: Road) -> None:
    said = enrich("review", "--verdict", "fit", keys="what\nskip\n")
    assert "'what' is none of the keys" in said
    assert "1 skipped" in said
    assert "nothing labelled" in enrich("review", keys="")
    assert CliRunner().invoke(cli, ["review", "--question", "icp"]).exit_code == 2


def test_prune_keeps_labels_and_forget_erases_them(road: Road) -> None:
    enrich("review", keys="y\ny\n")
    settings = road.sandbox.settings(dagster_home=road.home)
    assert "kept all labels, 2 companies have some" in enrich("prune", "--days", "0", "--yes")
    assert "enrichment.db: label" in enrich("forget", SHOP, "--yes")
    assert list(all_labels(settings)) == [FITS]
    assert "left out: on the do-not-enrich list" in enrich(
        "review", "--import", str(_one_row(road.home.parent, f"{SHOP},y"))
    )
    assert list(all_labels(settings)) == [FITS]


def _one_row(folder: Path, row: str) -> Path:
    (folder / "row.csv").write_text(f"domain,label\n{row}\n")
    return folder / "row.csv"
