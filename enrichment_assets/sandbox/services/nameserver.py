"""A nameserver on loopback, UDP and TCP on one port: the companies' mail exchanges and addresses."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.IN.A import A

from enrichment_assets.sandbox.world.world import World, registrable

TTL_S: Final = 300
ADDRESS: Final = "93.184.215.14"
"""Where every site and mail exchange is: public by every rule. The product reaches the sandbox by its port and never
connects to it."""
_SOA: Final = "ns1.sandbox.test. hostmaster.sandbox.test. 1 7200 900 1209600 300"
_GATEWAYS: Final = (
    "mx1.{h}.iphmx.com", "mxa-{h}.gslb.pphosted.com", "eu-smtp-inbound-1.mimecast.com",
    "{h}.mx1.ess.barracudanetworks.com", "cluster5.eu.messagelabs.com", "mx01.hornetsecurity.com",
)  # fmt: skip
_HOSTS: Final = (
    "mx.zoho.com", "smtp.secureserver.net", "mx1.emailsrvr.com", "mail.protonmail.ch", "in1-smtp.messagingengine.com",
    "mx1.privateemail.com", "mx00.ionos.de", "mx1.titan.email", "mail.{d}",
)  # fmt: skip


def mail_exchanges(world: World, domain: str) -> list[tuple[int, str]]:  # noqa: PLR0911 - one return per case
    """The MX set of a company, empty where it has none."""
    facts, dice = world.company(domain), world.dice(domain)
    hyphened = domain.replace(".", "-")
    match facts.mail:
        case "google":
            if dice.roll("google_single") < 0.3:
                return [(1, "smtp.google.com")]
            alternates = [
                (5, "alt1.aspmx.l.google.com"),
                (5, "alt2.aspmx.l.google.com"),
                (10, "alt3.aspmx.l.google.com"),
            ]
            return [(1, "ASPMX.L.GOOGLE.COM" if dice.roll("case") < 0.3 else "aspmx.l.google.com"), *alternates]
        case "microsoft":
            return [(0, f"{hyphened}.mail.protection.outlook.com")]
        case "gateway":
            host = dice.pick("gateway", _GATEWAYS)
            return [(10, host.format(h=hyphened)), (20, host.format(h=f"b-{hyphened}"))]
        case "host" | "cname":
            return [(10, dice.pick("host", _HOSTS).format(d=domain))]
        case "many":
            return [(10 + index % 4, f"relay{index:02d}.mail-{hyphened}.example-exchange.net") for index in range(40)]
        case "null_mx":
            return [(0, ".")]
        case "broken":
            return [(10, "localhost")]
        case _:
            return []


class Zone:
    """Answers questions from the world and from what tests have put in its place."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._exchanges: set[str] = set()
        """Hosts that an MX answer named. They exist, whatever is true about the company of that domain."""

    def answer(self, query: dns.message.Message) -> dns.message.Message:
        """The authoritative answer, whole, however large."""
        response = dns.message.make_response(query, recursion_available=True)
        response.flags |= dns.flags.AA
        if len(query.question) != 1 or query.opcode() != dns.opcode.QUERY:
            response.set_rcode(dns.rcode.NOTIMP)
            return response
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        override = self.world.dns.get(name)
        if query.edns >= 0 and isinstance(override, dict) and "edns" in override:
            return _without_edns(query, str(override["edns"]))
        if override is not None:
            self._overridden(response, question.name, name, kind, override)
        else:
            self._generated(response, question.name, name, kind)
        if not response.answer:
            response.authority.append(dns.rrset.from_rdata(_name(registrable(name) or "."), TTL_S, _AUTHORITY))
        return response

    def _generated(self, response: dns.message.Message, owner: dns.name.Name, name: str, kind: str) -> None:
        if "." not in name:
            response.set_rcode(dns.rcode.NXDOMAIN)
            return
        if kind == "A" and name in self._exchanges:
            _put(response.answer, owner, "A", [ADDRESS])
            return
        domain = registrable(name)
        facts = self.world.company(domain)
        if facts.mail == "nxdomain":
            response.set_rcode(dns.rcode.NXDOMAIN)
        elif kind == "MX" and name == domain:
            self._mx(response, owner, mail_exchanges(self.world, domain), through=facts.mail == "cname")
        elif kind == "A" and not (facts.mail == "no_mail" and facts.site == "dead"):
            _put(response.answer, owner, "A", [ADDRESS])
        elif kind == "NS" and name == domain:
            _put(response.answer, owner, "NS", ["ns1.sandbox.test.", "ns2.sandbox.test."])
        elif kind == "TXT" and name == domain and facts.mail in ("google", "microsoft"):
            spf = {"google": "_spf.google.com", "microsoft": "spf.protection.outlook.com"}[facts.mail]
            _put(response.answer, owner, "TXT", [f'"v=spf1 include:{spf} ~all"'])

    def _mx(
        self,
        response: dns.message.Message,
        owner: dns.name.Name,
        hosts: list[tuple[int, str]],
        *,
        through: bool = False,
    ) -> None:
        if through and hosts:
            target = dns.name.from_text(f"mail-alias.{owner.to_text()}")
            _put(response.answer, owner, "CNAME", [target.to_text()])
            owner = target
        if hosts:
            _put(response.answer, owner, "MX", hosts)
            self._exchanges.update(host.rstrip(".").lower() for _, host in hosts)

    def _overridden(
        self, response: dns.message.Message, owner: dns.name.Name, name: str, kind: str, override: Any
    ) -> None:
        """``override``: a list of [preference, host], a word, or {"mx": …, "a": […], "aaaa": […], "cname": host}.

        ``rcode`` is for every question, or {"MX": …} for some. ``edns`` is the rcode of every question with EDNS.
        """
        if isinstance(override, list):
            override = {"mx": override, "a": [ADDRESS]}
        if isinstance(override, str):
            override = _WORDS[override]
        rcode = override.get("rcode")
        if isinstance(rcode, dict):
            rcode = rcode.get(kind)
        if rcode is not None:
            response.set_rcode(dns.rcode.from_text(str(rcode).upper()))
            return
        owner = self._follow(response, owner, override)
        if override.get("cname"):
            target = str(override["cname"])
            beyond = self.world.dns.get(target.rstrip(".").lower())
            if beyond is not None:
                self._overridden(response, dns.name.from_text(target), name, kind, beyond)
            else:
                self._generated(response, dns.name.from_text(target), target.rstrip(".").lower(), kind)
            return
        if kind == "MX":
            self._mx(response, owner, [(int(preference), str(host)) for preference, host in override.get("mx", ())])
        elif kind in ("A", "AAAA", "TXT") and override.get(kind.lower()):
            _put(response.answer, owner, kind, [str(value) for value in override[kind.lower()]])

    def _follow(self, response: dns.message.Message, owner: dns.name.Name, override: Any) -> dns.name.Name:
        if override.get("cname"):
            _put(response.answer, owner, "CNAME", [_name(str(override["cname"])).to_text()])
        return owner


