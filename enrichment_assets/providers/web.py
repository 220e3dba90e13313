"""Websites and public JSON fetched directly, at public addresses only. (Seam: body with the providers' issue.)"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enrichment_assets.providers.ledger import Account
from enrichment_assets.providers.page import Page


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer that was read whole. 4xx other than 408 and 429 are answers; the rest raises TransientError."""

    status: int
    body: bytes
    content_type: str
    final_url: str


class Web:
    """Direct fetches: free, polite per host, size-limited, every hop checked at connection time."""

    async def page(self, url: str, account: Account) -> Page:
        """A web page; a site that does not resolve, refuses or is broken comes back as Spider would report it."""
        raise NotImplementedError

    async def get(
        self, url: str, account: Account, *, provider: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """GET a public API such as a job board. ``provider`` names its limiter and ledger line."""
        raise NotImplementedError

    async def post(self, url: str, json: Any, account: Account, *, provider: str) -> Answer:
        """POST JSON to a public API such as Workable's job list."""
        raise NotImplementedError
