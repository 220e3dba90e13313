"""The Public Suffix List, as bundled with ``publicsuffixlist``: no download, ever.

Both sections count: below ``github.io`` or ``myshopify.com`` every name is a site of its own.
"""

import re
from functools import cache, lru_cache
from pathlib import Path
from urllib.parse import urlsplit

import publicsuffixlist

_REGISTRY = 3
"""Second levels this short (``co.pl``, ``eu.org``) are sold like top ones."""
_SITE = re.compile(r"https?://(?:www\.)?([a-z0-9.-]+\.[a-z]+)")


@cache
def _suffixes() -> publicsuffixlist.PublicSuffixList:
    return publicsuffixlist.PublicSuffixList(accept_unknown=False)


@cache
def _registries() -> publicsuffixlist.PublicSuffixList:
    return publicsuffixlist.PublicSuffixList(accept_unknown=False, only_icann=True)


def is_platform(suffix: str) -> bool:
    """Whether a public suffix is a service's own domain (``github.io``), from the list's private section."""
    return _registries().publicsuffix(suffix) != suffix


def public_suffix(host: str) -> str | None:
    """The public suffix of a lower-case A-label host; None where the list knows none."""
    suffix: str | None = _suffixes().publicsuffix(host)
    return suffix


@lru_cache(maxsize=10_000)
def registrable(host: str) -> str | None:
    """The registrable domain of a lower-case A-label host; None for a bare or an unknown suffix."""
    domain: str | None = _suffixes().privatesuffix(host)
    return domain


def host_of(url: str) -> str:
    """The host of an address in lower case; "" where there is none."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def site_of(url: str) -> str:
    """The registrable domain of an address, or its host where the list knows no suffix of it."""
    host = host_of(url)
    return registrable(host) or host


@cache
def rules() -> tuple[str, ...]:
    """The list's rules in their own notation (``*.ck``, ``!www.ck``), the ASCII ones only."""
    lines = Path(publicsuffixlist.PSLFILE).read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("//") and line.isascii())


@cache
def country_suffixes() -> tuple[str, ...]:
    """Suffixes of countries under which firms register: ``de``, ``co.uk``, ``com.br``; of the ICANN section only."""
    icann = Path(publicsuffixlist.PSLFILE).read_text(encoding="utf-8").partition("===END ICANN DOMAINS===")[0]
    lines = {line: None for line in icann.splitlines() if line.isascii() and not line.startswith("//")}
    two = [line for line in lines if len(line) == 2]
    return (*two, *(f"{kind}.{country}" for country in two for kind in ("co", "com") if f"{kind}.{country}" in lines))


@cache
def company_suffixes() -> frozenset[str]:
    """Public suffixes that are also the site of the company that runs them (``carrd.co``), as the list's comments say.

    A block of its private section begins with ``// Company : https://its.site``.
    """
    private = Path(publicsuffixlist.PSLFILE).read_text(encoding="utf-8").partition("===BEGIN PRIVATE DOMAINS===")[2]
    found: set[str] = set()
    for block in private.split("\n\n"):
        lines = block.splitlines()
        sites = {host for line in lines if line.startswith("//") for host in _SITE.findall(line)}
        found.update(line for line in lines if line in sites and len(line.partition(".")[0]) > _REGISTRY)
    return frozenset(found)
