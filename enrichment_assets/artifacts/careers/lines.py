"""What one line of a careers page is, and what the page says of its openings; the words are ``data/listing.yaml``."""

import re
from functools import lru_cache

from enrichment_assets.artifacts.careers.functions import is_evergreen, is_job_title, may_be_department
from enrichment_assets.core.pattern_rules import Rule, any_rule, load_rules

MAX_TEXT = 300_000
"""Characters of a page's text that are looked at for a statement."""

_PACKAGE, _FILE = "enrichment_assets.artifacts.careers.data", "listing.yaml"
_PLACE = re.compile(
    r"\bremote\b|\bhybrid\b|\bon-?site\b|^[^\W\d_][\w'. -]{1,40}+(?:,\s*+[^\W\d_][\w'. ()-]{1,40}+){1,3}$",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"\b(?:if|when|wenn|falls|sollten|si) [^.!?\n]{0,30}?\b(?:no|keine|aucun|aucune)\b", re.IGNORECASE
)
"""What introduces a case, and states nothing: "If there are no open positions for you, …"."""
_OPENINGS = (
    r"(?:jobs?|positions?|roles?|openings?|vacanc(?:y|ies)|opportunities|results|stellen|stellenangebote|offres"
    r"|vacatures|ofertas|vagas|tj[aä]nster|stillinger)"
)
_TOTALS = (
    re.compile(rf"\b(?:of|von|sur|de|van|av) (\d{{1,5}}) (?:\w{{1,12}} ){{0,2}}{_OPENINGS}\b", re.IGNORECASE),
    re.compile(
        rf"^\W{{0,5}}(\d{{1,5}}) (?:\w{{1,12}} ){{0,2}}{_OPENINGS}"
        r"(?: (?:found|available|open|online|in total|matching|gefunden|trouv[eé]e?s))?\W{0,5}$",
        re.IGNORECASE | re.MULTILINE,
    ),
    re.compile(
        rf"^\W{{0,5}}(?:\w{{1,14}} ){{0,3}}{_OPENINGS} ?[(:] ?(\d{{1,5}})\)?\W{{0,4}}$", re.IGNORECASE | re.MULTILINE
    ),
)
"""How pages say how many openings there are: "1-10 of 30 jobs", "30 open positions", "Jobs (30)"."""


def says_no_openings(text: str) -> bool:
    """Whether the page says that nothing is open."""
    return any_rule(_rules("statement"), _CONDITION.sub(" ", text[:MAX_TEXT].replace("’", "'")))


def hides_openings(text: str) -> bool:
    """Whether the page says that it shows its openings after consent only, or has a place that a script fills."""
    return any_rule(_rules("gate"), text[:MAX_TEXT])


def stated_total(text: str) -> int | None:
    """How many openings the page says there are; None when it does not."""
    found = [int(match[1]) for total in _TOTALS for match in total.finditer(text[:MAX_TEXT])]
    return max(found, default=None)


@lru_cache(maxsize=16_384)
def title_grade(text: str) -> int:
    """2: the text names a job; 1: it may, among jobs; 0: it does not."""
    if not 2 <= len(text) <= 120 or text.endswith(("?", "!")) or len(text.split()) > 14:
        return 0
    if _is(text, "leader"):
        return 2
    if _is(text, "navigation") or _is(text, "employment"):
        return 0
    if is_job_title(text):
        return 2
    if is_evergreen(text):
        return 0
    return 2 if _is(text, "occupation") and not _is(text, "not_occupation") else 1


def is_place(text: str) -> bool:
    """Whether a line is a place by its form: "Remote", "City, Country", "City, State, Country"."""
    return bool(_PLACE.search(text)) and not may_be_department(text) and not is_job_title(text)


def is_kind_of_employment(text: str) -> bool:
    """Whether a line says "Full-time", when a job was posted, or asks to apply."""
    return _is(text, "employment")


@lru_cache(maxsize=8)
def _rules(scope: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in load_rules(_PACKAGE, _FILE) if rule.scope == scope)


@lru_cache(maxsize=16_384)
def _is(text: str, scope: str) -> bool:
    return any_rule(_rules(scope), text)
