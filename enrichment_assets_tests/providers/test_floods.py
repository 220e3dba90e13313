"""Servers that never stop sending: each transfer ends by itself, long before its time is up."""

import asyncio
import gzip
import itertools

import pytest

from enrichment_assets.providers.http.public_connector import sandbox_connector
from enrichment_assets.providers.http.reply import NetworkError, Reply, TooLargeError
from enrichment_assets.providers.http.transport import fetch, open_transport

HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-encoding: gzip\r\n\r\n"
EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"
"""Deflate's stored block of no bytes (RFC 1951, 3.2.4)."""


async def flooded(first: bytes, then: bytes) -> Reply:
    """What a fetch gives whose server sends one thing, and then another without end."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        try:
            for piece in itertools.chain([first], itertools.repeat(then * 1_000)):
                writer.write(piece)
                await writer.drain()
        except OSError:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    transport = open_transport(sandbox_connector(0, f"{host}:{port}"))
    try:
        url = f"http://{host}:{port}/"
        return await asyncio.wait_for(
            fetch(transport, "GET", url, headers={}, timeout_s=60, max_bytes=3_000_000), timeout=20
        )
    finally:
        await transport.aclose()
        server.close()


async def test_interim_answers_end() -> None:
    with pytest.raises(NetworkError):
        await flooded(b"", b"HTTP/1.1 102 Processing\r\n\r\n")


async def test_header_fields_end() -> None:
    with pytest.raises(NetworkError):
        await flooded(b"HTTP/1.1 200 OK\r\n", b"x: y\r\n")


async def test_what_follows_the_compressed_body_is_not_read() -> None:
    assert (await flooded(HEAD + gzip.compress(b"<p>Hello"), b"x" * 1_000)).body == b"<p>Hello"


async def test_bytes_on_the_wire_count() -> None:
    with pytest.raises(TooLargeError):
        await flooded(HEAD + gzip.compress(b"")[:10], EMPTY_BLOCK)
