"""Sites as they are: odd compressions, long heads, cookies before the page, files where a page should be."""

import gzip
import zlib

import pytest

from enrichment_assets.core.errors import TransientError
from enrichment_assets.pages.page import Fetched
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import open_providers
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.builtin import CATALOG
from enrichment_assets_tests.raw_server import Site, answer, served

TEXT = b"<html><body><p>We sell robots to warehouses.</p></body></html>"


async def page_of(sandbox: Sandbox, site: Site, url: str = "http://acme.com/") -> Fetched:
    async with served(site) as address:
        settings = sandbox.settings(retry_attempts=1, web_requests_per_s_per_host=100.0, clay_webhook_url=None)
        settings = settings.model_copy(update={"enrichment_sandbox": address})
        async with open_providers(settings, CATALOG.reading) as providers:
            return await providers.web.page(
                url, Ledger(run_cap_usd=None, company_cap_usd=1).scope("acme.com", "website")
            )


def raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


ENCODINGS = {
    "x-gzip": gzip.compress(TEXT),
    "GZIP ": gzip.compress(TEXT),
    '"gzip"': gzip.compress(TEXT),
    "identity, gzip": gzip.compress(TEXT),
    "gzip": gzip.compress(TEXT[:20]) + gzip.compress(TEXT[20:40]) + gzip.compress(TEXT[40:]),
    "deflate": zlib.compress(TEXT),
    " Deflate": raw_deflate(TEXT),
    "identity": TEXT,
    "none": TEXT,
    "UTF-8": TEXT,
    "utf8": gzip.compress(TEXT),
    "Gzip": TEXT,
    "": TEXT,
}


@pytest.mark.parametrize("name", ENCODINGS)
async def test_a_page_is_read_whatever_its_compression_is_called(sandbox: Sandbox, name: str) -> None:
    page = await page_of(sandbox, lambda _head, _path: answer(ENCODINGS[name], f"content-encoding: {name}"))
    assert (page.status, page.body) == (200, TEXT)


@pytest.mark.parametrize("name", ["br", "zstd", "gzip, br"])
async def test_a_compression_that_nobody_asked_for_is_no_empty_page(sandbox: Sandbox, name: str) -> None:
    with pytest.raises(TransientError, match="not asked for"):
        await page_of(sandbox, lambda _head, _path: answer(b"\x8b\x00\x80abc", f"content-encoding: {name}"))


@pytest.mark.parametrize("size", [100, 20_000, 60_000])
async def test_a_head_may_be_as_long_as_browsers_take_it(sandbox: Sandbox, size: int) -> None:
    policy = f"content-security-policy: {'x' * size}"
    assert (await page_of(sandbox, lambda _head, _path: answer(TEXT, policy))).body == TEXT


async def test_a_head_without_end_is_not_a_page(sandbox: Sandbox) -> None:
    with pytest.raises(TransientError):
        await page_of(sandbox, lambda _head, _path: answer(TEXT, f"x: {'x' * 100_000}"))


@pytest.mark.parametrize("to", ["/", "/welcome", "http://www.acme.com/"])
async def test_a_site_that_asks_for_its_cookie_gets_it_at_the_next_address(sandbox: Sandbox, to: str) -> None:
    def site(head: str, _path: str) -> bytes:
        if "cookie: seen=1; lang=en" in head.lower():
            return answer(TEXT)
        cookies = ("set-cookie: seen=1; Path=/; HttpOnly", "set-cookie: lang=en; Max-Age=60")
        return answer(b"", f"location: {to}", *cookies, status="302 Found")

    assert (await page_of(sandbox, site)).body == TEXT


async def test_a_cookie_goes_to_nobody_else(sandbox: Sandbox) -> None:
    heads: list[str] = []

    def site(head: str, _path: str) -> bytes:
        heads.append(head.lower())
        if "host: other.com" in head.lower():
            return answer(TEXT)
        return answer(b"", "location: http://other.com/", "set-cookie: seen=1", status="302 Found")

    assert (await page_of(sandbox, site)).body == TEXT
    assert not any("cookie:" in head for head in heads)


FILES = {
    "a PDF that says so": (b"%PDF-1.7\n%...", "application/pdf"),
    "a PDF that says it is a page": (b"%PDF-1.7\n%...", "text/html"),
    "a picture": (b"\x89PNG\r\n\x1a\n....", "text/html; charset=utf-8"),
    "a workbook": (b"PK\x03\x04....", ""),
    "a program": (b"\x7fELF\x02\x01\x00\x00\x00", "text/plain"),
    "a download": (b"anything", "application/octet-stream"),
}


@pytest.mark.parametrize("name", FILES)
async def test_a_file_is_no_page(sandbox: Sandbox, name: str) -> None:
    body, kind = FILES[name]
    page = await page_of(sandbox, lambda _head, _path: answer(body, kind=kind))
    assert page.body == b""
    assert "not a web page" in str(page.error)


async def test_a_page_in_utf_16_is_a_page(sandbox: Sandbox) -> None:
    body = TEXT.decode().encode("utf-16")
    assert (await page_of(sandbox, lambda _head, _path: answer(body))).body == body
