"""Whether a news result is about the company, and why. Pure.

Google matches news loosely, so a result counts only when

- it is on the company's own site, or names its domain; or
- its title names the company as a subject. A name that is also said of other things (``Notion``, ``Ramp``) needs a
  second sign: a word of the company's business, the name with its legal form (``F-Secure Oyj``), or words that only
  follow a company's name; or
- its text begins a sentence with the company, again with a second sign where the name needs one.

A name that only describes somebody else does not count: ``Tesla shareholder``, ``former Stripe engineer``.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from enrichment_assets.artifacts.news.kinds import kind_elsewhere
from enrichment_assets.artifacts.topic_words import words_of
from enrichment_assets.companies.company import Company
from enrichment_assets.companies.company_names import brand_label, core_name, is_ambiguous, squashed
from enrichment_assets.companies.suffixes import site_of
from enrichment_assets.pages.search_results import NewsResult

_DESCRIBES_AFTER: Final = (
    r"(?:['’]s?)?[\s-]{1,9}(?:share|stock)?(?:holder|owner|investor|backer|suppliers?|rivals?|competitors?|alum(?:n[ai]|s)?"
    r"|veterans?|customer|fan|killer|alternatives?|clones?|driver|backed|like|style|powered)\b"
)
_DESCRIBES_BEFORE: Final = re.compile(
    r"(?:\b(?:ex|former|rivals|like|vs\.?|versus|than|against|competitors?\s(?:of|to)|alternatives?\sto|check\sout"
    r"|suppliers?\s(?:to|of|for)(?:\s\S{1,40}){0,3}|formerly\s(?:of|at|with)|the\snext|such\sas|including"
    r"|alongside)[\s-]{1,40})$",
    re.IGNORECASE,
)
_COMPANY_AFTER: Final = (
    r"(?:,?\s{1,9}(?:Inc|Corp|Corporation|Ltd|Limited|LLC|GmbH|AG|PLC|S\.?A|Labs|Technologies|Software|HQ)\b"
    r"|(?:['’]s)?\s{1,9}(?:CEO|CFO|CTO|COO|CMO|(?:co-?)?founders?|IPO|Series\s[A-K]|valuation|stock|shares|earnings"
    r"|revenue)\b"
    r"|,?\s{1,9}(?:has\s|have\s|had\s|to\s|is\s|will\s)?(?:rais(?:es|ed|e|ing)(?!\s(?:concerns?|questions?|eyebrows|awareness|alarms?|fears|doubts|hopes))|secur(?:es|ed)|clos(?:es|ed)|land(?:s|ed)"
    r"|acquir(?:es|ed|e|ing)|buys|announc(?:es|ed)|launch(?:es|ed)|unveil(?:s|ed)|introduc(?:es|ed)|appoint(?:s"
    r"|ed)|nam(?:es|ed)"
    r"|hires|partner(?:s|ed)|expands|opens|lays\soff|laid\soff|cuts\s|files\sfor|valued\sat|teams\sup|debuts"
    r"|rolls\sout|reports|sues|sued|hit\sby|faces|taps|slashes|posts|prices\s(?:its\s)?IPO"
    r"|said|says|tops|hits)\b|\s{1,9}\([A-Z]{1,5}(?:[.:][A-Z]{1,5})?\)|\s{1,9}and\s(?:\S+\s){1,4}announce\b|,\s{1,9}(?:a|an|the)\s(?:\S+\s){0,4}(?:startup"
    r"|start-up|company|firm"
    r"|maker|provider|platform|developer|fintech|unicorn)\b)"
)
_COMPANY_BEFORE: Final = (
    r"(?:(?:acquir(?:es|ed|ing)|acquisition\sof|buys|to\sbuy|takeover\sof|invest(?:s|ed|ment)\sin|backs|(?:to|will)\sacquire|rival|competitor|partner(?:s|ed)?\swith"
    r"|partnership\swith|merg(?:es|er)\swith|startup|start-up|company|firm|maker|provider|unicorn|fintech)\s+)"
)
_LONGER: Final = re.compile(
    r"((?: [A-Z][\w&-]{1,30}){1,2}) (?:has |have |to |will )?(?:[Rr]ais(?:es|ed|e)|[Ss]ecur(?:es|ed|e)|[Cc]los(?:es|ed)"
    r"|[Ll]ands?(?:ed)?|[Nn]abs|[Bb]ags|[Aa]cquir(?:es|ed|e)|[Bb]uys|[Aa]ppoint(?:s|ed)?|[Nn]ames?(?:ed)?|[Hh]ires"
    r"|[Cc]uts|[Ll]ays [Oo]ff|[Ll]aid [Oo]ff|[Ff]iles|[Gg]oes [Pp]ublic|[Pp]artners)\b"
)
_SAYS_NO_MORE: Final = re.compile(
    r"[A-Z]\w{1,20}ly|Today|Now|Just|Also|Again|Inc|Corp|Ltd|LLC|GmbH|AG|PLC|Labs?|AI|HQ|Technologies|Technology|Software"
    r"|Group|Company|CEO|CFO|CTO|COO|CMO|[Ff]ounders?|Co-?[Ff]ounders?|Chief|President|Chair(?:man|woman)?|Board|Team"
    r"|Parent|Owner|Backer|Will|To|Has|And|In|On|Of|For|The|[A-Z]{2,6}"
)
"""Words behind a name that make no other name of it."""
_TRADES: Final = r"(?:maker|manufacturer|producer|retailer|miner|chain|developer|distributor|operator)"
_MAKES: Final = re.compile(rf"\b[a-z]{{3,20}}[ -]?{_TRADES} $", re.IGNORECASE)
_MAKES_AFTER: Final = re.compile(rf",? (?:a|an|the) (?:\S{{1,20}} ){{0,3}}[a-z]{{3,20}}[ -]?{_TRADES}\b", re.IGNORECASE)
_DOMAIN: Final = re.compile(r"(?<![\w@.-])[a-z0-9-]{2,40}(?:\.[a-z]{2,12}){1,3}(?![\w-])")
SHARED_BY_ONE: Final = 2
"""Words of its business in a result that make a longer name the company's own."""
_BEFORE: Final = 100
"""Characters before a name that are looked at."""
_DOMAIN_SIGNS: Final = "-"
_STARTS_SENTENCE: Final = (
    r"(?:^|[.!?…]\s+|[)]\s*[-–—]+\s*|\s[-–—]{1,2}\s+|:\s+|[\"“])(?:the\s+|The\s+)?(?:startup\s+|company\s+)?"
)


