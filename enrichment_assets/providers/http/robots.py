"""What a site asks robots to leave alone: robots.txt by RFC 9309, read with Protego.

A 4xx is a site without wishes; a 5xx or no answer forbids everything, for as long as it lasts (RFC 9309 §2.3.1). A host
that nobody can connect to is left to the page's own fetch, which says so better.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urljoin, urlsplit

from protego import Protego

from enrichment_assets.core.errors import NotSentError, PermanentError, ProviderError, TransientError
from enrichment_assets.providers.http.reply import Reply, asked_to_wait_s

USER_AGENT_NAME: Final = "enrichment-assets"
PROJECT: Final = "https://github.com/enrichment-assets"
MAX_BYTES: Final = 500 * 1024
"""What is read of a robots.txt (RFC 9309 §2.5)."""
LARGEST_BYTES: Final = 2_000_000
FORBIDS_ALL: Final = b"User-agent: *\nDisallow: /"
"""What a robots.txt beyond that is taken for: its beginning cannot be had without its end."""
MAX_REDIRECTS: Final = 5
KEPT_S: Final = 24 * 3600.0
"""RFC 9309 §2.4."""
LONGEST_DELAY_S: Final = 10.0
"""A longer Crawl-delay is taken for this one: a page of a company in an hour would be none."""
MAX_HOSTS: Final = 10_000


@dataclass
class RefusedByRobotsError(PermanentError):
    """The site asks not to fetch this address: nothing is known of what is there."""


@dataclass(frozen=True, slots=True)
class Robots:
    """The wishes of one origin. ``unreachable`` is why they could not be read, and then forbids everything."""

    rules: Protego | None = None
    unreachable: TransientError | None = None

    def check(self, provider: str, url: str) -> None:
        """Raise RefusedByRobotsError for what the site forbids, TransientError where its wishes are not known."""
        if self.unreachable is not None:
            why = self.unreachable
            message = f"{url[:200]} is not fetched: {why.message}, which forbids it for now"
            raise TransientError(provider, message, why.status, why.retry_after_s, cause="subject")
        if self.rules is not None and not self.rules.can_fetch(url, USER_AGENT_NAME):
            raise RefusedByRobotsError(provider, f"{url[:200]} is not fetched: robots.txt asks not to")

    @property
    def delay_s(self) -> float:
        """Seconds the site wants between two requests, ten at most."""
        asked = self.rules.crawl_delay(USER_AGENT_NAME) if self.rules is not None else None
        return min(asked, LONGEST_DELAY_S) if asked and asked > 0 else 0.0  # not for NaN


class RobotsCache:
    """The wishes of many origins, each read once and kept for a day; trouble is not kept.

    ``get`` fetches one address without redirects. It raises ProviderError, NotSentError where nobody can be connected.
    """

    def __init__(self, get: Callable[[str], Awaitable[Reply]], now: Callable[[], float]) -> None:
        self._get = get
        self._now = now
        self._kept: OrderedDict[str, tuple[float, asyncio.Task[Robots]]] = OrderedDict()

    async def of(self, url: str) -> Robots:
        """The wishes of the site that a URL is on."""
        parts = urlsplit(url)
        origin = f"{parts.scheme}://{parts.netloc}"
        since, reading = self._kept.get(origin, (0.0, None))
        if reading is None or self._now() - since > KEPT_S or _failed(reading):
            reading = asyncio.create_task(self._read(origin))
            self._kept[origin] = self._now(), reading
            if len(self._kept) > MAX_HOSTS:
                self._kept.popitem(last=False)
        return await asyncio.shield(reading)

    async def _read(self, origin: str) -> Robots:
        url = f"{origin}/robots.txt"
        for _ in range(MAX_REDIRECTS + 1):
            try:
                reply = await self._get(url)
            except (NotSentError, PermanentError):
                return Robots()
            except ProviderError as error:
                return Robots(unreachable=TransientError(error.provider, f"robots.txt gives {error.message}"))
            location = reply.headers.get("location", "")
            if not (300 <= reply.status < 400 and location):
                return _robots(url, reply)
            try:
                url = urljoin(url, location.strip())
            except ValueError:
                return Robots()
        return Robots()


def _robots(url: str, reply: Reply) -> Robots:
    if reply.status >= 500:
        message = f"{url[:200]} answers {reply.status}"
        return Robots(unreachable=TransientError("web", message, reply.status, asked_to_wait_s(reply)))
    if not 200 <= reply.status < 300:
        return Robots()
    return Robots(Protego.parse(reply.body[:MAX_BYTES].decode("utf-8-sig", "replace")))


def _failed(reading: asyncio.Task[Robots]) -> bool:
    """Wishes that could not be read are asked for again with the next attempt at a page."""
    return reading.done() and (
        reading.cancelled() or reading.exception() is not None or reading.result().unreachable is not None
    )


def user_agent(contact: str | None) -> str:
    """How direct fetches introduce themselves: the name that robots.txt knows, and whom to write to."""
    return f"Mozilla/5.0 (compatible; {USER_AGENT_NAME}/0.1; +{contact or PROJECT})"
