from typing import Any

import pytest

from enrichment_assets.artifacts.website.artifact import MAX_TEXT_CHARACTERS, Website
from enrichment_assets.artifacts.website.declaration import WEBSITE
from enrichment_assets.core.errors import TransientError
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.artifacts.producing import bench

HOME = """<html lang="en"><head><title>Acme Robotics &ndash; Warehouse robots</title>
<meta name="description" content="Robots for warehouses"></head><body><h1>Robots that pack</h1>
<p>Acme builds robots for warehouses and retailers, and ships them worldwide.</p>
<footer><a href="/careers">Careers</a> <a href="https://www.linkedin.com/company/acme-robotics/">in</a></footer></body></html>"""


async def website(sandbox: Sandbox, domain: str = "acme.com", **settings: Any) -> Website:
    async with bench(sandbox.settings(**settings)) as desk:
        return await desk.produce(WEBSITE, domain, "Acme Robotics")


@pytest.mark.parametrize("source", ["spider", "direct"])
async def test_the_home_page_is_stored_with_its_text_links_and_hash(sandbox: Sandbox, source: str) -> None:
    sandbox.page("acme.com", HOME)
    page = await website(sandbox, enrichment_pages=(source,))
    assert (page.landed, page.judgeable, page.status, page.source) == ("same_site", True, 200, source)
    assert "Acme builds robots for warehouses" in page.text
    assert page.title == "Acme Robotics – Warehouse robots"
    assert (page.description, page.language) == ("Robots for warehouses", "en")
    assert [link.url for link in page.links] == [
        "https://acme.com/careers",
        "https://www.linkedin.com/company/acme-robotics/",
    ]
    assert len(page.text_sha256) == 64


@pytest.mark.parametrize(
    ("site", "landed"),
    [("normal", "same_site"), ("other_path", "other_path"), ("other_brand", "other_brand"), ("parked", "parked"),
     ("for_sale", "for_sale"), ("dead", "dead"), ("blocked", "blocked"), ("empty", "empty")],
)  # fmt: skip
@pytest.mark.parametrize("source", ["spider", "direct"])
async def test_every_kind_of_site_is_told_and_only_the_companys_own_page_is_judged(
    sandbox: Sandbox, source: str, site: str, landed: str
) -> None:
    if (source, site) == ("direct", "dead"):
        pytest.skip("a connection that is reset may work the next time: fetched directly, that is a failure")
    sandbox.company("acme.com", site=site)
    page = await website(sandbox, enrichment_pages=(source,))
    assert page.landed == landed, page.reason
    assert page.judgeable == (landed in ("same_site", "other_path"))
    assert page.reason.endswith(".")


async def test_a_page_that_needs_javascript_is_read_by_one_browser(sandbox: Sandbox) -> None:
    sandbox.company("acme.com", site="javascript")
    page = await website(sandbox)
    assert (page.landed, page.rendered) == ("same_site", True)
    assert sandbox.bill()["spider"]["calls"] == 2


async def test_a_direct_fetch_never_pays_for_a_browser(sandbox: Sandbox) -> None:
    sandbox.company("acme.com", site="javascript")
    page = await website(sandbox, enrichment_pages=("direct",))
    assert page.landed == "empty"
    assert sandbox.bill().get("spider", {"calls": 0})["calls"] == 0


async def test_a_site_that_is_broken_right_now_is_a_failure_and_no_answer(sandbox: Sandbox) -> None:
    for host in ("acme.com", "www.acme.com"):
        sandbox.page(host, "<h1>Service unavailable</h1>", status=503)
    with pytest.raises(TransientError, match="503"):
        await website(sandbox)


async def test_a_notice_of_maintenance_is_a_failure_whatever_its_status(sandbox: Sandbox) -> None:
    for host in ("acme.com", "www.acme.com"):
        sandbox.page(host, "<title>Maintenance</title><h1>We are undergoing scheduled maintenance. Back shortly.</h1>")
    with pytest.raises(TransientError, match="being worked on"):
        await website(sandbox)


async def test_a_site_that_exists_only_under_www_is_found_there(sandbox: Sandbox) -> None:
    sandbox.page("www.acme.com", HOME)
    sandbox.page("acme.com", "<h1>Not found</h1>", status=404)
    page = await website(sandbox)
    assert (page.landed, page.final_url) == ("same_site", "https://www.acme.com/")


async def test_a_meta_refresh_is_followed_once(sandbox: Sandbox) -> None:
    sandbox.page("acme.com", '<meta http-equiv="refresh" content="0; url=https://acme.io/">')
    sandbox.page("acme.io", HOME)
    page = await website(sandbox)
    assert (page.landed, page.final_url) == ("same_site", "https://acme.io/")
    assert "acme.io" in page.reason


@pytest.mark.parametrize(
    "html",
    [
        "<p>" + "Acme builds robots. " * 200_000,
        "<div>" * 2_000 + "Acme builds robots for warehouses and retailers everywhere.",
        "Acme builds robots for warehouses \x00\x07 and retailers everywhere, today.",
        "<a href='http://[::1'>x</a><base href='::::'><p>Acme builds robots for warehouses and retailers.</p>",
    ],
)  # fmt: skip
async def test_hostile_pages_cost_little_and_break_nothing(sandbox: Sandbox, html: str) -> None:
    sandbox.page("acme.com", html)
    page = await website(sandbox)
    assert page.landed == "same_site"
    assert len(page.text) <= MAX_TEXT_CHARACTERS
    assert Website.model_validate_json(page.model_dump_json()) == page
