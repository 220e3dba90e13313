"""Spider (https://spider.cloud): one page per call, as markdown and as raw HTML."""

from typing import TYPE_CHECKING, Any

import orjson

from enrichment_assets.core.errors import (
    MisconfiguredError,
    OutOfCreditError,
    ProviderError,
    TransientError,
)
from enrichment_assets.core.limits import MAX_PAGE_BYTES, MAX_PAGE_TEXT
from enrichment_assets.core.settings import Settings
from enrichment_assets.pages.page import Fetched
from enrichment_assets.providers.call.answers import Question, with_body
from enrichment_assets.providers.call.ledger import CostScope, Reservation
from enrichment_assets.providers.call.pipeline import CallPipeline
from enrichment_assets.providers.http.api import Api, look
from enrichment_assets.providers.http.reply import Reply, asked_to_wait_s, excerpt, status_error
from enrichment_assets.providers.prices import (
    SPIDER_CREDITS_PER_USD,
    SPIDER_MAX_CREDITS,
    SPIDER_MAX_CREDITS_RENDERED,
    SPIDER_SCRAPE_USD,
    reported_usd,
)
from enrichment_assets.providers.registry import Opening, Provider

if TYPE_CHECKING:
    import httpx

PROVIDER = "spider"
UNSETTLED_SITE = frozenset({408, 429, 500, 502, 503, 504, 520, 524, 598, 599})
"""Site statuses that say nothing lasting about the site: asked again, and a TransientError when they stay."""
MAYBE_DEAD_SITE = frozenset({521, 522, 523})
"""Refused, aborted, reset: asked once more, then the answer is that the site is dead."""
REQUEST_TIMEOUT_S = 30
"""How long Spider itself tries (dead hosts take it up to 25 s). On the wire: whole seconds, at most 255."""
JSON_OVERHEAD = 4
"""Raw and markdown of a page, escaped as JSON, against the page itself."""


class Spider:
    """Scrapes one page at a time."""

    name = PROVIDER
    paid = True
    renders = True

    def __init__(self, transport: "httpx.AsyncBaseTransport", pipeline: CallPipeline, settings: Settings) -> None:
        self._pipeline = pipeline
        self._key = settings.spider_api_key.get_secret_value() if settings.spider_api_key else ""
        self._url = f"{settings.spider_base_url.rstrip('/')}/scrape"
        headers = {"authorization": f"Bearer {self._key}"}
        largest = min(settings.web_max_bytes, MAX_PAGE_BYTES) * JSON_OVERHEAD
        self._api = Api(PROVIDER, transport, headers, settings.spider_timeout_s, largest, gives_pages=True)

    async def fetch(self, url: str, scope: CostScope, *, render: bool = False) -> Fetched:
        """The page as markdown and as raw HTML in one paid call.

        A site's own 4xx and the synthetic statuses of dead sites (310, 521-523, 525, 526) are answers (Fetched), never
        errors. Site statuses that say nothing lasting (429, 5xx, 524 ...) and stay raise TransientError. ``render``
        asks for a browser.
        """
        if not self._key:
            raise MisconfiguredError(PROVIDER, "no key: set SPIDER_API_KEY")
        credits_allowed = SPIDER_MAX_CREDITS_RENDERED if render else SPIDER_MAX_CREDITS
        body = {
            "url": url,
            "limit": 1,
            "return_format": ["markdown", "raw"],
            "metadata": True,
            "request": "browser" if render else "http",
            "request_timeout": int(min(REQUEST_TIMEOUT_S, max(1.0, self._api.timeout_s - 5))),
            "max_credits_allowed": credits_allowed,
        }
        attempts = 0

        async def attempt(reservation: Reservation) -> Fetched:
            nonlocal attempts
            attempts += 1
            page = _page(url, await self._api.ask(self._url, body), reservation, self._key)
            if page.status in UNSETTLED_SITE or (page.status in MAYBE_DEAD_SITE and attempts == 1):
                said = f" ({page.error})" if page.error else ""
                raise TransientError(PROVIDER, f"the site answers {page.status}{said}", page.status, cause="subject")
            return page

        return await self._pipeline.call(
            scope,
            attempt,
            worst_usd=credits_allowed / SPIDER_CREDITS_PER_USD,
            unanswered_usd=SPIDER_SCRAPE_USD,
            question=Question({"url": url, "render": render}, *with_body(Fetched)),
        )

    async def try_out(self, _scope: CostScope) -> None:
        """Whether the key is good and there is credit: GET /data/credits, free. Raises what is wrong."""
        url = f"{self._url.removesuffix('/scrape')}/data/credits"
        reply = await look(self._api.transport, url, self._api.headers)
        if reply is None:
            return
        if reply.status in {401, 402, 403}:
            raise status_error(PROVIDER, reply.status, "", setting="SPIDER")
        data = (_document(reply.body) or {}).get("data")
        account = data[0] if isinstance(data, list) and data else data
        left = account.get("credits") if isinstance(account, dict) else None
        if isinstance(left, int | float) and left <= 0:
            raise OutOfCreditError(PROVIDER, f"out of credit: {left:g} credits left", 402)


