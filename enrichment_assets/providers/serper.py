"""Serper (https://serper.dev). (Seam: the body comes with the providers' issue.)"""

from dataclasses import dataclass

from enrichment_assets.providers.ledger import Account


@dataclass(frozen=True, slots=True)
class NewsResult:
    """One news result as Serper gives it; ``date`` is text such as "4 hours ago"."""

    title: str
    link: str
    snippet: str | None
    date: str | None
    source: str | None


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One organic search result."""

    title: str
    link: str
    snippet: str | None


class Serper:
    """Google's results."""

    async def news(
        self, query: str, account: Account, *, num: int = 10, tbs: str | None = None
    ) -> tuple[NewsResult, ...]:
        """News results. Empty means that Google found nothing."""
        raise NotImplementedError

    async def search(self, query: str, account: Account, *, num: int = 10) -> tuple[SearchResult, ...]:
        """Organic web results."""
        raise NotImplementedError
