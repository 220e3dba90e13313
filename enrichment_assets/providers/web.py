"""Websites and public JSON fetched directly: free, polite per host, at public addresses only."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

import httpx
import orjson

from enrichment_assets.companies.suffixes import registrable
from enrichment_assets.core.errors import NotSentError, PermanentError, TransientError, UnsafeAddressError
from enrichment_assets.core.limits import MAX_PAGE_BYTES
from enrichment_assets.core.readers import Readers
from enrichment_assets.core.settings import Settings
from enrichment_assets.pages.page import Answer, Fetched
from enrichment_assets.providers.addresses import as_ip, refusal
from enrichment_assets.providers.call.answers import Question, with_body
from enrichment_assets.providers.call.ledger import CostScope, Reservation
from enrichment_assets.providers.call.limiter import Limiter
from enrichment_assets.providers.call.pipeline import CallPipeline
from enrichment_assets.providers.http.public_connector import NoAddressError, NotPublicError
from enrichment_assets.providers.http.reply import (
    OVERLOADED,
    TRANSIENT_STATUSES,
    EncodingError,
    NetworkError,
    Reply,
    TooLargeError,
    asked_to_wait_s,
    no_answer,
)
from enrichment_assets.providers.http.robots import FORBIDS_ALL, RobotsCache, user_agent
from enrichment_assets.providers.http.robots import LARGEST_BYTES as ROBOTS_LARGEST_BYTES
from enrichment_assets.providers.http.transport import fetch

PROVIDER = "web"
MAX_REDIRECTS = 5
MAX_HOSTS = 10_000
"""Hosts whose politeness is remembered."""
ROBOTS_TIMEOUT_S = 5.0
MAX_COOKIES, LONGEST_COOKIE = 20, 4_096
FILE_MAGIC = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"RIFF")
"""PDF, PNG, JPEG, GIF, ZIP and Office, gzip, old Office, WebP and AVI."""
NO_NAME, UNREACHABLE, TOO_MANY_REDIRECTS = 525, 526, 310
"""Spider's synthetic statuses for sites that do not answer, used here too."""


