"""Can this company receive mail?

Three answers: accepts, rejects, unknown. Unknown (SERVFAIL, REFUSED, silence) is not a value: the DNS client raises
TransientError and the artifact FAILs.

- MX records with at least one usable exchange: accepts. Not usable is an exchange that is an IP address, ``localhost``
  or a name that can exist nowhere (RFC 2606, RFC 6762; RFC 5321 §5.1 wants a host name), one that only proves who owns
  the domain, and one whose name leads to no public address. An exchange whose address DNS cannot say is unknown.
- a null MX (RFC 7505), no MX and no public address, NXDOMAIN: rejects.
- no MX but an address: the implicit MX of RFC 5321 §5.1: accepts, and says so. Who keeps the mailboxes is not known
  where the address is a web host's.
- a parking service's exchange accepts, and the reason says that the domain is parked.
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from enrichment_assets.artifacts.base import ProduceContext, Value
from enrichment_assets.artifacts.mx.exchanges import Basis, look_up, trouble, who_runs
from enrichment_assets.artifacts.mx.web_hosts import web_host
from enrichment_assets.companies.mail_hosts import is_disposable, is_free_mail
from enrichment_assets.providers.addresses import is_public
from enrichment_assets.providers.dns import HostAnswer, MxAnswer

DomainKind = Literal["company", "free_mail", "disposable"]


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
        "None where a gateway or a web host hides it.",
    )
    provider_basis: Basis | None = Field(
        None, description="known: from the table of providers; exchange_domain: nobody's name, only a domain."
    )
    security_gateway: str | None = Field(None, description="Proofpoint, Mimecast, ...")
    domain_kind: DomainKind = "company"
    volatile: ClassVar[frozenset[str]] = frozenset()


async def produce(context: ProduceContext) -> Mx:
    """Ask DNS. Raises TransientError when DNS cannot say."""
    dns, domain = context.providers.dns, context.company.domain
    answer = await dns.mx(domain, context.scope)
    return mx_from(domain, answer, await look_up(dns, answer.exchanges, context.scope))


def mx_from(domain: str, answer: MxAnswer, hosts: Mapping[str, HostAnswer]) -> Mx:
    """What DNS's answer means for mail to this domain; ``hosts`` are the exchanges whose addresses were asked for."""
    kind = domain_kind(domain)
    note = {"company": "", "free_mail": " A free-mail domain.", "disposable": " A disposable-mail domain."}[kind]
    match answer.kind:
        case "mx":
            return _with_exchanges(domain, answer, hosts, kind, note)
        case "null_mx":
            return Mx(
                accepts_mail=False, kind="null_mx", domain_kind=kind, exchanges=(Exchange(host=".", preference=0),),
                reason=f"{domain} declares with a null MX that it takes no mail (RFC 7505).{note}",
            )  # fmt: skip
        case "address_only":
            return _with_address(domain, answer.addresses, kind, note)
        case "nothing":
            return Mx(
                accepts_mail=False, kind="no_mail", domain_kind=kind,
                reason=f"{domain} exists, but has neither an MX record nor an address.{note}",
            )  # fmt: skip
        case "nxdomain":
            return Mx(
                accepts_mail=False, kind="nxdomain", domain_kind=kind, reason=f"{domain} does not exist in DNS.{note}"
            )


def domain_kind(domain: str) -> DomainKind:
    """Disposable before free: the lists of free-mail domains contain disposable ones."""
    if is_disposable(domain):
        return "disposable"
    return "free_mail" if is_free_mail(domain) else "company"


def _with_exchanges(domain: str, answer: MxAnswer, hosts: Mapping[str, HostAnswer], kind: DomainKind, note: str) -> Mx:
    exchanges = tuple(
        Exchange(host=host or ".", preference=preference) for preference, host in sorted(answer.exchanges)
    )
    faults = {exchange.host: trouble(exchange.host, hosts) for exchange in exchanges}
    usable = [(exchange.preference, exchange.host) for exchange in exchanges if faults[exchange.host] is None]
    if not usable:
        named = ", ".join(f"{host} ({fault})" for host, fault in faults.items()) or "nothing"
        return Mx(
            accepts_mail=False, kind="no_mail", domain_kind=kind, exchanges=exchanges,
            reason=f"{domain}'s MX records lead nowhere: {named}.{note}",
        )  # fmt: skip
    operator = who_runs(domain, usable, hosts)
    behind = f" behind {operator.gateway}" if operator.gateway else ""
    count = "1 mail exchange" if len(usable) == 1 else f"{len(usable)} mail exchanges"
    says = f"{domain} has {count} ({operator.mailbox or 'mailboxes'}{behind})."
    if operator.parked:
        says = f"{domain} is parked: its mail goes to a parking service ({usable[0][1]}), not to a company."
    return Mx(
        accepts_mail=True, kind="mx", reason=says + note, exchanges=exchanges, mailbox_provider=operator.mailbox,
        provider_basis=operator.basis, security_gateway=operator.gateway, domain_kind=kind,
    )  # fmt: skip


def _with_address(domain: str, addresses: Sequence[str], kind: DomainKind, note: str) -> Mx:
    public = [address for address in addresses if is_public(address)]
    if not public:
        return Mx(
            accepts_mail=False, kind="no_mail", domain_kind=kind,
            reason=f"{domain} has no MX record, and its address {addresses[0]} is not on the internet.{note}",
        )  # fmt: skip
    host = web_host(domain, public)
    where = f"; it is {host}'s, which serves web sites" if host else ""
    return Mx(
        accepts_mail=True, kind="implicit_mx", domain_kind=kind,
        mailbox_provider=None if host else "self-hosted", provider_basis=None if host else "self_hosted",
        reason=f"{domain} has no MX record, but an address that takes its mail by rule (RFC 5321){where}.{note}",
    )  # fmt: skip


def summary(mx: Mx) -> str:
    """The value in one word: accepts or rejects."""
    return "accepts" if mx.accepts_mail else "rejects"
