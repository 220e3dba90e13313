"""One provider's API, as the clients of paid APIs ask it."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import orjson

from enrichment_assets.core.errors import PermanentError
from enrichment_assets.providers.http.transport import (
    NETWORK_ERRORS,
    EncodingError,
    Reply,
    TooLargeError,
    fetch,
    no_answer,
)


@dataclass(frozen=True, slots=True)
class Api:
    """How an API is asked: with which headers (the key is in one), how long, and how large an answer may be.

    ``gives_pages``: what is too large is somebody's page, so asking again does not help.
    """

    provider: str
    transport: httpx.AsyncBaseTransport
    headers: Mapping[str, str]
    timeout_s: float
    max_bytes: int
    gives_pages: bool = False

    async def ask(self, url: str, body: Mapping[str, object] | None = None) -> Reply:
        """POST the body as JSON, or GET without one. Raises ProviderError where no whole answer comes."""
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
        except (TimeoutError, TooLargeError, EncodingError, *NETWORK_ERRORS) as error:
            if self.gives_pages and isinstance(error, TooLargeError):
                raise PermanentError(self.provider, f"the page is larger than {self.max_bytes} bytes") from error
            raise no_answer(self.provider, error, self.timeout_s) from error
