"""The words that tell what a company's business is, to recognise it among others of its name. Pure.

They come from what was learnt already: the judged industry, product and customers, the page's title and description.
"""

import re
from functools import lru_cache
from typing import Final

from enrichment_assets.artifacts.icp.artifact import Icp
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.companies.company import Company
from enrichment_assets.companies.company_names import brand_label, name_tokens
from enrichment_assets.companies.platforms import words

MAX_TOPIC_WORDS: Final = 40

_WORD: Final = re.compile(r"[^\W\d_]{4,}")
_SAYS_NOTHING: Final = words(
    "about above after again also american announce announces based been before being best better brand "
    "build built "
    "businesses business came care client clients come coming company companies contact corporate customer customers "
    "data deliver discover download easily easy enterprise every everyone everything experience fast "
    "faster find first "
    "free from future global grow growing growth have help helping helps here high home homepage inspired "
    "international into join just know leader leaders leading learn less life like limited local login "
    "made make makes making "
    "manage management market modern more most much need needs never next official offers online only order other "
    "over page people perfect platform power powered powerful premium privacy product products "
    "professional provide "
    "provider providing provides quality ready real right sales save secure send service services simple simply site "
    "smart solution solutions some start started story support system take team teams tech technology "
    "technologies "
    "than that their them then they thing things this through time today together tool tools trusted united until used "
    "user users using value very view want ways website welcome well what when where which while will with work "
    "workers working world worldwide would year years your yours around across without shop store sells "
    "sell serves "
    "industry industries other unknown linkedin overview followers employees headquarters founded specialties size "
    "news media"
)


def words_of(text: str) -> frozenset[str]:
    """The text's words of four letters and more, lower case, plural endings cut."""
    return frozenset(_singular(word) for word in _WORD.findall(text.lower()))


def topic_words(company: Company, website: Website | None, icp: Icp | None) -> frozenset[str]:
    """Words that this company's business is described with; neither its name nor words that any company uses."""
    texts: list[str] = []
    if icp is not None:
        texts += [icp.industry or "", icp.sells or "", icp.serves or ""]
    if website is not None and website.judgeable:
        texts += [website.title, website.description]
    own = {brand_label(company.domain), *name_tokens(company.name)}
    found: dict[str, None] = {}
    for text in texts:
        for word in _WORD.findall(text.lower()):
            if word not in _SAYS_NOTHING and _singular(word) not in own and word not in own:
                found[_singular(word)] = None
    return frozenset(list(found)[:MAX_TOPIC_WORDS])


def leading_topics(company: Company, website: Website | None, icp: Icp | None, count: int) -> tuple[str, ...]:
    """The first ``count`` topic words in the order of their sources: industry, product, title."""
    texts = " ".join((
        (icp.industry or "") if icp else "", (icp.sells or "") if icp else "", website.title if website else "",
    ))  # fmt: skip
    topics = topic_words(company, website, icp)
    ordered = dict.fromkeys(word for word in _WORD.findall(texts.lower()) if _singular(word) in topics)
    return tuple(list(ordered)[:count])


@lru_cache(maxsize=10_000)
def _singular(word: str) -> str:
    if word.endswith("ies") and len(word) > 5:
        return f"{word[:-3]}y"
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 4 else word
