"""Where is the company's LinkedIn page?

From the site's own links; else from a search whose result must be the company by two signs: its name, and its domain
or its business. No page is an answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final, Literal

from pydantic import Field

from enrichment_assets.artifacts.base import ProduceContext, Value
from enrichment_assets.artifacts.icp.artifact import Icp
from enrichment_assets.artifacts.linkedin.urls import TEMPLATE_SLUGS, company_slug, company_url
from enrichment_assets.artifacts.topic_words import topic_words, words_of
from enrichment_assets.artifacts.website.artifact import Link, Website
from enrichment_assets.companies import suffixes
from enrichment_assets.companies.company import Company
from enrichment_assets.companies.company_names import brand_label, core_name, is_ambiguous, same_brand, squashed
from enrichment_assets.core.pattern_rules import any_rule, load_rules
from enrichment_assets.pages.search_results import SearchResult

SHARED_WORDS: Final = 2
"""Words of the company's business that a search result must share with it to count as a sign."""

DECLARED: Final = "sameAs"
"""The text of a link that the page declares of itself and does not show."""

_DOMAIN: Final = re.compile(r"(?<![A-Za-z0-9-])(?<![A-Za-z0-9-]\.)(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,}")
_TITLE_END: Final = re.compile(
    r"(?<!\s)\s*+[|\-–—:]\s*+(?:overview|linkedin|about|jobs|company page)\b.*", re.IGNORECASE | re.DOTALL
)


class LinkedIn(Value):
    """The company page, or the answer that there is none to be found."""

    url: str | None = Field(None, description="https://www.linkedin.com/company/<slug>")
    found: bool
    source: Literal["site", "search"] | None = None
    reason: str
    evidence_url: str | None = Field(None, description="The page or search result that names it.")
    volatile: ClassVar[frozenset[str]] = frozenset()


async def produce(context: ProduceContext) -> LinkedIn:
    """Look at the site's own links, then search. Raises ProviderError when the search cannot be made."""
    website = context.need("website", Website)
    read, domain = context.providers.readers.read, context.company.domain
    links = [link for link in website.links if "linkedin." in link.url.lower()] if website.judgeable else []
    own = await read(f"the links of {domain}", from_links, context.company, links, website.final_url) if links else None
    if own is not None:
        return own
    results = await context.providers.search.search(search_query(context.company), context.scope)
    topics = topic_words(context.company, website, context.maybe("icp", Icp))
    return await read(f"the search results of {domain}", from_search, context.company, results, topics)


def search_query(company: Company) -> str:
    """Without operators: quotes and ``site:`` are refused on free Serper accounts."""
    return f"{core_name(company.name)} {company.domain} linkedin company"


def from_links(company: Company, links: Sequence[Link], page_url: str) -> LinkedIn | None:
    """The company page that the site links to or declares; None when it does neither.

    The one whose slug is the company's name or domain; else the one in the page's header; else the last one, which is
    the footer's: pages of partners and customers are linked further up. Who made the site is not whose it is.
    """
    slugs: dict[str, Link] = {}
    for link in links:
        slug = company_slug(link.url) if "linkedin." in link.url.lower() else None
        named = slug is not None and _is_named(slug, company)
        if slug and (named or (slug not in TEMPLATE_SLUGS and not _is_anothers(slug, link.text, company))):
            slugs.pop(slug, None)
            slugs[slug] = link
    if not slugs:
        return None
    of_its_name = [slug for slug in slugs if _is_named(slug, company)]
    in_header = [slug for slug, link in slugs.items() if link.in_header]
    chosen = (of_its_name or in_header or list(slugs)[-1:])[0]
    declares = "declares it" if slugs[chosen].text == DECLARED else "links to it"
    if len(slugs) == 1:
        why = f"The site {declares}."
    elif of_its_name:
        why = f"The site links to {len(slugs)} company pages; this one bears its name."
    else:
        where = "this one is in its header" if in_header else "this is the last one, in the footer"
        why = f"The site links to {len(slugs)} company pages, none of its name; {where}."
    return LinkedIn(url=company_url(chosen), found=True, source="site", reason=why, evidence_url=page_url)


def _is_anothers(slug: str, said: str, company: Company) -> bool:
    """Whether a link's words give it to somebody else: to who made the site, or to the company that they name."""
    if any_rule(load_rules("enrichment_assets.artifacts.linkedin", "data/credits.yaml"), said):
        return True
    name = said.rpartition(":")[2]
    return same_brand(name, slug) and not same_brand(name, core_name(company.name))


def from_search(company: Company, results: Sequence[SearchResult], topics: frozenset[str]) -> LinkedIn:
    """The first result that is the company by name and by a second sign; else the answer that there is none."""
    considered = 0
    for result in results:
        slug = company_slug(result.link)
        if slug is None:
            continue
        considered += 1
        signs = _signs(company, slug, result, topics)
        if signs is not None:
            return LinkedIn(
                url=company_url(slug), found=True, source="search", reason=f"Search: {signs}.", evidence_url=result.link
            )
    saw = f"{considered} company pages came up in a search, none" if considered else "a search found none"
    return LinkedIn(found=False, reason=f"The site links to no company page; {saw} of this company.")


@dataclass(frozen=True, slots=True)
class _Text:
    title: str
    everything: str


def _signs(company: Company, slug: str, result: SearchResult, topics: frozenset[str]) -> str | None:
    text = _Text(_TITLE_END.sub("", result.title), f"{result.title} {result.snippet or ''}")
    by_title = same_brand(core_name(text.title), core_name(company.name))
    by_slug = _is_named(slug, company)
    if not by_title and not by_slug:
        return None
    first = "the title is its name" if by_title else "the slug is its name"
    if names_domain(text.everything, company.domain):
        return f"{first}, the text names {company.domain}"
    if _names_namesake(text.everything, company):
        return None
    slug_is_domain = squashed(slug) == squashed(company.domain)
    label_fits = squashed(slug) == squashed(brand_label(company.domain)) and not is_ambiguous(company.name)
    if by_title and (slug_is_domain or label_fits):
        return f"{first}, the slug is its domain's"
    shared = sorted(topics & words_of(text.everything))
    if len(shared) >= SHARED_WORDS:
        return f"{first}, the text speaks of {', '.join(shared[:3])}"
    return None


def names_domain(text: str, domain: str) -> bool:
    """Whether the text has this domain as a whole name (``acme.com``, not ``bigacme.com`` or ``acme.com.br``)."""
    if text.isascii() and domain.lower() not in text.lower():
        return False  # a pattern for each domain is slow to make
    return re.search(rf"(?<![\w-]){re.escape(domain)}(?![\w-]|\.\w)", text, re.IGNORECASE) is not None


def _names_namesake(text: str, company: Company) -> bool:
    """Whether the text gives another domain of the same label: another company of that name (``acme.com.au``)."""
    label = squashed(brand_label(company.domain))
    domains = (suffixes.registrable(match[0].lower()) for match in _DOMAIN.finditer(text))
    return any(domain and domain != company.domain and squashed(brand_label(domain)) == label for domain in domains)


def _is_named(slug: str, company: Company) -> bool:
    return (
        same_brand(slug, core_name(company.name))
        or same_brand(slug, brand_label(company.domain))
        or squashed(slug) == squashed(company.domain)
    )


def summary(linkedin: LinkedIn) -> str:
    """The value in one word: found or none."""
    return "found" if linkedin.found else "none"
