"""Every fault can be seen on the wire, happens as often as it was asked to, and is billed as agreed."""

import gzip
import http.client
import time
from collections import Counter

import dns.exception
import dns.flags
import dns.message
import dns.rcode
import orjson
import pytest

from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.sandbox.trouble.faults import BOARDS, DNS_KINDS, HTTP_KINDS, OWN_KINDS, kinds_of
from enrichment_assets_tests.sandbox.calling import (
    ask,
    ask_raw,
    ask_tcp,
    call,
    clay,
    llm,
    provide,
    said,
    serper,
    site,
    spider,
)

BROKEN_CONNECTION = (http.client.HTTPException, ConnectionError)
STATUSES = sorted(kind for kind in HTTP_KINDS if kind.startswith("http_"))
PROVIDERS = ("spider", "openrouter", "serper", "clay", "sites", "greenhouse", "workable", "personio")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_status_faults_are_the_providers_own_errors(acme: Sandbox, provider: str) -> None:
    for kind in STATUSES:
        acme.faults({provider: {kind: 1}})
        answer = provide(acme, provider)
        wanted = int(kind.split("_")[1])
        if provider == "serper":
            wanted = {401: 403, 402: 400}.get(wanted, wanted)
        assert answer.status == wanted, kind
        assert ("retry-after" in answer.headers) == (kind.endswith("retry_after") or provider == "workable"), kind
    assert acme.bill()[provider]["usd"] == 0


def test_an_option_that_no_fault_has_is_an_error(acme: Sandbox) -> None:
    with pytest.raises(ValueError, match="a fault has no p;"):
        acme.faults({"spider": {"http_503": {"p": 0.5}}})


def test_retry_after_can_be_a_date_or_any_number(acme: Sandbox) -> None:
    acme.faults({"spider": {"kind": "http_429", "retry_after": "date"}})
    assert spider(acme).headers["retry-after"].endswith("GMT")
    acme.faults({"spider": {"kind": "http_503", "retry_after": 7}})
    assert spider(acme).headers["retry-after"] == "7"
    acme.faults({"workable": {"http_429": 1}})
    assert provide(acme, "workable").headers["retry-after"] == "0"


@pytest.mark.parametrize("provider", PROVIDERS)
def test_connections_hang_break_and_drip(acme: Sandbox, provider: str) -> None:
    acme.company("acme.com", careers=provider if provider in BOARDS else "none")
    acme.faults({provider: {"hang": 1}})
    with pytest.raises(TimeoutError):
        provide(acme, provider, timeout_s=0.2)
    acme.faults({provider: {"reset": 1}})
    with pytest.raises(BROKEN_CONNECTION):
        provide(acme, provider)
    acme.faults({provider: {"reset_mid_body": 1}})
    with pytest.raises(BROKEN_CONNECTION):
        provide(acme, provider)
    acme.faults({provider: {"kind": "slow_drip", "seconds": 0.3}})
    started = time.monotonic()
    assert provide(acme, provider).status == 200
    assert time.monotonic() - started > 0.2
    assert set(acme.bill()[provider]["statuses"]) == {"hang", "reset", "reset_mid_body", "slow_drip"}


@pytest.mark.parametrize("provider", ["spider", "openrouter", "serper", "greenhouse"])
def test_bodies_are_cut_malformed_or_something_else(acme: Sandbox, provider: str) -> None:
    for kind in ("truncated_json", "malformed_json", "html", "empty_body"):
        acme.faults({provider: {kind: 1}})
        answer = provide(acme, provider)
        assert answer.status == 200
        with pytest.raises(orjson.JSONDecodeError):
            answer.json()
        assert ("html" in answer.headers["content-type"]) == (kind == "html")
    assert acme.bill()[provider]["usd"] == 0
    acme.faults({provider: {"wrong_content_type": 1}})
    answer = provide(acme, provider)
    assert answer.json()
    assert answer.headers["content-type"] == "application/octet-stream"
    acme.faults({provider: {"error_in_200": 1}})
    answer = provide(acme, provider)
    assert answer.status == 200
    assert {"error", "message"} & answer.json().keys()


@pytest.mark.parametrize("provider", ["spider", "sites"])
def test_bodies_can_be_huge(acme: Sandbox, provider: str) -> None:
    acme.faults({provider: {"huge_body": 1}})
    assert len(provide(acme, provider, timeout_s=30).body) > 50_000_000
    acme.faults({provider: {"kind": "gzip_bomb", "bytes": 20_000_000}})
    bomb = provide(acme, provider, timeout_s=30)
    assert bomb.headers["content-encoding"] == "gzip"
    assert len(bomb.body) < 100_000
    assert len(gzip.decompress(bomb.body)) == 20_000_000


def test_redirects_loop_and_lead_inside(acme: Sandbox) -> None:
    acme.faults({"sites": {"redirect_loop": 1}})
    assert (site(acme, "acme.com").status, site(acme, "acme.com").headers["location"]) == (302, "?again=1")
    acme.faults({"sites": {"redirect_private": 1}})
    assert site(acme, "acme.com").headers["location"].startswith("http://169.254.169.254/")
    acme.faults({"sites": {"kind": "redirect_private", "location": "http://10.0.0.1:8080/"}})
    assert site(acme, "acme.com").headers["location"] == "http://10.0.0.1:8080/"


