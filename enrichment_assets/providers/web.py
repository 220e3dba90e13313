"""Websites and public JSON fetched directly: free, polite per host, at public addresses only."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urljoin, urlsplit

import httpx
import orjson

from enrichment_assets.core.errors import NotSentError, PermanentError, TransientError, UnsafeAddressError
from enrichment_assets.core.settings import Settings
from enrichment_assets.pages import html_text
from enrichment_assets.pages.page import Page
from enrichment_assets.providers.call.ledger import Account, Reservation
from enrichment_assets.providers.call.limiter import Limiter
from enrichment_assets.providers.call.pipeline import Line
from enrichment_assets.providers.http.addresses import as_ip, refusal
from enrichment_assets.providers.http.public_connector import NoAddressError, NotPublicError
from enrichment_assets.providers.http.robots import MAX_BYTES as ROBOTS_MAX_BYTES
from enrichment_assets.providers.http.robots import USER_AGENT_NAME, Robots
from enrichment_assets.providers.http.transport import (
    NETWORK_ERRORS,
    OVERLOADED,
    TRANSIENT_STATUSES,
    EncodingError,
    Reply,
    TooLargeError,
    asked_to_wait_s,
    fetch,
    no_answer,
)

PROVIDER = "web"
USER_AGENT = f"Mozilla/5.0 (compatible; {USER_AGENT_NAME}/0.1; +https://github.com/enrichment-assets)"
MAX_REDIRECTS = 5
MAX_HOSTS = 10_000
"""Hosts whose politeness and robots.txt are remembered."""
ROBOTS_TIMEOUT_S = 5.0
NO_NAME, UNREACHABLE, TOO_MANY_REDIRECTS = 525, 526, 310
"""Spider's synthetic statuses for sites that do not answer, used here too."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer that was read whole. 4xx other than 408 and 429 are answers; the rest raises TransientError."""

    status: int
    body: bytes
    content_type: str
    final_url: str


