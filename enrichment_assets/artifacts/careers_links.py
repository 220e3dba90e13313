"""Which of a page's links lead to a careers page, by what address and text say in many languages. Never by guessing."""

# ruff: noqa: E501  (word lists)

import re
import unicodedata
from collections.abc import Iterable
from urllib.parse import unquote_plus, urlsplit

from enrichment_assets.companies.platforms import words
from enrichment_assets.companies.suffixes import registrable

Link = tuple[str, str]
"""Absolute URL and visible text."""

USUAL_PATHS = ("/careers", "/jobs")
"""Where a careers page stands when nothing links to it: what a company writing in English uses most."""

PATHS_BY_LANGUAGE = {
    "de": "/karriere", "fr": "/recrutement", "es": "/empleo", "nl": "/vacatures", "pl": "/kariera", "it": "/lavora-con-noi",
    "pt": "/carreiras", "sv": "/karriar", "da": "/karriere", "nb": "/karriere", "no": "/karriere", "fi": "/rekry",
}  # fmt: skip

_WORDS = words(
    "career careers jobs jobboard jobcenter vacancy vacancies hiring employment openings recruitment recruiting recruit "
    "karriere karriereportal stellen stellenangebote stellenmarkt stellenanzeigen jobangebote jobportal jobboerse "
    "carriere carrieres emploi emplois recrutement empleo empleos vacantes carrera carreras "
    "vacature vacatures rekry rekrytointi tyopaikat kariera praca karriar jobb arbeta ledigestillinger stillinger "
    "carreira carreiras vagas karier karrier allasok allas kariyer cariere joburi darbas vakansii vakansiyi vacancys "
    "вакансии вакансія вакансії карьера карєра работа кариера 採用 採用情報 求人 招聘 招贤纳士 채용 인재채용"
)
_WEAK_WORDS = words("job join joinus work positions opportunities roles team trabajo trabalho travail lavoro")
_PHRASES = words(
    "job-center job-portal join-us joinus join-the-team join-our-team work-with-us work-for-us working-here work-at open-positions open-roles "
    "open-jobs current-openings job-openings we-are-hiring were-hiring life-at offene-stellen rejoignez-nous "
    "nous-rejoindre nous-recrutons offres-demploi trabaja-con-nosotros bolsa-de-trabajo unete werken-bij werkenbij "
    "jobba-hos-oss lediga-jobb lediga-tjanster ledige-stillinger ledige-jobs avoimet-tyopaikat toihin lavora-con-noi "
    "posizioni-aperte trabalhe-conosco volna-mista kariera-u-nas is-ilanlari human-resources-jobs"
)
_TEXT = re.compile(
    r"\b(?:careers?|jobs?|vacanc(?:y|ies)|hiring|job openings|current openings|employment opportunities|"
    r"career opportunities|"
    r"(?:open|available|current) (?:positions?|roles?|jobs?|vacancies)|join (?:us|(?:the|our) (?:team|crew))|"
    r"work (?:with|for|at) (?:us|\w+)|employment|recruit(?:ment|ing)|"
    r"karriere|stellenangebote|offene stellen|stellen|jobangebote|arbeiten bei|carri[eè]res?|emplois?|recrutement|"
    r"(?:nous )?rejoindre|rejoignez[- ]nous|nous recrutons|empleos?|trabaja con nosotros|bolsa de trabajo|[uú]nete|"
    r"vacatures?|werken bij|rekry|ty[oö]paikat|avoimet ty[oö]paikat|t[oö]ihin|kariera|kari[eé]ra|praca|karri[aä]r|"
    r"jobba hos oss|lediga (?:jobb|tj[aä]nster)|ledige (?:stillinger|jobs)|lavora con noi|posizioni aperte|carreiras?|"
    r"trabalhe conosco|vagas|voln[aá] m[ií]sta|kariyer|karrier|[aá]ll[aá]saink|cariere|"
    r"вакансии|вакансії|карьера|работа у нас|кариера)\b|採用|求人|招聘|채용",
    re.IGNORECASE,
)
_OPENINGS_TEXT = re.compile(
    r"\b(?:(?:see|view|browse|explore|check out|all|our|current|open|available|search)\b.{0,20}"
    r"\b(?:positions?|roles?|jobs?|openings?|vacancies|opportunities)|(?:open|current) \w+|job openings|"
    r"offene stellen|stellenangebote|zu den stellen|nos offres|offres d.emploi|vacatures|lediga jobb|ledige stillinger|"
    r"posizioni aperte|vagas abertas|ofertas de empleo|вакансии)\b",
    re.IGNORECASE,
)
_OPENINGS_PATH = words(
    "openings positions open-positions open-roles jobs vacancies vacatures stellenangebote search roles"
)
_NOT_CAREERS = words(
    "blog news article articles press story stories post posts tag tags category forum forums topic wiki video videos "
    "product products shop guide guides resources insights customers case-studies login signin events privacy "
    "privacy-policy cookie legal"
)
_ELSEWHERE = tuple(
    words(
        "linkedin.com facebook.com twitter.com x.com instagram.com youtube.com "
        "glassdoor.com glassdoor.co.uk glassdoor.de indeed.com "
        "wellfound.com angel.co kununu.com xing.com monster.com stepstone.de ycombinator.com workatastartup.com builtin.com "
        "welcometothejungle.com tiktok.com google.com apple.com medium.com github.com wikipedia.org reddit.com pinterest.com"
    )
)
"""Other people's sites: a company's page there is not its careers page."""
_HOST_LABELS = words(
    "careers career jobs job join work karriere kariera karriar carrieres recrutement empleo vacatures werkenbij rekry "
    "jobb talent hiring apply"
)
_STEMS = words(
    "job career carrer vacan vacat hiring employ opening position role join work recru rekry opportunit team karri kari stelle "
    "arbeit carri emplo rejoin trabaj trabal bolsa unete únete werken tyopaik työpaik toihin töihin praca jobb ledig stilling "
    "lavor posizion carreir vagas misto místa ilan allas állás joburi darbas vakans talent apply human-resources "
    "ваканс карьер карєр работ кариер 採用 求人 招 채용 offres offene"
)
"""A link without any of these is not looked at further."""
_ENDING = re.compile(r"\.(?:html?|php|aspx?|jsp|cfm|do)$")
_SPLIT = re.compile(r"[-_+. ~:!,]+")
_ARTICLE = re.compile(r"/(?:19|20)\d\d/(?:\d\d?/)?|[-_]v\d{3,}|/\d{4}-\d\d-\d\d")
_LEAST = 4.0
_LONGEST_TEXT = 60
_LONGEST_SLUG = 6


