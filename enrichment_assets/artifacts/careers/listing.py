"""Openings listed on a careers page as links, without a job board: each link's text must name a job.

Also whether a page says in so many words that nothing is open.
"""

# ruff: noqa: E501  (word lists)

import re
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from enrichment_assets.artifacts.careers.functions import is_evergreen, is_job_title
from enrichment_assets.companies.platforms import words
from enrichment_assets.companies.suffixes import registrable
from enrichment_assets.core.limits import MAX_OPENINGS
from enrichment_assets.pages.links import absolute, link_text, one_line
from enrichment_assets.providers.boards.board import Opening, once, said_remote

NO_OPENINGS = re.compile(
    r"\bno (?:current |currently |open |available |new |job )*(?:openings|positions|vacancies|roles|opportunities|jobs)\b"
    r"(?! is| too| that| we| you| like)|"
    r"(?:not|aren.t|are not|isn.t) (?:currently |actively |presently )*(?:hiring|recruiting|looking to hire)|"
    r"(?:don.t|do not|does not|doesn.t) (?:currently |presently )*have (?:any |a )?(?:current |open |available |job )*"
    r"(?:openings|positions|vacancies|roles|jobs)|"
    r"(?:all|our) (?:positions|roles) (?:are|have been) (?:currently )?filled|"
    r"keine (?:offenen |aktuellen |freien )*(?:stellen|positionen|vakanzen|stellenangebote)|"
    r"(?:aucun|pas d).{0,12}(?:poste|offre|recrutement)|no hay (?:vacantes|ofertas|puestos)|"
    r"geen (?:openstaande |actuele )*(?:vacatures|posities)|inga lediga|ingen ledige|nessuna posizione|"
    r"não há vagas|brak (?:aktualnych |otwartych )*ofert|нет (?:открытых )?вакансий",
    re.IGNORECASE,
)
_JOB_PATH = words(
    "job jobs career careers position positions opening openings vacancy vacancies role roles opportunity opportunities "
    "stelle stellen stellenangebote karriere emploi emplois offre offres empleo empleos vacature vacatures jobb kariera "
    "oferta oferty vagas vaga join-us work-with-us join apply o j p"
)
_JOB_QUERY = re.compile(r"(?:^|&)(?:gh_jid|ashby_jid|job|jobid|job_id|vacancy|position|jid|lever-via)=", re.IGNORECASE)
_NUMBER = re.compile(r"\d{3,}|^\d+$")
_NOT_HERE = words("blog news press about team product products category tag author login people events privacy terms")
_SEPARATOR = re.compile(r"\s+[–—|·•]\s+|\s{3,}|\n+")
_PLACE = re.compile(r"remote|hybrid|on-?site|^[A-ZÄÖÜ][\w'. -]+,\s*[A-ZÄÖÜ][\w'. -]+", re.IGNORECASE)
_CALLS = re.compile(
    r"^(?:apply(?: now| here)?|view (?:job|details|role|position)|learn more|read more|more|details|see (?:job|more)|"
    r"mehr(?: erfahren)?|jetzt bewerben|postuler|en savoir plus)\W*$",
    re.IGNORECASE,
)
_TEXT_TAGS = "h1, h2, h3, h4, h5, h6, p, span, div, li, td, strong, b"


def listed_openings(tree: LexborHTMLParser | None, page_url: str) -> tuple[Opening, ...]:
    """Every link of the page that leads to one job, once, in order. Nothing is guessed from headings without a link."""
    if tree is None:
        return ()
    here = page_url.partition("#")[0].rstrip("/")
    found: list[Opening] = []
    for node in tree.css("a[href]"):
        url = absolute(node.attributes.get("href") or "", page_url)
        if not url or url.partition("#")[0].rstrip("/") == here or not _leads_to_a_job(url, page_url):
            continue
        opening = _opening(node, url)
        if opening is not None:
            found.append(opening)
            if len(found) >= MAX_OPENINGS:
                break
    return once(found)


def job_links(links: Iterable[tuple[str, str]], page_url: str) -> tuple[str, ...]:
    """Links that lead to the page of one job, by their address or because they ask to look at a job or apply."""
    here = page_url.partition("#")[0].rstrip("/")
    found: dict[str, None] = {}
    for url, text in links:
        bare = url.partition("#")[0]
        if bare.rstrip("/") == here or not _leads_to_a_job(url, page_url):
            continue
        parts = urlsplit(bare)
        last = parts.path.rstrip("/").rpartition("/")[2]
        is_job = _JOB_QUERY.search(parts.query) or _CALLS.match(text) or _NUMBER.search(last)
        if is_job or is_job_title(last.replace("-", " ").replace("_", " ").title()):
            found[bare] = None
    return tuple(found)


def says_no_openings(text: str) -> bool:
    """Whether the page says that nothing is open."""
    return NO_OPENINGS.search(text.replace("’", "'")) is not None


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


def _opening(node: LexborNode, url: str) -> Opening | None:
    pieces = list(dict.fromkeys(_pieces(node)))
    at = next((index for index, piece in enumerate(pieces) if is_job_title(piece)), None)
    if at is None:
        return None
    title, rest = pieces[at], [piece for piece in pieces[at + 1 :] if not _CALLS.match(piece) and len(piece) <= 80]
    if is_evergreen(title):
        return Opening(url, title, url)
    location = next((piece for piece in reversed(rest) if _PLACE.search(piece)), None)
    others = [piece for piece in rest if piece != location]
    if location is None and len(others) > 1:
        location = others.pop()
    return Opening(url, title, url, others[0] if others else None, location, said_remote(location))


def _pieces(node: LexborNode) -> Iterable[str]:
    """The link's text by element and separator: title, department, place as most lists write them."""
    text = link_text(node, separator="\n", within=_TEXT_TAGS)
    for piece in _SEPARATOR.split(text):
        line = one_line(piece, 200).strip(" -–—|·•,")
        if line:
            yield line
