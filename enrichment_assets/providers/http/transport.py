"""HTTP as all clients here speak it: one request, one whole answer, within limits of time and size.

aiohttp's connections (7 times faster than httpx's own) behind httpx's transport type, which others may implement. It is
used without ``httpx.AsyncClient``: no cookies, no redirects followed, no proxies from the environment, nothing logged,
so no key and no webhook URL can reach a log. Our own transport is asked without httpx's requests and responses, which
take 60 us a call.

It is loaded with the first request: aiohttp and httpx take a tenth of a second.
"""

import asyncio
import contextlib
import zlib
from collections.abc import AsyncIterable, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import aiohttp
import httpx
from aiohttp.client_proto import ResponseHandler
from httpx_aiohttp import AiohttpTransport

from enrichment_assets.providers.http.reply import (
    EncodingError,
    NetworkError,
    NeverSentError,
    Reply,
    SlowToConnectError,
    TooLargeError,
)

CONNECT_S = 10.0
KEEPALIVE_S = 15.0
MAX_INTERIM = 20
GZIP_MAGIC = b"\x1f\x8b"
MAX_FIELD = 64 * 1024
"""Longest header field: some security policies and cookies are longer than the 8 KB that aiohttp takes."""
NOT_ASKED_FOR = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz", "exi", "pack200-gzip", "aes128gcm"})
"""Content encodings there are (IANA's registry) that nobody here reads. Other words are no encoding: the body shows."""
DRAIN_S, DRAIN_BYTES = 1.0, 64_000
"""How much of a body that nobody wants is read to keep its connection."""
ACCEPT_ENCODING = "gzip"
"""What zlib inflates step by step: a bomb is noticed before it has gone off. By deflate hosts mean two things."""

_LIBRARY_ERRORS = (httpx.TransportError, aiohttp.ClientError, OSError, asyncio.IncompleteReadError)
"""What a connection can raise. aiohttp's are there because httpx-aiohttp does not map all of them."""
_NOT_HTTP = (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError, httpx.UnsupportedProtocol)
_NEVER_SENT = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, *_NOT_HTTP)


class Connections(AiohttpTransport):
    """Connections of one connector."""

    async def send(
        self, method: str, url: str, *, headers: Mapping[str, str], content: bytes | None, limits: aiohttp.ClientTimeout
    ) -> aiohttp.ClientResponse:
        """The answer as soon as its head is there. Raises what aiohttp raises."""
        return await self.get_client().request(
            method, url, headers=headers, data=content or None, timeout=limits, allow_redirects=False
        )


def open_transport(connector: aiohttp.BaseConnector) -> Connections:
    """A transport on a connector of its own. Close it with ``aclose``."""
    session = aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        trust_env=False,
        auto_decompress=False,
        max_field_size=MAX_FIELD,
        max_line_size=MAX_FIELD,
    )
    return Connections(client=session, trust_env=False)


def api_connector(connections: int) -> aiohttp.TCPConnector:
    """Connections to the addresses in the settings, kept alive."""
    return aiohttp.TCPConnector(limit=connections, keepalive_timeout=KEEPALIVE_S, ttl_dns_cache=300, use_dns_cache=True)


class NoNetwork(httpx.AsyncBaseTransport):
    """Refuses every request before it leaves."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Raises httpx.ConnectError."""
        raise httpx.ConnectError(f"nobody is called here, and not {request.url.host}")


class _Handler(ResponseHandler):
    """Ends a connection that sends interim answers (1xx) without end: they have no body that could hold them back."""

    _interim = 0

    def feed_data(self, data: Any, size: int = 0) -> None:
        self._interim = self._interim + 1 if data[0].code < 200 else 0
        if self._interim <= MAX_INTERIM:
            super().feed_data(data, size)
        elif self.transport is not None:
            self.transport.close()
            self.set_exception(aiohttp.ServerDisconnectedError("more interim answers than any server has"))


def bounded(connector: aiohttp.TCPConnector) -> aiohttp.TCPConnector:
    """A connector for strangers' servers: aiohttp bounds one head (128 fields, 64 KB each), this their number."""
    handler: Any = partial(_Handler, loop=asyncio.get_running_loop())
    connector._factory = handler
    return connector


