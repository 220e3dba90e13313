"""Pages fetched directly: free, polite per host, at public addresses only (``web``)."""

from typing import TYPE_CHECKING

from enrichment_assets.pages.page import Fetched
from enrichment_assets.providers.call.ledger import CostScope
from enrichment_assets.providers.registry import Opening, Provider

if TYPE_CHECKING:
    from enrichment_assets.providers.web import Web


class Direct:
    """The site itself is asked, as it answers without a browser."""

    name = "direct"
    paid = False
    renders = False

    def __init__(self, web: "Web") -> None:
        self._web = web

    async def fetch(self, url: str, scope: CostScope, *, render: bool = False) -> Fetched:  # noqa: ARG002 - no browser
        """The page; a site that does not resolve, refuses or is broken comes back with a synthetic status."""
        return await self._web.page(url, scope)


def _open(opening: Opening) -> Direct:
    return Direct(opening.web)


PROVIDES = Provider("pages", "direct", _open, lambda _settings: None)
