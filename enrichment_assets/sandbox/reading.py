"""What the sandbox's LLM understands of a prompt: the page it is shown, the criteria it is given, the words in common.

It knows nothing about companies: all it can say comes from the prompt. Text inside the page is evidence, never an
order, so sentences that talk to a model are not even evidence.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_OPENING_TAG = re.compile(r"<([A-Za-z][\w.:-]*)(?:\s[^<>]*)?>")
_FENCE = re.compile(r"```[\w-]*\n(.*?)```|\"\"\"(.*?)\"\"\"|'''(.*?)'''", re.S)
_RULES = re.compile(r"^(?:-{3,}|={3,}|#{3,}|<{3,}|>{3,}).*?\b(?:BEGIN|START)\b.*$\n(.*)^(?:-{3,}|={3,}|#{3,}|<{3,}|>{3,}).*?\bEND\b",
                    re.S | re.M)  # fmt: skip
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)]|[a-z][\w-]{1,40}:)\s+(.+?)\s*$")
_JSON_STRING = re.compile(r'"((?:[^"\\]|\\.){12,300})"\s*[,\]\n]')
_SENTENCE_END = re.compile(r"(?<=[.!?”])\s+(?=[\"“A-ZÄÖÜ0-9])")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_WORD = re.compile(r"[^\W\d_]{3,}")
_TO_THE_MODEL = re.compile(
    r"\b(?:ignore|disregard|forget|override|instructions?|system prompt|assistant|language model|LLM|AI model|verdict|"
    r"you are (?:now|an?)|respond|output|json|criterion|criteria|score|mark this|classify|as an? AI)\b",
    re.I,
)
_STOP: Final = frozenset(
    "the and for with that this from are our you your its has have not but they them their will can all who what when "
    "into more than other one two any each such must should does may like via per was were been being company "
    "companies at least".split()
)
_CONCEPTS: Final = {
    "business": "b2b business businesses enterprise enterprises teams team departments department firms clients customers "
    "companies organizations organisations manufacturers insurers lenders clinics hospitals agencies leaders operators "
    "managers universities utilities producers vendors suppliers workforce professionals contractors engineers "
    "developers sales demo seat".split(),
    "software": "software platform api apis saas system app application dashboard dashboards integration integrations "
    "cloud webhooks webhook sso workflows analytics tool tools automation data product technology digital online "
    "service services consulting".split(),
    "consumer": "b2c consumer consumers family families personal shopping shop gift kids parents students singles "
    "travellers runners dogs cats skin sleep recipe games shipping restaurant donations cart checkout".split(),
    "pricing": "pricing price plan plans contract subscription annual monthly seat fees retainer retainers".split(),
    "proof": "trusted customers case study studies says testimonial renewed report".split(),
    "scale": "enterprise employees people users offices global thousand scale scales".split(),
}
_CONCEPT_OF: Final = {word: f"#{name}" for name, listed in _CONCEPTS.items() for word in listed}


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the customer profile. ``disqualifies`` when meeting it speaks against the company."""

    text: str
    disqualifies: bool


@dataclass(frozen=True, slots=True)
class Sentence:
    """One verbatim piece of the page, and the words and concepts in it."""

    text: str
    terms: frozenset[str]


@dataclass(frozen=True)
class Reading:
    """A prompt as understood."""

    page: str
    criteria: tuple[Criterion, ...]
    sentences: tuple[Sentence, ...]

    def best(self, wanted: str, least: int = 1) -> Sentence | None:
        """The sentence that shares most with the wanted words, if it shares at least ``least`` terms."""
        asked = terms(wanted)
        ranked = max(self.sentences, key=lambda s: (len(asked & s.terms), -len(s.text)), default=None)
        return ranked if ranked and len(asked & ranked.terms) >= least else None

    def count(self, concept: str) -> int:
        """How many sentences touch a concept."""
        return sum(f"#{concept}" in sentence.terms for sentence in self.sentences)


