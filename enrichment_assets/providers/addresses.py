"""Which addresses are public, and whether a URL that came from data may be fetched at all."""

import csv
import ipaddress
from functools import cache, lru_cache
from importlib.resources import files
from urllib.parse import urlsplit

WEB_PORTS = frozenset({None, 80, 443})
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""All IPv6 addresses that IANA has given out for public use."""
NAT64 = ipaddress.ip_network("64:ff9b::/96")


@cache
def special_blocks() -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
    """What is nobody's website, whatever the running Python knows of it: ``special_addresses.csv``.

    IANA's registries of special-purpose addresses (iana.org/assignments/iana-ipv4-special-registry, …-ipv6-…) with
    multicast, and addresses that look public and are answered by the cloud's own machinery.
    """
    table = files("enrichment_assets.providers").joinpath("special_addresses.csv").read_text(encoding="utf-8")
    return tuple(ipaddress.ip_network(row["block"]) for row in csv.DictReader(table.splitlines()))


def is_public(address: str) -> bool:
    """Whether an IP address is one anybody on the internet could be asked for.

    Not: ``special_blocks``, and no IPv6 address that carries an IPv4 one which is not (mapped, NAT64, 6to4).
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    return _is_public(ip)


@lru_cache(maxsize=10_000)
def _is_public(ip: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return _is_public(inner)
        if ip not in GLOBAL_UNICAST:
            return False
    return ip.is_global and not any(ip in block for block in special_blocks() if block.version == ip.version)


def as_ip(host: str) -> str | None:
    """The IP address a host names literally, also in inet_aton's odd spellings (0x7f.1, 017700000001)."""
    bare = host.strip("[]").partition("%")[0]
    try:
        return str(ipaddress.ip_address(bare))
    except ValueError:
        pass
    parts = bare.rstrip(".").split(".")
    if not 1 <= len(parts) <= 4:
        return None
    try:
        numbers = [_number(part) for part in parts]
    except ValueError:
        return None
    *high, low = numbers
    if any(number > 255 for number in high) or low >= 256 ** (5 - len(parts)):
        return None
    total = low
    for index, number in enumerate(high):
        total += number << (8 * (3 - index))
    return str(ipaddress.IPv4Address(total))


def _number(part: str) -> int:
    """inet_aton's numbers: decimal, 0x hexadecimal, 0 octal."""
    if not part.isascii() or not part or part[0] in "+-" or "_" in part:
        raise ValueError(part)
    lowered = part.lower()
    if lowered.startswith("0x"):
        return int(lowered[2:] or "0", 16)
    return int(part, 8) if part.startswith("0") and len(part) > 1 else int(part)


def refusal(url: str) -> str | None:
    """Why a URL from data may not be fetched, or None. Names are checked again at connection time.

    Read by the parser that the request is made with: two parsers may see two hosts in one text. What urllib cannot
    read is refused too, because links are joined with it.
    """
    import httpx  # noqa: PLC0415 - takes a while to load, and DNS does without it

    try:
        parts = httpx.URL(url)
        host = parts.host and parts.raw_host.decode("ascii")  # .host refuses names that IDNA cannot decode
        urlsplit(url)
    except (httpx.InvalidURL, ValueError):
        return "it is not a URL"
    literal = as_ip(host)
    reasons = (
        (parts.scheme not in {"http", "https"}, f"{parts.scheme or 'no scheme'} is not the web"),
        (not host, "it names no host"),
        (bool(parts.userinfo), "it carries a user name"),
        (parts.port not in WEB_PORTS, f"port {parts.port} is not the web's"),
        (literal is not None and not is_public(literal), f"{literal} is not a public address"),
    )
    return next((reason for applies, reason in reasons if applies), None)
