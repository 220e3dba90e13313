"""The Internet Archive's latest copy of a page (https://web.archive.org), free: the last rung of a ladder.

``/web/2id_/URL`` redirects to the latest capture and gives its bytes as they were captured.
"""

from dataclasses import replace

from pydantic import HttpUrl
from pydantic_settings import BaseSettings, SettingsConfigDict

from enrichment_assets.pages.page import Fetched
from enrichment_assets.providers.call.ledger import CostScope
from enrichment_assets.providers.registry import Opening, Provider
from enrichment_assets.providers.web import Web


class ArchiveSettings(BaseSettings):
    """The fetcher's own settings, from the environment or ``.env``."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore")
    archive_base_url: HttpUrl = HttpUrl("https://web.archive.org")


class Archive:
    """Fetches the latest archived copy."""

    name = "archive"
    paid = False
    renders = False

    def __init__(self, web: Web, base_url: str) -> None:
        self._web = web
        self._base_url = base_url.rstrip("/")

    async def fetch(self, url: str, scope: CostScope, *, render: bool = False) -> Fetched:  # noqa: ARG002 - no browser
        """The copy, under the address that it is a copy of; the archive's own 404 means that there is none."""
        page = await self._web.page(f"{self._base_url}/web/2id_/{url}", scope)
        return replace(page, url=url, final_url=url)


def _open(opening: Opening) -> Archive:
    return Archive(opening.web, str(ArchiveSettings().archive_base_url))


ARCHIVE = Provider("pages", "archive", _open, lambda _settings: None, settings=ArchiveSettings)