async def fetch(
    transport: httpx.AsyncBaseTransport,
    method: str,
    url: str | httpx.URL,
    *,
    headers: Mapping[str, str],
    content: bytes | None = None,
    timeout_s: float,
    max_bytes: int,
) -> Reply:
    """Send one request and read the whole answer.

    Raises TimeoutError, TooLargeError, EncodingError and NetworkError. ``timeout_s`` is for everything together, so an
    answer that drips cannot hold the call.
    """
    async with asyncio.timeout(timeout_s):
        with _in_our_words():
            head = await _head(transport, method, url, headers=headers, content=content, timeout_s=timeout_s)
            try:
                declared = head.headers.get("content-length", "")
                if declared.isdecimal() and int(declared) > max_bytes:
                    raise TooLargeError
                body = await read_bounded(head.stream, head.encoding, max_bytes)
            finally:
                await head.close()
    return head.reply(body)


async def fetch_status(
    transport: httpx.AsyncBaseTransport,
    method: str,
    url: str | httpx.URL,
    *,
    headers: Mapping[str, str],
    content: bytes | None = None,
    timeout_s: float,
) -> Reply:
    """Send one request; the answer's status and headers as soon as they are there, with what can be read of its body.

    The body is read so that the connection can be used again: whatever is wrong with it, the status stands.
    Raises TimeoutError and NetworkError.
    """
    async with asyncio.timeout(timeout_s):
        with _in_our_words():
            head = await _head(transport, method, url, headers=headers, content=content, timeout_s=timeout_s)
    body = b""
    try:
        with contextlib.suppress(TooLargeError, EncodingError, TimeoutError, *_LIBRARY_ERRORS):
            async with asyncio.timeout(min(DRAIN_S, timeout_s)):
                body = await read_bounded(head.stream, head.encoding, DRAIN_BYTES)
    finally:
        await head.close()
    return head.reply(body)


@dataclass(frozen=True, slots=True)
class _Head:
    """The head of an answer, and where its body comes from."""

    status: int
    headers: Mapping[str, str]
    set_cookies: Sequence[str]
    stream: AsyncIterable[bytes]
    close: Callable[[], Awaitable[None]]

    @property
    def encoding(self) -> str:
        return self.headers.get("content-encoding", "").strip().lower()

    def reply(self, body: bytes) -> Reply:
        return Reply(self.status, self.headers, body, self.set_cookies)


async def _head(
    transport: httpx.AsyncBaseTransport,
    method: str,
    url: str | httpx.URL,
    *,
    headers: Mapping[str, str],
    content: bytes | None,
    timeout_s: float,
) -> _Head:
    # Less than the whole time, so that "no connection" is told from "no answer": the one was never sent.
    connect_s = min(CONNECT_S, timeout_s / 2)
    address = _parsed(url) if isinstance(url, str) else url
    sent = {"accept-encoding": ACCEPT_ENCODING, **headers}
    if isinstance(transport, Connections):
        limits = aiohttp.ClientTimeout(sock_connect=connect_s, sock_read=timeout_s, connect=timeout_s)
        answer = await transport.send(method, str(address), headers=sent, content=content, limits=limits)
        joined, set_cookies = _fields(answer.raw_headers)

        async def close() -> None:
            await answer.__aexit__(None, None, None)

        return _Head(answer.status, joined, set_cookies, answer.content.iter_any(), close)
    seconds = {"connect": connect_s, "read": timeout_s, "pool": timeout_s}
    request = httpx.Request(method, address, headers=sent, content=content, extensions={"timeout": seconds})
    response = await transport.handle_async_request(request)
    if not isinstance(response.stream, AsyncIterable):
        raise EncodingError("the answer cannot be streamed")
    set_cookies = response.headers.get_list("set-cookie")
    return _Head(response.status_code, response.headers, set_cookies, response.stream, response.aclose)


def _fields(raw: Sequence[tuple[bytes, bytes]]) -> tuple[dict[str, str], list[str]]:
    """Header fields by their names in lower case, those of one name joined (RFC 9110 §5.3), but for Set-Cookie."""
    joined: dict[str, str] = {}
    set_cookies: list[str] = []
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1").lower(), _decoded(raw_value)
        if name == "set-cookie":
            set_cookies.append(value)
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined, set_cookies