_WORDS: Final[dict[str, dict[str, Any]]] = {
    "null_mx": {"mx": [[0, "."]], "a": [ADDRESS]},
    "implicit_mx": {"a": [ADDRESS]},
    "nodata": {},
    "nxdomain": {"rcode": "NXDOMAIN"},
    "servfail": {"rcode": "SERVFAIL"},
    "refused": {"rcode": "REFUSED"},
}


@lru_cache(maxsize=8192)
def _name(host: str) -> dns.name.Name:
    return dns.name.from_text(host)


def _rdata(kind: str, value: Any) -> dns.rdata.Rdata:
    rdclass = dns.rdataclass.IN
    match kind:
        case "MX":
            return MX(rdclass, dns.rdatatype.MX, value[0], _name(value[1]))  # type: ignore[no-untyped-call]
        case "A":
            return A(rdclass, dns.rdatatype.A, value)  # type: ignore[no-untyped-call]
        case _:
            return dns.rdata.from_text(rdclass, dns.rdatatype.from_text(kind), value)


_AUTHORITY: Final = _rdata("SOA", _SOA)


def _without_edns(query: dns.message.Message, rcode: str) -> dns.message.Message:
    """What a nameserver from before RFC 2671 makes of an OPT record: a code, and no OPT of its own."""
    response = dns.message.make_response(query, recursion_available=True)
    response.use_edns(False)
    response.set_rcode(dns.rcode.from_text(rcode.upper()))
    return response


def _put(section: list[dns.rrset.RRset], owner: dns.name.Name, kind: str, values: Iterable[Any]) -> None:
    section.append(dns.rrset.from_rdata(owner, TTL_S, *(_rdata(kind, value) for value in values)))


def to_wire(query: dns.message.Message, response: dns.message.Message, *, udp: bool) -> bytes:
    """The answer on the wire; over UDP it is truncated (TC) to what the client said it takes."""
    if not udp:
        return response.to_wire(max_size=65_535)
    room = max(512, query.payload if query.edns >= 0 else 512)
    try:
        return response.to_wire(max_size=room)
    except dns.exception.TooBig:
        cut = dns.message.make_response(query, recursion_available=True)
        cut.flags |= dns.flags.TC
        return cut.to_wire()
