"""The companies' web sites, and the job boards' own pages: what one GET of one address gives, without following it."""

import re
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from typing import Any, Final
from urllib.parse import urljoin

from enrichment_assets.sandbox import prose
from enrichment_assets.sandbox.markdown import markdown_of
from enrichment_assets.sandbox.openings import Opening, openings
from enrichment_assets.sandbox.pages import Document, block, to_html, to_markdown
from enrichment_assets.sandbox.wire import HTML, TEXT, Call, Reply
from enrichment_assets.sandbox.world import BOARDS, Facts, World, domain_of

BOARD_PAGES: Final = {
    "greenhouse": "https://boards.greenhouse.io/{slug}",
    "lever": "https://jobs.lever.co/{slug}",
    "lever-eu": "https://jobs.eu.lever.co/{slug}",
    "ashby": "https://jobs.ashbyhq.com/{slug}",
    "workable": "https://apply.workable.com/{slug}/",
    "smartrecruiters": "https://careers.smartrecruiters.com/{slug}",
    "recruitee": "https://{slug}.recruitee.com/",
    "personio": "https://{slug}.jobs.personio.de/",
    "teamtailor": "https://{slug}.teamtailor.com/",
}
"""Where each board shows a company's openings to people."""

_BOARD_HOSTS: Final = {
    "boards.greenhouse.io": "greenhouse", "job-boards.greenhouse.io": "greenhouse", "jobs.lever.co": "lever",
    "jobs.eu.lever.co": "lever-eu", "jobs.ashbyhq.com": "ashby", "apply.workable.com": "workable",
    "careers.smartrecruiters.com": "smartrecruiters", "jobs.smartrecruiters.com": "smartrecruiters",
}  # fmt: skip
_BOARD_SUBDOMAINS: Final = {
    ".recruitee.com": "recruitee", ".jobs.personio.de": "personio", ".teamtailor.com": "teamtailor",
}  # fmt: skip
_PARKED: Final = (
    "<!DOCTYPE html><html><head><title>{domain}</title></head><body><h1>{domain}</h1><p>This domain is parked free, "
    'courtesy of the registrar.</p><p>Related searches</p><ul><li><a href="https://www.sedoparking.com/{domain}">'
    "Business software</a></li><li><a href=\"/?q=loans\">Loans</a></li></ul></body></html>"
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
        return Visit(200, "", "User-agent: *\nAllow: /\nSitemap: /sitemap.xml\n", content_type=TEXT)
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


def _site(world: World, facts: Facts, host: str, path: str, *, browser: bool) -> Visit:
    if facts.site == "dead":
        return Visit(0)
    if facts.site in ("parked", "for_sale", "blocked"):
        template = {"parked": _PARKED, "for_sale": _FOR_SALE, "blocked": _BLOCKED}[facts.site]
        return raw_visit(403 if facts.site == "blocked" else 200, template.format(domain=facts.domain))
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


def _company_page(world: World, facts: Facts, host: str, path: str) -> Document | None:
    home = path == "/" or (facts.site == "other_path" and path == facts.home_path)
    if not home and facts.careers != "none":
        careers = facts.careers_path.rstrip("/")
        if path.rstrip("/") == careers or (host.partition(".")[0] in ("careers", "jobs") and path == "/"):
            return _careers(world, facts)
        if path.startswith(careers + "/") and facts.careers in ("json_ld", "page"):
            wanted = path[len(careers) + 1 :].rstrip("/")
            for opening in openings(world, facts):
                if wanted == f"{opening.number}-{opening.slug}":
                    return _job(world, facts, opening)
    if home or facts.soft_404:
        return _home(world, facts)
    if path.rstrip("/") == "/about":
        return _document(facts, f"About {facts.name}", prose.home_blocks(facts, world.dice(facts.domain))[-3:-1])
    return None


def page_visit(document: Document | None) -> Visit:
    """A generated page as an answer; None is the site's own 404."""
    if document is None:
        return raw_visit(404, _NOT_FOUND)
    return Visit(
        200, to_html(document), to_markdown(document), title=document.title, description=document.description
    )


def raw_visit(status: int, html: str) -> Visit:
    """Fixed markup as an answer."""
    title, description, markdown = _read(html)
    return Visit(status, html, markdown, title=title, description=description)


@lru_cache(maxsize=512)
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


def _links(facts: Facts) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    careers_href = facts.careers_path
    nav = (("Product", "/product"), ("Customers", "/customers"), ("Pricing", "/pricing"), ("About", "/about"))
    footer: list[tuple[str, str]] = [("Privacy", "/privacy"), ("Terms", "/terms"), ("Contact", "/contact")]
    if facts.careers != "none":
        footer.insert(0, ("Careers" if "jobs" not in careers_href else "Jobs", careers_href))
        if facts.careers in BOARDS and facts.board_on_home:
            footer.insert(1, ("Open positions", BOARD_PAGES[facts.careers].format(slug=facts.board_slug)))
    footer.append(("X", f"https://x.com/{facts.linkedin_slug}"))
    if facts.linkedin == "site":
        footer.append(("LinkedIn", f"https://www.linkedin.com/company/{facts.linkedin_slug}/"))
    elif facts.linkedin == "search" and facts.employees % 2:
        footer.append(("Our founder on LinkedIn", f"https://www.linkedin.com/in/{facts.linkedin_slug}-founder"))
    return nav, tuple(footer)


def _document(facts: Facts, title: str, blocks: Any, **more: Any) -> Document:
    nav, footer = _links(facts)
    return Document(title, prose.description(facts), tuple(blocks), nav=nav, footer=footer, **more)


def _home(world: World, facts: Facts) -> Document:
    organization = {"@context": "https://schema.org", "@type": "Organization", "name": facts.name,
                    "url": f"https://{facts.domain}/"}  # fmt: skip
    tagline = prose.headline(facts)
    return _document(
        facts, facts.name if facts.segment == "vague" else f"{facts.name} | {tagline}",
        prose.home_blocks(facts, world.dice(facts.domain)), json_ld=(organization,),
    )  # fmt: skip


def _careers(world: World, facts: Facts) -> Document:
    blocks = [
        block("h1", f"Careers at {facts.name}"),
        block("p", f"Join a team of {facts.employees} people who build a {facts.what} for {facts.buyers[0]}."),
    ]
    if facts.careers in BOARDS:
        return _document(facts, f"Careers at {facts.name}", (*blocks, *_board_teaser(facts)), embeds=_embeds(facts))
    if facts.careers == "no_openings":
        blocks.append(block("p", "There are currently no open positions. Please check back later."))
        return _document(facts, f"Careers at {facts.name}", blocks)
    jobs = openings(world, facts)
    blocks.append(block("h2", "Open positions"))
    base = facts.careers_path.rstrip("/")
    blocks.append(
        block("ul", *((f"{job.title} – {job.department} – {job.place}", f"{base}/{job.number}-{job.slug}")
                      for job in jobs))
    )  # fmt: skip
    return _document(facts, f"Careers at {facts.name}", blocks)


def _board_teaser(facts: Facts) -> tuple[Any, ...]:
    href = BOARD_PAGES[facts.careers].format(slug=facts.board_slug)
    return (block("p", ("See all open positions", href)),) if facts.employees % 3 else ()


def _embeds(facts: Facts) -> tuple[str, ...]:
    slug = facts.board_slug
    if facts.employees % 3:
        return ()
    frames = {
        "greenhouse": f'<div id="grnhse_app"></div><script src="https://boards.greenhouse.io/embed/job_board/js?for={slug}"></script>',
        "lever": f'<script>fetch("https://api.lever.co/v0/postings/{slug}?mode=json")</script>',
        "lever-eu": f'<script>fetch("https://api.eu.lever.co/v0/postings/{slug}?mode=json")</script>',
        "ashby": f'<iframe src="https://jobs.ashbyhq.com/{slug}?embed=js" title="Open roles"></iframe>',
    }
    page = BOARD_PAGES[facts.careers].format(slug=slug)
    return (frames.get(facts.careers, f'<iframe src="{page}" title="Open roles"></iframe>'),)


def _job(world: World, facts: Facts, job: Opening) -> Document:
    city, region, code, _ = job.city
    address = {"@type": "PostalAddress", "addressLocality": city, "addressRegion": region, "addressCountry": code}
    posting = {
        "@context": "https://schema.org/", "@type": "JobPosting", "title": job.title,
        "description": f"<p>{escape(facts.name)} is hiring a {escape(job.title)}.</p>",
        "datePosted": job.posted_at.date().isoformat(), "employmentType": "FULL_TIME",
        "hiringOrganization": {"@type": "Organization", "name": facts.name, "sameAs": f"https://{facts.domain}"},
        "jobLocation": {"@type": "Place", "address": address},
        "identifier": {"@type": "PropertyValue", "name": facts.name, "value": str(job.number)},
    }  # fmt: skip
    blocks = prose.job_blocks(facts, job.title, job.department, job.place, world.dice(facts.domain))
    return _document(
        facts, f"{job.title} | {facts.name}", blocks, json_ld=(posting,) if facts.careers == "json_ld" else ()
    )


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