def _decoded(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


@lru_cache(maxsize=128)
def _parsed(url: str) -> httpx.URL:
    """The few addresses of APIs come again with every company, and are slow to parse."""
    return httpx.URL(url)


async def read_bounded(stream: AsyncIterable[bytes], encoding: str, max_bytes: int) -> bytes:
    """The decompressed body. Raises TooLargeError as soon as it passes ``max_bytes``, EncodingError when broken.

    Bytes on the wire count as well. A gzip body may have several members (RFC 1952 §2.2); anything else that follows
    the compressed body is not read. Where the header names a compression, or a word that is none, the first bytes tell:
    by deflate hosts mean two things (RFC 9110 §8.4.1.2), by gzip sometimes nothing.
    """
    chunks: list[bytes] = []
    size = received = 0
    plain = _is_plain(encoding)
    inflate: Any = None
    head = b""
    async for chunk in stream:
        received += len(chunk)
        if received > max_bytes:
            raise TooLargeError
        rest = chunk
        if not plain and inflate is None:
            head, rest = b"", head + chunk
            if len(rest) < len(GZIP_MAGIC):
                head = rest
                continue
            inflate = _decompressor(encoding, rest)
            plain = inflate is None
        while rest:
            if inflate is not None and inflate.eof:
                if not rest.startswith(GZIP_MAGIC[:1]):
                    return b"".join(chunks)
                inflate = zlib.decompressobj(zlib.MAX_WBITS | 16)
            try:
                data = rest if inflate is None else inflate.decompress(rest, max_bytes - size + 1)
            except zlib.error as error:
                raise EncodingError(f"broken {encoding}: {error}") from error
            rest = b"" if inflate is None else inflate.unused_data
            size += len(data)
            if size > max_bytes:
                raise TooLargeError
            chunks.append(data)
    if inflate is not None and chunks and not inflate.eof:
        raise EncodingError(f"{encoding} cut short")
    return b"".join([*chunks, head])


def _is_plain(encoding: str) -> bool:
    """Whether the header says that nothing is compressed. Raises EncodingError for what nobody here reads."""
    names = {name.strip(" \t\"'").lower() for name in encoding.split(",")} - {"", "identity"}
    if refused := names & NOT_ASKED_FOR:
        raise EncodingError(f"content-encoding {min(refused)!r} was not asked for")
    return not names


def _decompressor(encoding: str, head: bytes) -> Any:
    """What inflates a body that begins so; None for one that is not compressed, whatever its header says."""
    if head.startswith(GZIP_MAGIC):
        return zlib.decompressobj(zlib.MAX_WBITS | 16)
    if "deflate" not in encoding.lower():
        return None
    is_zlib = head[0] & 0x0F == 8 and int.from_bytes(head[:2], "big") % 31 == 0  # RFC 1950 §2.2
    return zlib.decompressobj(zlib.MAX_WBITS if is_zlib else -zlib.MAX_WBITS)


@contextlib.contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except _LIBRARY_ERRORS as error:
        raise _lost(error) from error


def _lost(error: Exception) -> NetworkError | TimeoutError:
    """What a library raised, in the words of ``reply``."""
    cause = _cause(error)
    never_sent = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) or isinstance(cause, _NEVER_SENT)
    is_slow = isinstance(error, TimeoutError | httpx.TimeoutException)
    if never_sent:
        return (SlowToConnectError if is_slow else NeverSentError)(_text(cause))
    return TimeoutError(_text(cause)) if is_slow else NetworkError(_text(cause))


def _cause(error: BaseException) -> BaseException:
    """What httpx-aiohttp has wrapped, sometimes under a misleading name."""
    return error.__cause__ if isinstance(error, httpx.TransportError) and error.__cause__ is not None else error


def _text(cause: BaseException) -> str:
    """The error's name, and its words where they name no more than host and port: a URL may be a secret."""
    if isinstance(cause, aiohttp.ClientConnectorError | ConnectionError):
        said = str(cause)
    elif isinstance(cause, aiohttp.ClientResponseError):
        said = "(the answer is not HTTP)"
    elif isinstance(cause, _NOT_HTTP):
        said = "(the address is not one of HTTP)"
    else:
        said = ""
    return f"{type(cause).__name__} {said}".strip()[:200]
