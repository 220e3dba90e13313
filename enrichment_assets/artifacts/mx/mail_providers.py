"""Who runs a company's mail, read from the names of its mail exchanges. Facts only; what follows is ``mx``'s subject.

The table ``mail_providers.csv`` maps a host suffix to a provider and the role it plays there. Suffixes match whole
labels, the longest one first. A row without a source of its own comes from the providers' set-up pages, jace/mxsniff,
or the base domains of the checkdmarc project (Apache-2.0).
"""

import csv
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Literal, cast

Role = Literal["mailbox", "gateway", "forwarder", "sender", "parked", "verification"]
"""``gateway`` filters mail and hides who keeps the mailboxes. ``forwarder`` and ``sender`` keep none.
``parked`` belongs to a domain without a company. ``verification`` proves who owns a domain and takes no mail."""


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


@lru_cache(maxsize=1)
def _table() -> dict[str, MailProvider]:
    return {
        row["suffix"]: MailProvider(row["provider"], cast("Role", row["role"]))
        for row in csv.DictReader(_text().splitlines())
    }


@lru_cache(maxsize=1)
def _text() -> str:
    return files("enrichment_assets.artifacts.mx").joinpath("mail_providers.csv").read_text(encoding="utf-8")
