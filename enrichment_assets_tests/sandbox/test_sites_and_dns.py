"""Web sites of every kind, seen by Spider and seen directly; mail answers of every kind."""

import base64
import http.client
from typing import Any

import dns.flags
import dns.rcode
import dns.rdatatype
import pytest

from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.sandbox.calling import BOARD_PATHS, ask, ask_tcp, call, serper, site, spider


def page(sandbox: Sandbox, domain: str, **parameters: Any) -> dict[str, Any]:
    return dict(spider(sandbox, f"https://{domain}", **parameters).json()[0])


def of_kind(sandbox: Sandbox, kind: str) -> str:
    sandbox.company("kind.com", name="Kind", site=kind, segment="software", on_www=False, mail="google")
    return "kind.com"


def test_a_normal_site_is_the_same_for_spider_and_for_a_browser(acme: Sandbox) -> None:
    seen = page(acme, "acme.com")
    assert seen["status"] == 200
    assert seen["metadata"]["final_url"] is None
    assert site(acme, "acme.com").body.decode() == seen["content"]["raw"]
    assert "Acme" in seen["content"]["markdown"]
    assert site(acme, "acme.com", "/nothing-here").status == 404
    assert b"Sitemap: https://acme.com/sitemap.xml" in site(acme, "acme.com", "/robots.txt").body
    assert b"https://acme.com/careers" in site(acme, "acme.com", "/sitemap.xml").body


def test_content_comes_in_the_forms_asked_for(acme: Sandbox) -> None:
    assert page(acme, "acme.com", return_format="raw")["content"].startswith("<!DOCTYPE html>")
    assert "<p>" not in page(acme, "acme.com", return_format="markdown")["content"]
    assert "metadata" not in page(acme, "acme.com", metadata=False)
    lines = call(acme, "POST", "/spider/scrape", {"url": "acme.com"}, headers={"Content-Type": "application/jsonl"})
    assert lines.headers["content-type"] == "application/jsonl"


@pytest.mark.parametrize("kind", ["parked", "for_sale", "blocked", "empty", "javascript", "other_brand", "other_path"])
def test_each_kind_of_site(acme: Sandbox, kind: str) -> None:
    domain = of_kind(acme, kind)
    seen = page(acme, domain, request="http")
    landed = seen["metadata"]["final_url"]
    if kind in ("other_brand", "other_path"):
        facts = acme.company(domain)
        expected = (
            f"https://{facts['other_brand']}/" if kind == "other_brand" else f"https://{domain}{facts['home_path']}"
        )
        assert site(acme, domain).headers["location"] == expected
        assert (landed or "").startswith(expected.rstrip("/")) or kind == "other_brand"
    words = {"parked": "parked", "for_sale": "is for sale", "blocked": "Access denied"}
    if kind in words:
        assert words[kind] in seen["content"]["markdown"]
    if kind == "blocked":
        assert (spider(acme, f"https://{domain}").status, site(acme, domain).status) == (403, 403)
    if kind in ("empty", "javascript"):
        assert not seen["content"]["markdown"].strip()
    if kind == "javascript":
        assert "Kind" in page(acme, domain, request="chrome")["content"]["markdown"]


def test_a_dead_site_closes_the_connection(acme: Sandbox) -> None:
    domain = of_kind(acme, "dead")
    assert page(acme, domain)["status"] == 526
    with pytest.raises((http.client.HTTPException, ConnectionError)):
        site(acme, domain)
    acme.company(domain, mail="nxdomain")
    assert page(acme, domain)["status"] == 525


def test_the_bare_domain_may_redirect_to_www(acme: Sandbox) -> None:
    acme.company("acme.com", on_www=True)
    assert site(acme, "acme.com").headers["location"] == "https://www.acme.com/"
    assert page(acme, "acme.com")["metadata"]["final_url"] == "https://www.acme.com/"


