"""How the sandbox's LLM judges a company: by what the page says it is and whom it speaks to."""

import re
from dataclasses import dataclass
from typing import Literal

from enrichment_assets.sandbox.model.lexicon import concept_of, concepts, terms
from enrichment_assets.sandbox.model.reading import Criterion, Reading, Sentence

Met = Literal["yes", "no", "unknown"]
_IDENTITY = re.compile(
    r"(?:^the|\b(?:is|are|as|your|meet the|builds?|provides?|offers?|makes?|sells?|develops?|creates?)) "
    r"(?:a |an |the |our )?"
    r"([\w &/'-]{3,80}?)(?= (?:for|that|which|who|working|to|with|from|in)\b|[.,;:!?–—(]|$)",
    re.I,
)
_NUMBER = re.compile(r"\d[\d,.]*")
_HEADCOUNT = re.compile(r"(\d[\d,.]*) (?:people|employees)")
_FEWEST_SENTENCES = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion and the words of the page that decide it."""

    criterion: Criterion
    met: Met
    quote: str | None


@dataclass(frozen=True)
class Judgement:
    """What the page says, boiled down."""

    verdict: Literal["fit", "not_fit", "unclear"]
    score: int
    business_model: Literal["B2B", "B2C", "both"] | None
    reason: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Portrait:
    """What the company is (``#software``, ``#agency``, ``#goods``), where it says so, and whom it speaks to."""

    identity: str | None
    said: Sentence | None
    business_model: Literal["B2B", "B2C", "both"] | None
    to_consumers: Sentence | None
    to_businesses: Sentence | None


def portrait(reading: Reading) -> Portrait:
    """Look at who is described and who is addressed."""
    identity, said = None, None
    for sentence in reading.sentences:
        for match in _IDENTITY.finditer(sentence.text):
            kinds = [concept_of(word) for word in re.findall(r"[\w]+", match[1].lower())]
            heads = [kind for kind in kinds if kind in ("#software", "#agency", "#goods")]
            if heads:
                identity, said = heads[-1], sentence
                break
        if said:
            break
    businesses = [sentence for sentence in reading.sentences if "#business" in sentence.terms]
    consumers = [sentence for sentence in reading.sentences if "#consumer" in sentence.terms]
    model: Literal["B2B", "B2C", "both"] | None = None
    if businesses or consumers:
        model = "B2C" if len(consumers) >= max(1, len(businesses)) else "B2B"
        if model == "B2B" and 2 * len(consumers) > len(businesses):
            model = "both"
    return Portrait(identity, said, model, next(iter(consumers), None), next(iter(businesses), None))


def judge(reading: Reading) -> Judgement:
    """Every criterion first, then the verdict."""
    seen = portrait(reading)
    findings = tuple(_finding(reading, seen, criterion) for criterion in reading.criteria)
    against = [f for f in findings if f.criterion.kind == "unwanted" and f.met == "yes"]
    missed = [f for f in findings if f.criterion.kind == "wanted" and f.met == "no"]
    wanted = [f.met for f in findings if f.criterion.kind == "wanted"]
    share = wanted.count("yes") / len(wanted) if wanted else float(seen.business_model in ("B2B", "both"))
    model = seen.business_model
    if against or missed or (not wanted and model == "B2C"):
        why = (against or missed)[0].criterion.text if against or missed else "It sells to consumers."
        reason = f"The page speaks against it: {why}"
        return Judgement("not_fit", round(30 * share), model, reason, findings)
    if len(reading.sentences) < _FEWEST_SENTENCES or share < 0.5 or model is None:
        reason = "The page says too little about what is sold to whom."
        return Judgement("unclear", round(50 * share), model, reason, findings)
    reason = "The page says what is sold and that businesses buy it."
    return Judgement("fit", round(60 + 40 * share), model, reason, findings)


def finding_named(reading: Reading, name: str) -> Finding:
    """The finding on a criterion known only by name, as when a schema lists the criteria."""
    known = next((criterion for criterion in reading.criteria if name in (criterion.name, criterion.text)), None)
    return _finding(reading, portrait(reading), known or Criterion(name, name, "wanted"))


def _finding(reading: Reading, seen: Portrait, criterion: Criterion) -> Finding:
    if criterion.kind == "size":
        return _size(reading, criterion)
    asked = concepts(criterion.asked)
    contrary = _contrary(seen, criterion)
    if criterion.kind == "unwanted":
        return _unwanted(reading, seen, criterion, asked)
    if criterion.kind == "wanted" and contrary is not None:
        return Finding(criterion, "no", contrary.quote)
    if "#software" in asked and seen.identity == "#software" and seen.said:
        return Finding(criterion, "yes", seen.said.quote)
    if "#business" in asked and seen.to_businesses and seen.business_model != "B2C":
        return Finding(criterion, "yes", seen.to_businesses.quote)
    wanted = terms(criterion.asked)
    best = reading.best(wanted, least=min(2, len(wanted)))
    return Finding(criterion, "yes", best.quote) if best else Finding(criterion, "unknown", None)


def _contrary(seen: Portrait, criterion: Criterion) -> Sentence | None:
    asked = concepts(criterion.asked)
    if "#software" in asked and seen.identity in ("#agency", "#goods"):
        return seen.said
    if "#business" in asked and "#consumer" not in asked and seen.business_model == "B2C":
        return seen.to_consumers
    return None


def _unwanted(reading: Reading, seen: Portrait, criterion: Criterion, asked: frozenset[str]) -> Finding:
    if "#consumer" in asked and seen.business_model == "B2C" and seen.to_consumers:
        return Finding(criterion, "yes", seen.to_consumers.quote)
    if "#consumer" not in asked and seen.identity in asked & {"#agency", "#goods"} and seen.said:
        return Finding(criterion, "yes", seen.said.quote)
    plain = frozenset(term for term in terms(criterion.asked) if term[0] != "#")
    best = reading.best(plain, least=max(3, len(plain) // 2))
    if best is not None:
        return Finding(criterion, "yes", best.quote)
    return Finding(criterion, "no", seen.said.quote) if seen.said else Finding(criterion, "unknown", None)


def _size(reading: Reading, criterion: Criterion) -> Finding:
    wanted = [float(number.replace(",", "")) for number in _NUMBER.findall(criterion.text) if number.strip(".,")]
    for sentence in reading.sentences:
        match = _HEADCOUNT.search(sentence.text)
        if match and wanted:
            people = float(match[1].replace(",", "").rstrip("."))
            high = wanted[1] if len(wanted) > 1 else float("inf")
            return Finding(criterion, "yes" if wanted[0] <= people <= high else "no", sentence.quote)
    return Finding(criterion, "unknown", None)
