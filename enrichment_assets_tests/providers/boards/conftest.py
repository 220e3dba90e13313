from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from enrichment_assets.providers.boards.board import Board, BoardRef
from enrichment_assets.providers.boards.catalog import BOARDS
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import open_providers
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.builtin import CATALOG

ReadBoard = Callable[..., Awaitable[Board | None]]


@pytest.fixture
async def read_board(sandbox: Sandbox) -> AsyncIterator[ReadBoard]:
    """Reads a board of the sandbox over HTTP, as the careers artifact does."""
    settings = sandbox.settings(board_requests_per_s=10_000.0)
    scope = Ledger(run_cap_usd=None, company_cap_usd=1).scope("acme.com", "careers")
    async with open_providers(settings, CATALOG.reading) as providers:

        async def read(board: str, slug: str, region: str = "") -> Board | None:
            return await BOARDS[board].read(providers.web, BoardRef(board, slug, region), settings, scope)

        yield read
