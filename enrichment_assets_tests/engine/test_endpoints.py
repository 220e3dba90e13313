"""Fifty companies at each of ten kinds of endpoint: what one refuses is learned, and no company fails for it."""

import json
from pathlib import Path

import pytest

from enrichment_assets.engine.results import Outcome
from enrichment_assets.sandbox.model.endpoints import PROFILES
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.engine.walking import Road

COMPANIES = [f"fifty-{number}.com" for number in range(50)]
JUDGED = frozenset({"mx", "website", "icp"})
EXTRA = {
    "openrouter": 2,
    "openai": 3,
    "azure": 1,
    "groq": 1 + 7,
    "gemini": 1 + 7,
    "mistral": 0,
    "ollama": 6,
    "lmstudio": 0,
    "vllm": 2,
    "litellm": 1,
}
"""Calls beyond a question and one for each company: to learn the form, and those the endpoint's own limits cost."""


def address(sandbox: Sandbox, name: str) -> dict[str, object]:
    if name == "openrouter":
        return {"openrouter_model": "openai/gpt-5-mini"}
    profile = PROFILES[name]
    return {"openrouter_base_url": f"{sandbox.url}/llm/{name}{profile.path}", "openrouter_model": profile.model}


@pytest.mark.parametrize("name", ["openrouter", *PROFILES])
async def test_fifty_companies_and_no_failure(sandbox: Sandbox, tmp_path: Path, name: str) -> None:
    sandbox.companies([{"domain": domain, "name": domain, "site": "ok", "mail": "google"} for domain in COMPANIES])
    given = {**address(sandbox, name), "dagster_home": tmp_path}
    home = given.pop("dagster_home")
    assert isinstance(home, Path)
    road = Road(sandbox, home)
    finished = await road.walk(COMPANIES, selected=JUDGED, parallel=20, **given)
    outcomes = {domain: company.nodes["icp"].outcome for domain, company in finished.items()}
    failed = {domain: finished[domain].nodes["icp"].reason for domain in outcomes if outcomes[domain] is not Outcome.OK}
    assert not failed
    assert len(finished) == 50
    provider = "openrouter" if name == "openrouter" else "llm"
    calls = sandbox.bill()[provider]["calls"]
    asked_first = 0 if name == "openrouter" else 1
    assert calls <= 50 + asked_first + EXTRA[name] + 3, sandbox.bill()[provider]
    learned = json.loads((home / "endpoints.json").read_text()) if (home / "endpoints.json").is_file() else {}
    assert bool(learned) == (name not in {"mistral", "ollama", "lmstudio"}), learned


@pytest.mark.parametrize("name", PROFILES)
async def test_a_base_url_without_its_end_is_named_and_nothing_is_bought(
    sandbox: Sandbox, tmp_path: Path, name: str
) -> None:
    road = Road(sandbox, tmp_path)
    given = {"openrouter_base_url": f"{sandbox.url}/llm/{name}", "openrouter_model": "m"}
    assert await road.walk(COMPANIES[:5], selected=JUDGED, **given) == {}
    assert "OPENROUTER_BASE_URL" in refused(road)["llm"]
    assert "spider" not in sandbox.bill()


def refused(road: Road) -> dict[str, str]:
    """Kind of provider to why the run was refused, which ended with nobody done."""
    assert road.result is not None
    assert road.result.finished == 0
    return {kind: str(error) for kind, error in road.result.refused.items()}


ACCOUNTS = [
    ("openrouter", "http_401", "OPENROUTER_API_KEY"),
    ("openrouter", "http_402", "out of credit"),
    ("serper", "out_of_credit", "Not enough credits"),
    ("serper", "http_403", "SERPER_API_KEY"),
    ("spider", "http_402", "out of credit"),
    ("firecrawl", "http_401", "FIRECRAWL_API_KEY"),
    ("firecrawl", "http_402", "out of credit"),
    ("brave", "http_401", "BRAVE_API_KEY"),
    ("brave", "out_of_quota", "quota is used up"),
]


