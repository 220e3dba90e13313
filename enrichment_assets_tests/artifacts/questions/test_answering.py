"""Questions asked of the sandbox's companies: pages found and shared, one call for many, and models that lie."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from enrichment_assets.artifacts.questions.artifact import Answer
from enrichment_assets.artifacts.website.declaration import WEBSITE
from enrichment_assets.core.errors import TransientError
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.artifacts.producing import bench
from enrichment_assets_tests.artifacts.questions.asking import FILES, artifacts, asked, known, written

FIVE = {
    f"price_{number}": f"question: {text}\nanswer: {kind}\npages: [home, pricing]\n"
    for number, (text, kind) in enumerate(
        (
            ("How does the company charge for its product?", "{type: enum, values: [per_seat, usage, flat]}"),
            ("From which price do plans start per month?", "number"),
            ("Is there a free trial to start with?", "boolean"),
            ("Which industry is the company working in?", "text"),
            ("In which year was the company founded?", "date"),
        )
    )
}


def calls(sandbox: Sandbox, provider: str) -> int:
    return int(sandbox.bill().get(provider, {}).get("calls", 0))


async def ask(sandbox: Sandbox, folder: Path, domain: str = "acme-software.com", **settings: Any) -> dict[str, Any]:
    async with bench(sandbox.settings(enrichment_questions_dir=folder, **settings)) as desk:
        answers, _ = await asked(desk, domain)
    return answers


@pytest.fixture
def software(sandbox: Sandbox) -> Sandbox:
    sandbox.company("acme-software.com", segment="software", site="normal", soft_404=False, on_www=False)
    return sandbox


async def test_pages_are_found_by_link_sitemap_and_usual_place(software: Sandbox, tmp_path: Path) -> None:
    answers = await ask(software, written(tmp_path / "q", *FILES))
    how = {page.kind: page.outcome for one in answers.values() for page in one.pages}
    assert how == {
        "home": "home", "pricing": "link", "security": "sitemap", "integrations": "usual place", "blog": "usual place",
    }  # fmt: skip
    found = known(answers)
    assert found.keys() >= {"soc2", "tools", "last_post"}
    assert isinstance(found["soc2"], bool)
    assert str(found["last_post"]).endswith("-05-03")
    for one in answers.values():
        assert one.status == "unknown" or (one.quotes and one.page_url)


@pytest.mark.parametrize("where", ["sitemap", "usual place", "nowhere"])
async def test_a_page_that_is_not_where_a_link_says_is_looked_for_on(
    software: Sandbox, tmp_path: Path, where: str
) -> None:
    domain, plans = "acme-software.com", "<h1>Plans</h1><p>Plans start at $49 per seat and month, billed per user.</p>"
    software.page(domain, "gone", path="/pricing", status=404)
    path = {"sitemap": "/plans-and-pricing/plans", "usual place": "/plans"}.get(where)
    listed = f"<url><loc>https://{domain}{path}</loc></url>" if where == "sitemap" else ""
    software.page(domain, f"<urlset>{listed}</urlset>", path="/sitemap.xml", content_type="application/xml")
    if path is not None:
        software.page(domain, plans, path=path)
    answers = await ask(software, written(tmp_path / "q", "pricing_model"))
    (page,) = [page for page in answers["pricing_model"].pages if page.kind == "pricing"]
    if path is None:
        assert page.outcome == f"https://{domain}/pricing is not there (404)"
    else:
        assert (page.outcome, page.url) == (where, f"https://{domain}{path}")


async def test_an_answer_is_as_old_as_the_home_page_it_stands_on_and_an_older_page_is_read_anew(
    software: Sandbox, tmp_path: Path
) -> None:
    folder = written(tmp_path / "q", daily=f"{FILES['pricing_model']}ttl: 1 day\n", soc2=FILES["soc2"])
    async with bench(software.settings(enrichment_questions_dir=folder)) as desk:
        home = await desk.produce(WEBSITE, "acme-software.com")
        questions = artifacts(desk.settings)
        together = next(iter(questions.values())).together
        assert together is not None
        ages = {}
        for hours in (5, 30):
            old = home.model_copy(update={"fetched_at": home.fetched_at - timedelta(hours=hours)})
            contexts = {name: desk.context(name, "acme-software.com", inputs={"website": old}) for name in questions}
            before = calls(software, "spider")
            await together.produce_all(contexts)
            now = contexts["daily"].now
            ages[hours] = {
                name: round((now - one.scope.as_of(now)) / timedelta(hours=1)) for name, one in contexts.items()
            }
            fetched = calls(software, "spider") - before
            assert fetched == (2 if hours == 5 else 3), "pricing and security; and the home page where it is too old"
    assert ages == {5: {"daily": 5, "soc2": 0}, 30: {"daily": 0, "soc2": 0}}


async def test_a_page_is_fetched_once_and_its_cost_shared_by_those_who_read_it(
    software: Sandbox, tmp_path: Path
) -> None:
    used = software.settings(enrichment_questions_dir=written(tmp_path / "q", "pricing_model", "price", "soc2"))
    async with bench(used) as desk:
        _, costs = await asked(desk, "acme-software.com")
    bill = software.bill()
    assert bill["spider"]["calls"] == 3  # home, pricing, security
    assert bill["openrouter"]["calls"] == 2
    home = desk.ledger.totals()["website", "spider"][1]
    assert sum(costs.values()) + home == pytest.approx(sum(one["usd"] for one in bill.values()), abs=1e-8)
    assert costs["pricing_model"] == pytest.approx(costs["price"], rel=0.01)


async def test_five_questions_cost_at_most_one_and_six_tenths_of_one(software: Sandbox, tmp_path: Path) -> None:
    spent = []
    for count in (1, 5):
        software.reset()
        software.company("acme-software.com", segment="software", site="normal", soft_404=False, on_www=False)
        folder = written(tmp_path / str(count), **dict(list(FIVE.items())[:count]))
        await ask(software, folder)
        assert calls(software, "openrouter") == 1
        spent.append(software.bill()["openrouter"]["tokens"])
    assert spent[1] / spent[0] <= 1.6


async def test_a_call_for_many_that_fails_falls_apart_into_single_ones(software: Sandbox, tmp_path: Path) -> None:
    software.faults({"openrouter": {"kind": "nonsense", "times": 2}})
    answers = await ask(software, written(tmp_path / "q", "pricing_model", "price"))
    assert all(isinstance(one, Answer) for one in answers.values())
    assert calls(software, "openrouter") == 4
    software.faults({"openrouter": {"nonsense": 1.0}})
    answers = await ask(software, written(tmp_path / "q", "pricing_model", "price"))
    assert all(isinstance(one, TransientError) for one in answers.values())


async def test_what_could_not_be_read_this_time_is_no_answer(software: Sandbox, tmp_path: Path) -> None:
    folder = written(tmp_path / "q", "soc2", home="question: What is sold?\n")
    software.page("acme-software.com", "<h1>Broken</h1>", path="/security", status=503)
    answers = await ask(software, folder, retry_attempts=1)
    assert isinstance(answers["soc2"], TransientError)
    assert isinstance(answers["home"], Answer)


@pytest.mark.parametrize("site", ["parked", "blocked", "dead", "empty"])
async def test_where_there_is_no_page_of_the_company_nobody_is_asked(
    sandbox: Sandbox, site: str, tmp_path: Path
) -> None:
    sandbox.company("gone.com", site=site)
    answers = await ask(sandbox, written(tmp_path / "q", *FILES), "gone.com")
    assert {one.status for one in answers.values()} == {"unknown"}
    assert calls(sandbox, "openrouter") == 0


async def test_a_site_that_shows_its_home_page_everywhere_has_no_further_pages(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.company("spa.com", segment="vague", site="normal", soft_404=True, on_www=False)
    answers = await ask(sandbox, written(tmp_path / "q", "soc2", "tools"), "spa.com")
    assert {one.status for one in answers.values()} == {"unknown"}


async def test_not_one_of_500_forged_quotes_is_accepted(sandbox: Sandbox, tmp_path: Path) -> None:
    sandbox.faults({"openrouter": {"forged_quotes": 1.0}})
    folder = written(tmp_path / "q", **FIVE)
    domains = [f"forged-{number}.com" for number in range(100)]
    sandbox.companies([{"domain": each, "segment": "software", "site": "normal"} for each in domains])
    async with bench(sandbox.settings(enrichment_questions_dir=folder)) as desk:
        answered = await asyncio.gather(*(asked(desk, domain) for domain in domains))
    assert sum(len(answers) for answers, _ in answered) == 500
    assert [known(answers) for answers, _ in answered if known(answers)] == []


async def test_values_that_nobody_gave_do_not_stand_beside_honest_quotes(software: Sandbox, tmp_path: Path) -> None:
    software.faults({"openrouter": {"invented_values": 1.0}})
    answers = await ask(software, written(tmp_path / "q", *FILES, **FIVE))
    assert known(answers).keys() <= {"price_3"}  # a text may be worded freely; names and numbers in it may not


@pytest.mark.parametrize("lie", ["irrelevant_quotes", "invented_quotes", "obedient", "tainted_texts", "wrong_fields"])
async def test_no_lie_becomes_a_value_that_may_not_leave(software: Sandbox, lie: str, tmp_path: Path) -> None:
    software.faults({"openrouter": {lie: 1.0}})
    answers = await ask(software, written(tmp_path / "q", *FILES, **FIVE))
    for name, value in known(answers).items():
        assert not any(sign in json.dumps(value) for sign in ("evil", "http", "555", "<b>", "invoice")), name
        assert lie != "invented_quotes"


@pytest.mark.parametrize("file", ["repair_cases.jsonl", "real_model_outputs.jsonl"])
async def test_no_broken_answer_of_a_real_model_becomes_knowledge(
    sandbox: Sandbox, shared_data: Path, file: str, tmp_path: Path
) -> None:
    folder = written(tmp_path / "q", "price", "pricing_model")
    lines = (shared_data / "llm_json" / file).read_text().splitlines()
    said = list(dict.fromkeys(json.loads(line)["raw"] for line in lines if line.strip()))
    cases = {f"case{number:03}.com": raw for number, raw in enumerate(said)}
    sandbox.companies([{"domain": each, "segment": "software", "site": "normal"} for each in cases])
    talk = [{"kind": "verbatim", "content": raw, "domains": [domain]} for domain, raw in cases.items()]
    sandbox.faults({"openrouter": talk})
    async with bench(sandbox.settings(enrichment_questions_dir=folder, retry_attempts=1)) as desk:
        answered = await asyncio.gather(*(asked(desk, domain) for domain in cases))
    for (answers, _), raw in zip(answered, said, strict=True):
        assert known(answers) == {}, raw
    assert sandbox.bill()["openrouter"]["statuses"]["verbatim"] >= len(cases)
