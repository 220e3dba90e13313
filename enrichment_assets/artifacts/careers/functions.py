"""What a job title says: the function, the seniority, and whether it is a job at all.

English first, with the usual words of German, French, Spanish, Dutch, Nordic and other titles. Functions are rows of
``data/functions.yaml``.
"""

# ruff: noqa: E501  (a pattern reads better on few lines)

import re
from functools import lru_cache

from enrichment_assets.core.pattern_rules import Rule, load_rules

_PACKAGE, _FILE = "enrichment_assets.artifacts.careers.data", "functions.yaml"
_HEAD = re.compile(r"^[^,(|:\u2013\u2014]{3,}?(?= - |[,(|:\u2013\u2014]|$)")
"""The part of a title that names the job: what follows says where in the company, or where on earth."""

_SENIORITIES: tuple[tuple[str, str], ...] = (
    ("intern", r"\bintern(?:s|ship)?\b|praktik\w*|werkstudent\w*|working student|stage\b|stagiaire|apprentice\w*|auszubildende\w*|"
               r"ausbildung|\bazubi\b|trainee|alternan\w*|co-?op\b|becari\w*|thesis|duales studium|student"),
    ("c_level", r"\bchief (?!of staff)\w+(?: \w+)? officer|\b(?:ceo|cto|cfo|coo|cmo|cro|cpo|ciso|cio)\b|founder|gesch[aä]ftsf[uü]hr\w*"),
    ("vp", r"\b(?:s|e|a)?vp\b|vice president"),
    ("director", r"\bdirector\b|head of|\bhead\b,?|directeur|direttore|director[ae]?\b|bereichsleit\w*"),
    ("manager", r"engineering manager|team ?lead(?:er|s)?\b|\b(?:people|sales|support|operations|regional|general|office|store|plant|"
                r"marketing|finance|success|hr|it|design|warehouse) manager|manager,? of|manager of|teamleit\w*|supervisor|abteilungsleit\w*|"
                r"(?:^|senior )manager\b"),
    ("lead", r"\blead\b|principal|\bstaff\b(?! accountant| nurse)|distinguished|fellow\b|leit(?:er|ung|end)\w*"),
    ("senior", r"\bsenior\b|\bsr\b\.?|experienced|\biii\b|\biv\b|confirm[eé]"),
    ("junior", r"\bjunior\b|\bjr\b\.?|entry[- ]level|graduate|new grad|associate\b(?! director)|d[eé]butant|early career|berufseinsteiger\w*"),
)  # fmt: skip
_SENIORITY_PATTERNS = tuple((name, re.compile(words, re.IGNORECASE)) for name, words in _SENIORITIES)

_EVERGREEN = re.compile(
    r"talent (?:pool|community|network|pipeline|bank)|(?:general|open|spontaneous|speculative|unsolicited|future) "
    r"(?:job )?(?:applications?|interest|submissions?|opportunit(?:y|ies))|general (?:expression|enquir|inquir)|expression of interest|"
    r"(?:don.?t|do not|didn.?t|not) (?:see|find|seeing|finding) (?:the|a|your|an|what|any)|initiativbewerbung|candidatures? spontan[ée]e|"
    r"candidatura (?:espont[aáâ]nea|spontanea)|autocandidatura|spontanans[oö]kan|uopfordret|open sollicitatie|avoin hakemus|"
    r"join our (?:talent|network|community)|stay in touch|keep in touch|evergreen|future (?:roles?|openings?|hires?)|"
    r"work with us!?$|^(?:apply|application)(?: here)?$|pipeline (?:role|req)|bewerberpool|talentpool|"
    r"(?:your|create your own|dream) (?:dream )?(?:job|role) here|other (?:roles|positions)$|"
    r"^create your own|aplikacja spontaniczna|spontan ans[oö]gning|^speculative",
    re.IGNORECASE,
)
_GENDERS = re.compile(
    r"\(\s*+(?:[mwfdxhnai]\s*+(?:[/|,*]\s*+)?){2,5}\)|\(all genders?\)|\b[mwfh]/[mwfdh](?:/[dx])?\b", re.IGNORECASE
)


