"""Serper (https://serper.dev): Google's results."""

import math
from typing import TYPE_CHECKING, Any

from enrichment_assets.core.errors import (
    MisconfiguredError,
    OutOfCreditError,
    PermanentError,
    ProviderError,
    TransientError,
)
from enrichment_assets.core.limits import MAX_TEXT, MAX_URL
from enrichment_assets.core.settings import Settings
from enrichment_assets.pages.search_results import NewsResult, SearchResult
from enrichment_assets.providers.call.answers import Question, json_bytes, json_of
from enrichment_assets.providers.call.ledger import CostScope, Reservation
from enrichment_assets.providers.call.pipeline import CallPipeline
from enrichment_assets.providers.http.api import Api, look
from enrichment_assets.providers.http.reply import Reply, account_error, asked_to_wait_s, excerpt, status_error
from enrichment_assets.providers.prices import reported_usd
from enrichment_assets.providers.registry import Opening, Provider

if TYPE_CHECKING:
    import httpx

PROVIDER = "serper"
MAX_BYTES = 2_000_000
"""Real answers are below 100 KB."""


class Serper:
    """Google's results, in English, dates as text relative to the moment of the request."""

    def __init__(self, transport: "httpx.AsyncBaseTransport", pipeline: CallPipeline, settings: Settings) -> None:
        self._pipeline = pipeline
        self._key = settings.serper_api_key.get_secret_value() if settings.serper_api_key else ""
        self._base_url = settings.serper_base_url.rstrip("/")
        headers = {"x-api-key": self._key}
        self._api = Api(PROVIDER, transport, headers, settings.serper_timeout_s, MAX_BYTES)
        self._usd_per_credit = settings.serper_usd_per_credit

    async def news(
        self, query: str, scope: CostScope, *, num: int = 10, months: int | None = None
    ) -> tuple[NewsResult, ...]:
        """News results. Empty means that Google found nothing. Not older than ``months``."""
        items = await self._ask(
            "news", query, scope, num=num, tbs=None if months is None else f"qdr:m{months}", key="news"
        )
        return tuple(
            NewsResult(
                title=item["title"][:MAX_TEXT],
                link=item["link"][:MAX_URL],
                snippet=_optional(item.get("snippet")),
                date=_optional(item.get("date")),
                source=_optional(item.get("source")),
            )
            for item in items
        )

    async def search(self, query: str, scope: CostScope, *, num: int = 10) -> tuple[SearchResult, ...]:
        """Organic web results. Empty means that Google found nothing."""
        items = await self._ask("search", query, scope, num=num, tbs=None, key="organic")
        return tuple(
            SearchResult(item["title"][:MAX_TEXT], item["link"][:MAX_URL], _optional(item.get("snippet")))
            for item in items
        )

    async def try_out(self, _scope: CostScope) -> None:
        """Whether the key is good and there is credit: GET /account, free. Raises what is wrong."""
        reply = await look(self._api.transport, f"{self._base_url}/account", self._api.headers)
        if reply is None:
            return
        document = reply.json()
        if reply.status in {400, 401, 402, 403}:
            raise _refused(reply, document, self._key)
        left = document.get("balance") if isinstance(document, dict) else None
        if isinstance(left, int | float) and left <= 0:
            raise OutOfCreditError(PROVIDER, f"out of credit: {left:g} credits left", 402)

    async def _ask(
        self, route: str, query: str, scope: CostScope, *, num: int, tbs: str | None, key: str
    ) -> list[dict[str, Any]]:
        if not self._key:
            raise MisconfiguredError(PROVIDER, "no key: set SERPER_API_KEY")
        asked = {"q": query, "num": num, "gl": "us", "hl": "en", "autocorrect": False}
        asked |= {"tbs": tbs} if tbs else {}
        list_usd = (1 if num <= 10 else math.ceil(num / 10)) * self._usd_per_credit

        async def attempt(reservation: Reservation) -> list[dict[str, Any]]:
            return self._items(await self._api.ask(f"{self._base_url}/{route}", asked), key, list_usd, reservation)

        return await self._pipeline.call(
            scope,
            attempt,
            worst_usd=list_usd,
            unanswered_usd=list_usd,
            question=Question({"route": route, **asked}, json_bytes, json_of),
        )

    def _items(self, reply: Reply, key: str, list_usd: float, reservation: Reservation) -> list[dict[str, Any]]:
        document = reply.json()
        if isinstance(document, list) and len(document) == 1:
            document = document[0]
        if reply.status >= 300:
            reservation.commit(usd=0.0, ok=False, status=reply.status)
            raise _refused(reply, document, self._key)
        credits_used = reported_usd(document.get("credits")) if isinstance(document, dict) else None
        understood = isinstance(document, dict) and (key in document or "searchParameters" in document)
        refused_in_200 = isinstance(document, dict) and not understood and "message" in document
        list_usd = 0.0 if refused_in_200 else list_usd
        usd = list_usd if credits_used is None else credits_used * self._usd_per_credit
        reservation.commit(usd=usd, ok=understood, status=reply.status)
        if not isinstance(document, dict) or not understood:
            if refused_in_200:
                raise _refused(reply, document, self._key)
            raise TransientError(PROVIDER, f"an answer that is not a result ({reply.content_type})", reply.status)
        items = document.get(key)
        told = document.get("searchInformation")
        if items is None or (isinstance(told, dict) and told.get("showingResultsFor")):  # of another query than ours
            return []
        named = [item for item in items if isinstance(item, dict) and _named(item)] if isinstance(items, list) else []
        if items != [] and not named:  # not what "nothing found" looks like
            raise TransientError(PROVIDER, f"{key} holds no results that can be read", reply.status, cause="subject")
        return named


def _refused(reply: Reply, document: object, key: str) -> ProviderError:
    """Serper's own rules: an empty account is a 400, and so is a query that a free account may not ask."""
    message = document.get("message") if isinstance(document, dict) else None
    said = excerpt(message, key) if isinstance(message, str) else ""
    if reply.status == 400:
        query = PermanentError(PROVIDER, f"HTTP 400, the query is refused: {said}", 400)
        return account_error(PROVIDER, 400, said, setting="SERPER") or query
    if reply.status < 300:
        nonsense = TransientError(PROVIDER, f"HTTP {reply.status} without a result: {said}", reply.status)
        return account_error(PROVIDER, reply.status, said, setting="SERPER") or nonsense
    return status_error(PROVIDER, reply.status, said, setting="SERPER", asked_s=asked_to_wait_s(reply))


def _named(item: dict[str, Any]) -> bool:
    return isinstance(item.get("title"), str) and isinstance(item.get("link"), str)


def _optional(value: object) -> str | None:
    return value[: 4 * MAX_TEXT] if isinstance(value, str) and value else None


def _open(opening: Opening) -> Serper:
    settings = opening.settings
    pipeline = opening.pipeline(
        PROVIDER, settings.serper_requests_per_s, settings.serper_in_flight, account=settings.serper_api_key
    )
    return Serper(opening.api, pipeline, settings)


def _missing(settings: Settings) -> str | None:
    if settings.serper_api_key is not None:
        return None
    return (
        "SERPER_API_KEY is not set: get one at https://serper.dev/api-key, "
        "or set ENRICHMENT_SEARCH=brave and BRAVE_API_KEY"
    )


PROVIDES = Provider("search", PROVIDER, _open, _missing, lambda s: (s.serper_usd_per_credit, s.serper_usd_per_credit))