class Web:
    """Direct fetches: every hop's address is checked at connection time, every answer is limited in time and size."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        pipeline: CallPipeline,
        board_pipeline: Callable[[str], CallPipeline],
        settings: Settings,
        readers: Readers,
    ) -> None:
        self.readers = readers
        """Who reads what board feeds hold."""
        self._transport = transport
        self._pipeline = pipeline
        self._board_pipeline = board_pipeline
        self._board_pipelines: dict[str, CallPipeline] = {}
        self._timeout_s = settings.web_timeout_s
        self._max_bytes = settings.web_max_bytes
        self._rate_per_host = settings.web_requests_per_s_per_host
        self._sandbox = settings.enrichment_sandbox
        self._hosts: OrderedDict[str, Limiter] = OrderedDict()
        self._robots = RobotsCache(self._robots_txt, time.monotonic)
        self._user_agent = user_agent(settings.enrichment_user_agent_contact)

    async def page(self, url: str, scope: CostScope, *, max_bytes: int = MAX_PAGE_BYTES) -> Fetched:
        """A web page; a site that does not resolve, refuses or is broken comes back as Spider would report it."""

        async def attempt(reservation: Reservation) -> Fetched:
            page = await self._page(url, min(max_bytes, self._max_bytes))
            reservation.commit(usd=0.0, ok=True, status=page.status)
            return page

        return await self._pipeline.call(scope, attempt, question=Question({"page": url}, *with_body(Fetched)))

    async def get(
        self, url: str, scope: CostScope, *, provider: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """GET a public API such as a job board. ``provider`` names its limiter and ledger line."""
        return await self._answer("GET", url, scope, provider=provider, headers=headers or {}, content=None)

    async def post(self, url: str, json: Any, scope: CostScope, *, provider: str) -> Answer:
        """POST JSON to a public API such as Workable's job list."""
        headers = {"content-type": "application/json"}
        return await self._answer("POST", url, scope, provider=provider, headers=headers, content=orjson.dumps(json))

    async def _answer(
        self,
        method: str,
        url: str,
        scope: CostScope,
        *,
        provider: str,
        headers: Mapping[str, str],
        content: bytes | None,
    ) -> Answer:
        async def attempt(reservation: Reservation) -> Answer:
            try:
                final_url, reply = await self._follow(
                    method, url, headers, content, provider, max_bytes=self._max_bytes
                )
            except TooLargeError as error:
                raise PermanentError(provider, f"the answer is larger than {self._max_bytes} bytes") from error
            except NotPublicError as error:
                raise UnsafeAddressError(provider, f"{url[:200]} is not fetched: {error}") from error
            except NoAddressError as error:
                raise PermanentError(provider, str(error)) from error
            except (TimeoutError, EncodingError, NetworkError) as error:
                raise no_answer(provider, error, self._timeout_s) from error
            reservation.commit(usd=0.0, ok=reply.status < 400, status=reply.status)
            if reply.status in TRANSIENT_STATUSES or reply.status >= 500:
                raise _transient(provider, reply, url)
            return Answer(reply.status, reply.body, reply.content_type, final_url)

        pipeline = self._board_pipelines.get(provider)
        if pipeline is None:
            pipeline = self._board_pipelines[provider] = self._board_pipeline(provider)
        asked = {"method": method, "url": url, "headers": dict(headers), "content": (content or b"").decode()}
        return await pipeline.call(scope, attempt, question=Question(asked, *with_body(Answer)))

    async def _page(self, url: str, max_bytes: int) -> Fetched:
        try:
            final_url, reply = await self._follow("GET", url, {}, None, PROVIDER, max_bytes=max_bytes, polite=True)
        except TooLargeError as error:
            raise PermanentError(PROVIDER, f"{url}: the page is larger than {max_bytes} bytes") from error
        except NotPublicError as error:
            raise UnsafeAddressError(PROVIDER, f"{url[:200]} is not fetched: {error}") from error
        except NoAddressError as error:
            return _no_page(url, NO_NAME, str(error))
        except (TimeoutError, EncodingError, NetworkError) as error:
            problem = no_answer(PROVIDER, error, self._timeout_s)
            if isinstance(problem, NotSentError):
                return _no_page(url, UNREACHABLE, problem.message)
            raise TransientError(PROVIDER, f"{url}: {problem.message}", cause="subject") from error
        if 300 <= reply.status < 400 and "location" in reply.headers:
            return _no_page(url, TOO_MANY_REDIRECTS, f"more than {MAX_REDIRECTS} redirects")
        if reply.status in TRANSIENT_STATUSES or reply.status >= 500:
            raise TransientError(
                PROVIDER, f"{url} answers {reply.status}", reply.status, asked_to_wait_s(reply), cause="subject"
            )
        if _is_file(reply):
            return Fetched(url, final_url, reply.status, error="a file, not a web page")
        if reply.content_type and not _is_text(reply.content_type):
            return Fetched(url, final_url, reply.status, error=f"{reply.content_type[:100]} is not a web page")
        return Fetched(url, final_url, reply.status, reply.body, reply.headers.get("content-type", "")[:200])

    async def _follow(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None,
        provider: str,
        *,
        max_bytes: int,
        polite: bool = False,
    ) -> tuple[str, Reply]:
        cookies: dict[str, dict[str, str]] = {}
        async with asyncio.timeout(self._timeout_s) as limit:
            for _ in range(MAX_REDIRECTS + 1):
                self._check(url, provider)
                if polite:
                    await self._be_polite(url, limit)
                site = urlsplit(url).hostname or ""
                kept = cookies.get(registrable(site) or site)
                cookie = {"cookie": "; ".join(f"{name}={value}" for name, value in kept.items())} if kept else {}
                reply = await self._fetch(method, url, {**headers, **cookie}, content, max_bytes)
                location = reply.headers.get("location")
                if reply.status not in {301, 302, 303, 307, 308} or not location:
                    break
                cookies.setdefault(registrable(site) or site, {}).update(_cookies(reply))
                url = _next(url, location, provider)
                if reply.status == 303:
                    method, content = "GET", None
        return url, reply

    def _check(self, url: str, provider: str) -> None:
        reason = refusal(url)
        if reason and not (self._sandbox and url.startswith(f"http://{self._sandbox}/")):
            raise UnsafeAddressError(provider, f"{url[:200]} is not fetched: {reason}")

    async def _fetch(
        self, method: str, url: str, headers: Mapping[str, str], content: bytes | None, max_bytes: int
    ) -> Reply:
        sent = {"user-agent": self._user_agent, "accept": "*/*", "accept-language": "en", **headers}
        target = httpx.URL(url.partition("#")[0])
        if self._sandbox:
            host, _, port = self._sandbox.rpartition(":")
            if as_ip(target.raw_host.decode("ascii")) is None:
                sent["host"] = target.netloc.decode("ascii")
            target = target.copy_with(scheme="http", host=host, port=int(port))
        return await fetch(
            self._transport,
            method,
            target,
            headers=sent,
            content=content,
            timeout_s=self._timeout_s,
            max_bytes=max_bytes,
        )

    async def _be_polite(self, url: str, limit: asyncio.Timeout) -> None:
        """The site's robots.txt, then its turn, whose waiting is no time that the site took."""
        robots = await self._robots.of(url)
        robots.check(PROVIDER, url)
        host = urlsplit(url).netloc
        limiter = self._hosts.get(host)
        if limiter is None:
            rate = min(self._rate_per_host, 1 / robots.delay_s) if robots.delay_s else self._rate_per_host
            limiter = self._hosts[host] = Limiter(rate=rate, in_flight=1_000, burst=1)
            if len(self._hosts) > MAX_HOSTS:
                self._hosts.popitem(last=False)
        loop = asyncio.get_running_loop()
        left_s = (limit.when() or loop.time()) - loop.time()
        limit.reschedule(None)
        await limiter.acquire()
        limiter.release()
        limit.reschedule(loop.time() + left_s)

    async def _robots_txt(self, url: str) -> Reply:
        """One address. Raises ProviderError: NotSentError or PermanentError where there is no such host to be had."""
        self._check(url, PROVIDER)
        timeout_s = min(ROBOTS_TIMEOUT_S, self._timeout_s)
        try:
            async with asyncio.timeout(timeout_s):
                return await self._fetch("GET", url, {}, None, ROBOTS_LARGEST_BYTES)
        except (NoAddressError, NotPublicError) as error:
            raise PermanentError(PROVIDER, str(error)) from error
        except TooLargeError:
            return Reply(200, {}, FORBIDS_ALL)
        except (TimeoutError, EncodingError, NetworkError) as error:
            raise no_answer(PROVIDER, error, timeout_s) from error


