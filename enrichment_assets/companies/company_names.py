"""What a company is called, and whether two spellings mean the same one. No judgement about pages here.

``core_name`` is the name as people say it: without legal forms and list remarks (``Tesla, Inc. (YC S21)`` → ``Tesla``).
``squashed`` is the form in which names, slugs and domain labels are compared: ASCII letters and digits, lower case.
"""

import re
from functools import lru_cache
from importlib.resources import files
from typing import Final

from enrichment_assets.companies import suffixes
from enrichment_assets.core.normal_form import normalized

_LEGAL_FORMS: Final = (
    "incorporated inc corporation corp company co limited ltd llc llp lp plc pbc pllc pty pvt private gmbh mbh ag kg "
    "kgaa ug se sa sas sasu sarl srl spa sl slu bv nv ab as asa aps oy oyj ou kft zrt sro doo dd ltda sa de cv eood "
    "pte sdn bhd kk gk holding holdings"
)
_LEGAL: Final = frozenset(_LEGAL_FORMS.split())
_REMARK: Final = re.compile(r"(?<!\s)\s*+[(\[][^()\[\]]*+[)\]]\s*$")
_TAIL: Final = " ,.|/&-"
_LAST_WORD: Final = re.compile(r"^(.*[^\s,])[\s,]+([^\s,]+)$")
_TOKEN: Final = re.compile(r"[^\W_]+")
_DOMAIN_ENDING: Final = re.compile(r"(?<=\w)\.(?:com|io|ai|co|app|net|org|dev|tech)$", re.IGNORECASE)
_LONGEST: Final = 500
"""Characters of a name that are looked at: each remark and each legal form at its end costs a pass."""
_AFFIXES_BEFORE: Final = ("we-are-", "weare", "get", "try", "use", "join", "go", "my", "the", "hello", "hey", "with")
_AFFIXES_AFTER: Final = (
    "hq", "app", "inc", "labs", "group", "global", "online", "software", "tech", "technologies", "systems", "corp",
    "company", "team", "official", "usa", "us", "uk", "eu", "de", "io", "ai", "co", "com", "gmbh", "ltd", "llc",
)  # fmt: skip
SHORTEST_BRAND: Final = 3
"""Characters a label needs before a decorated spelling of it counts as the same brand."""


@lru_cache(maxsize=65_536)
def squashed(text: str) -> str:
    """``Déjà-Vu Systems`` → ``dejavusystems``. Scripts without case or accents keep their letters."""
    # Taken apart before and after: ``㏆`` is made of capitals, and folding case makes new composed letters.
    folded = normalized("NFKD", text).casefold().replace("&", "and")
    return "".join(char for char in normalized("NFKD", folded) if char.isalnum())


@lru_cache(maxsize=16_384)
def core_name(name: str) -> str:
    """The name without remarks in brackets, legal forms at its end and a domain ending."""
    text = " ".join(name[:_LONGEST].split())
    while (shorter := _REMARK.sub("", text)) != text and shorter:
        text = shorter
    while True:
        text = _DOMAIN_ENDING.sub("", text.rstrip(_TAIL) or text)
        match = _LAST_WORD.search(text)
        if match is None or match[2].replace(".", "").casefold() not in _LEGAL:
            return text
        text = match[1]


def name_tokens(name: str) -> tuple[str, ...]:
    """The words of the core name, lower case."""
    return tuple(_TOKEN.findall(core_name(name).casefold()))


def brand_label(domain: str) -> str:
    """The label people would say: ``acme`` of ``acme.co.uk``."""
    registrable = suffixes.registrable(domain) or domain
    return registrable.partition(".")[0]


def same_brand(one: str, other: str) -> bool:
    """Whether two domain labels, names or slugs are one brand, at most one of them decorated once.

    ``getacme`` and ``acme-hq`` are ``acme``; ``get-acme-group`` is not.
    """
    a, b = squashed(one), squashed(other)
    if not a or not b:
        return False
    return a == b or b in _undecorated(a) or a in _undecorated(b)


@lru_cache(maxsize=16_384)
def is_ambiguous(name: str) -> bool:
    """Whether the name is also said of other things: a common word, a first name, a place, or four letters or less.

    Names of several words are ambiguous only when all their words are (``General Motion``); capitals inside a word
    (``HubSpot``), signs (``H&M``) and digits make a name its own.
    """
    core = core_name(name)
    if re.search(r"[a-z][A-Z]|\w[&+./]\w", core) or (re.search(r"\d", core) and re.search(r"[^\W\d]", core)):
        return False
    tokens = [squashed(token) for token in name_tokens(name)]
    if len(tokens) > 2 or not tokens:
        return not tokens
    return all(len(token) <= 4 or is_common_word(token) for token in tokens)


def is_common_word(word: str) -> bool:
    """Whether English has this word, a plain inflection of it, or it is a usual name. ``word`` in lower case."""
    words = _common_words()
    if word in words:
        return True
    stems = (
        word.removesuffix(ending) for ending in ("s", "es", "ed", "ing", "ly", "er", "ers") if word.endswith(ending)
    )
    return any(len(stem) >= 4 and (stem in words or f"{stem}e" in words) for stem in stems)


@lru_cache(maxsize=4_096)
def _undecorated(label: str) -> frozenset[str]:
    bare = {label.removeprefix(squashed(affix)) for affix in _AFFIXES_BEFORE if label.startswith(squashed(affix))}
    bare |= {label.removesuffix(affix) for affix in _AFFIXES_AFTER if label.endswith(affix)}
    return frozenset(each for each in bare if len(each) >= SHORTEST_BRAND)


@lru_cache(maxsize=1)
def _common_words() -> frozenset[str]:
    text = files("enrichment_assets.companies").joinpath("common_words.txt").read_text(encoding="utf-8")
    return frozenset(line for line in text.splitlines() if line and not line.startswith("#"))
