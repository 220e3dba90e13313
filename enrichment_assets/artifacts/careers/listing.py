"""Openings listed on a careers page as links, without a job board.

A link counts by where it leads and by what it says: a text that names a job; or any text that is no navigation, where
the address has a job's number or the links beside it, of the same form, name jobs.
"""

# ruff: noqa: E501  (word lists)

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from enrichment_assets.artifacts.careers.functions import is_department, is_evergreen, is_job_title, may_be_department
from enrichment_assets.artifacts.careers.lines import is_kind_of_employment, is_place, title_grade
from enrichment_assets.companies.platforms import words
from enrichment_assets.companies.suffixes import registrable
from enrichment_assets.core.limits import MAX_OPENINGS
from enrichment_assets.pages.links import absolute, link_text, one_line
from enrichment_assets.providers.boards.board import Opening, once, said_remote

MAX_CANDIDATES = 3_000

_JOB_PATH = words(
    "job jobs career careers position positions opening openings vacancy vacancies role roles opportunity opportunities "
    "stelle stellen stellenangebote karriere emploi emplois offre offres empleo empleos vacature vacatures jobb kariera "
    "oferta oferty vagas vaga join-us work-with-us join apply o j p"
)
_JOB_QUERY = re.compile(r"(?:^|&)(?:gh_jid|ashby_jid|job|jobid|job_id|vacancy|position|jid|lever-via)=", re.IGNORECASE)
_NUMBER = re.compile(r"\d{3,}|^\d+$")
_NOT_HERE = words("blog news press about team product products category tag author login people events privacy terms")
_FIELDS = re.compile(r"\s+[·•]\s+|\s{3,}|\n+")
_DASHES = re.compile(r" [–—|] ")
_NO_TITLE = " -–—|·•,"
_TEXT_TAGS = "h1, h2, h3, h4, h5, h6, p, span, div, li, td, strong, b"
_SOFT_HYPHEN = "\u00ad"


@dataclass(frozen=True, slots=True)
class _Candidate:
    opening: Opening
    grade: int
    form: tuple[str, ...]
    """Where on the page it stands and where it leads: jobs of one list have it in common."""


def listed_openings(tree: LexborHTMLParser | None, page_url: str) -> tuple[Opening, ...]:
    """Every link of the page that leads to one job, once, in order. Nothing is guessed from headings without a link."""
    if tree is None:
        return ()
    here = page_url.partition("#")[0].rstrip("/")
    found: list[_Candidate] = []
    for node in tree.css("a[href]"):
        url = absolute(node.attributes.get("href") or "", page_url)
        if not url or url.partition("#")[0].rstrip("/") == here or not _leads_to_a_job(url, page_url):
            continue
        candidate = _candidate(node, url)
        if candidate is not None:
            found.append(candidate)
            if len(found) >= MAX_CANDIDATES:
                break
    forms: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for candidate in found:
        forms[candidate.form].append(candidate.grade)
    lists = {form for form, grades in forms.items() if 2 * grades.count(2) >= len(grades) > 2}
    jobs = [each.opening for each in found if each.grade == 2 or each.form in lists]
    return once(jobs)[:MAX_OPENINGS]


def is_certain(openings: Sequence[Opening]) -> bool:
    """Whether some of the links look like jobs by more than their words: a number in the address, a place beside it."""
    return any(opening.location or _numbered(opening.url or "") for opening in openings)


def job_links(links: Iterable[tuple[str, str]], page_url: str) -> tuple[str, ...]:
    """Links that lead to the page of one job, by their address or because they ask to look at a job or apply."""
    here = page_url.partition("#")[0].rstrip("/")
    found: dict[str, None] = {}
    for url, text in links:
        bare = url.partition("#")[0]
        if bare.rstrip("/") == here or not _leads_to_a_job(url, page_url):
            continue
        last = urlsplit(bare).path.rstrip("/").rpartition("/")[2]
        is_job = _numbered(bare) or is_kind_of_employment(text)
        if is_job or is_job_title(last.replace("-", " ").replace("_", " ").title()):
            found[bare] = None
    return tuple(found)


def _numbered(url: str) -> bool:
    parts = urlsplit(url)
    return bool(_JOB_QUERY.search(parts.query) or _NUMBER.search(parts.path.rstrip("/").rpartition("/")[2]))


def _leads_to_a_job(url: str, page_url: str) -> bool:
    parts = urlsplit(url)
    site, base = _place(page_url)
    if registrable(parts.hostname or "") != site:
        return False
    if _JOB_QUERY.search(parts.query):
        return True
    path = parts.path.lower()
    below = len(base) > 1 and path.rstrip("/").startswith(base)
    segments = [segment for segment in (path[len(base) :] if below else path).split("/") if segment]
    if not segments or any(segment in _NOT_HERE for segment in segments):
        return False
    on_careers_host = (parts.hostname or "").partition(".")[0] in _JOB_PATH
    return below or on_careers_host or any(segment in _JOB_PATH for segment in segments[:-1])


@lru_cache(maxsize=64)
def _place(page_url: str) -> tuple[str | None, str]:
    """A page's site, and its path as a folder."""
    page = urlsplit(page_url)
    return registrable(page.hostname or ""), page.path.lower().rstrip("/") + "/"


def _candidate(node: LexborNode, url: str) -> _Candidate | None:
    pieces = [piece for piece in dict.fromkeys(_pieces(node)) if not is_kind_of_employment(piece)]
    grades = [title_grade(piece) for piece in pieces]
    best = max(grades, default=0)
    if not best:
        return None
    at = grades.index(best)
    title, rest = pieces[at], [piece for piece in pieces[at + 1 :] if len(piece) <= 80]
    if is_evergreen(title):
        rest = []
    place = _location(rest)
    department = next((piece for piece in rest if piece != place), None)
    certain = best == 1 and (_numbered(url) or (place is not None and is_place(place)))
    return _Candidate(
        Opening(url, title, url, department, place, said_remote(place)), 2 if certain else best, _form(node, url)
    )


def _location(pieces: Sequence[str]) -> str | None:
    """The piece that is a place: by its form, else the last that is no department."""
    by_form = next((piece for piece in reversed(pieces) if is_place(piece)), None)
    if by_form:
        return by_form
    other = next((piece for piece in reversed(pieces) if not may_be_department(piece)), None)
    return other or (pieces[-1] if len(pieces) > 1 else None)


def _form(node: LexborNode, url: str) -> tuple[str, ...]:
    parts = urlsplit(url)
    above = node.parent
    return (
        node.attributes.get("class") or "",
        f"{above.tag} {above.attributes.get('class') or ''}" if above is not None else "",
        (parts.hostname or "") + parts.path.rstrip("/").rpartition("/")[0],
    )


def _pieces(node: LexborNode) -> Iterable[str]:
    """The link's text by element and separator: title, department, place as most lists write them.

    Dashes part them only in a link that is one text, and only where what stands behind them is a place or a department:
    titles have dashes too.
    """
    text = link_text(node, separator="\n", within=_TEXT_TAGS).replace(_SOFT_HYPHEN, "")
    pieces = [line for piece in _FIELDS.split(text) if (line := one_line(piece, 200).strip(_NO_TITLE))]
    if len(pieces) != 1:
        return pieces
    parts = [part for part in _DASHES.split(pieces[0]) if part]
    if len(parts) > 2 and is_place(parts[-1]):
        return [" – ".join(parts[:-2]), parts[-2], parts[-1]]
    behind = parts[1:]
    if behind and all(is_place(part) or is_department(part) or is_kind_of_employment(part) for part in behind):
        return parts
    return pieces
