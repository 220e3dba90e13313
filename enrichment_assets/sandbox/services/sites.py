"""The companies' web sites, and the job boards' own pages: what one GET of one address gives, without following it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from typing import Any, Final
from urllib.parse import urljoin

from enrichment_assets.sandbox.services.hostile import HOSTILE
from enrichment_assets.sandbox.wire import HTML, TEXT, Call, Reply
from enrichment_assets.sandbox.world import documents, prose
from enrichment_assets.sandbox.world.markdown import markdown_of
from enrichment_assets.sandbox.world.openings import openings
from enrichment_assets.sandbox.world.pages import Document, block, to_html, to_markdown
from enrichment_assets.sandbox.world.subpages import subpage
from enrichment_assets.sandbox.world.world import Facts, World, domain_of

_BOARD_HOSTS: Final = {
    "boards.greenhouse.io": "greenhouse", "job-boards.greenhouse.io": "greenhouse", "jobs.lever.co": "lever",
    "jobs.eu.lever.co": "lever-eu", "jobs.ashbyhq.com": "ashby", "apply.workable.com": "workable",
    "careers.smartrecruiters.com": "smartrecruiters", "jobs.smartrecruiters.com": "smartrecruiters",
}  # fmt: skip
_BOARD_SUBDOMAINS: Final = {
    ".recruitee.com": "recruitee", ".jobs.personio.de": "personio", ".teamtailor.com": "teamtailor",
    ".breezy.hr": "breezy", ".bamboohr.com": "bamboohr", ".pinpointhq.com": "pinpoint", ".applytojob.com": "jazzhr",
    ".careers.hibob.com": "hibob",
}  # fmt: skip
_PARKED: Final = (
    "<!DOCTYPE html><html><head><title>{domain}</title></head><body><h1>{domain}</h1><p>This domain is parked free, "
    'courtesy of the registrar.</p><p>Related searches</p><ul><li><a href="https://www.sedoparking.com/{domain}">'
    'Business software</a></li><li><a href="/?q=loans">Loans</a></li></ul></body></html>'
)
_FOR_SALE: Final = (
    "<!DOCTYPE html><html><head><title>{domain} is for sale</title></head><body><h1>{domain} is for sale</h1>"
    '<p>The domain name {domain} is for sale. <a href="https://www.afternic.com/domain/{domain}">Make an offer</a> '
    "or buy it now.</p></body></html>"
)
_BLOCKED: Final = (
    "<!DOCTYPE html><html><head><title>Access denied</title></head><body><h1>Access denied</h1><p>You do not have "
    'permission to view this page.</p><p>Reference 7b2c9e. <a href="https://{domain}/contact">Contact us</a> if you '
    "think this is a mistake.</p></body></html>"
)
_JAVASCRIPT: Final = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{name}</title></head><body><div id="root"></div>'
    '<script src="/static/js/main.7f3b2c.js"></script></body></html>'
)
_NOT_FOUND: Final = (
    "<!DOCTYPE html><html><head><title>Page not found</title></head><body><h1>404</h1><p>Page not found.</p>"
    '<p><a href="/">Home</a></p></body></html>'
)


@dataclass(frozen=True, slots=True)
class Visit:
    """One answer of one web server. Status 0 means that nobody answered."""

    status: int
    html: str = ""
    markdown: str = ""
    location: str | None = None
    content_type: str = HTML
    title: str = ""
    description: str = ""
    raw: bytes | None = None


def visit(world: World, host: str, path: str, *, browser: bool = False) -> Visit:
    """What a GET of ``https://host/path`` gives; ``browser`` runs the page's scripts."""
    host = host.partition(":")[0].rstrip(".").lower()
    given = world.pages.get(host + path) or world.pages.get(host) or world.pages.get(host.removeprefix("www."))
    if given:
        return _given(given)
    board = _board_page(world, host, path)
    if board is not None:
        return board
    facts = world.company(host)
    if path == "/robots.txt":
        sitemap = f"https://{host}/sitemap.xml"
        return Visit(200, "", f"User-agent: *\nAllow: /\nSitemap: {sitemap}\n", content_type=TEXT)
    if path == "/sitemap.xml" and facts.site in ("normal", "other_path"):
        return Visit(200, documents.sitemap(facts, host), content_type="application/xml")
    return _site(world, facts, host, path, browser=browser)


def serve(world: World, call: Call) -> Reply:
    """A direct fetch of a company's site."""
    page = visit(world, call.host, call.path)
    if page.status == 0:
        return Reply(0, b"", reset=True)
    headers = {"Location": page.location} if page.location else {}
    if page.raw is not None:
        return Reply(page.status, page.raw, page.content_type, headers)
    body = page.markdown if page.content_type == TEXT else page.html
    return Reply(page.status, body.encode(), page.content_type, headers)


