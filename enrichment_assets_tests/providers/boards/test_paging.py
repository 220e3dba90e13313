"""Feeds of several pages, from a server of our own."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from enrichment_assets.core.errors import TransientError
from enrichment_assets.providers.boards.board import Board, BoardRef
from enrichment_assets.providers.boards.catalog import BOARDS
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import open_providers
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.builtin import CATALOG

JOBS = 250


class PagedBoards:
    """Lever, SmartRecruiters and Teamtailor with 250 jobs each. ``shift`` jobs appear while the pages are read."""

    def __init__(self) -> None:
        self.shift = 0
        self.requests: list[str] = []

    async def lever(self, request: web.Request) -> web.Response:
        self.requests.append(request.path_qs)
        skip, limit = int(request.query["skip"]), int(request.query["limit"])
        start = max(0, skip - (self.shift if skip else 0))
        return web.json_response([{"id": f"{n}", "text": f"Job {n}"} for n in range(JOBS)][start : start + limit])

    async def smartrecruiters(self, request: web.Request) -> web.Response:
        self.requests.append(request.path_qs)
        offset, limit = int(request.query["offset"]), int(request.query["limit"])
        rows = [{"id": f"{n}", "name": f"Job {n}"} for n in range(JOBS)][offset : offset + limit]
        return web.json_response({"offset": offset, "limit": limit, "totalFound": JOBS, "content": rows})

    async def teamtailor(self, request: web.Request) -> web.Response:
        self.requests.append(request.path_qs)
        page = int(request.query.get("page", 1))
        rows = [{"id": f"{n}", "title": f"Job {n}"} for n in range((page - 1) * 20, min(JOBS, page * 20))]
        feed = {"title": "Acme", "items": rows}
        if page * 20 < JOBS:
            feed["next_url"] = f"https://evil.example/jobs.json?page={page + 1}"
        return web.json_response(feed)

    async def endless(self, request: web.Request) -> web.Response:
        page = int(request.query.get("page", 1))
        return web.json_response({"items": [{"id": page, "title": "Job"}], "next_url": f"/jobs.json?page={page + 1}"})

    async def circle(self, request: web.Request) -> web.Response:
        return web.json_response({"items": [{"id": 1, "title": "Job"}], "next_url": "/jobs.json?page=2"})


@pytest.fixture
async def boards() -> AsyncIterator[tuple[PagedBoards, int]]:
    paged = PagedBoards()
    app = web.Application()
    app.router.add_get("/lever/v0/postings/acme", paged.lever)
    app.router.add_get("/smart/v1/companies/acme/postings", paged.smartrecruiters)
    app.router.add_get("/tt/acme/jobs.json", paged.teamtailor)
    app.router.add_get("/tt/endless/jobs.json", paged.endless)
    app.router.add_get("/tt/circle/jobs.json", paged.circle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield paged, runner.addresses[0][1]
    await runner.cleanup()


async def read(sandbox: Sandbox, port: int, vendor: str, slug: str = "acme") -> Board | None:
    base = f"http://127.0.0.1:{port}"
    settings = sandbox.settings(
        enrichment_sandbox=f"127.0.0.1:{port}",
        clay_webhook_url=None,
        board_requests_per_s=10_000.0,
        lever_base_url=f"{base}/lever",
        smartrecruiters_base_url=f"{base}/smart",
        teamtailor_base_url=f"{base}/tt/{{slug}}",
    )
    scope = Ledger(run_cap_usd=None, company_cap_usd=1).scope("acme.com", "careers")
    async with open_providers(settings, CATALOG.reading) as providers:
        return await BOARDS[vendor].read(providers.web, BoardRef(vendor, slug), settings, scope)


@pytest.mark.parametrize(("vendor", "pages"), [("lever", 3), ("smartrecruiters", 3), ("teamtailor", 13)])
async def test_all_pages_of_a_feed_are_read(
    vendor: str, pages: int, sandbox: Sandbox, boards: tuple[PagedBoards, int]
) -> None:
    paged, port = boards
    board = await read(sandbox, port, vendor)
    assert [opening.title for opening in board.openings] == [f"Job {n}" for n in range(JOBS)]
    assert len(paged.requests) == pages


async def test_a_job_that_slips_to_the_next_page_meanwhile_is_counted_once(
    sandbox: Sandbox, boards: tuple[PagedBoards, int]
) -> None:
    paged, port = boards
    paged.shift = 2
    board = await read(sandbox, port, "lever")
    assert len(board.openings) == JOBS


async def test_a_feed_without_end_is_refused_and_one_in_a_circle_ends(
    sandbox: Sandbox, boards: tuple[PagedBoards, int]
) -> None:
    _, port = boards
    with pytest.raises(TransientError, match="pages"):
        await read(sandbox, port, "teamtailor", "endless")
    board = await read(sandbox, port, "teamtailor", "circle")
    assert len(board.openings) == 1
