"""Firecrawl (https://firecrawl.dev), v2: one page per call, as markdown and raw HTML. docs/providers/firecrawl.md."""

from typing import TYPE_CHECKING, Any

from enrichment_assets.core.errors import (
    MisconfiguredError,
    OutOfCreditError,
    PermanentError,
    ProviderError,
    TransientError,
)
from enrichment_assets.core.limits import MAX_PAGE_BYTES
from enrichment_assets.core.settings import Settings
from enrichment_assets.pages.page import Fetched
from enrichment_assets.providers.call.answers import Question, with_body
from enrichment_assets.providers.call.ledger import CostScope, Reservation
from enrichment_assets.providers.call.pipeline import CallPipeline
from enrichment_assets.providers.http.api import Api, look
from enrichment_assets.providers.http.reply import Reply, account_error, asked_to_wait_s, excerpt, status_error
from enrichment_assets.providers.prices import reported_usd
from enrichment_assets.providers.registry import Opening, Provider

if TYPE_CHECKING:
    import httpx

PROVIDER = "firecrawl"
SITE_TROUBLE = frozenset({408, 429, 500, 502, 503, 504, 520, 524})
"""Site statuses that say nothing lasting about the site."""
UNREACHABLE = {"SCRAPE_DNS_RESOLUTION_ERROR": 525, "SCRAPE_SSL_ERROR": 526}
"""Firecrawl's codes for sites that do not answer, as the synthetic statuses of ``Page``."""
SITE_CODES = frozenset({"SCRAPE_SITE_ERROR", "SCRAPE_ALL_ENGINES_FAILED", "SCRAPE_TIMEOUT"})
"""Trouble of the site asked about, not of Firecrawl."""
WORST_CREDITS = 5
"""A plain page is 1 credit; the proxy that is chosen by itself may add 4."""
JSON_OVERHEAD = 4


class Firecrawl:
    """Scrapes one page at a time. It opens every page in a browser where that is needed, without being asked."""

    name = PROVIDER
    paid = True
    renders = False

    def __init__(self, transport: "httpx.AsyncBaseTransport", pipeline: CallPipeline, settings: Settings) -> None:
        self._pipeline = pipeline
        self._key = settings.firecrawl_api_key.get_secret_value() if settings.firecrawl_api_key else ""
        self._url = f"{settings.firecrawl_base_url.rstrip('/')}/v2/scrape"
        self._usd_per_credit = settings.firecrawl_usd_per_credit
        headers = {"authorization": f"Bearer {self._key}"}
        largest = min(settings.web_max_bytes, MAX_PAGE_BYTES) * JSON_OVERHEAD
        self._api = Api(PROVIDER, transport, headers, settings.firecrawl_timeout_s, largest, gives_pages=True)

    async def fetch(self, url: str, scope: CostScope, *, render: bool = False) -> Fetched:  # noqa: ARG002 - it decides
        """The page. A site's own 4xx, a name that does not resolve and a bad certificate are answers."""
        if not self._key:
            raise MisconfiguredError(PROVIDER, "no key: set FIRECRAWL_API_KEY")
        body = {
            "url": url,
            "formats": ["markdown", "rawHtml"],
            "onlyMainContent": False,
            "maxAge": 0,  # its own cache may be two days old
            "timeout": int(1000 * max(1.0, self._api.timeout_s - 5)),
        }
        attempts = 0

        async def attempt(reservation: Reservation) -> Fetched:
            nonlocal attempts
            attempts += 1
            page = self._page(url, await self._api.ask(self._url, body), reservation, again=attempts > 1)
            if page.status in SITE_TROUBLE:
                raise TransientError(PROVIDER, f"the site answers {page.status}", page.status, cause="subject")
            return page

        worst_usd = WORST_CREDITS * self._usd_per_credit
        return await self._pipeline.call(
            scope,
            attempt,
            worst_usd=worst_usd,
            unanswered_usd=self._usd_per_credit,
            question=Question({"url": url}, *with_body(Fetched)),
        )

    async def try_out(self, _scope: CostScope) -> None:
        """Whether the key is good and there is credit: GET /v2/team/credit-usage, free. Raises what is wrong."""
        url = f"{self._url.removesuffix('/scrape')}/team/credit-usage"
        reply = await look(self._api.transport, url, self._api.headers)
        if reply is None:
            return
        document = reply.json()
        document = document if isinstance(document, dict) else {}
        if reply.status in {401, 402, 403}:
            said = excerpt(str(document.get("error") or ""), self._key)
            raise status_error(PROVIDER, reply.status, said, setting="FIRECRAWL")
        account = document.get("data")
        left = account.get("remainingCredits") if isinstance(account, dict) else None
        if isinstance(left, int | float) and left <= 0:
            raise OutOfCreditError(PROVIDER, f"out of credit: {left:g} credits left", 402)

    def _page(self, url: str, reply: Reply, reservation: Reservation, *, again: bool) -> Fetched:
        document = reply.json()
        document = document if isinstance(document, dict) else {}
        data = document.get("data")
        if reply.status >= 300 or document.get("success") is not True or not isinstance(data, dict):
            return self._unread(url, reply, document, reservation, again=again)
        meta = data["metadata"] if isinstance(data.get("metadata"), dict) else {}
        credits_used = reported_usd(meta.get("creditsUsed"))
        status = meta.get("statusCode")
        status = status if isinstance(status, int) else reply.status
        usd = (1 if credits_used is None else credits_used) * self._usd_per_credit
        reservation.commit(usd=usd, ok=True, status=status)
        html, text = _text(data.get("rawHtml")), _text(data.get("markdown"))
        title, description = _line(meta.get("title")), _line(meta.get("description"))
        return Fetched(
            url=url,
            final_url=_line(meta.get("url")) or _line(meta.get("sourceURL")) or url,
            status=status,
            body=html.encode(),
            content_type="text/html; charset=utf-8",
            markdown=text,
            title=title,
            description=description,
            error=excerpt(meta["error"], self._key) if isinstance(meta.get("error"), str) else None,
        )

    def _unread(
        self, url: str, reply: Reply, document: dict[str, Any], reservation: Reservation, *, again: bool
    ) -> Fetched:
        """A site that cannot be reached, as a page; raises what any other refusal means.

        One that breaks off is asked ``again`` before that is the answer.
        """
        code, said = str(document.get("code") or ""), excerpt(str(document.get("error") or ""), self._key)
        status = 523 if again and code == "SCRAPE_SITE_ERROR" else UNREACHABLE.get(code)
        if status is not None:
            # A name that does not resolve is billed like a page.
            usd = self._usd_per_credit if code == "SCRAPE_DNS_RESOLUTION_ERROR" else 0.0
            reservation.commit(usd=usd, ok=True, status=reply.status)
            return Fetched(url, url, status, error=said)
        unread = reply.status < 300 and "success" not in document
        reservation.commit(usd=self._usd_per_credit if unread else 0.0, ok=False, status=reply.status)
        raise _refusal(reply, code, said)


