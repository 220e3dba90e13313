"""What a job title says: the function, the seniority, and whether it is a job at all.

English first, with the usual words of German, French, Spanish, Dutch, Nordic and other titles. The title decides;
the department is asked where the title is silent.
"""

# ruff: noqa: E501  (a pattern reads better on few lines)

import re
from functools import lru_cache

_FUNCTIONS: tuple[tuple[str, str], ...] = (
    ("sales", r"account executive|sales engineer|solutions? (?:engineer|consultant)|pre-?sales|sales operations|revenue operations|revops"),
    ("marketing", r"product marketing|marketing|brand manager|growth|seo\b|sem\b|content (?:manager|writer|strateg\w+|marketer|lead)|"
                  r"copywriter|demand gen\w*|social media|communications?|public relations|\bpr manager|community manager|evangelist|"
                  r"developer (?:relations|advocate)|events? manager|kommunikation|redakteur\w*"),
    ("customer_success", r"customer (?:success|support|service|experience|care|onboarding|operations)|technical support|support (?:engineer|"
                         r"specialist|agent|manager|analyst|representative|associate)|client (?:success|services?|support)|onboarding|help ?desk|"
                         r"implementation|kundenservice|kundenbetreu\w*|kundensupport|service client|atenci[oó]n al cliente|klantenservice|"
                         r"technical account manager"),
    ("sales", r"account (?:executive|manager|director)|\b(?:sdr|bdr|ae|bdm)s?\b|sales|business development|partnerships?|partner "
              r"(?:manager|lead|development)|key account|revenue|vertrieb\w*|verk[aä]uf\w*|commercial\w*|ventas|vendas|verkoop|"
              r"s[aä]ljare|vendit\w+|alliances?|channel manager|new business"),
    ("people", r"recruit\w*|talent acquisition|talent partner|people (?:ops|operations|partner|manager|lead|team|&|and|generalist|business)|"
               r"\bhr\b|human resources|sourcer|personal(?:referent|leiter)\w*|learning (?:and|&) development|payroll|head of people|"
               r"chief people|ressources humaines|recursos humanos|people"),
    ("legal", r"legal|counsel|attorney|lawyer|paralegal|compliance|privacy|regulatory|jurist\w*|avocat"),
    ("finance", r"finance|financial|account(?:ant|ing)|controll(?:er|ing)|fp&a|treasur\w*|tax\b|audit\w*|bookkeep\w*|buchhalt\w*|cfo\b|"
                r"comptab\w*|billing|collections|investor relations|procurement|actuar\w*|underwrit\w*"),
    ("security", r"security|infosec|ciso|penetration|threat|fraud"),
    ("data", r"data (?:scien\w+|analy\w+|engineer\w*|architect|platform|lead|manager|governance)|machine learning|\bml\b|\bai\b|"
             r"analytics|business intelligence|\bbi\b|deep learning|\bnlp\b|quantitative|statistic\w*|datenanaly\w*"),
    ("design", r"design(?:er)?s?\b|\bux\b|\bui\b|user research\w*|creative|illustrat\w+|art director|motion|animator|grafik\w*"),
    ("product", r"product (?:manager|owner|lead|director|management|operations|analyst|strateg\w+|specialist)|(?:head|vp|director|chief)\W+"
                r"(?:of )?product|cpo\b|produktmanag\w*|program manager|technical program|scrum master|agile"),
    ("it", r"\bit\b|system(?:s)? administrat\w+|sysadmin|network (?:engineer|admin\w*)|desktop support|information technology|it-\w+"),
    ("engineering", r"engineer(?:ing|s)?\b|developers?\b|software|programmer|devops|\bsre\b|site reliability|front-?end|back-?end|full-?stack|"
                    r"\bqa\b|quality assurance|test automation|architect|\bcto\b|tech(?:nical)? lead|mobile|android|\bios\b|embedded|firmware|"
                    r"hardware|robotics|platform|infrastructure|cloud|entwickler\w*|d[eé]veloppeur\w*|ing[eé]nieur\w*|desarrollador\w*|"
                    r"ingenier\w*|ontwikkelaar|utvecklare|udvikler|programista|in[zż]ynier|desenvolvedor\w*|sviluppator\w*|"
                    r"softwareentwickl\w*|разработчик|инженер|программист|技術|エンジニア|engineering|technology|member of technical staff"),
    ("research", r"research\w*|scientist|phd|post-?doc|forsch\w*|laboratory|lab tech\w*|chemist|biolog\w*"),
    ("healthcare", r"nurs(?:e|ing)|physician|therapist|clinic\w*|medical|pharmac\w*|caregiver|pflege\w*|dental|dentist|\bcna\b|\blpn\b|"
                   r"psycholog\w*|veterinar\w*|patient"),
    ("education", r"teacher|instructor|tutor|lecturer|professor|curriculum|lehrer\w*|erzieher\w*|trainer"),
    ("operations", r"operations?|\bops\b|logistic\w*|supply chain|warehouse|office manager|facilit\w+|administrat\w+|executive assistant|"
                   r"assistant|receptionist|chief of staff|project manag\w*|coordinator|driver|fahrer\w*|lager\w*|fulfil\w+|planner|"
                   r"buyer|einkauf\w*|production|manufactur\w*|produktion\w*|technician|techniker\w*|mechanic|mechatronik\w*|operator|"
                   r"maintenance|quality|store|retail|barista|cook|chef\b|waiter|cleaner|coo\b|sachbearbeit\w*|strategy|consult\w+|berater\w*"),
)  # fmt: skip
_FUNCTION_PATTERNS = tuple(
    (name, re.compile(rf"(?:\b|(?<=\W))(?:{words})", re.IGNORECASE)) for name, words in _FUNCTIONS
)

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
    r"\((?:\s*[mwfdxhnai]\s*[/|,*]?){2,5}\)|\(all genders?\)|\b[mwfh]/[mwfdh](?:/[dx])?\b", re.IGNORECASE
)


@lru_cache(maxsize=16_384)
def function_of(title: str, department: str | None = None) -> str | None:
    """``sales``, ``marketing``, ``engineering``, ...; None where neither title nor department says."""
    for text in (title, department or ""):
        for name, pattern in _FUNCTION_PATTERNS:
            if text and pattern.search(text):
                return name
    return None


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
    r"desarrollador|desarrolladora|ingeniero|ingeniera|gerente|asesor|jefe|técnico|ontwikkelaar|medewerker|adviseur|"
    r"utvecklare|säljare|ansvarig|udvikler|sælger|konsulent|konsult|programista|inżynier|specjalista|kierownik|sviluppatore|"
    r"impiegato|tecnico|desenvolvedor|analista|especialista|asistente|разработчик|менеджер|инженер|специалист|программист)s?\b",
    re.IGNORECASE,
)
