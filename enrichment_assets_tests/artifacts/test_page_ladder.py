"""Page fetchers in turn: the next one is asked only where the one before met a wall, an empty page or an error."""

import pytest

from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.artifacts.website.declaration import WEBSITE
from enrichment_assets.core.errors import TransientError
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.artifacts.producing import bench


async def website(sandbox: Sandbox, domain: str, ladder: str) -> Website:
    async with bench(sandbox.settings(enrichment_pages=ladder, retry_attempts=1)) as desk:
        return await desk.produce(WEBSITE, domain)


def calls(sandbox: Sandbox, provider: str) -> int:
    return int(sandbox.bill().get(provider, {}).get("calls", 0))


async def test_a_page_that_can_be_read_for_free_is_not_paid_for(sandbox: Sandbox) -> None:
    sandbox.company("plain.com", site="normal")
    page = await website(sandbox, "plain.com", "direct,spider,firecrawl")
    assert (page.source, page.judgeable) == ("direct", True)
    assert calls(sandbox, "spider") == calls(sandbox, "firecrawl") == 0


@pytest.mark.parametrize("paid", ["spider", "firecrawl"])
async def test_an_empty_shell_is_read_by_the_next(sandbox: Sandbox, paid: str) -> None:
    sandbox.company("shell.com", site="javascript")
    page = await website(sandbox, "shell.com", f"direct,{paid}")
    assert (page.source, page.judgeable) == (paid, True)
    assert calls(sandbox, paid) >= 1


async def test_an_error_is_passed_on_and_raised_only_when_nobody_has_an_answer(sandbox: Sandbox) -> None:
    sandbox.company("plain.com", site="normal")
    sandbox.faults({"spider": {"http_500": 1.0}})
    assert (await website(sandbox, "plain.com", "spider,firecrawl")).source == "firecrawl"
    sandbox.faults({"spider": {"http_500": 1.0}, "firecrawl": {"http_500": 1.0}})
    with pytest.raises(TransientError, match="spider"):
        await website(sandbox, "plain.com", "spider,firecrawl")


async def test_a_wall_that_all_meet_is_an_answer(sandbox: Sandbox) -> None:
    sandbox.company("wall.com", site="blocked")
    page = await website(sandbox, "wall.com", "direct,spider")
    assert (page.landed, page.judgeable) == ("blocked", False)
    assert calls(sandbox, "spider") >= 1
