"""What a short page says that is no company's: parked, for sale, dead, a wall in front of the site, broken right now.

Two signs are needed: words (rows of ``data/page_kinds.yaml``) that speak of this domain, this site or this visitor, and
a page that is not a site: without its navigation, or, where companies use the words of other things too, with little
else on it. A registrar's or a security vendor's real home page says the same words among many others.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from enrichment_assets.companies import suffixes
from enrichment_assets.companies.platforms import words
from enrichment_assets.core.pattern_rules import Rule, load_rules

Kind = Literal["parked", "for_sale", "dead", "blocked", "broken"]
LONGEST: Final[dict[Kind, int]] = {"blocked": 1_500, "for_sale": 4_000, "parked": 4_000, "dead": 1_000, "broken": 400}
"""Characters of visible text up to which a page can be of a kind; the first kind that fits is said."""
SHORT_PAGE: Final = max(LONGEST.values())
FEW_WORDS: Final = 45
"""Words of a page that says little else."""
FEW_LINKS: Final = 8
"""Links of a page that is no site: a notice links to who made it, and to a few networks."""
MANY_LINKS: Final = 25
MANY_WORDS: Final = 150
"""A page of so many links and words is a site, whatever it says."""
MARKUP_LOOKED_AT: Final = 50_000
SALE_HOSTS: Final = words(
    "afternic.com atom.com brandbucket.com brandpa.com buydomains.com dan.com domainmarket.com dynadot.com "
    "efty.com epik.com flippa.com forsale.dynadot.com godaddy.com hugedomains.com namecheap.com "
    "perfectdomain.com porkbun.com saw.com sav.com sedo.com sedo.de squadhelp.com undeveloped.com "
    "uniregistry.com namefind.com uniregistrymarket.link domainagents.com domain-for-sale.at "
    "domain-for-sale.se spaceship.com gname.com 4.cn 22.cn namesilo.com"
)
"""Where a redirect means that the domain is for sale."""

PARKING_HOSTS: Final = words(
    "above.com bodis.com brainydns.com cashparking.com domainhasexpired.com domainparking.ru domainprofi.de "
    "dsredirection.com dsredirects.com expirationwarning.net fabulous.com fastpark.net ibspark.com "
    "parking-page.net parkingcrew.net parkingspa.com parklogic.com parktons.com searchreinvented.com "
    "sedoparking.com skenzo.com snparking.ru sslparking.com voodoo.com ztomy.com domaincntrol.com hastydns.com "
    "ndsplitter.com securetrafficrouting.com torresdns.com trafficcontrolrouter.com parkweb.com tonic.to "
    "zeropark.com mytrafficmanagement.com"
)
"""Where a redirect, an iframe or a script means that the domain is parked."""

_THIS: Final = "this.domain"
_SENTENCE_END: Final = re.compile(r"(?<=[.!?。！？…])\s+")
_ONLY_ASKED: Final = re.compile(r"(?!(?:are|is|interested|why|robot)\b)[^?]{12,200}\?$")
"""What is told as a question is told of others: ``Account suspended? We get it back.``"""
_QUOTES: Final = str.maketrans({**dict.fromkeys('"“”„«»‹›*', ""), "’": "'", "‘": "'", "\xa0": " "})
_WORD: Final = re.compile(r"[^\W\d_]+")
_NO_BLANKS: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Said:
    """A page as its sentences: one a line, in lower case, without quotation marks, its own domain as `this.domain`.

    Questions are left out.
    """

    sentences: str
    length: int
    """Characters of visible text."""
    links: int

    @property
    def count(self) -> int:
        """Words, or signs by two in scripts without spaces."""
        ideographs = len(_NO_BLANKS.findall(self.sentences))
        return len(_WORD.findall(_NO_BLANKS.sub(" ", self.sentences))) + ideographs // 2

    @property
    def is_site(self) -> bool:
        """Whether the page has the navigation and the text of a site."""
        return self.links >= MANY_LINKS and self.count >= MANY_WORDS

    @property
    def says_little(self) -> bool:
        """Whether there is little on the page, whatever it is."""
        return self.links <= FEW_LINKS and self.count <= FEW_WORDS


def host_kind(host: str) -> Literal["parked", "for_sale"] | None:
    """What a host that belongs to a domain market or a parking service says; None for any other."""
    domain = suffixes.registrable(host.lower()) or host.lower()
    if domain in PARKING_HOSTS:
        return "parked"
    return "for_sale" if domain in SALE_HOSTS else None


def said(title: str, lines: str, domain: str, links: int) -> Said:
    """What a page says; ``lines`` is its visible text without markdown, in the page's lines."""
    text = f"{title}\n{lines}".lower().translate(_QUOTES)
    text = re.sub(rf"(?<![\w.-])(?:https?://)?(?:www\.)?{re.escape(domain)}(?![\w-]|\.\w)/?", _THIS, text)
    sentences = (" ".join(part.split()) for line in text.splitlines() for part in _SENTENCE_END.split(line))
    told = (sentence for sentence in sentences if sentence and not _ONLY_ASKED.match(sentence))
    return Said("\n".join(told), len(lines), links)


def kind_of(page: Said) -> tuple[Kind, str] | None:
    """What a page that is not the company's is, with the words that say so."""
    if page.is_site:
        return None
    says_little = page.says_little
    for kind, longest in LONGEST.items():
        rules = (*_rules(kind), *(_rules(f"{kind}/alone") if says_little else ()))
        found = _words(rules, page.sentences) if page.length <= longest else None
        if found is not None:
            return kind, found
    return None


def has_parking_markup(html: str) -> bool:
    """Whether the markup is a parking service's lander; only its beginning is looked at."""
    head = html[:MARKUP_LOOKED_AT].lower()
    return any(rule.found_in(head, head) for rule in _rules("markup"))


def _words(rules: tuple[Rule, ...], text: str) -> str | None:
    for rule in rules:
        for pattern in rule.patterns:
            if pattern.found_in(text, text) and (match := pattern.compiled.search(text)):
                return " ".join(match[0].split())
    return None


@lru_cache(maxsize=16)
def _rules(scope: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in load_rules("enrichment_assets.pages", "data/page_kinds.yaml") if rule.scope == scope)
