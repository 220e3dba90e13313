"""Where a chat-completion endpoint is, and how it is asked: one POST with OpenAI's body.

Azure's addresses (learn.microsoft.com/azure/ai-services/openai/reference) name a deployment and an ``api-version``, and
its key goes into ``api-key``. Any base URL may be the whole address, ``…/chat/completions?…``, as consoles show it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import orjson

from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.addresses import as_ip, is_public
from enrichment_assets.providers.http.api import look
from enrichment_assets.providers.http.reply import Reply

if TYPE_CHECKING:
    import httpx

MAX_BYTES = 4_000_000
ROUTE = "/chat/completions"
AZURE_HOSTS = (".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com")
AZURE_API_VERSION = "2024-10-21"
"""The oldest that is generally available and knows json_schema."""
LOCAL_NAMES = (".local", ".lan", ".internal", ".localhost", ".home.arpa")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One endpoint. ``name`` is its address without anything secret: host and path."""

    url: str
    name: str
    headers: Mapping[str, str]
    is_openrouter: bool
    is_local: bool

    def beside(self, route: str) -> str:
        """Another address of the same API: ``beside("/models")``."""
        parts = urlsplit(self.url)
        return urlunsplit((parts.scheme, parts.netloc, parts.path.removesuffix(ROUTE) + route, parts.query, ""))

    def at_root(self, route: str) -> str:
        """An address of the server itself, outside its ``/v1``."""
        parts = urlsplit(self.url)
        return urlunsplit(
            (parts.scheme, parts.netloc, parts.path.removesuffix(ROUTE).removesuffix("/v1") + route, "", "")
        )

    async def ask(self, transport: "httpx.AsyncBaseTransport", body: Mapping[str, Any], timeout_s: float) -> Reply:
        """The answer, whatever its status. Raises what ``fetch`` raises."""
        from enrichment_assets.providers.http.transport import fetch  # noqa: PLC0415 - loads aiohttp

        headers = {**self.headers, "content-type": "application/json"}
        content = orjson.dumps(body)
        return await fetch(
            transport, "POST", self.url, headers=headers, content=content, timeout_s=timeout_s, max_bytes=MAX_BYTES
        )

    async def look(self, transport: "httpx.AsyncBaseTransport", route: str) -> Reply | None:
        """GET what stands beside the completions; None where nothing answers."""
        return await look(transport, self.beside(route), self.headers)

    async def look_at_root(self, transport: "httpx.AsyncBaseTransport", route: str) -> Reply | None:
        """GET what stands at the server's root; None where nothing answers."""
        return await look(transport, self.at_root(route), self.headers)


def endpoint_of(settings: Settings) -> Endpoint:
    """The endpoint of these settings."""
    key = settings.openrouter_api_key.get_secret_value() if settings.openrouter_api_key else ""
    parts = urlsplit(settings.openrouter_base_url)
    host, path, query = parts.hostname or "", parts.path.rstrip("/"), parts.query
    if not path.endswith(ROUTE):
        if host.endswith(AZURE_HOSTS) and not path:
            path = "/openai/v1"
        path += ROUTE
    is_azure = host.endswith(AZURE_HOSTS) or "/openai/deployments/" in path or "api-version=" in query
    if "/openai/deployments/" in path and "api-version=" not in query:
        query = "&".join(filter(None, (query, f"api-version={AZURE_API_VERSION}")))
    headers = {"x-title": "enrichment-assets"}
    if key:
        headers |= {"api-key": key} if is_azure else {"authorization": f"Bearer {key}"}
    return Endpoint(
        url=urlunsplit((parts.scheme, parts.netloc, path, query, "")),
        name=f"{host}{f':{parts.port}' if parts.port else ''}{path.removesuffix(ROUTE)}",
        headers=headers,
        # A gateway to OpenRouter has its name as a part of its path, the sandbox's too.
        is_openrouter=host == "openrouter.ai" or host.endswith(".openrouter.ai") or "openrouter" in path.split("/"),
        is_local=is_local(host),
    )


def is_local(host: str) -> bool:
    """Whether a host is this machine or one of one's own network: nobody sends a bill for it."""
    address = as_ip(host)
    if address is not None:
        return not is_public(address)
    return "." not in host or host.lower().endswith(LOCAL_NAMES)
