"""Chat completions through the openai SDK. A module of its own because the SDK takes most of a second to import."""

from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any

import httpx
import httpx2
import openai
from openai.types.chat import ChatCompletion

from enrichment_assets.providers.errors import TransientError
from enrichment_assets.providers.openrouter import PROVIDER, Refusal
from enrichment_assets.providers.transport import fetch

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
        dropped = {"content-encoding", "content-length", "transfer-encoding"}
        headers = [(name, value) for name, value in reply.headers.items() if name not in dropped]
        if reply.body.lstrip().startswith(b"{"):  # the SDK goes by the media type, which hosts get wrong
            headers = [(name, value) for name, value in headers if name != "content-type"]
            headers.append(("content-type", "application/json"))
        return httpx2.Response(reply.status, headers=headers, content=reply.body, request=request)


class Completions:
    """One endpoint. The SDK's own retries are off; its transport is ours."""

    def __init__(self, key: str, base_url: str, transport: httpx.AsyncBaseTransport, timeout_s: float) -> None:
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

    async def create(self, body: Mapping[str, Any]) -> ChatCompletion | Refusal | str:
        """The completion, or the refusal, or the text of an answer that is neither.

        Raises JSONDecodeError for an empty answer, TransientError, and what ``fetch`` raises. The body is sent as it
        is: walking through it for files to upload and names to translate costs the SDK more than sending it.
        """
        try:
            answer: object = await self._client.post("/chat/completions", cast_to=ChatCompletion, body=body)
        except openai.APIStatusError as error:
            return Refusal(error.status_code, _error_of(error.response), error.response.headers)
        except openai.APIConnectionError as error:
            raise TransientError(PROVIDER, f"connection lost: {type(error.__cause__ or error).__name__}") from None
        return answer if isinstance(answer, ChatCompletion) else str(answer)


def _error_of(response: httpx2.Response) -> dict[str, Any]:
    try:
        document = response.json()
    except ValueError:
        return {"message": response.text}
    error = document.get("error", document) if isinstance(document, dict) else document
    return error if isinstance(error, dict) else {"message": str(error)}
