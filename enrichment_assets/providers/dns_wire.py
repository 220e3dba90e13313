"""Questions to one nameserver: UDP on a few lasting sockets, TCP when an answer is truncated.

dnspython's asynchronous resolver opens a socket per question (0.5 ms of CPU); here dnspython only writes and reads the
messages. Each nameserver gets several sockets, so that port and id together stay hard to guess.
"""

import asyncio
import random
import struct
from typing import cast

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

SOCKETS = 8
"""UDP sockets per nameserver."""
_NO_EDNS = frozenset({dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.BADVERS})
"""What nameservers answer that do not know EDNS, or not this version of it (RFC 6891 §6.1.3 and §7)."""
_secrets = random.SystemRandom()


class _Udp(asyncio.DatagramProtocol):
    """Matches answers to questions by id; whether an answer fits its question is checked by the asker."""

    def __init__(self) -> None:
        self.waiting: dict[int, asyncio.Future[bytes]] = {}
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)  # uvloop's is no subclass of it

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - asyncio's signature
        if len(data) < 12:
            return
        future = self.waiting.get(int.from_bytes(data[:2], "big"))
        if future is not None and not future.done():
            future.set_result(data)

    def error_received(self, exc: Exception) -> None:
        """The nameserver's port is closed: everybody who waits here may stop."""
        for future in self.waiting.values():
            if not future.done():
                future.set_exception(OSError(str(exc)))


class Nameserver:
    """One nameserver at ``host`` and ``port``."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self._sockets: list[_Udp] = []

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    async def ask(self, name: dns.name.Name, kind: dns.rdatatype.RdataType, timeout_s: float) -> dns.message.Message:
        """Its answer, whatever its code; where EDNS is the trouble, to the question asked once more without.

        Raises TimeoutError, OSError and DNSException.
        """
        query = dns.message.make_query(name, kind, use_edns=0, payload=1232)
        async with asyncio.timeout(timeout_s):
            answer = await self._udp(query)
            if answer.rcode() in _NO_EDNS:
                query = dns.message.make_query(name, kind)
                answer = await self._udp(query)
            if answer.flags & dns.flags.TC:
                answer = await self._tcp(query)
        return answer

    async def _udp(self, query: dns.message.QueryMessage) -> dns.message.Message:
        socket = await self._socket()
        while (identifier := _secrets.getrandbits(16)) in socket.waiting:
            pass
        query.id = identifier
        wire = query.to_wire()
        loop = asyncio.get_running_loop()
        if socket.transport is None or socket.transport.is_closing():
            raise OSError("the socket is closed")
        try:
            future = socket.waiting[identifier] = loop.create_future()
            socket.transport.sendto(wire)
            while not query.is_response(answer := _message(await future)):  # an answer to something else: not ours
                future = socket.waiting[identifier] = loop.create_future()
            return answer
        finally:
            socket.waiting.pop(identifier, None)

    async def _socket(self) -> _Udp:
        if len(self._sockets) < SOCKETS:
            loop = asyncio.get_running_loop()
            _, protocol = await loop.create_datagram_endpoint(_Udp, remote_addr=(self.host, self.port))
            self._sockets.append(protocol)
        return _secrets.choice(self._sockets)

    async def _tcp(self, query: dns.message.QueryMessage) -> dns.message.Message:
        wire = query.to_wire()
        reader, writer = await asyncio.open_connection(self.host, self.port)
        try:
            writer.write(struct.pack("!H", len(wire)) + wire)
            (length,) = struct.unpack("!H", await reader.readexactly(2))
            answer = _message(await reader.readexactly(length))
        except asyncio.IncompleteReadError as error:
            raise OSError("the connection was cut") from error
        finally:
            writer.close()
        if not query.is_response(answer):
            raise OSError("an answer to another question")
        return answer

    def close(self) -> None:
        """Close the sockets."""
        for protocol in self._sockets:
            if protocol.transport is not None:
                protocol.transport.close()
        self._sockets.clear()


def _message(wire: bytes) -> dns.message.Message:
    return dns.message.from_wire(wire, ignore_trailing=True, raise_on_truncation=False)
