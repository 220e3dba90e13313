"""DNS: mail exchangers and addresses, through recursive nameservers. "Unknown" is an error here, never an answer."""

import asyncio
import ipaddress
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Literal

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rdtypes.ANY.MX
import dns.resolver
import idna

from enrichment_assets.core.errors import Cause, MisconfiguredError, PermanentError, TransientError
from enrichment_assets.core.settings import Settings, is_loopback
from enrichment_assets.core.settings import nameserver as endpoint
from enrichment_assets.providers.addresses import is_public
from enrichment_assets.providers.call.ledger import CostScope, Reservation
from enrichment_assets.providers.call.pipeline import CallPipeline
from enrichment_assets.providers.dns_wire import Nameserver

PROVIDER = "dns"
FIRST_TRY_S = 1.5
"""How long the first nameserver may take before the next one is asked; doubled in each round."""
CACHE_SIZE = 5_000
NEGATIVE_TTL_S = 300
"""RFC 2308 leaves it open how long an empty answer without SOA holds."""
MAX_TTL_S = 86_400
MAX_CNAMES = 8
DOWN: Cause = "down"
SUBJECT: Cause = "subject"
MX, A, AAAA = dns.rdatatype.MX, dns.rdatatype.A, dns.rdatatype.AAAA


@dataclass(frozen=True, slots=True)
class MxAnswer:
    """What DNS says about a domain's mail. Exchanges are (preference, host), lower-case, without the final dot.

    ``address_only``: no MX but ``addresses`` (implicit MX, RFC 5321 §5.1). ``null_mx``: RFC 7505.
    ``nothing``: the name exists with neither. ``nxdomain``: there is no such name, whatever is asked about it.
    """

    kind: Literal["mx", "null_mx", "address_only", "nothing", "nxdomain"]
    exchanges: tuple[tuple[int, str], ...] = ()
    addresses: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class HostAnswer:
    """A host's addresses, and the name behind its CNAMEs (its own where it has none), without the final dot."""

    exists: bool
    addresses: tuple[str, ...]
    canonical: str

    @property
    def public(self) -> bool:
        """Whether it is at an address that anybody on the internet can reach."""
        return any(map(is_public, self.addresses))


@dataclass(frozen=True, slots=True)
class _Found:
    """One answer: records as text, or the fact that there are none."""

    exists: bool
    records: tuple[str, ...]
    ttl_s: int
    canonical: str


