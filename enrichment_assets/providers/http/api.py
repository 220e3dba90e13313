"""One provider's API, as the clients of paid APIs ask it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import orjson

from enrichment_assets.core.errors import PermanentError
from enrichment_assets.providers.http.reply import EncodingError, NetworkError, Reply, TooLargeError, no_answer

if TYPE_CHECKING:
    import httpx

LOOK_S: Final = 10.0
LOOK_BYTES: Final = 20_000_000


@dataclass(frozen=True, slots=True)
class Api:
    """How an API is asked: with which headers (the key is in one), how long, and how large an answer may be.

    ``gives_pages``: what is too large is somebody's page, so asking again does not help.
    """

    provider: str
    transport: "httpx.AsyncBaseTransport"
    headers: Mapping[str, str]
    timeout_s: float
    max_bytes: int
    gives_pages: bool = False

    async def ask(self, url: str, body: Mapping[str, object] | None = None) -> Reply:
        """POST the body as JSON, or GET without one. Raises ProviderError where no whole answer comes."""
        from enrichment_assets.providers.http.transport import fetch  # noqa: PLC0415 - loads aiohttp

        content = None if body is None else orjson.dumps(body)
        headers = self.headers if body is None else {**self.headers, "content-type": "application/json"}
        try:
            return await fetch(
                self.transport,
                "GET" if body is None else "POST",
                url,
                headers=headers,
                content=content,
                timeout_s=self.timeout_s,
                max_bytes=self.max_bytes,
            )
        except (TimeoutError, TooLargeError, EncodingError, NetworkError) as error:
            if self.gives_pages and isinstance(error, TooLargeError):
                raise PermanentError(self.provider, f"the page is larger than {self.max_bytes} bytes") from error
            raise no_answer(self.provider, error, self.timeout_s) from error


async def look(transport: "httpx.AsyncBaseTransport", url: str, headers: Mapping[str, str]) -> Reply | None:
    """GET what an API tells of an account for nothing; None where it does not answer."""
    from enrichment_assets.providers.http.transport import fetch  # noqa: PLC0415 - loads aiohttp

    try:
        return await fetch(transport, "GET", url, headers=headers, timeout_s=LOOK_S, max_bytes=LOOK_BYTES)
    except (TimeoutError, TooLargeError, EncodingError, NetworkError):
        return None
