"""Which addresses are public, and whether a URL that came from data may be fetched at all."""

import ipaddress
from urllib.parse import urlsplit

import httpx

WEB_PORTS = frozenset({None, 80, 443})
GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")
"""All IPv6 addresses that IANA has given out for public use."""
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address is one anybody on the internet could be asked for.

    Not: private, loopback, link-local (cloud metadata at 169.254.169.254), site-local, shared (CGNAT, 100.64/10),
    multicast, reserved, unspecified ranges, and no IPv6 address that carries such an IPv4 one (mapped, NAT64, 6to4,
    Teredo).
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        return ip in GLOBAL_UNICAST and ip.is_global and ip.teredo is None
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


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