def _refusal(reply: Reply, code: str, said: str) -> ProviderError:
    if code in SITE_CODES or reply.status == 408:
        return TransientError(
            PROVIDER, f"the site could not be read ({code or 'timeout'})", reply.status, cause="subject"
        )
    if reply.status < 300:
        words = f"{code.replace('_', ' ')}: {said}"
        nonsense = TransientError(PROVIDER, f"HTTP {reply.status} without a page: {code or said}", reply.status)
        return account_error(PROVIDER, reply.status, words, setting="FIRECRAWL") or nonsense
    if reply.status == 403 and code:  # a page that it does not fetch for anybody
        return PermanentError(PROVIDER, f"HTTP 403, {code}: {said}", reply.status)
    return status_error(PROVIDER, reply.status, said, setting="FIRECRAWL", asked_s=asked_to_wait_s(reply))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _line(value: object) -> str:
    """Metadata that a page has twice comes as a list."""
    first = value[0] if isinstance(value, list) and value else value
    return " ".join(first.split()) if isinstance(first, str) else ""


def _open(opening: Opening) -> Firecrawl:
    settings = opening.settings
    pipeline = opening.pipeline(
        PROVIDER, settings.firecrawl_requests_per_s, settings.firecrawl_in_flight, account=settings.firecrawl_api_key
    )
    return Firecrawl(opening.api, pipeline, settings)


def _missing(settings: Settings) -> str | None:
    if settings.firecrawl_api_key is not None:
        return None
    return "FIRECRAWL_API_KEY is not set: get one at https://firecrawl.dev, or take firecrawl out of ENRICHMENT_PAGES"


def _call_usd(settings: Settings) -> tuple[float, float]:
    return settings.firecrawl_usd_per_credit, WORST_CREDITS * settings.firecrawl_usd_per_credit


PROVIDES = Provider("pages", PROVIDER, _open, _missing, _call_usd)