class Web:
    """Direct fetches: every hop's address is checked at connection time, every answer is limited in time and size."""

    def __init__(
        self,
        transport: httpx.AsyncBaseTransport,
        line: Line,
        board_line: Callable[[str], Line],
        settings: Settings,
    ) -> None:
        self._transport = transport
        self._line = line
        self._board_line = board_line
        self._board_lines: dict[str, Line] = {}
        self._timeout_s = settings.web_timeout_s
        self._max_bytes = settings.web_max_bytes
        self._rate_per_host = settings.web_requests_per_s_per_host
        self._sandbox = settings.enrichment_sandbox
        self._hosts: OrderedDict[str, Limiter] = OrderedDict()
        self._robots: OrderedDict[str, asyncio.Task[Robots]] = OrderedDict()

    async def page(self, url: str, account: Account) -> Page:
        """A web page; a site that does not resolve, refuses or is broken comes back as Spider would report it."""

        async def attempt(reservation: Reservation) -> Page:
            page = await self._page(url)
            reservation.settle(usd=0.0, ok=True, status=page.status)
            return page

        return await self._line.call(account, attempt)

    async def get(
        self, url: str, account: Account, *, provider: str, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """GET a public API such as a job board. ``provider`` names its limiter and ledger line."""
        return await self._answer("GET", url, account, provider=provider, headers=headers or {}, content=None)

    async def post(self, url: str, json: Any, account: Account, *, provider: str) -> Answer:
        """POST JSON to a public API such as Workable's job list."""
        headers = {"content-type": "application/json"}
        return await self._answer("POST", url, account, provider=provider, headers=headers, content=orjson.dumps(json))

    async def _answer(
        self,
        method: str,
        url: str,
        account: Account,
        *,
        provider: str,
        headers: Mapping[str, str],
        content: bytes | None,
    ) -> Answer:
        async def attempt(reservation: Reservation) -> Answer:
            try:
                final_url, reply = await self._follow(method, url, headers, content, provider)
            except TooLargeError as error:
                raise PermanentError(provider, f"the answer is larger than {self._max_bytes} bytes") from error
            except NotPublicError as error:
                raise UnsafeAddressError(provider, f"{url[:200]} is not fetched: {error}") from error
            except NoAddressError as error:
                raise PermanentError(provider, str(error)) from error
            except (TimeoutError, EncodingError, *NETWORK_ERRORS) as error:
                raise no_answer(provider, error, self._timeout_s) from error
            reservation.settle(usd=0.0, ok=reply.status < 400, status=reply.status)
            if reply.status in TRANSIENT_STATUSES or reply.status >= 500:
                raise _transient(provider, reply, url)
            return Answer(reply.status, reply.body, reply.content_type, final_url)

        line = self._board_lines.get(provider)
        if line is None:
            line = self._board_lines[provider] = self._board_line(provider)
        return await line.call(account, attempt)

    async def _page(self, url: str) -> Page:
        try:
            final_url, reply = await self._follow("GET", url, {}, None, PROVIDER, polite=True)
        except TooLargeError as error:
            raise PermanentError(PROVIDER, f"{url}: the page is larger than {self._max_bytes} bytes") from error
        except NotPublicError as error:
            raise UnsafeAddressError(PROVIDER, f"{url[:200]} is not fetched: {error}") from error
        except NoAddressError as error:
            return _no_page(url, NO_NAME, str(error))
        except (TimeoutError, EncodingError, *NETWORK_ERRORS) as error:
            problem = no_answer(PROVIDER, error, self._timeout_s)
            if isinstance(problem, NotSentError):
                return _no_page(url, UNREACHABLE, problem.message)
            raise TransientError(PROVIDER, f"{url}: {problem.message}", blame="subject") from error
        if 300 <= reply.status < 400 and "location" in reply.headers:
            return _no_page(url, TOO_MANY_REDIRECTS, f"more than {MAX_REDIRECTS} redirects")
        if reply.status in TRANSIENT_STATUSES or reply.status >= 500:
            raise TransientError(
                PROVIDER, f"{url} answers {reply.status}", reply.status, asked_to_wait_s(reply), blame="subject"
            )
        if reply.content_type and not _is_text(reply.content_type):
            return Page(url, final_url, reply.status, "", "", error=f"{reply.content_type} is not a web page")
        html = html_text.decode(reply.body, reply.headers.get("content-type", ""))
        read = html_text.read(html)
        return Page(url, final_url, reply.status, html, read.text, read.title, read.description)

    async def _follow(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        content: bytes | None,
        provider: str,
        *,
        polite: bool = False,
    ) -> tuple[str, Reply]:
        async with asyncio.timeout(self._timeout_s):
            for _ in range(MAX_REDIRECTS + 1):
                self._check(url, provider)
                if polite:
                    await self._be_polite(url)
                reply = await self._fetch(method, url, headers, content, self._max_bytes)
                location = reply.headers.get("location")
                if reply.status not in {301, 302, 303, 307, 308} or not location:
                    break
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
        sent = {"user-agent": USER_AGENT, "accept": "*/*", "accept-language": "en", **headers}
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

    async def _be_polite(self, url: str) -> None:
        """The site's robots.txt, then its turn."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        robots = self._robots.get(origin)
        if robots is None:
            robots = self._robots[origin] = asyncio.create_task(self._read_robots(origin))
            if len(self._robots) > MAX_HOSTS:
                self._robots.popitem(last=False)
        if not (await asyncio.shield(robots)).allows(url):
            raise PermanentError(PROVIDER, f"{url[:200]}: robots.txt asks not to fetch it")
        limiter = self._hosts.get(parts.netloc)
        if limiter is None:
            limiter = self._hosts[parts.netloc] = Limiter(rate=self._rate_per_host, in_flight=1_000, burst=1)
            if len(self._hosts) > MAX_HOSTS:
                self._hosts.popitem(last=False)
        await limiter.acquire()
        limiter.release()

    async def _read_robots(self, origin: str) -> Robots:
        """A site without a readable robots.txt has no wishes."""
        url = f"{origin}/robots.txt"
        try:
            async with asyncio.timeout(ROBOTS_TIMEOUT_S):
                reply = await self._fetch("GET", url, {}, None, ROBOTS_MAX_BYTES)
        except (
            TimeoutError,
            TooLargeError,
            EncodingError,
            NoAddressError,
            NotPublicError,
            TransientError,
            *NETWORK_ERRORS,
        ):
            return Robots(None)
        plain = reply.status == 200 and reply.content_type in {"", "text/plain"}
        return Robots(reply.body.decode("utf-8", "replace") if plain else None)


def _next(url: str, location: str, provider: str) -> str:
    try:
        return urljoin(url, location.strip())
    except ValueError as error:
        message = f"{url[:200]} redirects to {location[:200]!r}, which is not a URL"
        raise UnsafeAddressError(provider, message) from error


def _transient(provider: str, reply: Reply, url: str) -> TransientError:
    reason = TRANSIENT_STATUSES.get(reply.status, TRANSIENT_STATUSES[500])
    blame: Literal["down", "limited", "overloaded"] = "overloaded" if reply.status in OVERLOADED else "down"
    return TransientError(
        provider,
        f"HTTP {reply.status}, {reason} ({url[:200]})",
        reply.status,
        asked_to_wait_s(reply),
        "limited" if reply.status == 429 else blame,
    )


def _no_page(url: str, status: int, error: str) -> Page:
    return Page(url=url, final_url=url, status=status, html="", text="", error=error[:200])


def _is_text(content_type: str) -> bool:
    return content_type.startswith("text/") or content_type.endswith(("xml", "json", "html"))