def careers_links(links: Iterable[Link], domain: str) -> tuple[str, ...]:
    """Links to careers pages of this company, the likeliest first; fragments and duplicates removed."""
    scored: dict[str, tuple[float, int]] = {}
    for place, (url, text) in enumerate(links):
        points = _points(url, text, domain)
        if points >= _LEAST:
            bare = url.partition("#")[0]
            best = scored.get(bare)
            if best is None or points > best[0]:
                scored[bare] = (points, place)
    return tuple(sorted(scored, key=lambda url: (-scored[url][0], scored[url][1])))


def is_careers_link(url: str, text: str) -> bool:
    """Whether a link, wherever it leads, speaks of jobs at the company."""
    return bool(_TEXT.search(text[:_LONGEST_TEXT])) or _path_points(urlsplit(url).path) > 0


def openings_link(links: Iterable[Link], domain: str, here: str, seen: frozenset[str]) -> str | None:
    """The link that leads on from a careers page to its list of openings; None where there is none."""
    best: tuple[float, str] | None = None
    for url, text in links:
        bare = url.partition("#")[0]
        if bare.rstrip("/") in seen or bare.rstrip("/") == here.partition("#")[0].rstrip("/"):
            continue
        points = _points(url, text, domain)
        segments = [segment for segment in _plain(urlsplit(url).path).split("/") if segment]
        says = 3.0 * bool(len(text) <= _LONGEST_TEXT and _OPENINGS_TEXT.search(text))
        says += 1.5 * bool(segments and _ENDING.sub("", segments[-1]) in _OPENINGS_PATH)
        if says and points + says >= _LEAST and (best is None or points + says > best[0]):
            best = (points + says, bare)
    return best[1] if best else None


def speaks_of_careers(text: str) -> bool:
    """Whether a title or heading is one of a careers page."""
    return bool(_TEXT.search(text))


def _points(url: str, text: str, domain: str) -> float:
    if not _may_be(url, text):
        return 0.0
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return 0.0
    site = registrable(host)
    if site is None or parts.scheme not in ("http", "https") or _is_elsewhere(host):
        return 0.0
    same_site = site == domain
    points = _path_points(parts.path)
    points += _host_points(host, domain, same_site=same_site, root=parts.path in ("", "/"))
    points += _text_points(text)
    if not same_site and points:
        points -= 1.5
    return points


def _may_be(url: str, text: str) -> bool:
    said = f"{url} {text[:_LONGEST_TEXT]}".lower()
    if "%" in said or "+" in said:
        said = unquote_plus(said)
    return any(stem in said for stem in _STEMS)


def _host_points(host: str, domain: str, *, same_site: bool, root: bool) -> float:
    labels = host.split(".")
    if labels[0] in _HOST_LABELS and host != domain:
        return 6.0 if root else 4.0
    site = registrable(host) or host
    named = not same_site and any(word in site.partition(".")[0] for word in ("career", "jobs", "karriere", "recruit"))
    return 3.0 if named else 0.0


def _path_points(path: str) -> float:
    plain = _plain(path)
    segments = [segment for segment in plain.split("/") if segment]
    if not segments:
        return 0.0
    best = 0.0
    for depth, raw in enumerate(segments):
        segment = _ENDING.sub("", raw).replace(" ", "-")
        tokens = [token for token in _SPLIT.split(segment) if token]
        last = depth == len(segments) - 1
        if (
            segment in _WORDS
            or segment in _PHRASES
            or any(phrase in segment for phrase in _PHRASES if len(tokens) <= 4)
        ):
            best = max(best, 6.0 if last else 4.0)
        elif len(tokens) < _LONGEST_SLUG and any(token in _WORDS for token in tokens):
            best = max(best, 4.5 if last else 3.5)
        elif segment in _WEAK_WORDS:
            best = max(best, 2.5)
    if not best:
        return 0.0
    best -= 0.4 * (len(segments) - 1)
    if _ARTICLE.search(plain) or any(_ENDING.sub("", segment) in _NOT_CAREERS for segment in segments[:-1]):
        best -= 4.0
    return best


def _text_points(text: str) -> float:
    text = " ".join(text.split())
    match = _TEXT.search(text) if 0 < len(text) <= _LONGEST_TEXT else None
    if match is None:
        return 0.0
    return 4.5 if len(match[0]) >= 0.5 * len(text) else 2.0


def _plain(path: str) -> str:
    if path.isascii() and "%" not in path:
        return path.lower().replace("+", " ")
    decomposed = unicodedata.normalize("NFKD", unquote_plus(path).lower())
    return "".join(sign for sign in decomposed if not unicodedata.combining(sign))


def _is_elsewhere(host: str) -> bool:
    return any(host == site or host.endswith(f".{site}") for site in _ELSEWHERE)
