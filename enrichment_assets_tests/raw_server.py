"""A server on loopback that answers each request with the very bytes it is told to."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

Site = Callable[[str, str], bytes]
"""The head of a request and its path, to a whole raw answer."""


def answer(body: bytes, *fields: str, status: str = "200 OK", kind: str = "text/html") -> bytes:
    lines = [
        f"HTTP/1.1 {status}",
        f"content-length: {len(body)}",
        "connection: close",
        f"content-type: {kind}",
        *fields,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


@asynccontextmanager
async def served(site: Site) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ", 2)[1]
        writer.write(answer(b"", status="404 Not Found") if path == "/robots.txt" else site(head, path))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    try:
        yield f"{host}:{port}"
    finally:
        server.close()