def _site(world: World, facts: Facts, host: str, path: str, *, browser: bool) -> Visit:  # noqa: PLR0911 - one return per case
    if facts.site == "dead":
        return Visit(0)
    if facts.site.startswith("hostile:"):
        return _hostile(facts.site.removeprefix("hostile:"))
    if facts.site in ("parked", "for_sale", "blocked"):
        template = {"parked": _PARKED, "for_sale": _FOR_SALE, "blocked": _BLOCKED}[facts.site]
        return raw_visit(403 if facts.site == "blocked" else 200, template.format(domain=facts.domain))
    if facts.on_www and host == facts.domain:
        return Visit(301, location=f"https://www.{host}{path}")
    if facts.site == "other_brand":
        return Visit(301, location=f"https://{facts.other_brand}/")
    if facts.site == "empty":
        return Visit(200, "<!DOCTYPE html><html><head><title></title></head><body></body></html>")
    if facts.site == "javascript" and not browser:
        return raw_visit(200, _JAVASCRIPT.format(name=escape(facts.name)))
    plain = path.partition("?")[0]
    if facts.site == "other_path" and plain == "/":
        return Visit(302, location=f"https://{host}{facts.home_path}")
    return page_visit(_company_page(world, facts, host, plain))


@lru_cache(maxsize=32)
def _hostile(kind: str) -> Visit:
    served = HOSTILE[kind]()
    return Visit(200, served.body.decode(), content_type=served.content_type, raw=served.body)


def _company_page(world: World, facts: Facts, host: str, path: str) -> Document | None:
    home = path == "/" or (facts.site == "other_path" and path == facts.home_path)
    if not home and facts.careers != "none":
        careers = facts.careers_path.rstrip("/")
        if path.rstrip("/") == careers or (host.partition(".")[0] in ("careers", "jobs") and path == "/"):
            return documents.careers(world, facts)
        if path.startswith(careers + "/") and facts.careers in ("json_ld", "page"):
            wanted = path[len(careers) + 1 :].rstrip("/")
            for opening in openings(world, facts):
                if wanted == f"{opening.number}-{opening.slug}":
                    return documents.job(world, facts, opening)
    if home or facts.soft_404:
        return documents.home(world, facts)
    if path.rstrip("/") == "/about":
        return documents.document(
            facts, f"About {facts.name}", prose.home_blocks(facts, world.dice(facts.domain))[-3:-1]
        )
    further = subpage(facts, world.dice(facts.domain), path)
    return documents.document(facts, *further) if further is not None else None


def page_visit(document: Document | None) -> Visit:
    """A generated page as an answer; None is the site's own 404."""
    if document is None:
        return raw_visit(404, _NOT_FOUND)
    return Visit(200, to_html(document), to_markdown(document), title=document.title, description=document.description)


def raw_visit(status: int, html: str) -> Visit:
    """Fixed markup as an answer."""
    title, description, markdown = _read(html)
    return Visit(status, html, markdown, title=title, description=description)


@lru_cache(maxsize=64)
def _read(html: str) -> tuple[str, str, str]:
    return markdown_of(html)


def _given(given: dict[str, Any]) -> Visit:
    if given.get("location"):
        return Visit(int(given.get("status", 302)), location=str(given["location"]))
    if "base64" in given:
        raw = bytes(given["base64"])
        text = raw.decode("utf-8", "replace")
        page = raw_visit(int(given.get("status", 200)), text)
        return Visit(
            page.status, text, page.markdown, content_type=str(given.get("content_type", HTML)), title=page.title,
            description=page.description, raw=raw,
        )  # fmt: skip
    page = raw_visit(int(given.get("status", 200)), str(given["html"]))
    return Visit(
        page.status, page.html, page.markdown, content_type=str(given.get("content_type", HTML)), title=page.title,
        description=page.description,
    )  # fmt: skip


def _board_page(world: World, host: str, path: str) -> Visit | None:
    """The page a board shows to people, which lists the openings as links."""
    kind, slug = _BOARD_HOSTS.get(host), ""
    if kind:
        slug = re.sub(r"^/(?:embed/job_board(?:/js)?\?for=)?", "", unescape(path)).partition("/")[0].partition("?")[0]
    else:
        for suffix, name in _BOARD_SUBDOMAINS.items():
            if host.endswith(suffix):
                kind, slug = name, host.removesuffix(suffix)
    if not kind:
        return None
    facts = world.company(domain_of(slug)) if slug else None
    if facts is None or facts.careers != kind or facts.board_slug != slug:
        return raw_visit(404, _NOT_FOUND)
    base = urljoin(f"https://{host}/", slug if kind in _BOARD_HOSTS.values() else "jobs")
    items = tuple((f"{job.title}, {job.place}", f"{base}/{job.uuid}") for job in openings(world, facts))
    return page_visit(
        Document(f"Jobs at {facts.name}", f"Open positions at {facts.name}",
                 (block("h1", f"Jobs at {facts.name}"), block("ul", *items)))
    )  # fmt: skip