@pytest.mark.parametrize(("provider", "fault", "words"), ACCOUNTS)
async def test_an_account_that_does_not_work_refuses_the_run_before_anything_is_bought(
    sandbox: Sandbox, tmp_path: Path, provider: str, fault: str, words: str
) -> None:
    sandbox.faults({provider: {"kind": fault}})
    chosen = {"firecrawl": {"enrichment_pages": ("firecrawl",)}, "brave": {"enrichment_search": "brave"}}
    road = Road(sandbox, tmp_path)
    finished = await road.walk(COMPANIES[:20], selected=JUDGED | {"linkedin", "news"}, **chosen.get(provider, {}))
    assert finished == {}
    assert words.lower() in " ".join(refused(road).values()).lower()
    assert sum(line["usd"] for line in sandbox.bill().values()) == 0
    assert not {"spider", "openrouter", "serper", "firecrawl"} & set(sandbox.bill())


async def test_a_refused_run_goes_on_where_it_was_when_the_account_works(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.faults({"openrouter": {"kind": "http_402"}})
    road = Road(sandbox, tmp_path)
    await road.walk(COMPANIES[:5], selected=JUDGED)
    sandbox.faults({})
    finished = await road.walk(COMPANIES[:5], selected=JUDGED)
    assert {company.nodes["icp"].outcome for company in finished.values()} == {Outcome.OK}


@pytest.mark.parametrize(("provider", "fault"), [("openrouter", "http_402"), ("serper", "out_of_credit")])
async def test_credit_that_ends_in_the_middle_stops_all_buying_and_a_later_run_does_the_rest(
    sandbox: Sandbox, tmp_path: Path, provider: str, fault: str
) -> None:
    """The account looks well when the run starts: the fault befalls only the companies of the second half."""
    sandbox.companies([{"domain": domain, "name": domain, "site": "ok", "mail": "google"} for domain in COMPANIES])
    sandbox.faults({provider: [{"kind": fault, "domains": COMPANIES[5:]}]})
    road, wanted = Road(sandbox, tmp_path), JUDGED | {"linkedin", "news"}
    finished = await road.walk(COMPANIES[:20], selected=wanted, parallel=1, enrichment_unclear_passes=True)
    assert road.result is not None
    assert list(road.result.ended) == [provider]
    failed = [place for place, domain in enumerate(COMPANIES[:20]) if finished[domain].outcome == "failed"]
    assert failed == list(range(failed[0], 20)), "all after the first"
    assert failed[0] >= 5
    reasons = {finished[COMPANIES[place]].reason for place in failed}
    assert all(provider in reason for reason in reasons), reasons
    assert sandbox.bill()["spider"]["calls"] == failed[0] + 1, "what comes after the account's end buys no page"
    sandbox.faults({})
    again = await road.walk(COMPANIES[:20], selected=wanted, enrichment_unclear_passes=True)
    assert {company.outcome for company in again.values()} != {"failed"}
    assert not any("credit" in company.reason for company in again.values())


async def test_a_fallback_model_that_is_not_there_ends_nothing(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.companies([{"domain": domain, "name": domain, "site": "ok", "mail": "google"} for domain in COMPANIES[:3]])
    sandbox.faults({"openrouter": {"kind": "prose", "times": 1}})
    road = Road(sandbox, tmp_path)
    finished = await road.walk(
        COMPANIES[:3], selected=JUDGED, parallel=1, openrouter_fallback_model="nobody/has-this-one"
    )
    assert {company.nodes["icp"].outcome for company in finished.values()} == {Outcome.OK}
    assert road.result is not None
    assert not road.result.ended


async def test_a_run_that_finds_everything_in_the_records_asks_nobody(sandbox: Sandbox, tmp_path: Path) -> None:
    road = Road(sandbox, tmp_path)
    await road.walk(COMPANIES[:5], selected=JUDGED)
    sandbox.faults({"openrouter": {"kind": "http_401"}, "spider": {"kind": "http_401"}})
    finished = await road.walk(COMPANIES[:5], selected=JUDGED)
    assert {company.nodes["icp"].outcome for company in finished.values()} == {Outcome.CACHE}
