"""Which of a domain's mail exchanges could take mail, and which of them says who keeps the mailboxes."""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from enrichment_assets.artifacts.mx.mail_providers import Role, mail_provider
from enrichment_assets.companies import suffixes
from enrichment_assets.core.errors import PermanentError, TransientError
from enrichment_assets.providers.call.ledger import CostScope
from enrichment_assets.providers.dns import Dns, HostAnswer

MAX_ASKED = 20
"""Exchanges whose addresses are asked for. Senders give up sooner: Postfix tries five addresses."""
_NOWHERE = frozenset({"localhost", "localdomain", "invalid", "local", "test", "example", "internal", "home", "lan"})
_WITHOUT_GATEWAY: tuple[Role, ...] = ("mailbox", "forwarder", "sender", "parked")
_NO_HOST = HostAnswer(exists=False, addresses=(), canonical="")

Basis = Literal["known", "self_hosted", "exchange_domain"]


@dataclass(frozen=True, slots=True)
class Operator:
    """Who keeps the mailboxes (None where a gateway hides it), how that is known, and the gateway before them."""

    mailbox: str | None
    basis: Basis | None
    gateway: str | None = None
    parked: bool = False


async def look_up(dns: Dns, exchanges: Sequence[tuple[int, str]], scope: CostScope) -> dict[str, HostAnswer]:
    """Where the exchanges are, asked in a sender's order until one is at a public address: one question mostly.

    Raises TransientError when none is and DNS could not say of each.
    """
    found: dict[str, HostAnswer] = {}
    unknown: TransientError | None = None
    for host in list(dict.fromkeys(host for _, host in exchanges if trouble(host) is None))[:MAX_ASKED]:
        try:
            found[host] = await dns.host(host, scope)
        except PermanentError:
            found[host] = _NO_HOST
        except TransientError as error:
            unknown = unknown or error
            continue
        if found[host].public:
            return found
    if unknown is not None:
        raise unknown
    return found


def trouble(host: str, hosts: Mapping[str, HostAnswer] | None = None) -> str | None:
    """Why no mail can be sent to an exchange, in a few words; None when nothing speaks against it.

    ``hosts`` are its addresses, where they have been asked for.
    """
    provider = mail_provider(host)
    if provider is not None and provider.role == "verification":
        return "only proves who owns the domain"
    if not is_usable_exchange(host):
        return "no name of a mail host"
    at = (hosts or {}).get(host)
    if at is None or at.public:
        return None
    if at.addresses:
        return f"leads to {at.addresses[0]}"
    return "has no address" if at.exists else "does not exist"


def is_usable_exchange(host: str) -> bool:
    """Whether mail could be sent to a host of this name: a full name, no IP address, no name that exists nowhere."""
    host = host.strip().rstrip(".").lower()
    if "." not in host or host.rpartition(".")[2] in _NOWHERE:
        return False
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return not host.replace(".", "").isdigit()
    return False


def who_runs(domain: str, exchanges: Iterable[tuple[int, str]], hosts: Mapping[str, HostAnswer]) -> Operator:
    """Who runs the mail of usable ``exchanges``, given in order.

    The most preferred tell: what is tried after them is a backup. Only behind a gateway do later ones name the
    mailboxes. An alias is named by what it is an alias of, unless it is known itself.
    """
    gateway: str | None = None
    groups: dict[int, list[str]] = {}
    for preference, host in exchanges:
        groups.setdefault(preference, []).append(host)
    for group in groups.values():
        targets = {host: hosts[host].canonical if host in hosts else host for host in group}
        known = [found for host in group if (found := mail_provider(host) or mail_provider(targets[host]))]
        by_role = {provider.role: provider.name for provider in reversed(known)}
        gateway = gateway or by_role.get("gateway")
        for role in _WITHOUT_GATEWAY:
            if role in by_role:
                return Operator(by_role[role], "known", gateway, parked=role == "parked")
        if gateway is None:
            home = registrable(targets[group[0]])
            if home == registrable(domain):
                return Operator("self-hosted", "self_hosted")
            return Operator(home, "exchange_domain")
    return Operator(None, None, gateway)


def registrable(host: str) -> str:
    """The registrable domain of a host, or the host where there is none."""
    return suffixes.registrable(host.lower()) or host.lower()