@dataclass(frozen=True, slots=True)
class _Context:
    """What stands around a name, compiled once: only the name itself differs from company to company."""

    company_after: re.Pattern[str]
    company_before: re.Pattern[str]
    """... and everything below: searched up to where a name begins."""
    starts_sentence: re.Pattern[str]


def _context(flags: re.RegexFlag) -> _Context:
    return _Context(
        company_after=re.compile(_COMPANY_AFTER, flags),
        company_before=re.compile(rf"{_COMPANY_BEFORE}\Z", flags),
        starts_sentence=re.compile(rf"{_STARTS_SENTENCE}\Z", flags),
    )


_ANY_CASE: Final = _context(re.IGNORECASE)
_AS_WRITTEN: Final = _context(re.NOFLAG)
_DESCRIBES: Final = re.compile(_DESCRIBES_AFTER, re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Patterns:
    anywhere: re.Pattern[str]
    around: _Context
    legal_name: str
    """The name as listed, where it is longer than what people say; else empty."""


def why_about(company: Company, result: NewsResult, topics: frozenset[str]) -> str | None:
    """The reason why a result is about the company; None when it is not."""
    patterns = _patterns(company.name)
    title, text = _letters(result.title), _letters(result.snippet or "")
    if site_of(result.link) == company.domain:
        return f"published on {company.domain}"
    if _stands_in(company.domain, f"{title}\n{text}".lower(), _DOMAIN_SIGNS):
        return f"names {company.domain}"
    if _is_namesake(company, patterns, title, result, topics):
        return None
    in_title = _as_subject(patterns, title) or bool(patterns.legal_name and _stands_in(patterns.legal_name, title, ""))
    if not in_title and not _opens_sentence(patterns, text):
        return None
    where = "named in the title" if in_title else "the text speaks of it first"
    both = f"{title}\n{text}"
    if not is_ambiguous(company.name) and not _only_a_word(company.name, patterns, both):
        return where
    sign = _second_sign(patterns, both, topics) or _does_it(patterns, title, result.title)
    return f"{where}, {sign}" if sign else None


def _as_subject(patterns: _Patterns, text: str) -> bool:
    """Whether the name stands somewhere as itself and not as somebody else's description."""
    return any(
        not _DESCRIBES.match(text, match.end())
        and not _DESCRIBES_BEFORE.search(text[max(0, match.start() - 40) : match.start()])
        for match in patterns.anywhere.finditer(text)
    )


def _is_namesake(company: Company, patterns: _Patterns, title: str, result: NewsResult, topics: frozenset[str]) -> bool:
    """Whether the result is about another company of that name; never where it has words of our company's business.

    Another one has a longer name (``Cohere Health raises``), another site of the same label (``acme.org``), or, where
    the name is also said of other things, makes something else (``battery maker Mercury``).
    """
    both = f"{title} {_letters(result.snippet or '')}"
    if len(topics & words_of(both)) >= SHARED_BY_ONE:
        return False
    if _has_a_longer_name(company, patterns, title, topics):
        return True
    if topics & words_of(both):
        return False
    label = squashed(brand_label(company.domain))
    sites = {site_of(result.link), *(site_of(f"https://{found[0]}") for found in _DOMAIN.finditer(both.lower()))}
    if any(site != company.domain and squashed(brand_label(site)) == label for site in sites if site):
        return True
    return (
        bool(topics)
        and is_ambiguous(company.name)
        and any(
            _MAKES.search(both[max(0, match.start() - 40) : match.start()])
            or _MAKES_AFTER.match(both[match.end() : match.end() + 80])
            for match in patterns.anywhere.finditer(both)
        )
    )


def _has_a_longer_name(company: Company, patterns: _Patterns, title: str, topics: frozenset[str]) -> bool:
    """Whether what the title tells is always done by a company of a longer name.

    Only where a company acts, because products have longer names too; and not where what follows the name is the
    company's own word: of its domain, its business, or its legal form.
    """
    named = list(patterns.anywhere.finditer(title))
    longer = [found for match in named if (found := _LONGER.match(title, match.end()))]
    if not longer or len(longer) < len(named):
        return False
    own = squashed(company.domain + patterns.legal_name)
    return not any(
        _SAYS_NO_MORE.fullmatch(word) or squashed(word) in own or words_of(word) & topics
        for found in longer
        for word in found[1].split()
    )


def _opens_sentence(patterns: _Patterns, text: str) -> bool:
    return any(
        patterns.around.starts_sentence.search(text, max(0, match.start() - _BEFORE), match.start())
        and not _DESCRIBES.match(text, match.end())
        for match in patterns.anywhere.finditer(text)
    )


def _only_a_word(name: str, patterns: _Patterns, text: str) -> bool:
    """Whether a name written with a capital stands in the text without any: ``with gusto`` is not Gusto."""
    core = core_name(name)
    return (
        core.isalpha()
        and core != core.lower()
        and all(match[0].islower() for match in patterns.anywhere.finditer(text))
    )


def _second_sign(patterns: _Patterns, text: str, topics: frozenset[str]) -> str | None:
    shared = sorted(topics & words_of(text))
    if shared:
        return f"with a word of its business: {', '.join(shared[:3])}"
    if patterns.legal_name and _stands_in(patterns.legal_name, text, ""):
        return f"by its full name, {patterns.legal_name}"
    for match in patterns.anywhere.finditer(text):
        before = patterns.around.company_before.search(text, max(0, match.start() - _BEFORE), match.start())
        after = None if before else patterns.around.company_after.match(text, match.end())
        if before or after:
            words = text[before.start() if before else match.start() : after.end() if after else match.end()]
            return f"as a company: “{' '.join(words.split())}”"
    return None


def _does_it(patterns: _Patterns, title: str, written: str) -> str | None:
    """Whether a title in another language begins with the name alone and tells an event: ``Alan lève 173 M``."""
    name = patterns.anywhere.match(title)
    alone = name is not None and not title[name.end() :].lstrip()[:1].isupper()
    return "as the one that acts" if alone and kind_elsewhere(written) else None


@lru_cache(maxsize=2_048)
def _patterns(listed_name: str) -> _Patterns:
    name, full = _letters(core_name(listed_name)), _letters(" ".join(listed_name.split()))
    escaped = r"[\s-]+".join("(?:&|and)" if word == "&" else re.escape(word) for word in name.split())
    # A word that English has counts only where it is written as a name; any other in whatever case.
    ambiguous = is_ambiguous(name)
    if ambiguous:
        escaped = rf"(?:{_capitalised(escaped)}|{re.escape(name.upper())})"
    whole = rf"(?<![\w-]){escaped}(?![\w])(?!-\w)" if name.isascii() else escaped
    return _Patterns(
        anywhere=re.compile(whole, re.NOFLAG if ambiguous else re.IGNORECASE),
        around=_AS_WRITTEN if ambiguous else _ANY_CASE,
        legal_name=full if full != name else "",
    )


def _letters(text: str) -> str:
    """The text without accents, with typewriter's apostrophes, sign for sign: names are written with and without."""
    if text.isascii():
        return text
    return "".join(unicodedata.normalize("NFD", sign)[0] for sign in text.replace("’", "'"))


def _stands_in(words: str, text: str, joining: str) -> bool:
    """Whether the words stand in the text, and not inside longer ones; ``joining`` signs make longer ones too."""
    at = text.find(words)
    while at >= 0:
        before, after = text[at - 1 : at], text[at + len(words) : at + len(words) + 2]
        inside = _continues(before, joining) or _continues(after[:1], joining)
        if not inside and not (joining and after[:1] == "." and _continues(after[1:], "")):
            return True
        at = text.find(words, at + 1)
    return False


def _continues(sign: str, joining: str) -> bool:
    return bool(sign) and (sign.isalnum() or sign == "_" or sign in joining)


def _capitalised(pattern: str) -> str:
    return pattern[:1].upper() + pattern[1:]
