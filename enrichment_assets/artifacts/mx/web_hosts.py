"""Whether an address belongs to a service that only serves web sites. A domain there keeps no mailboxes of its own.

The table ``web_hosts.csv`` lists the networks that such services publish for their customers' domains.
"""

import csv
import ipaddress
from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from enrichment_assets.companies import suffixes

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def web_host(domain: str, addresses: Iterable[str]) -> str | None:
    """The web host of a domain: the one whose network it is in, or whose customers' names it is one of.

    ``acme.github.io`` stands below a suffix that the Public Suffix List has from the service itself.
    """
    for address in map(ipaddress.ip_address, addresses):
        for network, host in _networks():
            if address in network:
                return host
    suffix = suffixes.public_suffix(domain)
    return suffix if suffix is not None and suffixes.is_platform(suffix) else None


@cache
def _networks() -> tuple[tuple[Network, str], ...]:
    return tuple((ipaddress.ip_network(row["network"]), row["host"]) for row in csv.DictReader(_text().splitlines()))


@cache
def _text() -> str:
    return files("enrichment_assets.artifacts.mx").joinpath("web_hosts.csv").read_text(encoding="utf-8")
