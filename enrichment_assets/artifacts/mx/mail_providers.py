"""Who runs a company's mail, read from the names of its mail exchanges. Facts only; what follows is ``mx``'s subject.

The table ``mail_providers.csv`` maps a host suffix to a provider and the role it plays there. Suffixes match whole
labels, the longest one first. Sources: the providers' own set-up pages, jace/mxsniff, and the base domains of the
checkdmarc project (Apache-2.0).
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal, cast

Role = Literal["mailbox", "gateway", "forwarder", "sender", "parked"]
"""``gateway`` filters mail and hides who keeps the mailboxes. ``forwarder`` and ``sender`` keep none.
``parked`` belongs to a domain without a company."""


@dataclass(frozen=True, slots=True)
class MailProvider:
    """A provider as people name it."""

    name: str
    role: Role


def mail_provider(host: str) -> MailProvider | None:
    """Who runs this mail exchange; None when the table does not know."""
    table = _table()
    labels = host.lower().rstrip(".").split(".")
    for first in range(len(labels)):
        found = table.get(".".join(labels[first:]))
        if found is not None:
            return found
    return None


def first_by_role(hosts: Iterable[str]) -> dict[Role, str]:
    """The first known provider of each role, in the order of the hosts."""
    found: dict[Role, str] = {}
    for host in hosts:
        provider = mail_provider(host)
        if provider is not None:
            found.setdefault(provider.role, provider.name)
    return found


@lru_cache(maxsize=1)
def _table() -> dict[str, MailProvider]:
    return {
        row["suffix"]: MailProvider(row["provider"], cast("Role", row["role"]))
        for row in csv.DictReader(_text().splitlines())
    }


@lru_cache(maxsize=1)
def _text() -> str:
    return files("enrichment_assets.artifacts.mx").joinpath("mail_providers.csv").read_text(encoding="utf-8")