def test_boards_are_found_from_the_careers_page_and_answer_only_for_their_company(acme: Sandbox) -> None:
    for name, path in BOARD_PATHS.items():
        slug = "Acme" if name in ("lever", "smartrecruiters") else "acme"
        pages = {}
        for employees in (300, 301):  # one embeds its board, the other links to it
            acme.company("acme.com", careers=name, board_slug=slug, employees=employees)
            pages[employees] = site(acme, "acme.com", "/careers").body.decode()
            assert f"{slug}" in pages[employees]
        assert pages[300] != pages[301]
        assert call(acme, "GET", path).status == 200
        acme.company("acme.com", careers="none")
        unknown = call(acme, "GET", path)
        if name == "smartrecruiters":
            assert (unknown.status, unknown.json()["totalFound"]) == (200, 0)
        else:
            assert unknown.status == 404, name


def test_lever_is_case_sensitive_and_greenhouse_is_not(acme: Sandbox) -> None:
    assert call(acme, "GET", "/greenhouse/v1/boards/ACME/jobs").status == 200
    acme.company("acme.com", careers="lever", board_slug="Acme")
    assert call(acme, "GET", "/lever/v0/postings/Acme").status == 200
    assert call(acme, "GET", "/lever/v0/postings/acme").status == 404


def test_a_board_that_was_left_still_answers(acme: Sandbox) -> None:
    acme.company("acme.com", former_board="ashby")
    here = {job["title"] for job in call(acme, "GET", BOARD_PATHS["greenhouse"]).json()["jobs"]}
    left = call(acme, "GET", BOARD_PATHS["ashby"])
    assert left.status == 200
    assert here
    assert "ashby" not in site(acme, "acme.com").body.decode()


def test_boards_page_their_lists(acme: Sandbox) -> None:
    acme.company("acme.com", careers="smartrecruiters", board_slug="Acme", employees=900)
    whole = call(acme, "GET", "/smartrecruiters/v1/companies/Acme/postings?limit=100").json()
    part = call(acme, "GET", "/smartrecruiters/v1/companies/Acme/postings?limit=2&offset=1").json()
    assert whole["totalFound"] == part["totalFound"] == len(whole["content"])
    assert part["content"] == whole["content"][1:3]
    acme.company("acme.com", careers="workable", board_slug="acme")
    path = "/workable/api/v3/accounts/acme/jobs"
    assert call(acme, "POST", path, {"limit": 5}).status == 400
    first = call(acme, "POST", path, {"query": ""}).json()
    assert first["total"] >= len(first["results"])


def test_tests_can_bring_pages_and_boards_of_their_own(acme: Sandbox) -> None:
    acme.page("acme.com", "<title>Mine</title><p>Hello <b>there</b> <a href='/x'>link</a></p><script>no</script>")
    seen = page(acme, "acme.com")
    assert seen["metadata"]["title"] == "Mine"
    assert seen["content"]["markdown"] == "Hello there [link](/x)\n"
    acme.page("acme.com", path="/jobs", location="http://10.0.0.1/")
    assert site(acme, "acme.com", "/jobs").headers["location"] == "http://10.0.0.1/"
    acme.page("acme.com", path="/large", html="<p>word</p>" * 300_000)
    assert len(site(acme, "acme.com", "/large").body) == 3_300_000
    raw = bytes(range(256))
    acme.page("acme.com", base64=base64.b64encode(raw).decode(), content_type="image/png")
    assert site(acme, "acme.com").body == raw
    acme.boards({"ashby": {"Acme": {"jobs": [], "apiVersion": "1"}, "down": {"body": "gone", "status": 410}}})
    assert call(acme, "GET", "/ashby/posting-api/job-board/Acme").json() == {"jobs": [], "apiVersion": "1"}
    assert call(acme, "GET", "/ashby/posting-api/job-board/down").status == 410


def test_linkedin_is_found_by_search_among_others(acme: Sandbox) -> None:
    links = [item["link"] for item in serper(acme, '"Acme" linkedin', "search").json()["organic"]]
    assert any(link.endswith("linkedin.com/company/acmehq") for link in links)
    acme.company("acme.com", linkedin="none")
    links = [item["link"] for item in serper(acme, "site:linkedin.com/company Acme", "search").json()["organic"]]
    assert not any(link.endswith("/acmehq") for link in links)


