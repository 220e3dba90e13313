"""URLs that come from data: public addresses only, at every hop."""

import asyncio

import pytest

from enrichment_assets.core.errors import PermanentError, TransientError, UnsafeAddressError
from enrichment_assets.providers.addresses import is_public, refusal
from enrichment_assets.providers.call.ledger import CostScope, Ledger
from enrichment_assets.providers.clients import open_providers
from enrichment_assets.providers.http.public_connector import public_connector
from enrichment_assets.providers.http.reply import NetworkError
from enrichment_assets.providers.http.transport import fetch, open_transport
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.builtin import CATALOG


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "198.18.0.1",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1",
        "fe80::1%eth0",
        "fec0::1",
        "fc00::1",
        "fd00:ec2::254",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "2002:7f00:1::",
        "2001:db8::1",
        "ff02::1",
        "::127.0.0.1",
        "168.63.129.16",
        "192.0.0.192",
        "192.0.0.9",
        "192.88.99.1",
        "192.31.196.1",
        "192.52.193.1",
        "192.175.48.1",
        "3fff::1",
        "3fff:fff::1",
        "3ffe::1",
        "2001::1",
        "2001:2::1",
        "2001:20::1",
        "2620:4f:8000::1",
        "5f00::1",
        "100::1",
        "::ffff:168.63.129.16",
        "::ffff:0:127.0.0.1",
        "64:ff9b::a83f:8110",
        "2002:a83f:8110::1",
        "2002:c058:6301::1",
        "nonsense",
    ],
)
def test_an_address_that_is_not_public_is_known(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.216.34", "2606:4700:4700::1111", "64:ff9b::808:808"])
def test_a_public_address_is_known(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://017700000001/",
        "http://[::1]/",
        "http://[::ffff:169.254.169.254]/",
        "https://10.0.0.1/",
        "http://acme.com:8080/",
        "http://acme.com:22/",
        "ftp://acme.com/",
        "file:///etc/passwd",
        "gopher://acme.com/",
        "http://user:pass@acme.com/",
        "http:///",
        "javascript:alert(1)",
        "http://[bad/",
        "http://[bad",
        "http://acme.com:0/",
        "http://127。0。0。1/",
        "http://１２７.0.0.1/",
        "https://xn--a/",
        "https://-ü-.com/",
        "https://acme.com/\x00",
    ],
)
def test_a_url_that_may_not_be_fetched_is_refused(url: str) -> None:
    assert refusal(url) is not None


@pytest.mark.parametrize("url", ["https://acme.com", "http://acme.com:80/x", "https://8.8.8.8/", "https://bücher.de/"])
def test_an_ordinary_url_is_not_refused(url: str) -> None:
    assert refusal(url) is None


def scope() -> CostScope:
    return Ledger(run_cap_usd=None, company_cap_usd=1.0).scope("acme.com", "website")


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.8"])
async def test_a_name_that_leads_to_a_private_address_is_refused_when_connecting(
    sandbox: Sandbox, address: str
) -> None:
    await asyncio.to_thread(sandbox.mx, {"rebind.com": {"mx": "none", "a": [address]}})
    settings = sandbox.settings(enrichment_sandbox=None, web_timeout_s=3.0)
    async with open_providers(settings, CATALOG.reading) as providers:
        with pytest.raises(UnsafeAddressError, match="not a public address"):
            await providers.web.page("https://rebind.com/", scope())
        with pytest.raises(UnsafeAddressError):
            await providers.web.get("https://rebind.com/jobs", scope(), provider="greenhouse")


async def test_even_an_address_given_literally_is_checked_at_the_socket(sandbox: Sandbox) -> None:
    async with open_providers(sandbox.settings(), CATALOG.reading) as providers:
        transport = open_transport(public_connector(0, providers.dns))
        with pytest.raises(NetworkError):
            await fetch(transport, "GET", sandbox.url, headers={}, timeout_s=2, max_bytes=1_000)
        await transport.aclose()


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/",
        "http://127.0.0.1:1/",
        "http://[::1]/",
        "file:///etc/passwd",
        "//10.0.0.1/",
        "http://[bad",
        "https://xn--a/",
    ],
)
async def test_a_redirect_to_a_private_address_or_to_no_url_is_refused(sandbox: Sandbox, location: str) -> None:
    await asyncio.to_thread(sandbox.page, "hop.com", status=302, location=location)
    async with open_providers(sandbox.settings(), CATALOG.reading) as providers:
        with pytest.raises(UnsafeAddressError):
            await providers.web.page("https://hop.com/", scope())


async def test_robots_are_respected_and_hosts_are_not_hurried(sandbox: Sandbox) -> None:
    rules = "User-agent: *\nDisallow: /private\n"
    await asyncio.to_thread(sandbox.page, "polite.com", rules, path="/robots.txt", content_type="text/plain")
    settings = sandbox.settings(web_requests_per_s_per_host=20.0)
    async with open_providers(settings, CATALOG.reading) as providers:
        with pytest.raises(PermanentError, match="robots"):
            await providers.web.page("https://polite.com/private/x", scope())
        before = asyncio.get_running_loop().time()
        for _ in range(5):
            assert (await providers.web.page("https://polite.com/", scope())).status == 200
        assert asyncio.get_running_loop().time() - before >= 0.19


async def test_one_site_under_maintenance_does_not_keep_us_from_the_others(sandbox: Sandbox) -> None:
    down = {"kind": "http_503_retry_after", "retry_after": 3_600, "domains": ["maintained.com"]}
    await asyncio.to_thread(sandbox.faults, {"sites": [down]})
    await asyncio.to_thread(sandbox.page, "open.com", "<html><body>Hello</body></html>")
    async with open_providers(sandbox.settings(), CATALOG.reading) as providers:
        with pytest.raises(TransientError, match="503"):
            await asyncio.wait_for(providers.web.page("https://maintained.com/", scope()), 60)
        assert (await providers.web.page("https://open.com/", scope())).status == 200


@pytest.mark.parametrize("name", ["https://acme.com", "a@acme.com", "", "acme.com/x", "1.2.3.4", " ", "☃.net", "a..b"])
async def test_what_is_not_a_name_is_never_asked_of_dns(sandbox: Sandbox, name: str) -> None:
    async with open_providers(sandbox.settings(), CATALOG.reading) as providers:
        with pytest.raises(PermanentError):
            await providers.dns.mx(name, scope())
    assert "dns" not in await asyncio.to_thread(sandbox.bill)


async def test_mail_answers_are_told_apart(sandbox: Sandbox) -> None:
    answers = {
        "set.com": [[20, "MX2.set.com"], [10, "mx1.set.com"]],
        "null.com": "null_mx",
        "implicit.com": "implicit_mx",
        "gone.com": "nxdomain",
    }
    await asyncio.to_thread(sandbox.mx, answers)
    async with open_providers(sandbox.settings(), CATALOG.reading) as providers:
        found = {name: await providers.dns.mx(name, scope()) for name in answers}
        again = scope()
        await providers.dns.mx("set.com", again)
    assert found["set.com"].exchanges == ((10, "mx1.set.com"), (20, "mx2.set.com"))
    assert [found[name].kind for name in answers] == ["mx", "null_mx", "address_only", "nxdomain"]
    assert again.charges == []
