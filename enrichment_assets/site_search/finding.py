"""Finding one named company's site: one search, the home pages of its best results, and a decision."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol

from enrichment_assets.artifacts.linkedin.urls import company_slug
from enrichment_assets.companies.company_names import squashed
from enrichment_assets.companies.domain import Rejected, canonical_domain
from enrichment_assets.companies.suffixes import host_of
from enrichment_assets.core.errors import PermanentError, TransientError
from enrichment_assets.core.readers import Readers
from enrichment_assets.pages.html_text import page_of
from enrichment_assets.pages.kinds.site_status import PASSING, landing
from enrichment_assets.pages.page import Fetched
from enrichment_assets.providers.call.ledger import CostScope
from enrichment_assets.site_search.named import Named, same_name
from enrichment_assets.site_search.page_signs import page_signs, title_parts
from enrichment_assets.site_search.weighing import Finding, Weighed, decide, domain_signs, weigh

MAX_CANDIDATES: Final = 4
"""Results whose home pages are fetched for one name. The name's own ``.com`` may be one more."""
_NOT_SHOWN: Final = {"blocked": "refuses to be read", "empty": "shows nothing", "other_brand": "leads elsewhere"}
_ADDRESS: Final = re.compile(
    r"(?<![\w.-])(?:https?://)?((?:[a-z0-9-]{1,63}\.){1,4}[a-z]{2,24})(?![\w-])", re.IGNORECASE
)


class Result(Protocol):
    """One organic search result, whoever gave it."""

    @property
    def title(self) -> str:
        """Its title."""
        ...

    @property
    def link(self) -> str:
        """Its address."""
        ...

    @property
    def snippet(self) -> str | None:
        """Its text."""
        ...


Search = Callable[[str, CostScope], Awaitable[Sequence[Result]]]
Fetch = Callable[[str, CostScope], Awaitable[Fetched]]


@dataclass
class _Sites:
    """The sites looked at so far, by the domain they led to."""

    named: Named
    fetch: Fetch
    readers: Readers
    scope: CostScope
    given_by: Mapping[str, frozenset[str]]
    weighed: dict[str, Weighed] = field(default_factory=dict)
    passing: TransientError | None = None

    async def look_at(self, hosts: Mapping[str, str]) -> None:
        """Read and weigh home pages: domain to host."""
        urls = [f"https://{host}/" for host in hosts.values()]
        pages = await asyncio.gather(*(self.fetch(url, self.scope) for url in urls), return_exceptions=True)
        for domain, page in zip(hosts, pages, strict=True):
            site = await self._weighed(domain, page)
            if site.domain not in self.weighed or site.score > self.weighed[site.domain].score:
                self.weighed[site.domain] = site

    async def _weighed(self, domain: str, page: Fetched | BaseException) -> Weighed:
        if isinstance(page, Fetched) and page.status in PASSING:
            page = TransientError("website", f"{domain} answers with status {page.status}", page.status)
        if isinstance(page, TransientError):
            self.passing = self.passing or page
            return _unread(self.named, domain, "not read")
        if isinstance(page, PermanentError):
            return _unread(self.named, domain, "refuses to be read")
        if isinstance(page, BaseException):
            raise page
        try:
            return await self.readers.read(f"the page of {domain}", read_site, self.named, domain, page, self.given_by)
        except PermanentError:
            return _unread(self.named, domain, "cannot be read")


def read_site(named: Named, domain: str, fetched: Fetched, given_by: Mapping[str, frozenset[str]]) -> Weighed:
    """What a fetched home page says for the name. ``given_by``: signs that others give, by domain. Pure."""
    page = page_of(fetched)
    final = canonical_domain(page.final_url or page.url)
    if isinstance(final, Rejected):
        return _unread(named, domain, "leads to a platform")
    landed = landing(final, named.name, page, page.title).landed
    if landed not in ("same_site", "other_path"):
        return _unread(named, domain, _NOT_SHOWN.get(landed, "is not in use"))
    site = weigh(named, final, page_signs(page), given_by.get(final) or given_by.get(domain) or frozenset())
    return site if site.bears_name or final == domain else _unread(named, domain, f"leads to {final}")


async def find_site(named: Named, search: Search, fetch: Fetch, readers: Readers, scope: CostScope) -> Finding:
    """The company's site, or why it is not sure.

    Raises ProviderError when the search cannot be made, and TransientError when a site that might be the company's
    cannot be read just now: neither is an answer to keep. Raises BudgetReachedError.
    """
    results = await search(named.query(), scope)
    hosts, given_by = await readers.read(f"the search results for {named.name}", candidates, named, results)
    sites = _Sites(named, fetch, readers, scope, given_by)
    await sites.look_at(hosts)
    finding = decide(named, list(sites.weighed.values()))
    if finding.domain is not None and not finding.candidates[0].vouched:
        finding = await _without_namesake(finding, sites)
    if finding.domain is None and sites.passing is not None:
        raise sites.passing
    return finding


async def _without_namesake(finding: Finding, sites: _Sites) -> Finding:
    """The finding, unless the name's own ``.com``, which the search did not show, bears the name as well."""
    likely = f"{squashed(sites.named.core)}.com"
    if not likely.isascii() or likely in sites.weighed:
        return finding
    before = dict(sites.weighed)
    await sites.look_at({likely: likely})
    sites.weighed = before | {domain: site for domain, site in sites.weighed.items() if site.bears_name}
    return decide(sites.named, list(sites.weighed.values()))


def candidates(named: Named, results: Sequence[Result]) -> tuple[dict[str, str], dict[str, frozenset[str]]]:
    """Domain to host of the sites to look at, likeliest first; and the signs of those that others give for the name.

    Directories and profiles are no candidates, but what they say about the site is looked at. Where several LinkedIn
    pages bear the name, what they say is of several companies.
    """
    hosts: dict[str, str] = {}
    given: dict[str, set[str]] = {}
    wanted = squashed(named.core)
    profiles = {slug for result in results if (slug := company_slug(result.link)) and _is_titled(named, result)}
    for result in results:
        text = f"{result.title} {result.snippet or ''}"
        own = canonical_domain(result.link)
        is_site = not isinstance(own, Rejected)
        if wanted not in squashed(text) and not (is_site and any(domain_signs(named, str(own)).values())):
            continue
        if not isinstance(own, Rejected):
            hosts.setdefault(own, host_of(result.link) or own)
        slug = company_slug(result.link)
        for address in _ADDRESS.findall(text):
            there = canonical_domain(address)
            if isinstance(there, Rejected) or there == own:
                continue
            hosts.setdefault(there, address.lower())
            if slug is not None and slug == named.slug:
                given.setdefault(there, set()).add("the LinkedIn page gives this site")
            elif _is_titled(named, result) and (slug is None or (len(profiles) == 1 and not named.slug)):
                given.setdefault(there, set()).add("another source gives this site for the name")
    likeliest = sorted(hosts, key=lambda domain: not any(domain_signs(named, domain).values()))
    chosen = {domain: hosts[domain] for domain in likeliest[:MAX_CANDIDATES]}
    return chosen, {domain: frozenset(signs) for domain, signs in given.items()}


def _is_titled(named: Named, result: Result) -> bool:
    return any(same_name(part, named.core) for part in title_parts(result.title))


def _unread(named: Named, domain: str, why: str) -> Weighed:
    return Weighed(domain, tuple(sign for sign, fits in domain_signs(named, domain).items() if fits), why)
