"""The sandbox's process: every provider behind one HTTP port, the nameserver beside it.

Requests whose Host is loopback are for a provider, chosen by the first part of the path; any other Host is a web site.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote

import orjson
from aiohttp import web

from enrichment_assets.sandbox import control
from enrichment_assets.sandbox.event_loop import run
from enrichment_assets.sandbox.model import llm
from enrichment_assets.sandbox.services import boards, brave, clay, firecrawl, hosted_boards, serper, sites, spider
from enrichment_assets.sandbox.services.dns_service import DnsService
from enrichment_assets.sandbox.state import State
from enrichment_assets.sandbox.trouble.broken import spoilt
from enrichment_assets.sandbox.trouble.delivery import TRANSPORT_KINDS, send, send_broken, send_padded
from enrichment_assets.sandbox.trouble.faults import BOARDS, HOSTED_BOARDS, Fault
from enrichment_assets.sandbox.wire import Call, Reply, json_reply
from enrichment_assets.sandbox.world.world import World

HOST: Final = "127.0.0.1"
MAX_BODY_BYTES: Final = 64 * 1024 * 1024
"""A whole job board to serve is larger than aiohttp's megabyte."""
ACCOUNT_ROUTES: Final = {
    "openrouter": ("/key", "/credits", "/models"),
    "spider": ("/data/credits",),
    "serper": ("/account",),
    "firecrawl": ("/v2/team/credit-usage",),
}
"""Where each provider tells about the account, for nothing."""
ACCOUNT_FAULTS: Final = frozenset(("http_401", "http_402", "http_403", "out_of_credit"))
_PREFIXES: Final = {"openrouter": "/api/v1"}
_LOOPBACK: Final = frozenset(("127.0.0.1", "localhost", "[::1]"))


class Sandbox:
    """Takes every request through limit, fault, latency, provider and bill."""

    def __init__(self, state: State) -> None:
        self.state = state

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """One HTTP request."""
        provider, call = await _read(request)
        if provider == "_sandbox":
            return await send(request, control.answer(self.state, call))
        if provider not in _GROUPS:
            return await send(request, json_reply({"error": f"no provider at /{provider}"}, 404))
        return await self._provide(request, provider, call)

    async def _provide(self, request: web.BaseRequest, provider: str, call: Call) -> web.StreamResponse:
        state = self.state
        lists = provider == "llm" or call.path in ACCOUNT_ROUTES.get(provider, ())
        if call.method == "GET" and lists:  # free, and no work for the limits
            fault = state.faults.standing(provider, ACCOUNT_FAULTS)
            return await send(request, self._answer(provider, call, fault))
        wait_s = state.limits.admit(provider, state.clock(), _weight(provider, call))
        if wait_s:
            reply = _limited(provider, call, wait_s)
            state.bill.book(provider, 0.0, str(reply.status))
            return await send(request, reply)
        try:
            fault = state.faults.draw(provider, _subject(call))
            delay_s = state.latency.seconds(provider, _GROUPS[provider])
            if fault is not None and fault.kind in TRANSPORT_KINDS:
                return await self._break(request, provider, call, fault, delay_s)
            reply = self._answer(provider, call, fault)
            if delay_s and reply.blanks:
                return await self._pad(request, provider, reply, fault, delay_s)
            if delay_s:
                await asyncio.sleep(delay_s)
            self._book(provider, reply, fault)
            return await send(request, reply)
        except (asyncio.CancelledError, ConnectionResetError):
            state.bill.book(provider, state.lost_usd.get(provider, 0.0), "abandoned")
            raise
        finally:
            state.limits.leave(provider)

    async def _pad(
        self, request: web.BaseRequest, provider: str, reply: Reply, fault: Fault | None, delay_s: float
    ) -> web.StreamResponse:
        response = await send_padded(request, reply, delay_s)
        self._book(provider, reply, fault)
        return response

    async def _break(
        self, request: web.BaseRequest, provider: str, call: Call, fault: Fault, delay_s: float
    ) -> web.StreamResponse:
        await asyncio.sleep(delay_s)
        never_read = fault.kind in ("reset", "hang")
        reply = Reply(200, b"") if never_read else self._answer(provider, call, None)
        if fault.kind == "slow_drip":  # a patient client gets it whole
            response = await send_broken(request, reply, fault)
            self._book(provider, reply, fault)
            return response
        usd = float(fault.option("usd", self.state.lost_usd.get(provider, 0.0)))
        self.state.bill.book(provider, usd, fault.kind)
        try:
            return await send_broken(request, reply, fault)
        except (asyncio.CancelledError, ConnectionResetError):
            return web.Response()  # booked already

    def _book(self, provider: str, reply: Reply, fault: Fault | None) -> None:
        """What the answer says it costs; for one that cannot be read, what was agreed for lost ones."""
        if fault is None:
            self.state.bill.book(provider, reply.usd, str(reply.status), reply.tokens)
            return
        lost_usd = self.state.lost_usd.get(provider, 0.0) if fault.kind in _UNREADABLE else reply.usd
        self.state.bill.book(provider, float(fault.option("usd", lost_usd)), fault.kind)

    def _answer(self, provider: str, call: Call, fault: Fault | None) -> Reply:
        if fault is None:
            return self._honest(provider, call)
        if fault.kind == "silent_drop":
            return Reply(200, b"OK", "text/html; charset=utf-8")
        if fault.kind == "accept_then_500":
            self._honest(provider, call)
            return json_reply({"message": "Internal server error"}, 500)
        return spoilt(provider, fault, call, lambda: self._honest(provider, call))

    def _honest(self, provider: str, call: Call) -> Reply:
        if provider == "clay":
            return clay.answer(self.state.table, call)
        if provider == "llm":
            return self.state.endpoints.answer(call)
        if provider in _ANSWERS:
            return _ANSWERS[provider](self.state.world, call)
        if provider in HOSTED_BOARDS:
            return hosted_boards.answer(self.state.world, call) or sites.serve(self.state.world, call)
        return boards.answer(self.state.world, provider, call)


