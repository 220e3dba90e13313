"""Which of a page's links lead to a careers page, by what address and text say in many languages. Never by guessing."""

# ruff: noqa: E501  (word lists)

import re
from collections.abc import Container, Iterable, Sequence
from functools import lru_cache
from urllib.parse import unquote_plus, urlsplit

from enrichment_assets.artifacts.careers.words import NOT_ABOUT_US, PHRASES, UNSPACED, WHOLE_TEXTS, folded
from enrichment_assets.companies.platforms import words
from enrichment_assets.companies.suffixes import host_of, registrable
from enrichment_assets.core.pattern_rules import Rule, any_rule, load_rules
from enrichment_assets.providers.boards.recognise import vendor_of_url

Link = tuple[str, str]
"""Absolute URL and visible text."""

_WORDS = frozenset(phrase for phrase in (*PHRASES, *UNSPACED) if " " not in phrase and "'" not in phrase) | words(
    "jobboard jobcenter vacancys"
)
_WEAK_WORDS = words("join joinus work positions opportunities roles team trabajo trabalho travail lavoro")
_HYPHENATED = frozenset(re.sub(r"[ ']+", "-", phrase) for phrase in PHRASES if " " in phrase)
_PHRASES = (
    _HYPHENATED
    | {phrase.replace("'", "") for phrase in _HYPHENATED}
    | words(
        "join-us joinus work-at life-at werken-bij werkenbij offres-demploi human-resources-jobs careers-at jobs-at"
    )
)
_TEXT = re.compile(
    r"(?<!\w)(?:"
    + "|".join(re.escape(phrase).replace("\\ ", r"[\s-]+") for phrase in sorted(PHRASES, key=len, reverse=True))
    + r"|(?:work(?:ing)?|life|careers?|jobs) (?:with|for|at|@) (?:us|\w+)|(?:arbeiten|karriere|jobs) bei \w+"
    r"|(?:trabaja|trabalhe|travailler|werken|jobba|jobbe|jobb|arbeta) (?:en|na|no|chez|bij|pa|i|hos) \w+)(?!\w)"
    + "".join(f"|{phrase}" for phrase in UNSPACED)
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
    "privacy-policy cookie legal solutions industries features use-cases academy templates"
)
_BELOW_CAREERS = words(
    "positions openings open-positions open-roles current-openings jobs roles teams culture benefits overview life search "
    "all list listing listings locations students departments opportunities vacancies why-us our-culture home"
)
"""What stands below a careers page and leads to it as well as the page itself."""
_PROFILES = words(
    "linkedin.com facebook.com twitter.com x.com instagram.com youtube.com "
    "glassdoor.com glassdoor.co.uk glassdoor.de indeed.com kununu.com xing.com monster.com stepstone.de tiktok.com google.com apple.com medium.com github.com wikipedia.org reddit.com pinterest.com"
)
"""Other people's sites, whose pages are not shown to us, or say nothing of jobs."""
_ELSEWHERE = _PROFILES | words(
    "wellfound.com angel.co ycombinator.com workatastartup.com builtin.com welcometothejungle.com"
)
"""Where companies have a page beside other companies': only what is called "Careers" leads to its jobs."""
_HOST_LABELS = words(
    "careers career jobs job join work karriere kariera karriar carrieres recrutement empleo vacatures werkenbij rekry "
    "jobb talent hiring apply"
)
_LONG_STEMS = {max(re.split(r"[ '-]", phrase), key=len)[:6] for phrase in (*PHRASES, *UNSPACED, *WHOLE_TEXTS)} | words(
    "work life join team opportunit position role opening offres"
)
_STEMS = tuple(sorted(stem for stem in _LONG_STEMS if not any(other in stem for other in _LONG_STEMS - {stem})))
_ASCII_STEMS = tuple(stem for stem in _STEMS if stem.isascii())
"""A link without any of these is not looked at further."""
_PAGE_QUERY = re.compile(
    r"(?:^|&)(?:page|p|pg|paged|pageno|page_number|currentpage|jobs-page)=(?P<number>\d{1,4})(?:&|$)", re.IGNORECASE
)
_PAGE_PATH = re.compile(r"/(?:page|p|seite)[/-]?(?P<number>\d{1,4})/?$", re.IGNORECASE)
_ENDING = re.compile(r"\.(?:html?|php|aspx?|jsp|cfm|do)$")
_SPLIT = re.compile(r"[-_+. ~:!,]+")
_ARTICLE = re.compile(r"/(?:19|20)\d\d/(?:\d\d?/)?|[-_]v\d{3,}|/\d{4}-\d\d-\d\d")
_LEAST = 4.0
_PACKAGE, _FILE = "enrichment_assets.artifacts.careers.data", "not_careers.yaml"
_LEAST_TRUSTED = 1.5
_NEARLY_ALL = 0.6
_LONGEST_TEXT = 60
_LONGEST_SLUG = 6
_NO_LETTERS = re.compile(r"[^\w]+|\d+")