def _page(url: str, reply: Reply, reservation: Reservation, key: str) -> Fetched:
    document = _document(reply.body)
    if document is None or not _is_page(document, reply.status):
        raise _refusal(reply, document, reservation, key)
    costs = document.get("costs")
    usd = reported_usd(costs.get("total_cost")) if isinstance(costs, dict) else None
    status = document.get("status")
    status = status if isinstance(status, int) else reply.status
    reservation.commit(usd=SPIDER_SCRAPE_USD if usd is None else usd, ok=True, status=status)
    content = document.get("content", False)
    if status < 300 and not isinstance(content, str | list | dict | None):
        raise TransientError(PROVIDER, "a page object without its content", status, cause="subject")
    body, content_type, markdown = _content(content)
    meta = _metadata(document.get("metadata"))
    error = document.get("error")
    return Fetched(
        url=url,
        final_url=_text(meta.get("final_url")) or _text(document.get("url")) or url,
        status=status,
        body=body,
        content_type=content_type,
        markdown=markdown,
        title=_text(meta.get("title")),
        description=_text(meta.get("description")),
        error=str(error)[:200] if error else None,
    )


def _document(body: bytes) -> dict[str, Any] | None:
    """The one page (or error) object: of an array, alone, or the first line of JSONL."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError:
        lines = [line for line in body.split(b"\n") if line.strip()]
        try:
            parsed = [orjson.loads(line) for line in lines]
        except orjson.JSONDecodeError:
            return None
    first = parsed[0] if isinstance(parsed, list) and parsed else parsed
    return first if isinstance(first, dict) else None


def _is_page(document: dict[str, Any], http_status: int) -> bool:
    """Spider copies a site's status onto its own; only a page object names the page's address."""
    return "url" in document and (http_status < 400 or document.get("status") == http_status)


def _refusal(reply: Reply, document: dict[str, Any] | None, reservation: Reservation, key: str) -> ProviderError:
    said = excerpt(str(document.get("error") or document.get("message") or ""), key) if document else ""
    if reply.status < 300 and not (document and isinstance(document.get("status"), int) and document["status"] >= 400):
        unpriced = reply.status != 204 and not said
        reservation.commit(usd=SPIDER_SCRAPE_USD if unpriced else 0.0, ok=False, status=reply.status)
        what = said or ("an empty answer" if not reply.body.strip() else f"no page object ({reply.content_type})")
        return TransientError(PROVIDER, f"HTTP {reply.status} without a page: {what}", reply.status)
    status = document["status"] if document and reply.status < 300 else reply.status
    reservation.commit(usd=0.0, ok=False, status=status)
    return status_error(PROVIDER, status, said, setting="SPIDER", asked_s=asked_to_wait_s(reply))


def _content(content: object) -> tuple[bytes, str, str]:
    """Markup, its content type, and markdown, from a string, a byte array, or an object keyed by format."""
    if isinstance(content, dict):
        body, content_type = _markup(content.get("raw") or content.get("html") or "")
        markdown, _ = _markup(content.get("markdown") or content.get("commonmark") or content.get("text") or "")
        return body, content_type, markdown[: 4 * MAX_PAGE_TEXT].decode("utf-8", "ignore")
    body, content_type = _markup(content)
    head = body[:2000].lower()
    if b"<html" in head or b"<!doctype" in head or b"<body" in head:
        return body, content_type, ""
    return b"", "", body[: 4 * MAX_PAGE_TEXT].decode("utf-8", "ignore")


def _markup(content: object) -> tuple[bytes, str]:
    """As many bytes as a page may have, and what is known of their encoding."""
    if isinstance(content, list) and all(isinstance(byte, int) and 0 <= byte < 256 for byte in content):
        return bytes(content[:MAX_PAGE_BYTES]), ""
    if isinstance(content, list):
        content = "\n".join(part for part in content if isinstance(part, str))
    text = content[:MAX_PAGE_BYTES] if isinstance(content, str) else ""
    return text.encode("utf-8", "replace"), "text/html; charset=utf-8"


def _metadata(metadata: object) -> dict[str, Any]:
    """The page's metadata; with several formats it is keyed by format."""
    if not isinstance(metadata, dict):
        return {}
    nested = [metadata[key] for key in ("markdown", "raw") if isinstance(metadata.get(key), dict)]
    return nested[0] if nested else metadata


def _text(value: object) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""


def _open(opening: Opening) -> Spider:
    settings = opening.settings
    pipeline = opening.pipeline(
        PROVIDER, settings.spider_requests_per_s, settings.spider_in_flight, account=settings.spider_api_key
    )
    return Spider(opening.api, pipeline, settings)


def _missing(settings: Settings) -> str | None:
    if settings.spider_api_key is not None:
        return None
    return (
        "SPIDER_API_KEY is not set: get one at https://spider.cloud/api-keys, "
        "or set ENRICHMENT_PAGES=direct to fetch pages directly"
    )


PROVIDES = Provider(
    "pages", PROVIDER, _open, _missing, lambda _: (SPIDER_SCRAPE_USD, SPIDER_MAX_CREDITS / SPIDER_CREDITS_PER_USD)
)
