"""Whether one of the sites that a search found is the company's own. A wrong one is worse than none.

Each sign on a page has a weight. A site is the company's when its own page bears the name, its signs reach ``BAR``, and
no other site may be. Another may be when its page bears the name too, or when it is at an address of that name and its
page is not known: what was not read is unknown. Only LinkedIn tells companies of one name apart. More than the name has
to fit: of 240 sites for which nothing but the name spoke one was a namesake's that the search gave in its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from enrichment_assets.companies import suffixes
from enrichment_assets.companies.company_names import brand_label, same_brand, squashed
from enrichment_assets.site_search.countries import country_code
from enrichment_assets.site_search.named import Named, same_name
from enrichment_assets.site_search.page_signs import PageSigns

BAR: Final = 0.6
MARGIN: Final = 0.3
SHORTEST_INSIDE: Final = 5
"""Letters from which a name inside a longer label is no accident."""
WEIGHTS: Final = {
    "it links to the LinkedIn page": 0.6,
    "the LinkedIn page gives this site": 0.6,
    "its structured data bears the name": 0.35,
    "the domain is the name": 0.25,
    "another source gives this site for the name": 0.2,
    "its title bears the name": 0.2,
    "its site name is the name": 0.15,
    "its imprint bears the name": 0.15,
    "its page bears the full legal name": 0.1,
    "the domain is the name with an addition": 0.1,
    "the domain contains the name": 0.1,
    "the country fits": 0.1,
    "the country does not fit": -0.4,
    "it links to another LinkedIn page": -0.6,
}
_DECISIVE: Final = frozenset(("it links to the LinkedIn page", "the LinkedIn page gives this site"))
_VOUCHED: Final = _DECISIVE | {"another source gives this site for the name"}
_BEYOND_NAME: Final = _VOUCHED | {"the country fits", "its page bears the full legal name"}


@dataclass(frozen=True, slots=True)
class Weighed:
    """One site and its signs. ``unread`` says why its page is not known."""

    domain: str
    signs: tuple[str, ...]
    unread: str = ""

    @property
    def score(self) -> float:
        """The sum of the signs' weights; above 1 where many agree."""
        return round(sum(WEIGHTS[sign] for sign in self.signs), 2)

    @property
    def may_be(self) -> bool:
        """Whether nothing rules out that it is the company's."""
        ruled_out = any(WEIGHTS[sign] < 0 for sign in self.signs)
        return not ruled_out and (self.bears_name or bool(self.unread and self.of_brand))

    @property
    def bears_name(self) -> bool:
        """Whether its own page does."""
        return any(sign.startswith("its ") or sign in _DECISIVE for sign in self.signs)

    @property
    def of_brand(self) -> bool:
        """Whether its address is the name, or has it in it."""
        return any(sign.startswith("the domain ") for sign in self.signs)

    @property
    def vouched(self) -> bool:
        """Whether somebody besides the site itself speaks for it."""
        return bool(_VOUCHED & set(self.signs))

    @property
    def only_by_name(self) -> bool:
        """Whether nothing but the name speaks for it."""
        return not _BEYOND_NAME & set(self.signs)

    @property
    def confidence(self) -> float:
        """From 0 to 1."""
        return min(1.0, max(0.0, self.score))


@dataclass(frozen=True, slots=True)
class Finding:
    """``domain`` is None where nothing is sure; ``reason`` says which sites there were. Best candidate first."""

    domain: str | None
    confidence: float
    reason: str
    candidates: tuple[Weighed, ...] = ()

    @property
    def runner_up(self) -> Weighed | None:
        """The next best site."""
        return self.candidates[1] if len(self.candidates) > 1 else None


def weigh(named: Named, domain: str, page: PageSigns, given_by: frozenset[str]) -> Weighed:
    """The signs of one site. ``given_by``: signs of somebody else's page that gives it for the name."""
    applies = {
        "its structured data bears the name": _bears(page.organization, named),
        "its site name is the name": _bears(page.site_name, named),
        "its title bears the name": _bears(page.title, named),
        "its imprint bears the name": _bears(page.imprint, named),
        "its page bears the full legal name": _bears_legal_name((*page.organization, *page.imprint), named),
        **domain_signs(named, domain),
        **dict.fromkeys(given_by, True),
        "it links to the LinkedIn page": named.slug in page.profiles,
        "it links to another LinkedIn page": bool(named.slug and page.profiles and named.slug not in page.profiles),
        **_country_signs(named, domain, page),
    }
    return Weighed(domain, tuple(sign for sign, does in applies.items() if does))


def domain_signs(named: Named, domain: str) -> dict[str, bool]:
    """How the domain's label and the name fit."""
    label = brand_label(domain)
    name, bare = squashed(named.core), squashed(label)
    exact = bare == name or squashed(domain) == squashed(named.name)
    decorated = not exact and same_brand(label, named.core)
    inside = len(name) >= SHORTEST_INSIDE and (bare.startswith(name) or bare.endswith(name))
    return {
        "the domain is the name": exact,
        "the domain is the name with an addition": decorated,
        "the domain contains the name": inside and not exact and not decorated,
    }


def decide(named: Named, weighed: Sequence[Weighed]) -> Finding:
    """The company's site, or none where it is not sure."""
    ranked = tuple(sorted(weighed, key=lambda site: -site.score))
    if not ranked:
        return Finding(None, 0.0, f"A search for {named.core} found no site that bears the name.")
    best, *others = ranked
    listed = ", ".join(f"{site.domain} ({site.confidence:.2f}{site.unread and f', {site.unread}'})" for site in ranked)
    rivals = [site.score for site in others if site.may_be]
    if best.unread or best.score < BAR or not best.bears_name:
        return Finding(None, best.confidence, f"No site is surely {named.core}'s: {listed}.", ranked)
    if rivals and (not _DECISIVE & set(best.signs) or best.score - max(rivals) < MARGIN):
        return Finding(None, best.confidence, f"More than one site may be {named.core}'s: {listed}.", ranked)
    if best.only_by_name:
        return Finding(None, best.confidence, f"Only the name {named.core} speaks for it: {listed}.", ranked)
    return Finding(best.domain, best.confidence, f"{'; '.join(best.signs)}.", ranked)


def _bears(names: Sequence[str], named: Named) -> bool:
    return any(same_name(name, named.core) for name in names)


def _bears_legal_name(names: Sequence[str], named: Named) -> bool:
    """Letter by letter with its legal form, which a namesake abroad or in another trade seldom shares."""
    whole = squashed(named.name)
    return whole != squashed(named.core) and any(squashed(name) == whole for name in names)


def _country_signs(named: Named, domain: str, page: PageSigns) -> dict[str, bool]:
    wanted = country_code(named.country) if named.country else None
    said = {code for text in page.countries if (code := country_code(text))}
    tld = (suffixes.public_suffix(domain) or "").rpartition(".")[2].replace("uk", "gb")
    if not said and len(tld) == 2 and tld not in _OPEN_TLDS and country_code(tld):
        said = {tld}
    if wanted is None or not said:
        return {}
    return {"the country fits": wanted in said, "the country does not fit": wanted not in said}


_OPEN_TLDS: Final = frozenset(
    ("ai", "co", "io", "in", "me", "tv", "us", "ly", "so", "to", "gg", "fm", "sh", "vc", "eu")
)
"""Country domains that the world uses."""
