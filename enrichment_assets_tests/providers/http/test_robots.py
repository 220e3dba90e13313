"""robots.txt by RFC 9309, through real fetches of the sandbox's sites."""

import asyncio
from collections.abc import Mapping
from itertools import pairwise

import httpx
import pytest

from enrichment_assets.core.errors import NotSentError, PermanentError, TransientError
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.call.ledger import CostScope, Ledger
from enrichment_assets.providers.clients import open_providers
from enrichment_assets.providers.http.reply import Reply
from enrichment_assets.providers.http.robots import (
    KEPT_S,
    LONGEST_DELAY_S,
    MAX_BYTES,
    RefusedByRobotsError,
    Robots,
    RobotsCache,
    user_agent,
)
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.builtin import CATALOG

PAGE = "<html><body>Hello</body></html>"


def scope() -> CostScope:
    return Ledger(run_cap_usd=None, company_cap_usd=1.0).scope("acme.com", "website")


def reply(status: int = 200, body: str = "", **headers: str) -> Reply:
    return Reply(status, httpx.Headers(headers), body.encode())


async def robots(answers: Mapping[str, Reply | Exception], url: str = "https://acme.com/x") -> Robots:
    async def get(asked: str) -> Reply:
        answer = answers[asked]
        if isinstance(answer, Exception):
            raise answer
        return answer

    return await RobotsCache(get, lambda: 0.0).of(url)


def refused(wishes: Robots, url: str) -> bool:
    try:
        wishes.check("web", url)
    except RefusedByRobotsError:
        return True
    return False