def _cookies(reply: Reply) -> dict[str, str]:
    """What a redirect asks to be told at the next address: sites that ask for it send whoever does not in a circle."""
    pairs = (field.partition(";")[0].partition("=") for field in reply.set_cookies[:MAX_COOKIES])
    kept = {name.strip(): value.strip() for name, _, value in pairs}
    return {name: value for name, value in kept.items() if name and len(name) + len(value) <= LONGEST_COOKIE}


def _next(url: str, location: str, provider: str) -> str:
    try:
        return urljoin(url, location.strip())
    except ValueError as error:
        message = f"{url[:200]} redirects to {location[:200]!r}, which is not a URL"
        raise UnsafeAddressError(provider, message) from error


def _transient(provider: str, reply: Reply, url: str) -> TransientError:
    reason = TRANSIENT_STATUSES.get(reply.status, TRANSIENT_STATUSES[500])
    cause: Literal["down", "limited", "overloaded"] = "overloaded" if reply.status in OVERLOADED else "down"
    return TransientError(
        provider,
        f"HTTP {reply.status}, {reason} ({url[:200]})",
        reply.status,
        asked_to_wait_s(reply),
        "limited" if reply.status == 429 else cause,
    )


def _no_page(url: str, status: int, error: str) -> Fetched:
    return Fetched(url, url, status, error=error[:200])


def _is_file(reply: Reply) -> bool:
    """Whether a body is something to download, whatever its header says."""
    body, kind = reply.body, reply.headers.get("content-type", "").lower()
    is_utf_16 = body.startswith((b"\xff\xfe", b"\xfe\xff")) or "utf-16" in kind
    return body.startswith(FILE_MAGIC) or (b"\0" in body[:1_000] and not is_utf_16)


def _is_text(content_type: str) -> bool:
    return content_type.startswith("text/") or content_type.endswith(("xml", "json", "html"))
