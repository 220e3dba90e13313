"""Connections to public addresses only, checked at the moment of connecting, so that no name can change in between."""

import errno
import socket
from collections.abc import Sequence
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from enrichment_assets.core.settings import is_loopback
from enrichment_assets.providers.addresses import is_public
from enrichment_assets.providers.dns import Dns
from enrichment_assets.providers.http.transport import KEEPALIVE_S, bounded


class NoAddressError(Exception):
    """The name does not exist or has no address."""


class NotPublicError(Exception):
    """The name leads to an address that is not public."""


class _PublicResolver(AbstractResolver):
    """Our own DNS, minus every address that is not public."""

    def __init__(self, dns: Dns) -> None:
        self._dns = dns

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - aiohttp's signature
    ) -> list[ResolveResult]:
        found = await self._dns.addresses(host)
        if not found:
            raise NoAddressError(f"{host} does not resolve")
        public = [address for address in found if is_public(address)]
        if not public:
            raise NotPublicError(f"{host} is at {found[0]}, which is not a public address")
        return [_result(host, address, port) for address in public]

    async def close(self) -> None:
        """The DNS client is closed by whoever opened it."""


def _result(host: str, address: str, port: int) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)


def public_connector(connections: int, dns: Dns) -> aiohttp.TCPConnector:
    """A connector for URLs that come from data."""
    return bounded(
        aiohttp.TCPConnector(
            limit=connections,
            keepalive_timeout=KEEPALIVE_S,
            resolver=_PublicResolver(dns),
            use_dns_cache=False,
            socket_factory=_socket,
        )
    )


def sandbox_connector(connections: int, sandbox: str) -> aiohttp.TCPConnector:
    """A connector that reaches the sandbox's address (``host:port``) and nothing else."""
    host, _, port = sandbox.rpartition(":")

    def only_sandbox(info: Sequence[Any]) -> socket.socket:
        if tuple(info[4][:2]) != (host, int(port)):
            raise OSError(f"{info[4][0]} is not the sandbox")
        return socket.socket(info[0], info[1], info[2])

    return bounded(aiohttp.TCPConnector(limit=connections, keepalive_timeout=KEEPALIVE_S, socket_factory=only_sandbox))


class _LoopbackResolver(AbstractResolver):
    """``localhost`` and nothing else: a name that is somebody's is not even asked for."""

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - aiohttp's signature
    ) -> list[ResolveResult]:
        if host != "localhost":
            raise _not_loopback(host)
        return [_result(host, "127.0.0.1", port)]

    async def close(self) -> None:
        """Nothing is open."""


def loopback_connector(connections: int) -> aiohttp.TCPConnector:
    """A connector for the addresses in the settings while a sandbox stands in: whatever they say, it is this machine.

    It refuses everything else before DNS and again at the moment of connecting.
    """

    def only_loopback(info: Sequence[Any]) -> socket.socket:
        if not is_loopback(str(info[4][0])):
            raise _not_loopback(info[4][0])
        return socket.socket(info[0], info[1], info[2])

    return aiohttp.TCPConnector(
        limit=connections,
        keepalive_timeout=KEEPALIVE_S,
        resolver=_LoopbackResolver(),
        use_dns_cache=False,
        socket_factory=only_loopback,
    )


def _not_loopback(host: object) -> OSError:
    return OSError(errno.EACCES, f"ENRICHMENT_SANDBOX is set, and {host} is not loopback")


def _socket(info: Sequence[Any]) -> socket.socket:
    if not is_public(str(info[4][0])):
        raise OSError(f"{info[4][0]} is not a public address")
    return socket.socket(info[0], info[1], info[2])