class Dns:
    """Asynchronous, several nameservers, UDP then TCP. SERVFAIL, REFUSED and silence raise TransientError."""

    def __init__(self, pipeline: CallPipeline, settings: Settings) -> None:
        self._pipeline = pipeline
        self._configured = settings.dns_nameservers
        self._timeout_s = settings.dns_timeout_s
        self._sandbox = settings.enrichment_sandbox
        self._nameservers: list[Nameserver] = []
        self._cache: OrderedDict[tuple[dns.name.Name, int], tuple[float, _Found]] = OrderedDict()

    async def mx(self, domain: str, scope: CostScope) -> MxAnswer:
        """The domain's MX set, or why there is none."""
        name = _name(domain)
        found = await self._ask(name, MX, scope)
        exchanges = sorted((int(preference), host) for preference, host in map(str.split, found.records))
        real = tuple((preference, host.rstrip(".").lower()) for preference, host in exchanges if host != ".")
        if real:
            return MxAnswer("mx", real)
        if exchanges:
            return MxAnswer("null_mx")
        host = await self._host(name, scope)
        if host.addresses:
            return MxAnswer("address_only", addresses=host.addresses)
        return MxAnswer("nothing" if found.exists or host.exists else "nxdomain")

    async def host(self, host: str, scope: CostScope) -> HostAnswer:
        """What a host's name leads to. AAAA is asked only where A gives no public address.

        Raises PermanentError when it is no host name, TransientError when DNS cannot say.
        """
        return await self._host(_name(host), scope)

    async def addresses(self, host: str, scope: CostScope | None = None) -> tuple[str, ...]:
        """A and AAAA addresses of a host; empty when it has none."""
        return await self._addresses(_name(host), scope)

    async def _host(self, name: dns.name.Name, scope: CostScope) -> HostAnswer:
        host = HostAnswer(exists=False, addresses=(), canonical=_text(name))
        trouble: TransientError | None = None
        for kind in (A, AAAA):
            try:
                found = await self._ask(name, kind, scope)
            except TransientError as error:
                trouble = trouble or error
                continue
            host = HostAnswer(host.exists or found.exists, host.addresses + found.records, found.canonical)
            if host.public:
                return host
        if trouble is not None:
            raise trouble
        return host

    async def _addresses(self, name: dns.name.Name, scope: CostScope | None) -> tuple[str, ...]:
        answers = await asyncio.gather(self._ask(name, A, scope), self._ask(name, AAAA, scope), return_exceptions=True)
        found = tuple(record for answer in answers if isinstance(answer, _Found) for record in answer.records)
        if not found:
            for answer in answers:
                if isinstance(answer, BaseException):
                    raise answer
        return found

    async def _ask(self, name: dns.name.Name, kind: dns.rdatatype.RdataType, scope: CostScope | None) -> _Found:
        known = self._cache.get((name, kind))
        if known is not None and known[0] > monotonic():
            self._cache.move_to_end((name, kind))
            return known[1]

        async def attempt(reservation: Reservation | None) -> _Found:
            found = await self._resolve(name, kind)
            if reservation is not None:
                reservation.commit(usd=0.0, ok=True)
            return found

        found = await self._pipeline.call(scope, attempt) if scope is not None else await attempt(None)
        if found.ttl_s > 0:
            self._cache[(name, kind)] = (monotonic() + min(found.ttl_s, MAX_TTL_S), found)
            if len(self._cache) > CACHE_SIZE:
                self._cache.popitem(last=False)
        return found

    async def _resolve(self, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> _Found:
        """Follow CNAMEs that the nameserver did not follow itself."""
        ttl_s = MAX_TTL_S
        for _ in range(MAX_CNAMES):
            answer = await self._answer(name, kind)
            if answer.rcode() == dns.rcode.NXDOMAIN:
                return _nothing(name, min(ttl_s, _negative_ttl_s(answer)), exists=False)
            try:
                chain = answer.resolve_chaining()
            except dns.exception.DNSException as error:
                raise _unknown(name, f"a broken answer ({error})") from error
            if chain.answer is not None:
                records = tuple(
                    f"{record.preference} {record.exchange}"
                    if isinstance(record, dns.rdtypes.ANY.MX.MX)
                    else record.to_text()
                    for record in chain.answer
                )
                return _Found(True, records, min(ttl_s, chain.minimum_ttl), _text(chain.canonical_name))
            if chain.canonical_name == name:
                return _nothing(name, min(ttl_s, _negative_ttl_s(answer)), exists=True)
            name, ttl_s = chain.canonical_name, min(ttl_s, chain.minimum_ttl)
        raise _unknown(name, "its CNAMEs do not end")

    async def _answer(self, name: dns.name.Name, kind: dns.rdatatype.RdataType) -> dns.message.QueryMessage:
        """NOERROR or NXDOMAIN of the first nameserver that knows, within the timeout for all of them."""
        nameservers = self._open()
        deadline = monotonic() + self._timeout_s
        patience_s = FIRST_TRY_S
        trouble, cause, refused = "no nameserver answers", DOWN, 0
        while deadline > monotonic() and refused < len(nameservers):
            refused = 0
            for nameserver in nameservers:
                left_s = deadline - monotonic()
                if left_s <= 0:
                    break
                try:
                    answer = await nameserver.ask(name, kind, min(patience_s, left_s))
                except TimeoutError:
                    trouble, cause = f"no answer within {self._timeout_s:g} s", DOWN
                    continue
                except (OSError, dns.exception.DNSException) as error:
                    trouble, cause = f"{nameserver}: {type(error).__name__} {error}", DOWN
                else:
                    if isinstance(answer, dns.message.QueryMessage) and _knows(answer):
                        return answer
                    trouble, cause = f"{nameserver} answers {dns.rcode.to_text(answer.rcode())}", SUBJECT
                refused += 1
            patience_s *= 2
        raise TransientError(PROVIDER, f"{_text(name)}: {trouble}", cause=cause)

    def _open(self) -> Sequence[Nameserver]:
        if not self._nameservers:
            # The system's nameserver may be on loopback, too, and ask the world.
            texts = self._configured or (() if self._sandbox else _system_nameservers())
            endpoints = [endpoint(text) for text in texts]
            if self._sandbox and not (endpoints and all(is_loopback(host) for host, _ in endpoints)):
                raise MisconfiguredError(PROVIDER, "ENRICHMENT_SANDBOX is set: set DNS_NAMESERVERS to the sandbox's")
            self._nameservers = [Nameserver(*found) for found in endpoints]
        return self._nameservers

    async def close(self) -> None:
        """Close the sockets."""
        for nameserver in self._nameservers:
            await nameserver.close()


def _knows(answer: dns.message.QueryMessage) -> bool:
    """Whether it is an answer. A lame nameserver says NOERROR, refers to others, and has not looked."""
    looked = answer.answer or answer.flags & (dns.flags.AA | dns.flags.RA)
    return answer.rcode() == dns.rcode.NXDOMAIN or (answer.rcode() == dns.rcode.NOERROR and bool(looked))


def _nothing(name: dns.name.Name, ttl_s: int, *, exists: bool) -> _Found:
    return _Found(exists, (), ttl_s, _text(name))


def _text(name: dns.name.Name) -> str:
    return name.to_text(omit_final_dot=True).lower()


def _unknown(name: dns.name.Name, trouble: str) -> TransientError:
    return TransientError(PROVIDER, f"{_text(name)}: {trouble}", cause=SUBJECT)


def _negative_ttl_s(answer: dns.message.Message) -> int:
    """RFC 2308 §5: the smaller of the SOA's TTL and its minimum."""
    for rrset in answer.authority:
        if rrset.rdtype == dns.rdatatype.SOA:
            return min([int(rrset.ttl), *(int(record.minimum) for record in rrset)])
    return NEGATIVE_TTL_S


def _name(text: str) -> dns.name.Name:
    """A host name and nothing else: a URL or an e-mail address would silently become NXDOMAIN."""
    cleaned = text.strip().rstrip(".").lower()
    labels = cleaned.split(".")
    if not cleaned or any(character in cleaned for character in "/@:?# \t\r\n\\") or len(labels) < 2:
        raise PermanentError(PROVIDER, f"{text[:100]!r} is not a domain name")
    try:
        ipaddress.ip_address(cleaned)
    except ValueError:
        pass
    else:
        raise PermanentError(PROVIDER, f"{text[:100]!r} is an address, not a domain name")
    try:
        ascii_name = cleaned if cleaned.isascii() else idna.encode(cleaned, uts46=True).decode("ascii")
        return dns.name.from_text(ascii_name)
    except (dns.exception.DNSException, idna.IDNAError) as error:
        raise PermanentError(PROVIDER, f"{text[:100]!r} is not a domain name: {error}") from error


def _system_nameservers() -> list[str]:
    try:
        resolver = dns.resolver.Resolver()
    except dns.resolver.NoResolverConfiguration as error:
        raise MisconfiguredError(PROVIDER, "the system names no nameserver: set DNS_NAMESERVERS") from error
    return [str(address) for address in resolver.nameservers]
