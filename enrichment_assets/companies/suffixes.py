"""The Public Suffix List, as bundled with ``publicsuffixlist``: no download, ever.

Both sections count: below ``github.io`` or ``myshopify.com`` every name is a site of its own.
"""

from functools import cache
from pathlib import Path

import publicsuffixlist


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


def registrable(host: str) -> str | None:
    """The registrable domain of a lower-case A-label host; None for a bare or an unknown suffix."""
    domain: str | None = _suffixes().privatesuffix(host)
    return domain


@cache
def rules() -> tuple[str, ...]:
    """The list's rules in their own notation (``*.ck``, ``!www.ck``), the ASCII ones only."""
    lines = Path(publicsuffixlist.PSLFILE).read_text(encoding="utf-8").splitlines()
    return tuple(line for line in lines if line and not line.startswith("//") and line.isascii())