def careers_links(links: Iterable[Link], domain: str) -> tuple[str, ...]:
    """Links to careers pages of this company, the likeliest first; fragments and duplicates removed."""
    scored: dict[str, tuple[float, int]] = {}
    links = list(links)
    said = _said("\n".join(f"{url} {text[:_LONGEST_TEXT]}" for url, text in links))
    stems = [stem for stem in (_ASCII_STEMS if said.isascii() else _STEMS) if stem in said]
    for place, (url, text) in enumerate(links):
        points = _points(url, text, domain, stems)
        if points >= _LEAST:
            bare = url.partition("#")[0]
            best = scored.get(bare)
            if best is None or points > best[0]:
                scored[bare] = (points, place)
    return tuple(sorted(scored, key=lambda url: (-scored[url][0], scored[url][1])))


def is_on_a_profile(url: str, domain: str) -> bool:
    """Whether a careers link of a domain leads to a site that is not worth reading: LinkedIn, GitHub, …"""
    site = registrable(host_of(url))
    return site != domain and site in _PROFILES


def is_careers_link(url: str, text: str) -> bool:
    """Whether a link, wherever it leads, speaks of jobs at the company."""
    return bool(_TEXT.search(folded(text[:_LONGEST_TEXT]))) or _path_points(urlsplit(url).path) > 0


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


def next_page(links: Iterable[Link], here: str, seen: Container[str]) -> str | None:
    """Where a list of jobs goes on: the lowest page number that was not seen, on the same site, below the same path."""
    base = urlsplit(here)
    path = _PAGE_PATH.sub("", base.path).rstrip("/")
    best: tuple[int, str] | None = None
    for url, _ in links:
        bare = url.partition("#")[0]
        parts = urlsplit(bare)
        if parts.hostname != base.hostname or bare in seen:
            continue
        in_path = _PAGE_PATH.search(parts.path)
        number = in_path or _PAGE_QUERY.search(parts.query)
        if number is None or _PAGE_PATH.sub("", parts.path).rstrip("/") != path:
            continue
        if int(number["number"]) > 1 and (best is None or int(number["number"]) < best[0]):
            best = int(number["number"]), bare
    return best[1] if best else None


def speaks_of_careers(text: str) -> bool:
    """Whether a title or heading is one of a careers page."""
    return bool(_TEXT.search(folded(text)))


def _points(url: str, text: str, domain: str, stems: Sequence[str] = _STEMS) -> float:
    said = _said(f"{url} {text[:_LONGEST_TEXT]}")
    if not any(stem in said for stem in stems) or NOT_ABOUT_US.search(said):
        return 0.0
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").lower()
    except ValueError:
        return 0.0
    site = registrable(host)
    same_site = site == domain
    if site is None or parts.scheme not in ("http", "https"):
        return 0.0
    if not same_site and site in _ELSEWHERE and not _is_named_careers(text):
        return 0.0
    if _leads_elsewhere(host.removeprefix("www."), parts.path, text):
        return 0.0
    points = _path_points(parts.path)
    points += _host_points(host, domain, same_site=same_site, root=parts.path in ("", "/"))
    points += min(_text_points(text), _LEAST_TRUSTED if _is_below_other(parts.path) else 9.0)
    if not same_site and points:
        points -= 0.4 if _is_named_careers(text) or vendor_of_url(url) else 1.5
    return points