def read(messages: Iterable[tuple[str, str]]) -> Reading:
    """Understand (role, text) messages: the longest delimited block is the page, the rest is the order."""
    texts = list(messages)
    page = max((block for role, text in texts if role != "assistant" for block in _blocks(text)), key=len, default="")
    order = "\n".join(text.replace(page, "\n") if page else text for role, text in texts if role != "assistant")
    if not page and texts:
        page = texts[-1][1]
    return Reading(page, tuple(_criteria(order)), sentences(page))


def _blocks(text: str) -> list[str]:
    found = [next(part for part in match.groups() if part is not None) for match in _FENCE.finditer(text)]
    found += [match[1] for match in _RULES.finditer(text)]
    seen: set[str] = set()
    position = 0
    while (match := _OPENING_TAG.search(text, position)) is not None:
        name, position = match[1], match.end()
        if name in seen:
            continue
        seen.add(name)
        # The last closing tag: a page that writes the closing tag itself does not end its block.
        end = text.rfind(f"</{name}>")
        if end > position:
            found.append(text[position:end])
            position = end
    return found


def _criteria(order: str) -> Iterable[Criterion]:
    against = False
    seen: set[str] = set()
    for line in order.splitlines():
        lowered = line.lower()
        bullet = _BULLET.match(line)
        candidates = [bullet[1]] if bullet else _JSON_STRING.findall(line + "\n")
        if not candidates or lowered.rstrip().endswith((":", "[")) or re.match(r'\s*"?[\w -]+"?:', lowered):
            if re.search(r"disqualif|exclude|not a fit|reject|deal.?breaker", lowered):
                against = True
            elif re.search(r"must|criteria|require|should|ideal|need|what they|whom|example|size|region", lowered):
                against = False
        for text in candidates:
            clean = text.strip().strip('"')
            if len(clean) >= 8 and clean not in seen:
                seen.add(clean)
                yield Criterion(clean, against)


@lru_cache(maxsize=4096)
def terms(text: str) -> frozenset[str]:
    """The words of a text, shortened to stems, with the concepts they stand for."""
    found: set[str] = set()
    for word in _WORD.findall(text.lower()):
        if concept := _CONCEPT_OF.get(word):
            found.add(concept)
        if word not in _STOP:
            found.add(word[:6])
    return frozenset(found)


def sentences(page: str) -> tuple[Sentence, ...]:
    """Verbatim sentences of a markdown page, in order: no link bars, nothing that talks to a model."""
    found: list[Sentence] = []
    for raw in page.splitlines():
        line = raw.strip().lstrip("#->*• ").strip()
        if len(line) < 15 or line.count("](") > 1:
            continue
        for piece in _SENTENCE_END.split(line):
            text = piece.strip()
            if 15 <= len(text) <= 400 and "](" not in text and not _TO_THE_MODEL.search(text):
                found.append(Sentence(text, terms(text)))
        if len(found) >= 400:
            break
    return tuple(found)


_ROLE = re.compile(
    r"\b(?:engineer|developer|manager|director|designer|analyst|scientist|executive|representative|specialist|"
    r"associate|consultant|accountant|controller|recruiter|partner|architect|administrator|coordinator|intern|officer|"
    r"head of|vp|vice president|chief|lead|assistant|technician|editor|writer|nurse|attorney|counsel|entwickler|"
    r"leiter|mitarbeiter|ingénieur|responsable)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class JobLine:
    """A line of a page that names a job. ``quote`` is verbatim."""

    title: str
    quote: str
    rest: tuple[str, ...]
    url: str | None


def job_lines(page: str) -> tuple[JobLine, ...]:
    """Lines that look like job titles."""
    found: list[JobLine] = []
    for raw in page.splitlines():
        line = raw.strip().lstrip("-*• #").strip()
        link = _LINK.search(line)
        quote = link[1] if link and _ROLE.search(link[1]) else line
        if not 5 <= len(quote) <= 140 or not _ROLE.search(quote) or quote.endswith((".", "!", "?")) or "](" in quote:
            continue
        if _TO_THE_MODEL.search(quote):
            continue
        title, *rest = (part.strip() for part in re.split(r"\s+[–—|·-]\s+|,\s{1,2}(?=[A-Z])|\s{3,}", quote))
        url = link[0].rpartition("](")[2].rstrip(")") if link else None
        found.append(JobLine(title, quote, tuple(rest), url))
    return tuple(found)
