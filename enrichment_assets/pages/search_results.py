"""What a search engine gives, whoever asked it."""

from dataclasses import dataclass


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