def test_a_sites_own_status_is_mirrored_by_spider_with_its_url(acme: Sandbox) -> None:
    for status in (401, 402, 403, 404, 429, 500, 503):
        acme.faults({"spider": {f"site_{status}": 1}})
        answer = spider(acme)
        (page,) = answer.json()
        assert (answer.status, page["status"], page["url"]) == (status, status, "https://acme.com")


def test_spider_says_what_the_crawler_met(acme: Sandbox) -> None:
    for status in (310, 524, 525, 526):
        acme.faults({"spider": {f"page_{status}": 1}})
        answer = spider(acme)
        assert (answer.status, answer.json()[0]["status"], answer.json()[0]["content"]) == (200, status, None)
    acme.faults({"spider": {"block_page": 1}})
    assert spider(acme).json()[0]["content"]["markdown"].startswith("# Access denied")
    acme.faults({"spider": {"empty_page": 1}})
    assert spider(acme).json()[0]["content"] == {"raw": "", "markdown": ""}
    acme.faults({"spider": {"no_content": 1}})
    assert (spider(acme).status, spider(acme).body) == (204, b"")
    acme.faults({"spider": {"missing_costs": 1}})
    assert "costs" not in spider(acme).json()[0]
    acme.faults({"spider": {"missing_metadata": 1}})
    assert "metadata" not in spider(acme).json()[0]
    acme.faults({"spider": {"jsonl": 1}})
    assert [orjson.loads(line)["status"] for line in spider(acme).body.splitlines()] == [200]


def test_models_talk_nonsense_and_are_paid_for_it(acme: Sandbox) -> None:
    spent = 0.0
    for kind in ("prose", "fenced", "double_braces", "cut_at_length", "nonsense", "wrong_fields", "invented_quotes"):
        acme.faults({"openrouter": {kind: 1}})
        answer = llm(acme)
        spent += answer.json()["usage"]["cost"]
        text = said(answer)
        if kind in ("prose", "fenced", "double_braces", "cut_at_length"):
            with pytest.raises(orjson.JSONDecodeError):
                orjson.loads(text)
        elif kind in ("nonsense", "wrong_fields"):
            assert not {"verdict", "reason", "quote"} & orjson.loads(text).keys()
        else:
            assert "galaxy" in orjson.loads(text)["quote"]
    assert spent > 0
    assert acme.bill()["openrouter"]["usd"] == pytest.approx(spent, abs=1e-12)


def test_models_refuse_and_say_nothing(acme: Sandbox) -> None:
    acme.faults({"openrouter": {"refusal": 1}})
    assert llm(acme).json()["choices"][0]["message"]["refusal"]
    for kind, finish in (("null_content", "length"), ("content_filter", "content_filter")):
        acme.faults({"openrouter": {kind: 1}})
        choice = llm(acme).json()["choices"][0]
        assert not choice["message"]["content"]
        assert choice["finish_reason"] == finish
    acme.faults({"openrouter": {"empty_choices": 1}})
    assert llm(acme).json()["choices"] == []
    acme.faults({"openrouter": {"blanks_then_cut": 1}})
    assert llm(acme).body.strip() == b""
    acme.faults({"openrouter": {"http_524": 1}})
    assert llm(acme).body == b"error code: 524"


def test_serper_leaves_things_out(acme: Sandbox) -> None:
    acme.faults({"serper": {"missing_list": 1}})
    assert "news" not in serper(acme).json()
    acme.faults({"serper": {"missing_fields": 1}})
    found = serper(acme, '"Acme"', "search").json()["organic"]
    assert found
    assert not any("snippet" in item for item in found)


def test_clay_may_have_made_the_row_although_it_does_not_say_so(acme: Sandbox) -> None:
    acme.faults({"clay": [{"kind": "accept_then_500", "times": 1}, {"kind": "accept_then_reset", "times": 1}]})
    assert clay(acme, {"n": 1}).status == 500
    with pytest.raises(BROKEN_CONNECTION):
        clay(acme, {"n": 2})
    acme.faults({"clay": {"accept_then_hang": 1}})
    with pytest.raises(TimeoutError):
        provide(acme, "clay", timeout_s=0.2)
    acme.faults({"clay": {"silent_drop": 1}})
    assert clay(acme, {"n": 4}).status == 200
    assert [row["body"] for row in acme.received()] == [{"n": 1}, {"n": 2}, {"domain": "acme.com"}]


