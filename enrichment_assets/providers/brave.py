"""Brave Search (https://brave.com/search/api): an index of its own. docs/providers/brave.md."""

from datetime import UTC, datetime, timedelta
from html import unescape
from re import sub
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from enrichment_assets.core.errors import (
    MisconfiguredError,
    OutOfCreditError,
    PermanentError,
    ProviderError,
    TransientError,
)
from enrichment_assets.core.settings import Settings
from enrichment_assets.pages.search_results import NewsResult, SearchResult
from enrichment_assets.providers.call.answers import Question, json_bytes, json_of
from enrichment_assets.providers.call.ledger import CostScope, Reservation
from enrichment_assets.providers.call.pipeline import CallPipeline
from enrichment_assets.providers.http.api import Api
from enrichment_assets.providers.http.reply import Reply, asked_to_wait_s, excerpt, status_error
from enrichment_assets.providers.registry import Opening, Provider

if TYPE_CHECKING:
    import httpx

PROVIDER = "brave"
MAX_BYTES = 4_000_000
MOST_WEB, MOST_NEWS = 20, 50
"""Largest ``count``; a higher one is refused (422)."""
DAYS_PER_MONTH = 31


class Brave:
    """Brave's results, in English."""

    def __init__(self, transport: "httpx.AsyncBaseTransport", pipeline: CallPipeline, settings: Settings) -> None:
        self._pipeline = pipeline
        self._key = settings.brave_api_key.get_secret_value() if settings.brave_api_key else ""
        self._base_url = settings.brave_base_url.rstrip("/")
        headers = {"x-subscription-token": self._key, "accept": "application/json"}
        self._api = Api(PROVIDER, transport, headers, settings.brave_timeout_s, MAX_BYTES)
        self._usd = settings.brave_usd_per_request

    async def search(self, query: str, scope: CostScope, *, num: int = 10) -> tuple[SearchResult, ...]:
        """Web results. Empty means that nothing was found."""
        asked = {"q": query, "count": min(num, MOST_WEB), "result_filter": "web"}
        document = await self._ask("web", asked, scope)
        web = None if _is_of_another_query(document) else document.get("web")
        items = _results(web.get("results", []) if isinstance(web, dict) else [])
        return tuple(SearchResult(_plain(item["title"]), item["url"], _snippet(item)) for item in items)

    async def news(
        self, query: str, scope: CostScope, *, num: int = 10, months: int | None = None
    ) -> tuple[NewsResult, ...]:
        """News results. Empty means that nothing was found."""
        document = await self._ask("news", {"q": query, "count": min(num, MOST_NEWS)}, scope, months=months)
        return tuple(
            NewsResult(
                title=_plain(item["title"]),
                link=item["url"],
                snippet=_snippet(item),
                date=_optional(item.get("page_age")) or _optional(item.get("age")),
                source=_source(item),
            )
            for item in _results([] if _is_of_another_query(document) else document.get("results", []))
        )

    async def try_out(self, scope: CostScope) -> None:
        """Whether the key is good and the quota is not used up: one search, since nothing tells it for nothing."""
        await self._ask("web", {"q": "brave", "count": 1, "result_filter": "web"}, scope)

    async def _ask(
        self, kind: str, parameters: dict[str, Any], scope: CostScope, *, months: int | None = None
    ) -> dict[str, Any]:
        if not self._key:
            raise MisconfiguredError(PROVIDER, "no key: set BRAVE_API_KEY")
        window = {} if months is None else {"freshness": _window(months, datetime.now(UTC))}
        query = urlencode({**parameters, **window, "country": "us", "search_lang": "en", "spellcheck": "false"})
        url = f"{self._base_url}/res/v1/{kind}/search?{query}"

        async def attempt(reservation: Reservation) -> dict[str, Any]:
            return self._document(await self._api.ask(url), kind, reservation)

        # The window's dates move with the day; the question stays the same.
        question = Question({"kind": kind, **parameters, "months": months}, json_bytes, json_of)
        return await self._pipeline.call(
            scope, attempt, worst_usd=self._usd, unanswered_usd=self._usd, question=question
        )

    def _document(self, reply: Reply, kind: str, reservation: Reservation) -> dict[str, Any]:
        document = reply.json()
        if reply.status >= 300:
            reservation.commit(usd=0.0, ok=False, status=reply.status)
            raise _refused(reply, document, self._key)
        # Without results the list, and in a web answer all of ``web``, may be missing: the type says that it is one.
        understood = isinstance(document, dict) and (
            document.get("type") == ("search" if kind == "web" else "news") or "results" in document or kind in document
        )
        refused = isinstance(document, dict) and isinstance(document.get("error"), dict)
        reservation.commit(usd=0.0 if refused else self._usd, ok=understood and not refused, status=reply.status)
        if refused:
            raise _refused(reply, document, self._key)
        if not isinstance(document, dict) or not understood:
            raise TransientError(PROVIDER, f"an answer that is not a result ({reply.content_type})", reply.status)
        return document