def _is_named_careers(text: str) -> bool:
    """Whether "Careers", or the like in another language, is about all that a link says: then it counts anywhere."""
    said = " ".join(folded(text).split())
    spoken = sum(len(match[0]) for match in _TEXT.finditer(said))
    return spoken >= _NEARLY_ALL * len(_NO_LETTERS.sub(" ", said).strip()) > 0


def _leads_elsewhere(host: str, path: str, text: str) -> bool:
    return any_rule(_not_careers("address"), f"{host}{path or '/'}"[:300]) or any_rule(
        _not_careers("text"), " ".join(text.split())[:_LONGEST_TEXT]
    )


@lru_cache(maxsize=4)
def _not_careers(scope: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in load_rules(_PACKAGE, _FILE) if rule.scope == scope)


def _said(text: str) -> str:
    if "%" in text or "+" in text:
        text = unquote_plus(text)
    return folded(text)


def _host_points(host: str, domain: str, *, same_site: bool, root: bool) -> float:
    labels = host.split(".")
    if labels[0] in _HOST_LABELS and host != domain:
        return 6.0 if root else 4.0
    site = registrable(host) or host
    named = not same_site and any(word in site.partition(".")[0] for word in ("career", "jobs", "karriere", "recruit"))
    return 3.0 if named else 0.0


def _path_points(path: str) -> float:
    plain = _plain(path)
    segments = _segments(plain)
    if not segments:
        return 0.0
    best = 0.0
    for depth, segment in enumerate(segments):
        tokens = [token for token in _SPLIT.split(segment) if token]
        last = depth == len(segments) - 1
        if segment == "job":
            best = max(best, 4.5 if last else 3.0)
        elif segment in _WORDS or segment in _PHRASES or (len(tokens) <= 4 and _has_phrase(tokens)):
            best = max(best, 6.0 if last else 5.5 if segments[-1] in _BELOW_CAREERS else 4.0)
        elif len(tokens) < _LONGEST_SLUG and any(token in _WORDS for token in tokens):
            best = max(best, 4.5 if last else 3.5)
        elif segment in _WEAK_WORDS:
            best = max(best, 2.5)
    if not best:
        return 0.0
    best -= 0.4 * (len(segments) - 1)
    if _ARTICLE.search(plain) or _is_below_other(path):
        best -= 4.0
    return best


def _has_phrase(tokens: Sequence[str]) -> bool:
    runs = ("-".join(tokens[start:end]) for start in range(len(tokens)) for end in range(start + 1, len(tokens) + 1))
    return any(run in _PHRASES for run in runs)


def _segments(plain: str) -> list[str]:
    """The path's parts without ending and without signs around them, which careless editing leaves."""
    parts = (_ENDING.sub("", part).replace(" ", "-").strip("-_.,;:!\\'\"[](){}") for part in plain.split("/"))
    return [part for part in parts if part]


def _is_below_other(path: str) -> bool:
    """Whether a part of the site that is not about the company itself stands above: a blog, the products."""
    return any(segment in _NOT_CAREERS for segment in _segments(_plain(path))[:-1])


def _text_points(text: str) -> float:
    text = " ".join(folded(text).split())
    if not 0 < len(text) <= _LONGEST_TEXT:
        return 0.0
    if text.strip(" .!>→»") in WHOLE_TEXTS:
        return _LEAST
    said = sum(len(match[0]) for match in _TEXT.finditer(text))
    if not said:
        return 0.0
    return 4.5 if said >= 0.5 * len(_NO_LETTERS.sub(" ", text).strip()) else 2.0


def _plain(path: str) -> str:
    if path.isascii() and "%" not in path:
        return path.lower().replace("+", " ")
    return folded(unquote_plus(path))
