"""Can this company receive mail?

Three answers: accepts, rejects, unknown. Unknown (SERVFAIL, REFUSED, silence) is not a value: the DNS client raises
TransientError and the artifact FAILs.

- MX records with at least one usable exchange: accepts. An exchange that is an IP address, ``localhost`` or a name
  that can exist nowhere (RFC 2606, RFC 6762) is not usable (RFC 5321 §5.1 wants a host name).
- a null MX (RFC 7505), no MX and no address, NXDOMAIN: rejects.
- no MX but an address: the implicit MX of RFC 5321 §5.1: accepts, and says so.
"""

import ipaddress
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from enrichment_assets.artifacts.base import ProduceContext, Value
from enrichment_assets.artifacts.mx.mail_providers import first_by_role
from enrichment_assets.companies import suffixes
from enrichment_assets.companies.mail_hosts import is_disposable, is_free_mail
from enrichment_assets.providers.dns import MxAnswer

_NOWHERE = frozenset({"localhost", "localdomain", "invalid", "local", "test", "example", "internal", "home", "lan"})


class Exchange(BaseModel):
    """One MX host with its preference (lower is tried first)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    host: str
    preference: int


class Mx(Value):
    """Whether the domain takes mail, and who runs its mail. SERVFAIL and timeouts are never a value: they FAIL."""

    accepts_mail: bool
    kind: Literal["mx", "implicit_mx", "null_mx", "no_mail", "nxdomain"]
    reason: str = Field(description="One sentence for a person.")
    exchanges: tuple[Exchange, ...] = Field((), description="As DNS gives them, lowest preference first.")
    mailbox_provider: str | None = Field(
        None,
        description="Google Workspace, Microsoft 365, Zoho Mail, ...; self-hosted; or the exchange's domain. "
        "None where a gateway hides it.",
    )
    provider_basis: Literal["known", "self_hosted", "exchange_domain"] | None = Field(
        None, description="known: from the table of providers; exchange_domain: nobody's name, only a domain."
    )
    security_gateway: str | None = Field(None, description="Proofpoint, Mimecast, ...")
    domain_kind: Literal["company", "free_mail", "disposable"] = "company"
    volatile: ClassVar[frozenset[str]] = frozenset()


async def produce(context: ProduceContext) -> Mx:
    """Ask DNS. Raises TransientError when DNS cannot say."""
    answer = await context.providers.dns.mx(context.company.domain, context.scope)
    return mx_from(context.company.domain, answer)


def mx_from(domain: str, answer: MxAnswer) -> Mx:
    """What DNS's answer means for mail to this domain."""
    kind = domain_kind(domain)
    note = {"company": "", "free_mail": " A free-mail domain.", "disposable": " A disposable-mail domain."}[kind]
    match answer.kind:
        case "mx":
            return _with_exchanges(domain, answer.exchanges, kind, note)
        case "null_mx":
            return Mx(
                accepts_mail=False, kind="null_mx", domain_kind=kind, exchanges=(Exchange(host=".", preference=0),),
                reason=f"{domain} declares with a null MX that it takes no mail (RFC 7505).{note}",
            )  # fmt: skip
        case "address_only":
            return Mx(
                accepts_mail=True, kind="implicit_mx", domain_kind=kind,
                mailbox_provider="self-hosted", provider_basis="self_hosted",
                reason=f"{domain} has no MX record, but an address that takes its mail by rule (RFC 5321).{note}",
            )  # fmt: skip
        case "nothing":
            return Mx(
                accepts_mail=False, kind="no_mail", domain_kind=kind,
                reason=f"{domain} exists, but has neither an MX record nor an address.{note}",
            )  # fmt: skip
        case "nxdomain":
            return Mx(
                accepts_mail=False, kind="nxdomain", domain_kind=kind, reason=f"{domain} does not exist in DNS.{note}"
            )


def domain_kind(domain: str) -> Literal["company", "free_mail", "disposable"]:
    """Disposable before free: the lists of free-mail domains contain disposable ones."""
    if is_disposable(domain):
        return "disposable"
    return "free_mail" if is_free_mail(domain) else "company"


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


def _with_exchanges(
    domain: str, given: Sequence[tuple[int, str]], kind: Literal["company", "free_mail", "disposable"], note: str
) -> Mx:
    exchanges = tuple(Exchange(host=host or ".", preference=preference) for preference, host in sorted(given))
    usable = [exchange.host.rstrip(".").lower() for exchange in exchanges if is_usable_exchange(exchange.host)]
    if not usable:
        hosts = ", ".join(exchange.host for exchange in exchanges) or "nothing"
        return Mx(
            accepts_mail=False, kind="no_mail", domain_kind=kind, exchanges=exchanges,
            reason=f"{domain}'s MX records lead nowhere: {hosts}.{note}",
        )  # fmt: skip
    roles = first_by_role(usable)
    gateway = roles.get("gateway")
    mailbox: str | None
    basis: Literal["known", "self_hosted", "exchange_domain"] | None
    mailbox, basis = next(
        ((roles[role], "known") for role in ("mailbox", "forwarder", "sender", "parked") if role in roles),
        (None, None),
    )
    if mailbox is None and gateway is None:
        home = _registrable(usable[0])
        mailbox, basis = (
            ("self-hosted", "self_hosted") if home == _registrable(domain) else (home, "exchange_domain")
        )  # fmt: skip
    behind = f" behind {gateway}" if gateway else ""
    who = f" ({mailbox or 'mailboxes'}{behind})"
    count = "1 mail exchange" if len(usable) == 1 else f"{len(usable)} mail exchanges"
    return Mx(
        accepts_mail=True, kind="mx", reason=f"{domain} has {count}{who}.{note}", exchanges=exchanges,
        mailbox_provider=mailbox, provider_basis=basis, security_gateway=gateway, domain_kind=kind,
    )  # fmt: skip


def _registrable(host: str) -> str:
    return suffixes.registrable(host.lower()) or host.lower()


def summary(mx: Mx) -> str:
    """The value in one word: accepts or rejects."""
    return "accepts" if mx.accepts_mail else "rejects"
