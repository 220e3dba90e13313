"""Which addresses are public, and whether a URL that came from data may be fetched at all."""

import ipaddress
from urllib.parse import urlsplit

WEB_PORTS = frozenset({80, 443})
NAT64 = ipaddress.ip_network("64:ff9b::/96")
NAT64_LOCAL = ipaddress.ip_network("64:ff9b:1::/48")


def is_public(address: str) -> bool:
    """Whether an IP address is one anybody on the internet could be asked for.

    Not: private, loopback, link-local (cloud metadata at 169.254.169.254), shared (CGNAT, 100.64/10), multicast,
    reserved, unspecified ranges, and no IPv6 address that carries such an IPv4 one (mapped, NAT64, 6to4, Teredo).
    """
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour
        if ip.teredo is not None:
            return False
        if ip in NAT64:
            inner = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if ip in NAT64_LOCAL or int(ip) >> 32 == 0:
            return False
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
    """Why a URL from data may not be fetched, or None. Names are checked again at connection time."""
    try:
        parts = urlsplit(url)
        port = parts.port or 443
    except ValueError:
        return "it is not a URL"
    literal = as_ip(parts.hostname or "")
    reasons = (
        (parts.scheme not in {"http", "https"}, f"{parts.scheme or 'no scheme'} is not the web"),
        (not parts.hostname, "it names no host"),
        ("@" in parts.netloc, "it carries a user name"),
        (port not in WEB_PORTS, f"port {port} is not the web's"),
        (literal is not None and not is_public(literal), f"{literal} is not a public address"),
    )
    return next((reason for applies, reason in reasons if applies), None)
