"""The bill is what the answers said; limits are the providers'."""

import time

import pytest

from enrichment_assets.sandbox.process import CLAY_ROUTE, CLAY_TOKEN, Sandbox
from enrichment_assets.sandbox.trouble.limits import Bucket
from enrichment_assets_tests.sandbox.calling import call, clay, llm, provide, serper, spider


def test_the_bill_is_what_the_answers_said(acme: Sandbox) -> None:
    pages = [page for number in range(20) for page in spider(acme, f"https://company{number}.com").json()]
    used = sum(serper(acme, "acme.com", num=num).json()["credits"] for num in (10, 10, 20))
    cost = sum(llm(acme, f"Page {number}.").json()["usage"]["cost"] for number in range(5))
    bill = acme.bill()
    assert bill["spider"]["usd"] == pytest.approx(sum(page["costs"]["total_cost"] for page in pages), abs=1e-12)
    assert (bill["serper"]["usd"], used) == (pytest.approx(0.004), 4)
    assert bill["openrouter"]["usd"] == pytest.approx(cost, abs=1e-12)
    assert {name: line["calls"] for name, line in bill.items()} == {"openrouter": 5, "serper": 3, "spider": 20}


def test_a_batch_is_answered_in_order_and_billed_per_query(acme: Sandbox) -> None:
    queries = [{"q": "acme.com"}, {"q": "zeta.io", "num": 20}]
    answers = call(acme, "POST", "/serper/news", queries).json()
    assert [answer["searchParameters"]["q"] for answer in answers] == ["acme.com", "zeta.io"]
    assert acme.bill()["serper"]["usd"] == pytest.approx(0.003)


def test_refusals_cost_nothing(acme: Sandbox) -> None:
    assert call(acme, "POST", "/serper/news", {"q": "acme.com"}, headers={"X-API-KEY": ""}).status == 403
    assert call(acme, "POST", "/serper/news", {"q": ""}).status == 400
    assert call(acme, "POST", "/spider/scrape", {"url": "acme.com"}, headers={"Authorization": "Bearer "}).status == 401
    assert call(acme, "POST", "/spider/v1/crawl", {"url": "acme.com", "max_credits_allowed": 1.5}).status == 400
    assert {line["usd"] for line in acme.bill().values()} == {0.0}


def test_a_crawl_without_limit_pays_for_the_whole_site(acme: Sandbox) -> None:
    assert len(call(acme, "POST", "/spider/v1/crawl", {"url": "https://acme.com", "limit": 1}).json()) == 1
    assert len(call(acme, "POST", "/spider/v1/crawl", {"url": "https://acme.com"}).json()) > 1


def test_a_bucket_lets_in_its_burst_and_then_its_rate() -> None:
    bucket = Bucket(rate=10, burst=20)
    assert [bucket.take(100.0) for _ in range(20)] == [0.0] * 20
    assert bucket.take(100.0) == pytest.approx(0.1)
    assert bucket.take(100.1) == 0.0
    assert sum(bucket.take(100.1 + step / 100) == 0.0 for step in range(1, 201)) == pytest.approx(20, abs=1)


def test_above_its_limit_each_provider_refuses_in_its_own_way(acme: Sandbox) -> None:
    providers = ("spider", "serper", "openrouter", "clay", "workable", "greenhouse")
    acme.limits({name: {"rate": 0.1, "burst": 1} for name in providers})
    for name in providers:
        assert provide(acme, name).status != 429, name
        refused = provide(acme, name)
        assert refused.status == 429, name
        assert ("retry-after" in refused.headers) == (name in ("spider", "workable", "greenhouse")), name
    seen = acme.traffic()["spider"]
    assert (seen["arrived"], seen["accepted"], seen["refused"], seen["peak_in_flight"]) == (2, 1, 1, 1)
    assert sum(seen["accepted_by_second"]) == 1


def test_concurrency_is_limited_too(acme: Sandbox) -> None:
    acme.limits({"serper": {"rate": 1000, "burst": 1000, "concurrent": 0}})
    assert serper(acme).status == 429


def test_clay_counts_records_not_requests(acme: Sandbox) -> None:
    acme.limits({"clay": {"rate": 0.1, "burst": 3}})
    assert clay(acme, [{"n": 1}, {"n": 2}, {"n": 3}]).status == 200
    assert clay(acme, {"n": 4}).status == 429
    assert [row["body"]["n"] for row in acme.received()] == [1, 2, 3]


def test_clay_checks_token_size_and_address(acme: Sandbox) -> None:
    acme.clay(token=CLAY_TOKEN)
    assert clay(acme, {"n": 1}).status == 401
    assert clay(acme, {"n": 1}, **{"x-clay-webhook-auth": CLAY_TOKEN}).status == 200
    acme.clay(token=None, acknowledges="json")
    assert clay(acme, {"n": "x" * 100_001}).status == 413
    assert clay(acme, b"{broken").status == 422
    assert clay(acme, {"n": 2}).json() == {"success": True}
    assert call(acme, "POST", CLAY_ROUTE.replace("webhook-", "w-"), {"n": 1}).status == 404
    (first, _) = acme.received()
    assert first["headers"]["x-clay-webhook-auth"] == CLAY_TOKEN
    assert abs(first["at"] - time.time()) < 60


def test_clay_drops_silently_after_its_lifetime(acme: Sandbox) -> None:
    acme.clay(lifetime=50_000, submissions=49_998)
    assert [clay(acme, {"n": number}).status for number in range(4)] == [200] * 4
    assert [row["body"]["n"] for row in acme.received()] == [0, 1]
    assert acme.clay() == {"submissions": 50_002, "rows": 2}


def test_clays_dedupe_keeps_the_oldest_row(acme: Sandbox) -> None:
    acme.clay(dedupe_on="domain")
    for score, domain in ((1, "acme.com"), (2, "acme.com"), (3, "Acme.com"), (4, "")):
        clay(acme, {"domain": domain, "score": score})
    assert [row["body"]["score"] for row in acme.received()] == [1, 3, 4]
    assert len(acme.received(after=2)) == 1
