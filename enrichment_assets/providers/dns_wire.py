"""Questions to one nameserver: UDP on sockets that are kept, TCP when an answer is truncated.

dnspython's resolver opens a socket per question, which is half of what a question costs; its queries take one of ours.
A socket has one question at a time. There are always several, so that port and id together stay hard to guess.
"""

import asyncio
import random
from socket import SOCK_DGRAM
from typing import Any

import dns.asyncbackend
import dns.asyncquery
import dns.flags
import dns.inet
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

SOCKETS = 8
"""UDP sockets per nameserver at the least; as many more as there are questions at a time."""
_NO_EDNS = frozenset({dns.rcode.FORMERR, dns.rcode.NOTIMP, dns.rcode.BADVERS})
"""What nameservers answer that do not know EDNS, or not this version of it (RFC 6891 §6.1.3 and §7)."""
_secrets = random.SystemRandom()


class Nameserver:
    """One nameserver at ``host`` and ``port``."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self._sockets: list[Any] = []  # dnspython types them for itself only
        self._free: list[Any] = []

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
                try:
                    answer = await dns.asyncquery.tcp(query, self.host, port=self.port, ignore_trailing=True)
                except EOFError as error:
                    raise OSError("the connection was cut") from error
        return answer

    async def _udp(self, query: dns.message.QueryMessage) -> dns.message.Message:
        socket = await self._socket()
        try:
            # What comes late, or from anybody else, answers another question and is passed over.
            return await dns.asyncquery.udp(
                query, self.host, port=self.port, sock=socket, ignore_trailing=True, ignore_errors=True
            )
        finally:
            self._free.append(socket)

    async def _socket(self) -> Any:
        if self._free and len(self._sockets) >= SOCKETS:
            return self._free.pop(_secrets.randrange(len(self._free)))
        family = dns.inet.af_for_address(self.host)
        backend: Any = dns.asyncbackend.get_backend("asyncio")
        socket = await backend.make_socket(family, SOCK_DGRAM, destination=(self.host, self.port))
        self._sockets.append(socket)
        return socket

    async def close(self) -> None:
        """Close the sockets."""
        for socket in self._sockets:
            await socket.close()
        self._sockets.clear()
        self._free.clear()