_ANSWERS: Final[Mapping[str, Callable[[World, Call], Reply]]] = {
    "spider": spider.answer, "firecrawl": firecrawl.answer, "serper": serper.answer, "brave": brave.answer,
    "openrouter": llm.answer, "sites": sites.serve,
}  # fmt: skip
_UNREADABLE: Final = frozenset(("truncated_json", "malformed_json", "html", "empty_body", "missing_costs"))
"""Answers whose price cannot be read. What breaks the connection is booked in ``_break``."""
_GROUPS: Final = {
    **{name: name for name in (*_ANSWERS, "clay")}, "llm": "openrouter",
    **dict.fromkeys((*BOARDS, *HOSTED_BOARDS), "boards"),
}  # fmt: skip


async def _read(request: web.BaseRequest) -> tuple[str, Call]:
    """The provider's name, and the call with its path below the provider's base."""
    host = request.headers.get("Host", "")
    raw_path, _, raw_query = request.path_qs.partition("?")
    query = dict(parse_qsl(raw_query, keep_blank_values=True)) if raw_query else {}
    body = await request.clone(client_max_size=MAX_BODY_BYTES).read() if request.body_exists else b""
    name = host.rpartition(":")[0] or host
    if name not in _LOOPBACK:
        provider = hosted_boards.vendor_at(name, raw_path) or "sites"
        return provider, Call(request.method, host, request.path_qs, query, request.headers, body)
    provider, _, rest = raw_path[1:].partition("/")
    path = "/" + unquote(rest)
    path = path.removeprefix(_PREFIXES.get(provider, ""))
    return provider, Call(request.method, host, path, query, request.headers, body)


def _subject(call: Call) -> bytes:
    """What is asked of whom, whatever port this sandbox has."""
    host = call.host.rpartition(":")[0] or call.host
    return b" ".join((host.encode(), call.path.encode(), call.body))


def _weight(provider: str, call: Call) -> float:
    """Clay counts records, everybody else calls."""
    if provider == "clay" and call.body[:1] == b"[":
        try:
            return float(max(1, len(orjson.loads(call.body))))
        except orjson.JSONDecodeError:
            return 1.0
    return 1.0


def _limited(provider: str, call: Call, wait_s: float) -> Reply:
    options = (
        {}
        if provider in ("serper", "brave", "clay", "workable", "openrouter")
        else {"retry_after": max(1, round(wait_s))}
    )
    return spoilt(provider, Fault("http_429", options=options), call, lambda: Reply(429, b""))


async def serve(state: State, *, port: int = 0, dns_port: int = 0) -> tuple[web.ServerRunner, int, int]:
    """Start serving; returns the runner (``await runner.cleanup()`` stops it), the HTTP port and the DNS port."""
    loop = asyncio.get_running_loop()
    server = web.Server(
        Sandbox(state).handle,
        # Bodies of any size: providers judge them, and tests bring large pages.
        request_factory=lambda message, payload, protocol, writer, task: web.BaseRequest(
            message, payload, protocol, writer, task, loop, client_max_size=0
        ),
        handler_cancellation=True,
        access_log=None,
        keepalive_timeout=75.0,
    )
    runner = web.ServerRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, HOST, port, backlog=4096, shutdown_timeout=0.1)
    await site.start()
    dns_bound = await DnsService(state).start(dns_port)
    return runner, int(runner.addresses[0][1]), dns_bound


def _tell(told: Mapping[str, object]) -> None:
    sys.stdout.write(orjson.dumps(told).decode() + "\n")
    sys.stdout.flush()


async def _main(options: argparse.Namespace) -> None:
    state = State(World(seed=options.seed))
    try:
        runner, http_port, dns_port = await serve(state, port=options.port, dns_port=options.dns_port)
    except OSError as error:  # a port is taken: the parent says so, or takes another
        _tell({"not_started": str(error)})
        return
    _tell({"http_port": http_port, "dns_port": dns_port})
    # The parent holds the other end of our standard input: it closes when the parent ends, however it ends.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.buffer.read)
    await runner.cleanup()


def main() -> None:
    """Run until standard input closes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--dns-port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    run(_main(parser.parse_args()))
    os._exit(0)  # connections that hang on purpose must not keep the process


if __name__ == "__main__":
    main()