def test_dns_goes_wrong_in_every_way(acme: Sandbox) -> None:
    for kind in ("servfail", "nxdomain", "refused"):
        acme.faults({"dns": {kind: 1}})
        assert ask(acme, "acme.com").rcode() == dns.rcode.from_text(kind)
    acme.faults({"dns": {"lame": 1}})
    lame = ask(acme, "acme.com")
    assert not lame.answer
    assert not lame.flags & (dns.flags.AA | dns.flags.RA)
    acme.faults({"dns": {"silence": 1}})
    with pytest.raises(dns.exception.Timeout):
        ask(acme, "acme.com", timeout_s=0.2)
    acme.faults({"dns": {"truncated": 1}})
    assert ask(acme, "acme.com").flags & dns.flags.TC
    assert ask_tcp(acme, "acme.com").answer
    acme.faults({"dns": {"truncated_no_tcp": 1}})
    assert ask(acme, "acme.com").flags & dns.flags.TC
    with pytest.raises((dns.exception.Timeout, EOFError)):
        ask_tcp(acme, "acme.com", timeout_s=0.2)
    query = dns.message.make_query("acme.com", "MX")
    acme.faults({"dns": {"malformed": 1}})
    with pytest.raises(dns.exception.DNSException):
        dns.message.from_wire(ask_raw(acme, query.to_wire()))
    acme.faults({"dns": {"wrong_id": 1}})
    assert dns.message.from_wire(ask_raw(acme, query.to_wire())).id == (query.id + 1) % 65_536
    acme.faults({"dns": {"kind": "slow", "seconds": 0.3}})
    started = time.monotonic()
    assert ask(acme, "acme.com").answer
    assert time.monotonic() - started > 0.25


def test_a_fault_can_happen_once_and_then_no_more(acme: Sandbox) -> None:
    acme.faults({"dns": {"kind": "servfail", "times": 1}, "spider": {"http_500": {"times": 2}}})
    assert [ask(acme, "acme.com").rcode().name for _ in range(3)] == ["SERVFAIL", "NOERROR", "NOERROR"]
    assert [spider(acme).status for _ in range(4)] == [500, 500, 200, 200]
    assert acme.faults_happened() == {"dns": {"servfail": 1}, "spider": {"http_500": 2}}


def test_a_fault_can_concern_given_companies_only(acme: Sandbox) -> None:
    acme.faults({"spider": {"kind": "http_500", "domains": ["unlucky.com"]}})
    acme.company("unlucky.com", site="normal", on_www=False)
    assert (spider(acme).status, spider(acme, "https://unlucky.com").status) == (200, 500)


def test_chance_depends_on_the_seed_and_not_on_the_order(acme: Sandbox) -> None:
    def failing(order: list[int], seed: int) -> set[int]:
        acme.faults({"clay": {"http_500": 0.3, "http_503": 0.1}}, seed)
        return {number for number in order if clay(acme, {"number": number}).status >= 500}

    numbers = list(range(120))
    first = failing(numbers, 1)
    assert failing(numbers[::-1], 1) == first
    assert failing(numbers, 2) != first
    assert 25 <= len(first) <= 75


def test_lost_answers_are_billed_as_agreed(acme: Sandbox) -> None:
    acme.lost({"serper": 0.001})
    acme.faults({"serper": [{"kind": "truncated_json", "times": 1}, {"kind": "reset", "times": 1, "usd": 0.5}]})
    serper(acme)
    with pytest.raises(BROKEN_CONNECTION):
        serper(acme)
    assert acme.bill()["serper"]["usd"] == pytest.approx(0.501)


def test_clients_that_give_up_are_counted(acme: Sandbox) -> None:
    acme.latency({"serper": 5.0})
    acme.lost({"serper": 0.001})
    with pytest.raises(TimeoutError):
        provide(acme, "serper", timeout_s=0.2)
    for _ in range(50):
        if "serper" in acme.bill():
            break
        time.sleep(0.02)
    assert acme.bill()["serper"] == {"calls": 1, "usd": 0.001, "statuses": {"abandoned": 1}}


@pytest.mark.parametrize(
    ("faults", "message"),
    [({"spyder": {"http_500": 1}}, "no provider 'spyder'"), ({"spider": {"http_599": 1}}, "no fault 'http_599'")],
)
def test_unknown_names_are_said_to_be_unknown(acme: Sandbox, faults: dict[str, dict[str, int]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        acme.faults(faults)


def test_all_faults_of_all_providers_can_be_on_at_once(acme: Sandbox) -> None:
    slow = {"hang", "accept_then_hang", "huge_body", "gzip_bomb", "slow_drip"}
    names = ("dns", "spider", "openrouter", "serper", "firecrawl", "brave", "clay", "sites", *BOARDS)
    every = {name: sorted(kinds_of(name) - slow) for name in names}
    acme.faults({name: dict.fromkeys(kinds, 0.5 / len(kinds)) for name, kinds in every.items()}, seed=3)
    outcomes: Counter[str] = Counter()
    for number in range(150):
        try:
            outcomes[str(spider(acme, f"https://company{number}.com").status)] += 1
        except BROKEN_CONNECTION as error:
            outcomes[type(error).__name__] += 1
    assert outcomes["200"] > 50
    assert len(outcomes) > 6
    assert DNS_KINDS
    assert OWN_KINDS.keys() == {"spider", "openrouter", "serper", "brave", "clay"}
    assert call(acme, "GET", "/_sandbox/health").status == 200