@pytest.mark.parametrize(
    ("rules", "path", "is_refused"),
    [
        ("User-agent: *\nDisallow: /", "/x", True),
        ("User-agent: *\nDisallow:", "/x", False),
        ("User-agent: other\nDisallow: /", "/x", False),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Enrichment-Assets\nAllow: /", "/x", False),
        ("User-agent: *\nAllow: /\nUser-agent: enrichment-assets\nUser-agent: b\nDisallow: /x", "/x", True),
        ("User-agent: enrichment-assets\nDisallow: /a\nUser-agent: enrichment-assets\nDisallow: /x", "/x", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b/c", False),
        ("User-agent: *\nAllow: /a/b\nDisallow: /a", "/a/c", True),
        ("User-agent: *\nAllow: /page\nDisallow: /*.html", "/page.html", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/a/b.pdf?x=1", False),
        ("User-agent: *\nDisallow: //[x", "/x", False),
        ("<!doctype html><p>Not found", "/x", False),
        ("\ufeffUser-agent: *\nDisallow: /x", "/x", True),
    ],
)
async def test_groups_longest_match_and_wildcards(rules: str, path: str, is_refused: bool) -> None:
    wishes = await robots({"https://acme.com/robots.txt": reply(body=rules)})
    assert refused(wishes, f"https://acme.com{path}") == is_refused


@pytest.mark.parametrize("answer", [reply(404), reply(403), reply(410), reply(302), NotSentError("web", "no route")])
async def test_a_site_without_wishes_may_be_read(answer: Reply | Exception) -> None:
    assert not refused(await robots({"https://acme.com/robots.txt": answer}), "https://acme.com/x")


@pytest.mark.parametrize("answer", [reply(500), reply(503), TransientError("web", "no whole answer within 5 s")])
async def test_a_site_whose_wishes_cannot_be_read_is_left_alone_for_now(answer: Reply | Exception) -> None:
    wishes = await robots({"https://acme.com/robots.txt": answer})
    with pytest.raises(TransientError, match=r"robots\.txt"):
        wishes.check("web", "https://acme.com/x")


@pytest.mark.parametrize(("hops", "is_refused"), [(5, True), (6, False)])
async def test_five_redirects_are_followed_also_to_other_hosts(hops: int, is_refused: bool) -> None:
    addresses = ["https://acme.com/robots.txt", *(f"https://host{number}.com/r" for number in range(hops))]
    answers = {here: reply(301, location=there) for here, there in pairwise(addresses)}
    answers[addresses[-1]] = reply(body="User-agent: *\nDisallow: /")
    assert refused(await robots(answers), "https://acme.com/x") == is_refused


async def test_what_lies_beyond_500_kib_is_not_read() -> None:
    body = "User-agent: *\n" + "#" * (MAX_BYTES - 14) + "\nDisallow: /x"
    assert not refused(await robots({"https://acme.com/robots.txt": reply(body=body)}), "https://acme.com/x")
    assert refused(await robots({"https://acme.com/robots.txt": reply(body=body[20:])}), "https://acme.com/x") is False


async def test_wishes_are_kept_for_a_day_and_trouble_is_not() -> None:
    asked = []
    answers = [reply(503), reply(body="User-agent: *\nDisallow: /"), reply(404)]
    now = 0.0

    async def get(url: str) -> Reply:
        asked.append(url)
        return answers[len(asked) - 1]

    cache = RobotsCache(get, lambda: now)
    assert (await cache.of("https://acme.com/a")).unreachable
    assert refused(await cache.of("https://acme.com/a"), "https://acme.com/a")
    now += KEPT_S - 1
    assert refused(await cache.of("https://acme.com/a"), "https://acme.com/a")
    now += 2
    assert not refused(await cache.of("https://acme.com/a"), "https://acme.com/a")
    assert len(asked) == 3


@pytest.mark.parametrize(
    ("said", "kept"), [("2", 2.0), ("0.5", 0.5), ("86400", LONGEST_DELAY_S), ("soon", 0.0), ("-3", 0.0)]
)
async def test_a_crawl_delay_counts_up_to_ten_seconds(said: str, kept: float) -> None:
    rules = reply(body=f"User-agent: *\nCrawl-delay: {said}\nDisallow: /x")
    assert (await robots({"https://acme.com/robots.txt": rules})).delay_s == kept


async def test_a_page_waits_its_crawl_delay_and_the_wait_is_not_the_sites(sandbox: Sandbox) -> None:
    rules = "User-agent: *\nCrawl-delay: 0.6\n"
    await asyncio.to_thread(sandbox.page, "slow.com", rules, path="/robots.txt", content_type="text/plain")
    settings = sandbox.settings(web_requests_per_s_per_host=50.0, web_timeout_s=1.0, retry_attempts=1)
    async with open_providers(settings, CATALOG.reading) as providers:
        before = asyncio.get_running_loop().time()
        pages = await asyncio.gather(*(providers.web.page("https://slow.com/", scope()) for _ in range(4)))
        assert {page.status for page in pages} == {200}
        assert asyncio.get_running_loop().time() - before >= 1.7


async def test_a_refusal_is_told_from_an_empty_page_and_from_trouble(sandbox: Sandbox) -> None:
    rules = "User-agent: *\nDisallow: /private\n"
    await asyncio.to_thread(sandbox.page, "polite.com", rules, path="/robots.txt", content_type="text/plain")
    await asyncio.to_thread(sandbox.page, "ill.com", "oh", path="/robots.txt", status=503)
    await asyncio.to_thread(sandbox.page, "ill.com", PAGE, path="/")
    async with open_providers(sandbox.settings(retry_attempts=1), CATALOG.reading) as providers:
        with pytest.raises(RefusedByRobotsError, match=r"robots\.txt asks not to") as refusal:
            await providers.web.page("https://polite.com/private/x", scope())
        assert isinstance(refusal.value, PermanentError)
        with pytest.raises(TransientError, match=r"robots\.txt answers 503"):
            await providers.web.page("https://ill.com/", scope())


def test_the_user_agent_names_whom_to_write_to() -> None:
    assert "+https://github.com/" in user_agent(None)
    settings = Settings(_env_file=None, enrichment_user_agent_contact=" crawler@example.com ")  # type: ignore[call-arg]
    assert user_agent(settings.enrichment_user_agent_contact).endswith("+crawler@example.com)")
    for unusable in ("a b", "x)\r\nHost: evil", "ü@example.com"):
        with pytest.raises(ValueError, match="mail address or URL"):
            Settings(_env_file=None, enrichment_user_agent_contact=unusable)  # type: ignore[call-arg]