@lru_cache(maxsize=16_384)
def function_of(title: str, department: str | None = None) -> str | None:
    """``sales``, ``marketing``, ``engineering``, ...; None where neither title nor department says.

    A trade that the title's head names decides, but for one that many departments have; else a department that means
    one function; else words of the title, then of the department.
    """
    head = _HEAD.match(title)
    craft = _function_in("craft", head[0] if head else title)
    if craft:
        return _function_in("department", (department or "").strip()) or craft
    asked = (
        ("role", head[0] if head else title),
        ("role", title),
        ("department", (department or "").strip()),
        ("word", title),
        ("word", department or ""),
    )
    return next((function for scope, text in asked if text and (function := _function_in(scope, text))), None)


def is_department(text: str) -> bool:
    """Whether a text is the name of a department that means one function."""
    return _function_in("department", text) is not None


@lru_cache(maxsize=16_384)
def may_be_department(text: str) -> bool:
    """Whether a text may be the name of a department: a known one, or a few words about a function."""
    if is_department(text):
        return True
    return len(text.split()) <= 4 and not is_job_title(text) and _function_in("word", text) is not None


def _function_in(scope: str, text: str) -> str | None:
    lowered = text.lower()
    rule = next((rule for rule in _rules(scope) if rule.found_in(text, lowered)), None)
    return rule.id.partition("/")[0] if rule else None


@lru_cache(maxsize=8)
def _rules(scope: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in load_rules(_PACKAGE, _FILE) if rule.scope == scope)


@lru_cache(maxsize=16_384)
def seniority_of(title: str) -> str:
    """``intern``, ``junior``, ``mid``, ``senior``, ``lead``, ``manager``, ``director``, ``vp`` or ``c_level``."""
    return next((name for name, pattern in _SENIORITY_PATTERNS if pattern.search(title)), "mid")


def is_evergreen(title: str) -> bool:
    """A talent pool or an open application: a form that is always there, not an open job."""
    return bool(_EVERGREEN.search(title))


def is_job_title(text: str) -> bool:
    """Whether a line of text names a job: a known function or seniority, or the German and French gender marks."""
    if not 4 <= len(text) <= 120 or text.endswith(("?", "!", ".")) or len(text.split()) > 14:
        return False
    return bool(_GENDERS.search(text)) or bool(_ROLE.search(text))


_ROLE = re.compile(
    r"\b(?:engineer|developer|manager|director|designer|analyst|scientist|executive|representative|specialist|associate|"
    r"consultant|accountant|controller|recruiter|partner|architect|administrator|coordinator|intern|internship|officer|head of|vp|"
    r"vice president|chief|lead|assistant|technician|editor|writer|nurse|attorney|counsel|paralegal|programmer|researcher|advisor|"
    r"adviser|strategist|producer|marketer|operator|planner|buyer|driver|mechanic|teacher|instructor|therapist|supervisor|trainee|"
    r"apprentice|clerk|cashier|agent|advocate|generalist|copywriter|bookkeeper|sourcer|electrician|welder|sdr|bdr|devops|sre|"
    r"owner|scrum master|cto|cfo|cmo|coo|principal|member of technical staff|fellow|secretary|receptionist|"
    r"\w*entwickler(?:in)?|\w*leiter(?:in)?|\w*mitarbeiter(?:in)?|\w*berater(?:in)?|\w*ingenieur(?:in)?|\w*techniker(?:in)?|"
    r"sachbearbeiter(?:in)?|\w*kaufmann|\w*kauffrau|werkstudent(?:in)?|praktikant(?:in)?|praktikum|auszubildende[r]?|\w*referent(?:in)?|"
    r"\w*verkäufer(?:in)?|buchhalter(?:in)?|\w*fahrer(?:in)?|développeur|développeuse|ingénieur|ingénieure|responsable|chargé|"
    r"chargée|commercial|directeur|directrice|stagiaire|chef de projet|technicien|technicienne|conseiller|conseillère|"
    r"desarrollador|desarrolladora|ingeniero|ingeniera|gerente|asesor|jefe|técnico|ontwikkelaar|\w*medewerker|\w*beheerder|adviseur|juriste|justiziar|abogado|abogada|contable|ejecutivo|ejecutiva|chef de produit|atención al cliente|"
    r"utvecklare|säljare|ansvarig|udvikler|sælger|konsulent|konsult|programista|inżynier|specjalista|kierownik|sviluppatore|"
    r"impiegato|tecnico|desenvolvedor|analista|especialista|asistente|разработчик|менеджер|инженер|специалист|программист)s?\b",
    re.IGNORECASE,
)
