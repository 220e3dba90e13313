"""Chat completions through the openai SDK. A module of its own because the SDK takes most of a second to import.

The SDK sends and names the errors; the answer is read by the caller. Its own reading checks no types, takes HTML for an
answer, and recurses into whatever a host sends (measured on openai 3.54).
"""

from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx
import httpx2
import openai
import orjson

from enrichment_assets.providers.http.transport import Reply, fetch

MAX_BYTES = 4_000_000


class _SdkTransport(httpx2.AsyncBaseTransport):
    """The SDK's requests over the connections and the limits that all clients here share."""

    def __init__(self, transport: httpx.AsyncBaseTransport, timeout_s: float) -> None:
        self._transport = transport
        self._timeout_s = timeout_s

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        kept = {name: value for name, value in request.headers.items() if name not in {"accept-encoding", "host"}}
        reply = await fetch(
            self._transport,
            request.method,
            str(request.url),
            headers=kept,
            content=request.content,
            timeout_s=self._timeout_s,
            max_bytes=MAX_BYTES,
        )
        dropped = {"content-encoding", "content-length", "transfer-encoding", "content-type"}
        headers = [(name, value) for name, value in reply.headers.items() if name not in dropped]
        return httpx2.Response(reply.status, headers=headers, content=reply.body, request=request)


class Completions:
    """One endpoint. The SDK's own retries are off; its transport is ours."""

    def __init__(self, key: str, base_url: str, transport: httpx.AsyncBaseTransport, timeout_s: float) -> None:
        # A whole address is not put together again for every call.
        self._url = f"{base_url.rstrip('/')}/chat/completions"
        self._client = openai.AsyncOpenAI(
            api_key=key or "unset",
            base_url=base_url,
            max_retries=0,
            timeout=timeout_s,
            default_headers={"X-Title": "enrichment-assets"},
            http_client=httpx2.AsyncClient(
                transport=_SdkTransport(transport, timeout_s),
                trust_env=False,
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            ),
        )

    async def create(self, body: Mapping[str, Any]) -> Reply:
        """The endpoint's answer, whatever its status. Raises what ``fetch`` raises.

        The body is sent as bytes: walking through it for files to upload and names to translate costs the SDK more
        than sending it.
        """
        try:
            response = await self._client.post(self._url, cast_to=httpx2.Response, content=orjson.dumps(body))
        except openai.APIStatusError as error:
            response = error.response
        except openai.APIConnectionError as error:
            if isinstance(error.__cause__, Exception):
                raise error.__cause__ from None
            raise
        return Reply(response.status_code, httpx.Headers(list(response.headers.multi_items())), response.content)
