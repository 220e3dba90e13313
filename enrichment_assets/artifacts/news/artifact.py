"""What is in the news about the company?

One search per company. Every result is matched to the company with a reason, classified by rules, dated, and merged
with the other items of its story. No story is an answer; an outage FAILs.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from enrichment_assets.artifacts.base import ProduceContext, Value
from enrichment_assets.artifacts.icp.artifact import Icp
from enrichment_assets.artifacts.news.dates import published_on
from enrichment_assets.artifacts.news.kinds import Kind, funding_amount, funding_round, kind_of
from enrichment_assets.artifacts.news.matching import why_about
from enrichment_assets.artifacts.news.merging import NewsItem, same_story_groups
from enrichment_assets.artifacts.news.outreach_timing import outreach_timing
from enrichment_assets.artifacts.topic_words import leading_topics, topic_words
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.companies.company import Company
from enrichment_assets.companies.company_names import core_name, is_ambiguous
from enrichment_assets.pages.links import one_line
from enrichment_assets.pages.search_results import NewsResult

WINDOW_MONTHS: Final = 6
"""Twice the longest rule of ``outreach_timing``."""
RESULTS_ASKED: Final = 10
"""More than 10 cost a second credit."""
MAX_STORIES: Final = 10
QUERY_TOPICS: Final = 2
"""Words of its business that go into the query of a company whose name is also said of other things."""


class Story(BaseModel):
    """One story about the company, however many outlets ran it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    title: str
    url: str
    source: str | None = None
    published_on: date | None = Field(None, description="Made absolute at fetch time; None where none was given.")
    snippet: str | None = None
    kind: Kind
    match: str = Field(description="Why this is about the company.")
    also_at: tuple[str, ...] = Field((), description="Other URLs of the same story.")
    funding_amount_usd: int | None = None
    funding_amount: str | None = Field(None, description="As written: $12M, 8 million euros.")
    funding_round: str | None = None


class News(Value):
    """Stories that are about the company. None is an answer; an outage FAILs."""

    stories: tuple[Story, ...] = Field((), description="The latest first, those without a date last.")
    dropped: int = Field(0, description="Results that were about somebody else.")
    outreach_timing: Literal["POSITIVE", "NEUTRAL", "NEGATIVE"]
    timing_rule: str
    query: str
    fetched_at: datetime
    volatile: ClassVar[frozenset[str]] = frozenset({"fetched_at", "dropped"})


async def produce(context: ProduceContext) -> News:
    """Search the news. Raises ProviderError when the search cannot be made."""
    website, icp = context.maybe("website", Website), context.maybe("icp", Icp)
    query = news_query(context.company, leading_topics(context.company, website, icp, QUERY_TOPICS))
    results = await context.providers.search.news(query, context.scope, num=RESULTS_ASKED, months=WINDOW_MONTHS)
    topics, what = topic_words(context.company, website, icp), f"the news of {context.company.domain}"
    return await context.providers.readers.read(what, news_from, context.company, results, topics, query, context.as_of)


def news_query(company: Company, topics: tuple[str, ...]) -> str:
    """The name, without quotes (refused on free accounts); words of its business only where the name needs them."""
    name = core_name(company.name)
    return " ".join((name, *topics)) if is_ambiguous(company.name) else name


def news_from(
    company: Company, results: tuple[NewsResult, ...], topics: frozenset[str], query: str, asked_at: datetime
) -> News:
    """What the results say about the company. Pure."""
    told = []
    for result in results:
        reason = why_about(company, result, topics)
        if reason is not None:
            told.append(_told(result, reason, asked_at))
    items = [NewsItem(story.title, story.url, story.published_on, story.funding_amount_usd) for story in told]
    stories = [_merged([told[at] for at in group]) for group in same_story_groups(items)]
    stories.sort(key=lambda story: story.published_on or date.min, reverse=True)
    timing, rule = outreach_timing(((story.kind, story.published_on) for story in stories), asked_at.date())
    return News(
        stories=tuple(stories[:MAX_STORIES]),
        dropped=len(results) - len(told),
        outreach_timing=timing,
        timing_rule=rule,
        query=query,
        fetched_at=asked_at,
    )


def _told(result: NewsResult, reason: str, asked_at: datetime) -> Story:
    title, snippet = one_line(result.title, 300), one_line(result.snippet or "", 500) or None
    kind = kind_of(title, snippet)
    funding = funding_amount(title, snippet) if kind == "funding" else None
    return Story(
        title=title,
        url=result.link,
        source=one_line(result.source or "", 100) or None,
        published_on=published_on(result.date, asked_at, f"{title} {snippet or ''}"),
        snippet=snippet,
        kind=kind,
        match=reason,
        funding_amount_usd=funding.usd if funding else None,
        funding_amount=funding.written if funding else None,
        funding_round=funding_round(title, snippet) if kind == "funding" else None,
    )


def _merged(stories: list[Story]) -> Story:
    """The first telling, with what only the others knew. A story is as old as its first appearance."""
    first = stories[0]
    dates = [story.published_on for story in stories if story.published_on is not None]
    kind = next((story.kind for story in stories if story.kind != "other"), "other")
    paid = next((story for story in stories if story.funding_amount), first)
    return first.model_copy(
        update={
            "published_on": min(dates, default=None),
            "kind": kind,
            "also_at": tuple(dict.fromkeys(story.url for story in stories[1:] if story.url != first.url)),
            "funding_amount": paid.funding_amount,
            "funding_amount_usd": paid.funding_amount_usd,
            "funding_round": next((story.funding_round for story in stories if story.funding_round), None),
        }
    )


def summary(news: News) -> str:
    """The value in one word: what it means for outreach, or none."""
    return news.outreach_timing if news.stories else "none"