def _is_of_another_query(document: dict[str, Any]) -> bool:
    """Whether Brave has corrected the query all the same: ``altered`` is the one that was answered."""
    query = document.get("query")
    return isinstance(query, dict) and bool(query.get("altered")) and query["altered"] != query.get("original")


def _refused(reply: Reply, document: object, key: str) -> ProviderError:
    """Brave's own rules: a wrong key is a 422, and a quota that is used up a 429."""
    error = document.get("error") if isinstance(document, dict) else None
    error = error if isinstance(error, dict) else {}
    code, said = str(error.get("code") or ""), excerpt(str(error.get("detail") or ""), key)
    if code in ("SUBSCRIPTION_TOKEN_INVALID", "SUBSCRIPTION_NOT_FOUND"):
        return MisconfiguredError(
            PROVIDER, f"HTTP {reply.status}, the key is refused: {said} (set BRAVE_API_KEY)", reply.status
        )
    if code in ("QUOTA_LIMITED", "USAGE_LIMIT_EXCEEDED") or _is_used_up(error.get("meta")):
        return OutOfCreditError(PROVIDER, f"HTTP {reply.status}, the plan's quota is used up: {said}", reply.status)
    if reply.status < 300:
        return TransientError(PROVIDER, f"an error inside HTTP {reply.status}: {code} {said}", reply.status)
    if reply.status in {400, 422}:
        return PermanentError(PROVIDER, f"HTTP {reply.status}, the query is refused: {code} {said}", reply.status)
    return status_error(
        PROVIDER, reply.status, said, setting="BRAVE", asked_s=_wait_s(reply) if reply.status == 429 else None
    )


def _is_used_up(meta: object) -> bool:
    if not isinstance(meta, dict):
        return False
    limit, current = meta.get("quota_limit"), meta.get("quota_current")
    return isinstance(limit, int) and isinstance(current, int) and 0 < limit <= current


def _wait_s(reply: Reply) -> float | None:
    """Retry-After, else the first of X-RateLimit-Reset ("1, 1419704": of the second's and of the month's window)."""
    asked_s = asked_to_wait_s(reply)
    first = reply.headers.get("x-ratelimit-reset", "").partition(",")[0].strip()
    return float(first) if asked_s is None and first.isdecimal() else asked_s


def _window(months: int, now: datetime) -> str:
    return f"{(now - timedelta(days=months * DAYS_PER_MONTH)).date()}to{now.date()}"


def _results(items: object) -> list[dict[str, Any]]:
    given = items if isinstance(items, list) else []
    named = [
        item
        for item in given
        if isinstance(item, dict) and isinstance(item.get("title"), str) and isinstance(item.get("url"), str)
    ]
    if given and not named:  # not what "nothing found" looks like
        raise TransientError(PROVIDER, "the results cannot be read", 200, cause="subject")
    return named


def _snippet(item: dict[str, Any]) -> str | None:
    return _plain(item["description"]) or None if isinstance(item.get("description"), str) else None


def _source(item: dict[str, Any]) -> str | None:
    for holder, field in (("profile", "name"), ("meta_url", "netloc"), ("meta_url", "hostname")):
        held = item.get(holder)
        if isinstance(held, dict) and (found := _optional(held.get(field))):
            return found
    return None


def _plain(text: str) -> str:
    """Titles and descriptions come with the words that were found in ``<strong>``, and with entities."""
    return unescape(sub(r"</?strong>", "", text))


def _optional(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _open(opening: Opening) -> Brave:
    settings = opening.settings
    pipeline = opening.pipeline(
        PROVIDER, settings.brave_requests_per_s, settings.brave_in_flight, account=settings.brave_api_key
    )
    return Brave(opening.api, pipeline, settings)


def _missing(settings: Settings) -> str | None:
    if settings.brave_api_key is not None:
        return None
    return "BRAVE_API_KEY is not set: get one at https://brave.com/search/api"


PROVIDES = Provider("search", PROVIDER, _open, _missing, lambda s: (s.brave_usd_per_request, s.brave_usd_per_request))
