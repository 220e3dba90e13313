"""The sandbox's LLM's knowledge of words: which concepts they stand for, and which sentences talk to a model."""

import re
from functools import lru_cache
from typing import Final

_CONCEPTS: Final = {
    "#business": "b2b business businesses enterprise enterprises team teams department departments firms clients "
    "customers organizations organisations professionals manufacturers insurers lenders banks clinics hospitals "
    "agencies leaders operators managers universities utilities producers vendors suppliers workforce contractors "
    "engineers developers chains demo seat company companies industry",
    "#software": "platform software api apis saas system systems app apps application applications tool tools "
    "dashboard dashboards infrastructure engine database sdk assistant agent agents suite analytics automation crm "
    "online cloud webhooks workflows integrations",
    "#consumer": "b2c consumer consumers private family families parents students singles travellers runners "
    "neighbours neighborhood neighbourhood dogs cats skin sleep recipe dinner games shipping gift cart smiles worry "
    "restaurant dishes yoga dating kids",
    "#agency": "agency consultancy consultants consulting firm studio integrator investor fund outsourced recruitment "
    "law provider localisation translation retainers engagement",
    "#goods": "hardware goods brand food shop store retailer skincare shoes kit drugs property wine bookshop "
    "restaurant bar rental practice foundation",
    "#scale": "employees people users offices",
    "#proof": "trusted testimonial renewed",
}
_CONCEPT_OF: Final = {word: concept for concept, listed in reversed(_CONCEPTS.items()) for word in listed.split(" ")}
_STOP: Final = frozenset(
    re.findall(
        r"\w+",
        "the and for with that this from are our you your its has have not but they them their will can all who what "
        "when into more than other one two any each such must should does may like via per was were been being at "
        "least main mainly whose whom which where sells selling sell product products paying other it",
    )
)
_WORD = re.compile(r"[^\W\d_]{3,}|b2[bc]", re.I)
_TO_A_MODEL = re.compile(
    r"\b(?:ignore|disregard|forget|overrid|instruction|system prompt|assistant:|language model|llm|ai model|verdict|"
    r"you are (?:now|an?\b)|respond|json|criteri|classif|as an ai)",
    re.I,
)


def concept_of(word: str) -> str | None:
    """The concept a lower-case word stands for."""
    return _CONCEPT_OF.get(word)


@lru_cache(maxsize=8192)
def terms(text: str) -> frozenset[str]:
    """The words of a text, shortened to stems, with the concepts they stand for."""
    found: set[str] = set()
    for word in _WORD.findall(text.lower()):
        if concept := _CONCEPT_OF.get(word):
            found.add(concept)
        if word not in _STOP:
            found.add(word[:6])
    return frozenset(found)


def concepts(text: str) -> frozenset[str]:
    """Only the concepts."""
    return frozenset(term for term in terms(text) if term[0] == "#")


def talks_to_a_model(text: str) -> bool:
    """Orders to a model are no evidence about a company."""
    return _TO_A_MODEL.search(text) is not None
