"""Brave Search (api.search.brave.com) on loopback: ``GET /res/v1/web/search`` and ``/res/v1/news/search``.

Wire contract: the key in ``X-Subscription-Token``, a wrong one is a 422; ``count`` up to 20 (web) or 50 (news);
``freshness`` as ``pd``, ``pw``, ``pm``, ``py`` or a range of days; a web answer without results has no ``web``; every
answer tells its windows in ``X-RateLimit-*``; a request that is answered is billed, a refused one is not.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from enrichment_assets.sandbox.services.serper import about, organic
from enrichment_assets.sandbox.wire import Call, Reply, json_reply
from enrichment_assets.sandbox.world.press import told
from enrichment_assets.sandbox.world.world import World

USD_PER_REQUEST: Final = 0.005
"""The Base plan, $5 for 1,000."""
_MOST: Final = {"web": 20, "news": 50}
_DAYS: Final = {"pd": 1, "pw": 7, "pm": 31, "py": 365}
_RANGE: Final = re.compile(r"^(\d{4}-\d{2}-\d{2})to(\d{4}-\d{2}-\d{2})$")
_WINDOWS: Final = {
    "X-RateLimit-Limit": "50, 15000",
    "X-RateLimit-Policy": "50;w=1, 15000;w=2592000",
    "X-RateLimit-Remaining": "49, 14523",
    "X-RateLimit-Reset": "1, 1419704",
}


def answer(world: World, call: Call) -> Reply:
    """One Brave call."""
    kind = call.path.removeprefix("/res/v1/").removesuffix("/search")
    if kind not in _MOST or call.method != "GET":
        return refused(404, "NOT_FOUND", "The requested resource was not found")
    if not call.headers.get("X-Subscription-Token"):
        return refused(422, "SUBSCRIPTION_TOKEN_INVALID", "The provided subscription token is invalid.")
    asked, count = call.query.get("q", "").strip(), call.query.get("count", "20")
    span = _span(call.query.get("freshness", ""), world.now())
    if not asked or len(asked) > 400 or not count.isdecimal() or not 1 <= int(count) <= _MOST[kind] or span is None:
        return refused(422, "VALIDATION", "Unable to validate request parameter(s)")
    query = {
        "original": asked,
        "spellcheck_off": call.query.get("spellcheck") == "false",
        "more_results_available": False,
    }
    facts = about(world, asked)
    if kind == "news":
        stories = told(world, facts) if facts else []
        found = [_story(item, published, world.now()) for published, item in stories if span[0] <= published <= span[1]]
        document = {"type": "news", "query": query, "results": found[: int(count)]}
    else:
        document = {"type": "search", "query": query, "mixed": {"type": "mixed", "main": [], "top": [], "side": []}}
        if facts and (results := organic(world, facts, asked)):
            document["web"] = {"type": "search", "results": [_result(item) for item in results[: int(count)]]}
    return json_reply(document, usd=USD_PER_REQUEST, headers=_WINDOWS)


def refused(status: int, code: str, detail: str, *, meta: dict[str, Any] | None = None) -> Reply:
    """An error as the API words it."""
    error = {"id": "0c7b5b9e-8a52-4a35-9d30-b4c5b5d2f7a1", "status": status, "code": code, "detail": detail}
    document = {"type": "ErrorResponse", "error": {**error, "meta": meta or {}}, "time": 1_790_000_000}
    return json_reply(document, status, headers={**_WINDOWS, "X-RateLimit-Remaining": "0, 14523"})


def over_rate() -> Reply:
    """What a request beyond the plan's rate gets."""
    meta = {"plan": "Base", "rate_limit": 20, "rate_current": 20, "quota_limit": 20_000_000, "quota_current": 15}
    return refused(
        429, "RATE_LIMITED", "Request rate limit exceeded for plan", meta={**meta, "component": "rate_limiter"}
    )


def over_quota() -> Reply:
    """What a request beyond the month's quota gets."""
    meta = {"plan": "Free", "rate_limit": 1, "rate_current": 0, "quota_limit": 2000, "quota_current": 2000}
    return refused(429, "QUOTA_LIMITED", "Quota exceeded for plan", meta=meta)


def _span(freshness: str, now: datetime) -> tuple[datetime, datetime] | None:
    if match := _RANGE.match(freshness):
        first, last = (datetime.fromisoformat(day).replace(tzinfo=UTC) for day in match.groups())
        return first, last + timedelta(days=1)
    if freshness and freshness not in _DAYS:
        return None
    return now - timedelta(days=_DAYS.get(freshness, 3650)), now


def _story(item: dict[str, Any], published: datetime, now: datetime) -> dict[str, Any]:
    days, hours = (now - published).days, max(1, int((now - published).total_seconds() // 3600))
    age = f"{days} days ago" if days > 1 else f"{hours} hours ago"
    host = urlsplit(item["link"]).hostname or ""
    return {
        "type": "news_result",
        "title": item["title"],
        "url": item["link"],
        "description": item.get("snippet", ""),
        "age": age,
        "page_age": published.strftime("%Y-%m-%dT%H:%M:%S"),
        "meta_url": {"scheme": "https", "netloc": host.removeprefix("www."), "hostname": host, "path": "› business"},
    }


def _result(item: dict[str, Any]) -> dict[str, Any]:
    host = urlsplit(item["link"]).hostname or ""
    words = item["title"].split(" ")
    return {
        "type": "search_result",
        "title": item["title"],
        "url": item["link"],
        "description": str(item.get("snippet", "")).replace(words[0], f"<strong>{words[0]}</strong>", 1),
        "profile": {"name": host.removeprefix("www."), "url": item["link"]},
        "meta_url": {"scheme": "https", "netloc": host.removeprefix("www."), "hostname": host, "path": ""},
        "language": "en",
        "family_friendly": True,
    }
