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
    finished = await Road(sandbox, tmp_path).walk(
        COMPANIES[:5], selected=JUDGED, openrouter_base_url=f"{sandbox.url}/llm/{name}", openrouter_model="m"
    )
    reasons = {company.nodes["website"].reason for company in finished.values()}
    assert all("OPENROUTER_BASE_URL" in str(reason) for reason in reasons), reasons
    assert "spider" not in sandbox.bill()


@pytest.mark.parametrize(
    ("provider", "fault", "words"),
    [
        ("openrouter", "http_401", "OPENROUTER_API_KEY"),
        ("openrouter", "http_402", "out of credit"),
        ("serper", "out_of_credit", "Not enough credits"),
        ("serper", "http_403", "SERPER_API_KEY"),
        ("spider", "http_402", "SPIDER"),
    ],
)
async def test_an_account_that_does_not_work_is_found_before_pages_are_bought(
    sandbox: Sandbox, tmp_path: Path, provider: str, fault: str, words: str
) -> None:
    sandbox.faults({provider: {"kind": fault}})
    finished = await Road(sandbox, tmp_path).walk(COMPANIES[:20], selected=JUDGED | {"linkedin", "news"})
    for company in finished.values():
        assert company.nodes["mx"].outcome is Outcome.OK
        assert provider in str(company.nodes["website"].reason)
    assert sum(line["usd"] for line in sandbox.bill().values()) == 0
    assert not {"spider", "openrouter", "serper"} & set(sandbox.bill())
    assert any(words.lower() in str(company.nodes["website"].reason).lower() for company in finished.values())


async def test_a_run_that_finds_everything_in_the_records_asks_nobody(sandbox: Sandbox, tmp_path: Path) -> None:
    road = Road(sandbox, tmp_path)
    await road.walk(COMPANIES[:5], selected=JUDGED)
    sandbox.faults({"openrouter": {"kind": "http_401"}, "spider": {"kind": "http_401"}})
    finished = await road.walk(COMPANIES[:5], selected=JUDGED)
    assert {company.nodes["icp"].outcome for company in finished.values()} == {Outcome.CACHE}
