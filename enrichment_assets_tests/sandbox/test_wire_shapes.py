"""Bodies have the keys that were captured from the real providers, and no others."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import orjson
import pytest

from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.sandbox.calling import BOARD_PATHS, Answer, call, llm, serper, spider


def sample(samples: Path, name: str) -> Any:
    return orjson.loads((samples / name).read_bytes())


def board(sandbox: Sandbox, name: str) -> Answer:
    slug = "Acme" if name in ("lever", "smartrecruiters") else "acme"
    sandbox.company("acme.com", careers=name, board_slug=slug)
    return call(sandbox, "GET", BOARD_PATHS[name])


def test_a_scraped_page(acme: Sandbox, samples: Path) -> None:
    (captured,) = sample(samples, "spider/live_scrape_example.com_2026-11-16.json")
    (page,) = spider(acme).json()
    assert page.keys() == captured.keys() | {"status", "url"}  # the stored capture is cut before these two
    assert page["costs"].keys() == captured["costs"].keys()
    assert page["metadata"].keys() >= captured["metadata"].keys()
    parts = {name: usd for name, usd in page["costs"].items() if name.endswith("_cost") and name != "total_cost"}
    assert page["costs"]["total_cost"] == pytest.approx(sum(parts.values()))


def test_a_site_that_is_gone(acme: Sandbox, samples: Path) -> None:
    acme.company("gone.com", site="dead", mail="google")
    captured = sample(samples, "spider/live_page_526_address_unreachable.json")
    (page,) = spider(acme, "https://gone.com").json()
    assert page.keys() >= captured.keys()
    assert (page["status"], page["error"]) == (captured["status"], captured["error"])


def test_a_completion(acme: Sandbox, samples: Path) -> None:
    captured = (samples / "openrouter/chat_completion_gpt-4o-mini.body").read_bytes()
    answer = llm(acme)
    assert answer.body.startswith(b"\n         \n")
    assert captured.startswith(b"\n         \n")
    real, ours = orjson.loads(captured), answer.json()
    assert ours.keys() == real.keys()
    assert ours["choices"][0].keys() == real["choices"][0].keys()
    assert ours["choices"][0]["message"].keys() == real["choices"][0]["message"].keys()
    assert ours["usage"].keys() == real["usage"].keys()
    assert ours["usage"]["cost_details"].keys() == real["usage"]["cost_details"].keys()


def test_the_key(acme: Sandbox, samples: Path) -> None:
    captured = sample(samples, "openrouter/key_docs.json")
    assert call(acme, "GET", "/openrouter/api/v1/key").json()["data"].keys() == captured["data"].keys()


@pytest.mark.parametrize(
    ("fault", "name"),
    [
        ("http_402_in_flight", "error_402_in_flight_budget"),
        ("http_429_upstream", "error_429_upstream"),
        ("choice_error", "http200_choice_error_high_demand"),
        ("partial_error", "http200_choice_error_partial_docs"),
        ("http_503", "error_503_docs"),
    ],
)
def test_openrouter_errors(acme: Sandbox, samples: Path, fault: str, name: str) -> None:
    acme.faults({"openrouter": {fault: 1}})
    real, ours = sample(samples, f"openrouter/{name}.json"), llm(acme).json()
    if "error" in real:
        assert ours["error"]["code"] == real["error"]["code"]
        metadata = set(real["error"].get("metadata", ())) - {"remedy_hint"}
        assert ours["error"].get("metadata", {}).keys() >= metadata
    else:
        assert ours["choices"][0]["finish_reason"] == "error"
        assert ours["choices"][0]["error"] == real["choices"][0]["error"]


def test_news(acme: Sandbox, samples: Path) -> None:
    real = sample(samples, "serper/news_tesla_2023-05-04.json")
    found: list[dict[str, Any]] = []
    for number in range(40):
        answer = serper(acme, f"company{number}.com", tbs="qdr:m6").json()
        assert answer.keys() == real.keys() | {"credits"}
        assert answer["searchParameters"].keys() == real["searchParameters"].keys() | {"engine", "tbs"}
        found += answer["news"]
    assert {key for item in found for key in item} == {key for item in real["news"] for key in item}
    assert any("snippet" not in item for item in found)
    assert any("imageUrl" not in item for item in found)


def test_search(acme: Sandbox, shared_data: Path) -> None:
    real = orjson.loads((shared_data / "news/serper_search_amazon_2023.json").read_bytes())
    ours = serper(acme, '"Acme" linkedin', "search").json()
    assert ours["organic"]
    assert ours["organic"][0].keys() <= {key for item in real["organic"] for key in item}
    assert ours["organic"][0].keys() >= {"title", "link", "snippet", "position"}


@pytest.mark.parametrize("name", ["not_enough_credits", "query_pattern"])
def test_serper_errors(acme: Sandbox, samples: Path, name: str) -> None:
    acme.faults({"serper": {"out_of_credit" if name == "not_enough_credits" else name: 1}})
    answer = serper(acme)
    assert (answer.status, answer.json()) == (400, sample(samples, f"serper/error_400_{name}.json"))


@pytest.mark.parametrize(
    ("name", "items"),
    [
        ("greenhouse", "jobs"),
        ("ashby", "jobs"),
        ("workable", "jobs"),
        ("smartrecruiters", "content"),
        ("teamtailor", "items"),
    ],
)
def test_a_board_that_wraps_its_list(acme: Sandbox, samples: Path, name: str, items: str) -> None:
    real, ours = sample(samples, f"ats/{name}.json"), board(acme, name).json()
    assert ours.keys() - {"description"} == real.keys()
    assert ours[items][0].keys() - {"jobLocationType"} <= {key for item in real[items] for key in item}
    optional = {"ai_disclaimer", "include_ai_disclaimer", "ai_opt_out_request_url"}
    assert ours[items][0].keys() >= set(real[items][0]) - optional


def test_lever_is_a_bare_list(acme: Sandbox, samples: Path) -> None:
    assert board(acme, "lever").json()[0].keys() == sample(samples, "ats/lever.json")[0].keys()


def test_recruitee_has_the_keys_that_matter(acme: Sandbox, samples: Path) -> None:
    ours = board(acme, "recruitee").json()["offers"][0]
    assert ours.keys() <= sample(samples, "ats/recruitee.json")["offers"][0].keys()
    assert ours.keys() >= {"id", "title", "department", "status", "careers_url", "published_at", "city", "remote"}


def test_personio_is_xml_with_a_repeated_position(acme: Sandbox, samples: Path) -> None:
    real = ET.fromstring((samples / "ats/personio.xml").read_bytes())
    ours = ET.fromstring(board(acme, "personio").body)
    assert ours.tag == real.tag
    assert {child.tag for child in ours[0]} <= {child.tag for child in real[0]}
    assert ours[0].findtext("id") == ours[1].findtext("id")