def test_news_dates_are_written_in_the_language_asked_for(acme: Sandbox) -> None:
    dates = dict.fromkeys(("en", "de", "fr"), "")
    for hl in dates:
        for number in range(15):
            found = serper(acme, f"company{number}.com", hl=hl).json()["news"]
            dates[hl] += " ".join(item.get("date", "") for item in found)
    assert " ago" in dates["en"]
    assert "vor " in dates["de"]
    assert "il y a " in dates["fr"]


def test_a_window_leaves_out_what_is_older(acme: Sandbox) -> None:
    year, day = (
        sum(len(serper(acme, f"company{number}.com", tbs=tbs).json()["news"]) for number in range(30))
        for tbs in ("qdr:y", "qdr:d")
    )
    assert year > day


def exchanges(sandbox: Sandbox, mail: str, domain: str = "post.com") -> list[str]:
    sandbox.company(domain, mail=mail)
    return [str(record).lower() for rrset in ask(sandbox, domain).answer for record in rrset]


def test_mail_answers_of_every_kind(acme: Sandbox) -> None:
    assert any("google.com." in host for host in exchanges(acme, "google"))
    assert exchanges(acme, "microsoft") == ["0 post-com.mail.protection.outlook.com."]
    assert exchanges(acme, "null_mx") == ["0 ."]
    assert exchanges(acme, "broken") == ["10 localhost."]
    assert exchanges(acme, "cname")[0] == "mail-alias.post.com."
    assert exchanges(acme, "implicit_mx") == []
    assert ask(acme, "post.com", "A").answer
    assert exchanges(acme, "nxdomain") == []
    assert ask(acme, "post.com").rcode() == dns.rcode.NXDOMAIN
    acme.company("post.com", mail="no_mail", site="dead")
    assert ask(acme, "post.com").rcode() == dns.rcode.NOERROR
    assert not ask(acme, "post.com", "A").answer
    assert ask(acme, "post.com").authority[0].rdtype == dns.rdatatype.SOA


def test_a_large_set_is_truncated_over_udp_and_whole_over_tcp(acme: Sandbox) -> None:
    acme.company("post.com", mail="many")
    assert ask(acme, "post.com").flags & dns.flags.TC
    assert len(ask_tcp(acme, "post.com").answer[0]) == 40


def test_tests_can_bring_dns_answers_of_their_own(acme: Sandbox) -> None:
    acme.mx(
        {
            "one.com": [[10, "MX.Post.NET"], [20, "mx2.fallback.org"]], "null.com": "null_mx", "fail.com": "servfail",
            "gone.com": "nxdomain", "bare.com": "nodata", "alias.com": {"cname": "one.com"},
            "inside.com": {"a": ["10.0.0.1"]}, "rcode.com": {"rcode": "NOTIMP"},
        }
    )  # fmt: skip
    assert {str(record) for record in ask(acme, "one.com").answer[0]} == {"10 MX.Post.NET.", "20 mx2.fallback.org."}
    assert str(ask(acme, "null.com").answer[0][0]) == "0 ."
    assert [ask(acme, name).rcode().name for name in ("fail.com", "gone.com", "bare.com", "rcode.com")] == [
        "SERVFAIL", "NXDOMAIN", "NOERROR", "NOTIMP",
    ]  # fmt: skip
    chain = ask(acme, "alias.com").answer
    assert [rrset.rdtype for rrset in chain] == [dns.rdatatype.CNAME, dns.rdatatype.MX]
    assert str(ask(acme, "inside.com", "A").answer[0][0]) == "10.0.0.1"
    with pytest.raises(ValueError, match="none of"):
        acme.mx({"odd.com": "oops"})


def test_a_boards_slug_may_be_registered_as_it_stands_in_a_url(acme: Sandbox) -> None:
    acme.boards(
        {"ashby": {"Acme%20Labs": {"jobs": [], "apiVersion": "1"}, "100% Acme": {"jobs": [], "apiVersion": "2"}}}
    )
    assert call(acme, "GET", "/ashby/posting-api/job-board/Acme%20Labs").json()["apiVersion"] == "1"
    assert call(acme, "GET", "/ashby/posting-api/job-board/Acme%2520Labs").json()["apiVersion"] == "1"
    assert call(acme, "GET", "/ashby/posting-api/job-board/100%25%20Acme").json()["apiVersion"] == "2"
