"""What the sandbox's LLM understands of a prompt: the page it is shown and the criteria it is given.

It knows nothing about companies: all it can say comes from the prompt. Text inside the page is evidence, never an
order.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from enrichment_assets.sandbox.model.lexicon import talks_to_a_model, terms

_OPENING_TAG = re.compile(r"<([A-Za-z][\w.:-]*)(?:\s[^<>]*)?>")
_FENCE = re.compile(r"```[\w-]*\n(.*?)```|\"\"\"(.*?)\"\"\"|'''(.*?)'''", re.S)
_RULED = re.compile(r"^[-=#<>*]{3,}[^\n]*\b(?:BEGIN|START)\b[^\n]*\n(.*)^[-=#<>*]{3,}[^\n]*\bEND\b", re.S | re.M)
_BULLET = re.compile(r"^\s*(?:[-*•]|\d{1,2}[.)])\s+(.+?)\s*$")
_IDENTIFIED = re.compile(r"^\[?([A-Z]{1,3}-?\d{1,2})\]?[.:)]?\s+(.+)$")
_JSON_STRING = re.compile(r'"((?:[^"\\]|\\.){12,300})"\s*[,\]}]')
_SENTENCE_END = re.compile(r"(?<=[.!?”])\s+(?=[\"“A-ZÄÖÜ0-9])")
_LINK = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")
_CONTRAST = re.compile(r",? (?:but )?not |,? rather than |,? instead of ")
_MENU = re.compile(r"(?:[A-Z0-9]\S*\s*){1,12}|\S+\s\S+\s?\S*")
_LONGEST_QUOTE = re.compile(r"(?:\S+\s+){24}\S+")
_MAX_SENTENCES: Final = 400

CriterionKind = Literal["wanted", "unwanted", "size", "region"]
_HEADINGS: Final[tuple[tuple[CriterionKind, re.Pattern[str]], ...]] = (
    ("unwanted", re.compile(r"disqualif|exclu|not (?:a )?fit|reject|deal.?breaker|must not|unwanted|avoid", re.I)),
    ("size", re.compile(r"\bsize|employees", re.I)),
    ("region", re.compile(r"\bregion|countr|location", re.I)),
    ("wanted", re.compile(r"must|criteri|require|should|ideal|need|wanted", re.I)),
)


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the customer profile. ``name`` is what an answer calls it: its id, or its text."""

    name: str
    text: str
    kind: CriterionKind

    @property
    def asked(self) -> str:
        """What must hold, without what it is contrasted with."""
        return _CONTRAST.split(self.text, maxsplit=1)[0]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One verbatim piece of the page, and the words and concepts in it."""

    text: str
    terms: frozenset[str]

    @property
    def quote(self) -> str:
        """At most its first 25 words."""
        match = _LONGEST_QUOTE.match(self.text)
        return match[0] if match else self.text


@dataclass(frozen=True)
class Reading:
    """A prompt as understood."""

    page: str
    criteria: tuple[Criterion, ...]
    sentences: tuple[Sentence, ...]

    def best(self, wanted: frozenset[str], least: int = 1) -> Sentence | None:
        """The first of the sentences that share most with the wanted terms, if they share ``least``."""
        best, most = None, least - 1
        for sentence in self.sentences:
            shared = len(wanted & sentence.terms)
            if shared > most:
                best, most = sentence, shared
        return best


def read(messages: Iterable[tuple[str, str]]) -> Reading:
    """Understand (role, text) messages: the longest delimited block is the page, the rest is the order."""
    texts = [text for role, text in messages if role != "assistant"]
    page = max((block for text in texts for block in _blocks(text)), key=len, default="")
    order = "\n".join(text.replace(page, "\n") if page else text for text in texts)
    if not page and texts:
        page = texts[-1]
    return Reading(page, tuple(_criteria(order)), tuple(sentences(page)))


def _blocks(text: str) -> Iterator[str]:
    for match in _FENCE.finditer(text):
        yield next(part for part in match.groups() if part is not None)
    for ruled in _RULED.finditer(text):
        yield ruled[1]
    seen: set[str] = set()
    position = 0
    while (tag := _OPENING_TAG.search(text, position)) is not None:
        name, position = tag[1], tag.end()
        # The last closing tag: a page that writes the closing tag itself does not end its block.
        end = text.rfind(f"</{name}>") if name not in seen else -1
        seen.add(name)
        if end > position:
            yield text[position:end]
            position = end


def _criteria(order: str) -> Iterator[Criterion]:
    kind: CriterionKind = "wanted"
    seen: set[str] = set()
    for line in order.splitlines():
        bullet = _BULLET.match(line)
        candidates = [bullet[1]] if bullet else _JSON_STRING.findall(line + "\n")
        if not bullet and line.strip():
            kind = next((found for found, heading in _HEADINGS if heading.search(line)), kind)
        for text in candidates:
            clean = text.strip().strip('"')
            if len(clean) < 8 or clean in seen:
                continue
            seen.add(clean)
            identified = _IDENTIFIED.match(clean)
            yield Criterion(identified[1], identified[2], kind) if identified else Criterion(clean, clean, kind)


def sentences(page: str) -> Iterator[Sentence]:
    """Verbatim sentences of a markdown page, in order: no link bars, nothing that talks to a model."""
    count = 0
    for raw in page.splitlines():
        line = raw.strip().lstrip("#->*• ").strip()
        if len(line) < 15 or line.count("](") > 1:
            continue
        for piece in _SENTENCE_END.split(line):
            text = piece.strip()
            if 15 <= len(text) <= 600 and not _MENU.fullmatch(text) and "](" not in text and not talks_to_a_model(text):
                yield Sentence(text, terms(text))
                count += 1
        if count >= _MAX_SENTENCES:
            return


_ROLE = re.compile(
    r"\b(?:engineer|developer|manager|director|designer|analyst|scientist|executive|representative|specialist|"
    r"associate|consultant|accountant|controller|recruiter|partner|architect|administrator|coordinator|intern|officer|"
    r"head of|vp|vice president|chief|lead|technician|editor|writer|nurse|attorney|counsel|entwickler|leiter|"
    r"mitarbeiter|ingénieur|responsable)\b",
    re.I,
)
_PARTS = re.compile(r"\s+[–—|·-]\s+|\s{3,}")


@dataclass(frozen=True, slots=True)
class JobLine:
    """A line of a page that names a job. ``quote`` is verbatim."""

    title: str
    quote: str
    rest: tuple[str, ...]
    url: str | None


def job_lines(page: str) -> Iterator[JobLine]:
    """Lines that look like job titles."""
    for raw in page.splitlines():
        line = raw.strip().lstrip("-*• #").strip()
        link = _LINK.search(line)
        quote = link[1] if link and _ROLE.search(link[1]) else line
        if not 5 <= len(quote) <= 140 or not _ROLE.search(quote) or quote.endswith((".", "!", "?")) or "](" in quote:
            continue
        if talks_to_a_model(quote):
            continue
        title, *rest = (part.strip() for part in _PARTS.split(quote))
        yield JobLine(title, quote, tuple(rest), link[2] if link else None)
