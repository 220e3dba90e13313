"""What happened, read from a headline: nine kinds, by rules that name themselves; funding amounts and rounds. Pure.

Rules are tried in the order of ``RULES``; the title decides before the text, because the text of a result often tells
the company's past. The rules of other languages than English are rows of ``data/events.yaml``.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, cast

from enrichment_assets.core.pattern_rules import Rule, load_rules

Kind = Literal[
    "funding", "acquisition", "partnership", "product", "leadership", "expansion", "layoffs", "award", "other"
]

_AMOUNT: Final = (
    r"(?:(?:us|a|c|s|hk)?[$€£¥₹]\s?\d[\d.,]{0,20}[\s-]?(?:k|m|mn|mm|b|bn|t|thousand|million|billion|crore|lakh|cr)?\b"
    r"|\b(?:usd|eur|gbp|inr|chf|sek|nok|dkk|pln|rs\.?)\s?\d[\d.,]{0,20}[\s-]?(?:k|m|mn|mm|b|bn|thousand|million|billion|crore|lakh|cr)?\b"
    r"|\b\d[\d.,]{0,20}\s?(?:k|m|mn|mm|b|bn|thousand|million|billion|crore|lakh)[\s-](?:us[\s-])?"
    r"(?:dollars?|euros?|pounds?|usd|eur|gbp)\b)"
)
_ROUND: Final = (
    r"(?:pre[\s-]?seed|seed(?:\s(?:round|funding|extension))|(?:pre-)?series[\s-][a-k]\d?\b(?:\sextension)?|angel\sround|bridge\sround"
    r"|growth\s(?:round|equity)|venture\s(?:round|debt)|debt\sfinancing|mezzanine)"
)

RULES: Final[tuple[tuple[Kind, str], ...]] = (
    ("layoffs", r"\b(?:lay[\s-]?offs?|lays?\soff|laid\soff|laying\soff|job\scuts?(?!\s(?:not|ruled))|cut(?:s"
        r"|ting)?\s(?:\S+\s){0,4}(?:jobs|staff"
                r"|workforce|employees|roles|positions)|slash(?:es|ing)?\s(?:\S+\s){0,3}(?:jobs|staff|workforce)"
                r"|(?:reduc\w+|trim\w*)\s(?:its\s)?(?:workforce|headcount|staff)|redundanc(?:y|ies)|bankruptcy"
                r"|chapter\s(?:11|7)|insolven(?:t|cy)|shut(?:s|ting)?\sdown(?!\s(?:rumou?rs|claims|talk|speculation|critics))|winds?\sdown|ceas(?:es|ing)\soperations"
                r"|(?:let(?:s|ting)?\sgo\sof|ax(?:es|ed|ing)|shed(?:s|ding)?|eliminat(?:e|es|ed|ing))\s(?:\S+\s){0,4}(?:jobs|staff|employees"
                r"|positions|roles|workers)|files\sfor\sbankruptcy|hiring\sfreeze|furlough\w*)\b"),
    ("acquisition", r"\b(?:acquir(?:e|es|ed|ing)|acquisitions?|to\sbuy|buys\s|bought\sby|snaps?\sup|tak(?:es|en)\sover"
                    r"|takeover|tak(?:es|ing)\s\S+\sprivate|sells\s(?:\S+\s){0,4}(?:unit|division|business|arm|stake|subsidiary)|merg(?:e|es|ed|er|ing)\b|buyout|to\sbe\sacquired)\b"),
    ("funding", r"\b(?:(?:rais(?:e|es|ed|ing)|secur(?:e|es|ed|ing)|clos(?:e|es|ed|ing)|land(?:s|ed)?|nab(?:s"
        r"|bed)?|bag(?:s|ged)?"
                r"|grab(?:s|bed)?|receiv(?:e|es|ed)|snag(?:s|ged)?|scor(?:e|es|ed)|pick(?:s|ed)\sup|get(?:s)?"
                r"|pull(?:s|ed)\sin"
                r"|net(?:s|ted)|attract(?:s|ed)|collect(?:s|ed)|complet(?:es|ed)|obtain(?:s|ed)|announc(?:e|es|ed))\s(?:\S+\s){0,5}?"
                rf"(?:{_AMOUNT}|funding|financing|investment|round|capital)|{_ROUND}"
                r"|\d[\d.,]{0,20}\s?(?:k|m|mn|bn|b|million|billion)\s(?:\S+\s){0,2}(?:raise|round|financing|investment)\b"
                r"|funding\sround|valu(?:ed\sat|ation\sof)|led\sby\s\S+\s(?:ventures|capital|partners)"
                r"|goes\spublic|ipo\b)"),
    ("leadership", r"\b(?:(?:appoint(?:s|ed)?|hir(?:es|ed)|nam(?:es|ed)|taps|promot(?:es|ed)|welcom(?:es|ed)"
        r"|elect(?:s|ed)|adds|recruit(?:s|ed)|joins?)\b"
                   r"(?=.{0,80}?\b(?:ceo|cfo|cto|coo|cmo|cro|cpo|ciso|chief|president|vice\spresident|vp|svp|evp"
                   r"|head\sof|chair(?:man|woman|person)?"
                   r"|board|director|officer|executive|general\smanager|managing\sdirector|partner)\b)"
                   r"|(?:new|interim|incoming|former|departing)\s(?:ceo|cfo|cto|coo|cmo|chief\s\w+\sofficer"
                   r"|president|chair(?:man|woman|person)?)"
                   r"|(?:ceo|cfo|cto|coo|founder|chief\s\w+\sofficer|president|chair(?:man|woman"
                   r"|person)?)\s(?:steps?\sdown|resigns?|to\s(?:step|leave|retire)|departs?|leaves|out|retires)"
                   r"|steps?\sdown\sas|succe(?:ed|eds|ssor)\b|re-?election\sof|board\s(?:chair|seat|member))"),
    ("partnership", r"\b(?:partner(?:s|ed|ing)?\swith|partnership|teams?\sup|joins?\sforces|collaborat(?:es?|ion"
        r"|ing)|alliance"
                    r"|strategic\sagreement|joint\sventure|signs?\s(?:\S+\s){0,4}(?:deal|agreement|contract)"
                    r"|integrat(?:es|ion)\swith"
                    r"|selects?\s|selected\sby|chooses\s|chosen\sby|wins?\s(?:\S+\s){0,4}contract|contract\s(?:extension|win)|memorandum\sof\sunderstanding|mou)\b"),
    ("award", r"\b(?:awards?|awarded|wins?\s(?:\S+\s){0,4}(?:award|prize|title)|named\s(?:to|a|an|one\sof|as)\s"
        r"|recogni[sz]ed|honou?red|honou?rs"
              r"|finalist|ranked|ranks\s|certified|great\splace\sto\swork|inc\.?\s5000|fast\s500|forbes|gartner"
              r"|leader\sin)\b"),
    ("expansion", r"\b(?:expand(?:s|ed|ing)?|expansion|opens?\s(?:\S+\s){0,5}(?:office|headquarters|hq|facility"
        r"|plant|factory|store|center|centre|hub|warehouse|location)"
                  r"|new\s(?:office|headquarters|hq|facility|plant|factory|hub|location|market)"
                  r"|enters?\s(?:\S+\s){0,3}market|"
                  r"international(?:ly)?\s(?:launch|growth)|to\s(?:hire|create|add)\s(?:\S+\s){0,3}(?:jobs|people"
                  r"|employees|workers)"
                  r"|to\shire\s\d[\d,]*|sets?\sup\s(?:\S+\s){0,3}(?:headquarters|hq|office|hub)|putting\sfacility|leases?\s(?:\S+\s){0,3}(?:building|space|office)|doubl(?:es"
                  r"|ing)\s(?:its\s)?(?:team|headcount|workforce)|moves?\s(?:its\s)?headquarters)\b"),
    ("product", r"\b(?:launch(?:es|ed|ing)?|introduc(?:es?|ed|ing)|unveil(?:s|ed|ing)?|releas(?:es?|ed|ing)"
        r"|roll(?:s|ed|ing)?\sout|debut(?:s|ed)?"
                r"|now\savailable|announc(?:es|ed)\s(?:\S+\s){0,4}(?:availability|version|platform|product"
                r"|feature|app|tool|api)|new\s(?:feature|product|platform|version|model|app|tool)"
                r"|ships\s|upgrade[sd]?|beta|open[\s-]sources?|resum(?:es|ed)\s(?:\S+\s){0,3}orders|prototype"
                r"|patent)\b"),
)  # fmt: skip
"""In order of what matters most to somebody who is about to write to the company."""

_COMPILED: Final = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in RULES)
_AMOUNT_RE: Final = re.compile(_AMOUNT, re.IGNORECASE)
_ROUND_RE: Final = re.compile(rf"\b(?:{_ROUND}|seed)\b", re.IGNORECASE)
_NUMBER: Final = re.compile(r"\d[\d.,]*")
_NOT_RAISED: Final = re.compile(
    r"(?:valuation|valued|valuing|values|revenue|worth|arr|market\scap|total\s(?:funding|raised|financing|capital))\W{1,60}"
    r"(?:(?!rais|secur|clos|land|bag|get)\S{1,60}\s)?"
    r"(?:of|at|is|to|over|about|around|nearly|than)?\s{0,60}$",
    re.IGNORECASE,
)
_NOT_RAISED_AFTER: Final = re.compile(
    r"^(?:[-\s]valued\b|\s(?:raised\s)?(?:in\stotal|to\sdate)\b|\sin\stotal\sfunding\b|\sa\s(?:month|year|seat)\b)"
    r"|^\W{0,40}(?:\S{1,40}\s)?(?:post-money\s|pre-money\s)?(?:valuation|in\srevenue"
    r"|in\sarr|arr\b|market)",
    re.IGNORECASE,
)
_PAST_BEFORE: Final = re.compile(
    r"\b(?:which|who|that|having|had|previously|recently|already|earlier|originally|once)\s(?:\S+\s){0,2}$",
    re.IGNORECASE,
)
_PAST_AFTER: Final = re.compile(
    r"\b(?:last\s(?:year|month|summer|spring|fall|autumn|winter)|years?\sago|(?:in|since|back\sin)\s(?:\w+\s)?(?:19|20)\d\d"
    r"|earlier\sthis\syear)\b",
    re.IGNORECASE,
)
_SCALE: Final = {
    "k": 10**3, "thousand": 10**3, "m": 10**6, "mn": 10**6, "mm": 10**6, "million": 10**6, "b": 10**9, "bn": 10**9,
    "billion": 10**9, "t": 10**12, "crore": 10**7, "cr": 10**7, "lakh": 10**5,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Funding:
    """Money as the text says it; ``usd`` only where the text says US dollars or a bare dollar sign."""

    written: str
    usd: int | None


def kind_of(title: str, snippet: str | None) -> Kind:
    """What happened. The title decides; the text only where the title says nothing, and what it tells of the past does
    not count. Words in another sense (``data/senses.yaml``) count for nothing."""
    lowered = title.lower()
    said = next((rule.scope for rule in _senses() if rule.scope != "other" and rule.found_in(title, lowered)), None)
    if said is not None:
        return cast("Kind", said)
    title, text = _in_their_sense(title), _in_their_sense(snippet or "")
    found = [(kind, match.start()) for kind, pattern in _COMPILED if (match := pattern.search(title))]
    if found:
        kind, at = found[0]
        # Money raised to buy somebody is money raised.
        raised_first = kind == "acquisition" and any(each == "funding" and start < at for each, start in found)
        return "funding" if raised_first else kind
    elsewhere = kind_elsewhere(title)
    if elsewhere is not None:
        return elsewhere
    for kind, pattern in _COMPILED:
        if any(not _is_past(text, match) for match in pattern.finditer(text)):
            return kind
    return kind_elsewhere(text) or "other"


def kind_elsewhere(text: str) -> Kind | None:
    """What a headline in another language than English tells; None where it has none of their words."""
    lowered = text.lower()
    rules = load_rules("enrichment_assets.artifacts.news", "data/events.yaml")
    return next((cast("Kind", rule.scope) for rule in rules if rule.found_in(text, lowered)), None)


def _in_their_sense(text: str) -> str:
    lowered = text.lower()
    for rule in _senses():
        for pattern in rule.patterns if rule.scope == "other" else ():
            if pattern.found_in(text, lowered):
                text = pattern.compiled.sub("–", text)
                lowered = text.lower()
    return text


@lru_cache(maxsize=1)
def _senses() -> tuple[Rule, ...]:
    return load_rules("enrichment_assets.artifacts.news", "data/senses.yaml")


def _is_past(text: str, match: re.Match[str]) -> bool:
    before, after = text[max(0, match.start() - 40) : match.start()], text[match.end() : match.end() + 80]
    return _PAST_BEFORE.search(before) is not None or _PAST_AFTER.search(after.partition(". ")[0]) is not None


def funding_amount(title: str, snippet: str | None) -> Funding | None:
    """The first sum in title or text that is not a valuation or a revenue."""
    for text in (title, snippet or ""):
        for match in _AMOUNT_RE.finditer(text):
            before, after = text[max(0, match.start() - 60) : match.start()], text[match.end() : match.end() + 40]
            if _NOT_RAISED.search(before) or _NOT_RAISED_AFTER.search(after):
                continue
            written = match[0].strip().rstrip(".,")
            if re.fullmatch(r"\A\D*+\d{1,3}(?:[.,]\d{1,2})?", written):  # "$12": a price, or cut off
                continue
            return Funding(written, _usd(written))
    return None


def funding_round(title: str, snippet: str | None) -> str | None:
    """The round as one spelling: ``Series A``, ``Seed``, ``Pre-seed``."""
    for text in (title, snippet or ""):
        match = _ROUND_RE.search(text)
        if match:
            words = " ".join(match[0].lower().split())
            words = re.sub(r"^pre[\s-]?seed", "pre-seed", words).replace("series-", "series ")
            words = re.sub(r"^seed (?:round|funding)$", "seed", words)
            if "series " in words:
                before, _, series = words.partition("series ")
                return f"{before.capitalize()}Series {series[:1].upper()}{series[1:]}"
            return words.capitalize()
    return None


def _usd(written: str) -> int | None:
    lower = written.lower().replace(" ", " ")
    if not re.match(r"^(?:us)?\$|^usd", lower) and not re.search(r"(?:dollars?|usd)$", lower):
        return None
    number = _NUMBER.search(lower)
    unit = re.search(r"\d[\d.,]{0,20}[\s-]?([a-z]+)", lower)
    scale = _SCALE.get(unit[1], 1) if unit else 1
    if number is None:
        return None
    try:
        # "1,500,000" groups thousands; "1,5" million is a comma before a decimal.
        digits = number[0].rstrip(".,")
        if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
            digits = digits.replace(",", "")
        elif re.fullmatch(r"\d{1,3}(?:\.\d{3}){2,}", digits):
            digits = digits.replace(".", "")
        value = float(digits.replace(",", "."))
    except ValueError:
        return None
    return round(value * scale)
