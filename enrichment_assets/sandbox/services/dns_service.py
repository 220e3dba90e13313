"""The sockets of the nameserver, and the faults of DNS on the wire."""

import asyncio
import struct
from collections.abc import Callable
from typing import Any, Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdatatype
import dns.rrset

from enrichment_assets.sandbox.services.nameserver import Zone, to_wire
from enrichment_assets.sandbox.state import State
from enrichment_assets.sandbox.trouble.faults import Fault

_HOST: Final = "127.0.0.1"
_SLOW_S: Final = 1.5
_ATTEMPTS: Final = 20
_IDLE_S: Final = 30.0

Reply = Callable[[bytes], object]


class DnsService:
    """UDP and TCP on one port of loopback."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._zone = Zone(state.world)
        self._tasks: set[asyncio.Task[None]] = set()

    async def start(self, port: int = 0) -> int:
        """Bind both sockets; returns their port."""
        loop = asyncio.get_running_loop()
        for attempt in range(_ATTEMPTS):
            server = await asyncio.start_server(self._tcp, _HOST, port)
            bound = int(server.sockets[0].getsockname()[1])
            try:
                await loop.create_datagram_endpoint(lambda: _Udp(self.question), local_addr=(_HOST, bound))
            except OSError:
                server.close()
                if port or attempt == _ATTEMPTS - 1:
                    raise
            else:
                return bound
        raise OSError("no port is free for both UDP and TCP")

    def question(self, data: bytes, reply: Reply, *, udp: bool) -> None:
        """Answer one question now or later, rightly or wrongly, or never."""
        state = self._state
        try:
            query = dns.message.from_wire(data)
        except dns.exception.DNSException:
            return
        name = query.question[0].name.to_text(omit_final_dot=True) if query.question else ""
        wait_s = state.limits.admit("dns", state.clock())
        subject = f"{name} {dns.rdatatype.to_text(query.question[0].rdtype) if query.question else ''}".encode()
        fault = None if wait_s else state.faults.draw("dns", subject)
        wire, word = (None, "limited") if wait_s else self._answer(query, fault, udp=udp)
        state.bill.book("dns", 0.0, word)
        delay_s = state.latency.seconds("dns", "dns")
        if fault is not None and fault.kind == "slow":
            delay_s += float(fault.option("seconds", _SLOW_S))
        if delay_s:
            task = asyncio.get_running_loop().create_task(self._later(delay_s, wire, reply))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._send(wire, reply)
        if not wait_s and not delay_s:
            state.limits.leave("dns")

    async def _later(self, delay_s: float, wire: bytes | None, reply: Reply) -> None:
        await asyncio.sleep(delay_s)
        self._state.limits.leave("dns")
        self._send(wire, reply)

    @staticmethod
    def _send(wire: bytes | None, reply: Reply) -> None:
        if wire is not None:
            reply(wire)

    def _answer(self, query: dns.message.Message, fault: Fault | None, *, udp: bool) -> tuple[bytes | None, str]:  # noqa: PLR0911 - one return per case
        kind = fault.kind if fault else ""
        name = query.question[0].name.to_text(omit_final_dot=True).lower() if query.question else ""
        if kind == "silence" or self._state.world.dns.get(name) == "silence":
            return None, "silence"
        if kind in ("servfail", "nxdomain", "refused"):
            response = dns.message.make_response(query, recursion_available=True)
            response.set_rcode(dns.rcode.from_text(kind.upper()))
            return response.to_wire(), kind
        if kind in ("truncated", "truncated_no_tcp"):
            if not udp:
                return (None, "silence") if kind == "truncated_no_tcp" else (self._honest(query, udp=False), "NOERROR")
            cut = dns.message.make_response(query, recursion_available=True)
            cut.flags |= dns.flags.TC
            return cut.to_wire(), kind
        if kind == "lame":
            # Not responsible and says so: no answer, no authority, no recursion.
            lame = dns.message.make_response(query, recursion_available=False)
            lame.set_rcode(dns.rcode.REFUSED if query.opcode() == dns.opcode.QUERY else dns.rcode.NOTIMP)
            return lame.to_wire(), kind
        if kind == "referral":
            # The other lame one: NOERROR, nothing looked up, "ask the root".
            elsewhere = dns.message.make_response(query, recursion_available=False)
            elsewhere.authority.append(dns.rrset.from_text(".", 3_600, "IN", "NS", "a.root-servers.net."))
            return elsewhere.to_wire(), kind
        if kind == "wrong_question":
            other = dns.message.make_query("other.example", "MX", id=query.id)
            return dns.message.make_response(other, recursion_available=True).to_wire(), kind
        if kind == "malformed":
            return query.to_wire()[:12] + b"\xff" * 20, kind
        wire = self._honest(query, udp=udp)
        if kind == "wrong_id":
            return struct.pack("!H", (query.id + 1) % 65_536) + wire[2:], kind
        return wire, dns.rcode.to_text(dns.rcode.Rcode(wire[3] & 15))

    def _honest(self, query: dns.message.Message, *, udp: bool) -> bytes:
        return to_wire(query, self._zone.answer(query), udp=udp)

    async def _tcp(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def reply(wire: bytes) -> None:
            if not writer.is_closing():
                writer.write(struct.pack("!H", len(wire)) + wire)

        try:
            while True:
                async with asyncio.timeout(_IDLE_S):
                    (length,) = struct.unpack("!H", await reader.readexactly(2))
                    data = await reader.readexactly(length)
                self.question(data, reply, udp=False)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError):
            writer.close()


class _Udp(asyncio.DatagramProtocol):
    def __init__(self, question: Callable[..., None]) -> None:
        self._question = question

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Any) -> None:
        transport: Any = self._transport
        self._question(data, lambda wire: transport.sendto(wire, addr), udp=True)
