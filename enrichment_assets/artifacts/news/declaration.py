"""The artifact ``news``: what it adds to the payload, how it is explained."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import Field

from enrichment_assets.artifacts.base import Artifact, ExplainLine, Fact, PayloadField, PayloadPart, Value
from enrichment_assets.artifacts.example_company import NOW
from enrichment_assets.artifacts.news.artifact import News, Story, produce, summary
from enrichment_assets.artifacts.payload.schema import Line, PayloadDocument, Url

HEADLINES = 5
"""Rows on the record's page."""


class StoryDetails(PayloadDocument):
    """One story in the news."""

    title: Line
    url: Url = None
    source: Line | None = None
    published_on: date | None = None
    kind: Line = Field(description="funding, acquisition, partnership, product, leadership, expansion, layoffs, ...")
    snippet: Line | None = None
    match: Line = Field(description="Why it is about this company.")
    funding_amount: Line | None = None
    funding_amount_usd: int | None = None
    funding_round: Line | None = None
    also_at: tuple[Url, ...] = ()


class NewsDetails(PayloadDocument):
    """The stories, and what they mean for outreach."""

    timing_rule: Line
    stories: tuple[StoryDetails, ...] = ()


def _details(news: News) -> NewsDetails:
    fields = set(StoryDetails.model_fields)
    stories = tuple(StoryDetails(**story.model_dump(include=fields)) for story in news.stories)
    return NewsDetails(timing_rule=news.timing_rule, stories=stories)


def _of_latest(field: str) -> Callable[[News], Any]:
    def take(news: News) -> Any:
        latest = max(news.stories, key=_recency, default=None)
        return None if latest is None else getattr(latest, field)

    return take


def _recency(story: Story) -> tuple[bool, str]:
    return story.published_on is not None, str(story.published_on)


def explain(news: News, _values: Mapping[str, Value]) -> Iterable[ExplainLine]:
    """What the news means for outreach, and each story."""
    yield ExplainLine("outreach timing", news.outreach_timing, read_at=news.fetched_at, by=news.timing_rule)
    for story in news.stories:
        when = f", {story.published_on}" if story.published_on else ""
        kind = f"{story.kind}{when}"
        yield ExplainLine(kind, story.title, story.snippet, story.url, news.fetched_at, story.match)


def _preview(news: News) -> dict[str, Fact]:
    latest = news.stories[0] if news.stories else None
    return {
        "stories": len(news.stories),
        "timing": news.outreach_timing,
        "headline": latest.title if latest else None,
        "url": latest.url if latest else None,
    }


def _tables(news: News) -> dict[str, list[dict[str, Fact]]]:
    latest = news.stories[:HEADLINES]
    return {
        "headlines": [
            {"date": str(one.published_on or ""), "headline": one.title, "kind": one.kind, "url": one.url}
            for one in latest
        ]
    }


def example() -> News:
    """A funding round and a new CFO."""
    return News(
        stories=(
            Story(
                title="Ledgerline raises $18M Series A to speed up the month-end close",
                url="https://news.example/ledgerline-series-a",
                source="News Example",
                published_on=date(2026, 11, 3),
                snippet="The Rotterdam start-up will open an office in Toronto.",
                kind="funding",
                match="name in title, ledgerline.example in text",
                funding_amount_usd=18_000_000,
                funding_amount="$18M",
                funding_round="Series A",
            ),
            Story(
                title="Ledgerline names a new CFO",
                url="https://news.example/ledgerline-cfo",
                published_on=date(2026, 9, 14),
                kind="leadership",
                match="name in title, accounting in text",
            ),
        ),
        dropped=5,
        outreach_timing="POSITIVE",
        timing_rule="funding within 90 days",
        query="Ledgerline accounting software",
        fetched_at=NOW - timedelta(minutes=1),
    )


NEWS: Artifact[News] = Artifact(
    name="news",
    model=News,
    produce=produce,
    description="News stories matched to the company, classified, with what they mean for outreach.",
    summary=summary,
    preview=_preview,
    tables=_tables,
    explain=explain,
    example=example,
    payload=PayloadPart(
        columns=(
            PayloadField("latest_news_title", Line | None, _of_latest("title")),
            PayloadField("latest_news_url", Url, _of_latest("url")),
            PayloadField("latest_news_date", date | None, _of_latest("published_on")),
            PayloadField("latest_news_kind", Line | None, _of_latest("kind")),
            PayloadField("outreach_timing", Literal["POSITIVE", "NEUTRAL", "NEGATIVE"] | None),
        ),
        document=PayloadField("news", NewsDetails | None, _details),
        urls=lambda news: (story.url for story in news.stories),
    ),
    needs=("website", "icp"),
    may_be_skipped=("website", "icp"),
    gate="icp_pass",
    ttl=timedelta(hours=12),
    kinds=("serper",),
    providers=("search",),
)
