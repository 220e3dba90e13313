"""How an answer travels: whole, padded with blanks, in drips, cut off, endless, or never."""

import asyncio
import zlib
from functools import lru_cache
from typing import Final

from aiohttp import web

from enrichment_assets.sandbox.model.llm import PADDING
from enrichment_assets.sandbox.trouble.faults import Fault
from enrichment_assets.sandbox.wire import Reply

TRANSPORT_KINDS: Final = frozenset(
    ("hang", "reset", "reset_mid_body", "slow_drip", "huge_body", "gzip_bomb", "blanks_then_cut", "accept_then_hang",
     "accept_then_reset")
)  # fmt: skip
HANG_S: Final = 600.0
HUGE_BYTES: Final = 50_000_000
BOMB_BYTES: Final = 100_000_000
_CHUNK: Final = 1_000_000
_PADDING_EVERY_S: Final = 0.5


async def send(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    """Send an answer whole."""
    if reply.reset:
        return await reset(request)
    body = PADDING + reply.body if reply.blanks else reply.body
    return web.Response(
        status=reply.status, body=body, headers={"Content-Type": reply.content_type, **reply.headers}
    )  # fmt: skip


async def send_padded(request: web.BaseRequest, reply: Reply, delay_s: float) -> web.StreamResponse:
    """Send the status line at once and blanks while the model thinks, as OpenRouter does."""
    response = await _start(request, reply)
    left_s = delay_s
    while left_s > 0:
        await response.write(PADDING)
        step_s = min(left_s, _PADDING_EVERY_S)
        await asyncio.sleep(step_s)
        left_s -= step_s
    await response.write(reply.body)
    await response.write_eof()
    return response


async def reset(request: web.BaseRequest) -> web.StreamResponse:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()


async def send_broken(request: web.BaseRequest, reply: Reply, fault: Fault) -> web.StreamResponse:  # noqa: PLR0911 - one return per case
    """Send an answer the way a fault of the connection leaves of it."""
    match fault.kind:
        case "hang" | "accept_then_hang":
            await asyncio.sleep(float(fault.option("seconds", HANG_S)))
            return await reset(request)
        case "reset" | "accept_then_reset":
            return await reset(request)
        case "reset_mid_body":
            response = await _start(request, reply, length=len(reply.body) + 1)
            await response.write(reply.body[: len(reply.body) // 2])
            await asyncio.sleep(0.01)  # let the first half reach the client
            return await reset(request)
        case "slow_drip":
            return await _drip(request, reply, float(fault.option("seconds", 60.0)))
        case "blanks_then_cut":
            response = await _start(request, reply)
            await response.write(PADDING * 3)
            await response.write_eof()
            return response
        case "gzip_bomb":
            bomb = _bomb(int(fault.option("bytes", BOMB_BYTES)))
            headers = {"Content-Type": reply.content_type, "Content-Encoding": "gzip"}
            return web.Response(status=200, body=bomb, headers=headers)
        case _:
            return await _flood(request, reply, int(fault.option("bytes", HUGE_BYTES)))


async def _start(request: web.BaseRequest, reply: Reply, length: int | None = None) -> web.StreamResponse:
    response = web.StreamResponse(status=reply.status, headers={"Content-Type": reply.content_type, **reply.headers})
    if length is not None:
        response.content_length = length
    await response.prepare(request)
    return response


async def _drip(request: web.BaseRequest, reply: Reply, seconds: float) -> web.StreamResponse:
    response = await _start(request, reply, length=len(reply.body))
    drops = max(1, min(len(reply.body), int(seconds * 10)))
    size = -(-len(reply.body) // drops)
    for start in range(0, len(reply.body), size):
        await asyncio.sleep(seconds / drops)
        await response.write(reply.body[start : start + size])
    await response.write_eof()
    return response


async def _flood(request: web.BaseRequest, reply: Reply, size: int) -> web.StreamResponse:
    response = await _start(request, Reply(200, b"", reply.content_type))
    await response.write(b'{"content":"')
    block = b"A" * _CHUNK
    for _ in range(size // _CHUNK):
        await response.write(block)
    await response.write(b'"}')
    await response.write_eof()
    return response


@lru_cache(maxsize=2)
def _bomb(size: int) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    zeros = bytes(_CHUNK)
    return b"".join(packer.compress(zeros) for _ in range(size // _CHUNK)) + packer.flush()
