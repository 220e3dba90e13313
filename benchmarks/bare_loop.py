"""The same calls as the product makes for one company, with asyncio and aiohttp and nothing else: nothing is read out
of the answers, nothing stored, limited, retried or counted.

The calls are recorded from the product at work, then repeated with every company's own name in them.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import aiohttp
import dns.message
import uvloop

from enrichment_assets.companies.company import Company
from enrichment_assets.providers.http.transport import Connections

DROPPED = {"content-length", "connection"}


@dataclass(frozen=True)
class Call:
    method: str
    url: str
    headers: dict[str, str]
    content: bytes

    def about(self, recorded: Company, company: Company) -> "Call":
        """The call as it would be made for another company with a name of the same length."""
        label, other = (name.domain.removesuffix(".com") for name in (recorded, company))
        content = self.content.replace(label.encode(), other.encode())
        content = content.replace(recorded.name.encode(), company.name.encode())
        headers = {name: value.replace(label, other) for name, value in self.headers.items()}
        return Call(self.method, self.url.replace(label, other), headers, content)


@contextmanager
def recording() -> Iterator[list[Call]]:
    """Every HTTP request the product makes meanwhile."""
    calls: list[Call] = []
    send = Connections.send

    async def remember(transport: Connections, method: str, url: str, **rest: Any) -> aiohttp.ClientResponse:
        kept = {name: value for name, value in rest["headers"].items() if name not in DROPPED}
        calls.append(Call(method, url, kept, rest["content"] or b""))
        return await send(transport, method, url, **rest)

    Connections.send = remember  # type: ignore[method-assign, assignment]
    try:
        yield calls
    finally:
        Connections.send = send  # type: ignore[method-assign]


def rate(calls: Sequence[Call], recorded: Company, wanted: Sequence[Company], dns_port: int, parallel: int) -> float:
    """Companies per second of the bare loop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_walk(calls, recorded, wanted, dns_port, parallel))


async def _walk(
    calls: Sequence[Call], recorded: Company, wanted: Sequence[Company], dns_port: int, parallel: int
) -> float:
    waiting = iter(wanted)
    started = perf_counter()
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def work() -> None:
            for company in waiting:
                await _ask_mx(company.domain, dns_port)
                for call in calls:
                    made = call.about(recorded, company)
                    async with session.request(
                        made.method, made.url, headers=made.headers, data=made.content
                    ) as response:
                        await response.read()

        await asyncio.gather(*(work() for _ in range(parallel)))
    return len(wanted) / (perf_counter() - started)


class _Question(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self.answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, _address: object) -> None:
        if not self.answer.done():
            self.answer.set_result(data)


async def _ask_mx(domain: str, port: int) -> None:
    loop = asyncio.get_running_loop()
    transport, question = await loop.create_datagram_endpoint(_Question, remote_addr=("127.0.0.1", port))
    transport.sendto(dns.message.make_query(domain, "MX").to_wire())
    await question.answer
    transport.close()
