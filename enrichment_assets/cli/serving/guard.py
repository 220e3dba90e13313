"""What stands before Dagster's webserver: it knows no login, so what keeps strangers out is who may speak to it.

Dagster takes a GraphQL query, a mutation too, from a GET, from any page of any site, under any name that leads here.
A browser tells in Host, Origin and Sec-Fetch-Site (fetch.spec.whatwg.org, w3.org/TR/fetch-metadata) where a request
comes from, and a page cannot change them. Without these headers it is no browser: a program on this machine.
"""

from collections.abc import Collection, MutableMapping
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ONCE = ("host", "origin", "sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest", "content-type")
"""Headers that are looked at; sent twice, they say one thing to us and another to Dagster."""
Refusal = tuple[HTTPStatus, str]


class Guard:
    """An ASGI application that passes on what may pass. ``hosts``: the values of Host that are answered."""

    def __init__(self, app: ASGIApp, hosts: Collection[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or one WebSocket."""
        refused = refusal(scope, self._hosts) if scope["type"] in {"http", "websocket"} else None
        if refused is None:
            await self._app(scope, receive, _unframed(send))
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: HTTP 403
        else:
            status, reason = refused
            await PlainTextResponse(f"{reason} (docs/security.md)\n", status)(scope, receive, send)


def own_hosts(port: int) -> list[str]:
    """Loopback's names at this port."""
    names = ("127.0.0.1", "localhost", "[::1]")
    return [f"{name}:{port}" for name in names] + [*names] * (port == 80)


def refusal(scope: MutableMapping[str, Any], hosts: Collection[str]) -> Refusal | None:
    """Why a request may not pass, or None."""
    headers = Headers(scope=scope)
    method = "GET" if scope["type"] == "websocket" else scope["method"]
    return _stranger(scope, method, headers, hosts) or _unsafe(scope, method, headers)


def _stranger(scope: MutableMapping[str, Any], method: str, headers: Headers, hosts: Collection[str]) -> Refusal | None:
    """Who asks, or under which name."""
    if any(len(headers.getlist(name)) > 1 for name in ONCE):
        return HTTPStatus.BAD_REQUEST, "A header stands there twice."
    host = headers.get("host", "").lower()
    if host not in hosts:
        return HTTPStatus.FORBIDDEN, "The UI does not answer to this name: ENRICHMENT_UI_HOSTS names those it does."
    origin = headers.get("origin")
    other_origin = origin is not None and origin not in {f"http://{host}", f"https://{host}"}
    other_site = headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}
    # A link to the UI may be followed from anywhere.
    followed = (scope["type"], method) == ("http", "GET") and (
        (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
    )
    if other_origin or (other_site and not followed):
        return HTTPStatus.FORBIDDEN, "A page of another site asks for this."
    return None


def _unsafe(scope: MutableMapping[str, Any], method: str, headers: Headers) -> Refusal | None:
    """What a page of any site could have sent without asking, were it a browser without the headers above."""
    if method not in {"GET", "HEAD", "POST"}:
        return HTTPStatus.METHOD_NOT_ALLOWED, "GET and POST, nothing else."
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if method == "POST" and kind != "application/json":
        return (
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
            "Only application/json is taken: a form of any site can send the rest.",
        )
    # Part of the path is enough: Starlette takes `/graphql%0A` for `/graphql`.
    if method != "POST" and "graphql" in scope["path"] and scope["query_string"]:
        return HTTPStatus.METHOD_NOT_ALLOWED, "GraphQL by POST only."
    return None


def _unframed(send: Send) -> Send:
    """No page of another site shows the UI inside itself, to have clicks made there."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), (b"x-frame-options", b"DENY")]
        await send(message)

    return sending
