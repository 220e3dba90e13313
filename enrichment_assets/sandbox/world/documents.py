"""The pages of a company's own site, from its facts."""

from html import escape
from typing import Any, Final

from enrichment_assets.sandbox.world import prose
from enrichment_assets.sandbox.world.openings import Opening, openings
from enrichment_assets.sandbox.world.pages import Document, block
from enrichment_assets.sandbox.world.subpages import IN_SITEMAP
from enrichment_assets.sandbox.world.world import Facts, World

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
    "breezy": "https://{slug}.breezy.hr/",
    "bamboohr": "https://{slug}.bamboohr.com/careers",
    "pinpoint": "https://{slug}.pinpointhq.com/",
    "gem": "https://jobs.gem.com/{slug}",
    "hibob": "https://{slug}.careers.hibob.com/",
    "rippling": "https://ats.rippling.com/{slug}/jobs",
    "join": "https://join.com/companies/{slug}",
    "comeet": "https://www.comeet.com/jobs/{slug}/4F.00B",
    "jazzhr": "https://{slug}.applytojob.com/apply",
    "successfactors": "https://career5.successfactors.eu/career?company={slug}",
    "workday": "https://{slug}.wd3.myworkdayjobs.com/en-US/Careers",
}
"""Where each board shows a company's openings to people."""


def sitemap(facts: Facts, host: str) -> str:
    """The site's sitemap.xml."""
    further = IN_SITEMAP if facts.segment in ("software", "services") else ()
    paths = ["/", "/about", *further, *([facts.careers_path] if facts.careers != "none" else [])]
    urls = "".join(f"<url><loc>https://{host}{path}</loc></url>" for path in paths)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'


def _links(facts: Facts) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    careers_href = facts.careers_path
    nav = (("Product", "/product"), ("Customers", "/customers"), ("Pricing", "/pricing"), ("About", "/about"))
    footer: list[tuple[str, str]] = [("Privacy", "/privacy"), ("Terms", "/terms"), ("Contact", "/contact")]
    if facts.careers != "none":
        footer.insert(0, ("Careers" if "jobs" not in careers_href else "Jobs", careers_href))
        if facts.careers in BOARD_PAGES and facts.board_on_home:
            footer.insert(1, ("Open positions", BOARD_PAGES[facts.careers].format(slug=facts.board_slug)))
    footer.append(("X", f"https://x.com/{facts.linkedin_slug}"))
    if facts.linkedin == "site":
        footer.append(("LinkedIn", f"https://www.linkedin.com/company/{facts.linkedin_slug}/"))
    elif facts.linkedin == "search" and facts.employees % 2:
        footer.append(("Our founder on LinkedIn", f"https://www.linkedin.com/in/{facts.linkedin_slug}-founder"))
    return nav, tuple(footer)


def document(facts: Facts, title: str, blocks: Any, **more: Any) -> Document:
    """A page with the site's own navigation and footer."""
    nav, footer = _links(facts)
    return Document(title, prose.description(facts), tuple(blocks), nav=nav, footer=footer, **more)


def home(world: World, facts: Facts) -> Document:
    """The home page."""
    organization = {"@context": "https://schema.org", "@type": "Organization", "name": facts.name,
                    "url": f"https://{facts.domain}/"}  # fmt: skip
    tagline = prose.headline(facts)
    return document(
        facts, facts.name if facts.segment == "vague" else f"{facts.name} | {tagline}",
        prose.home_blocks(facts, world.dice(facts.domain)), json_ld=(organization,),
    )  # fmt: skip


def careers(world: World, facts: Facts) -> Document:
    """The careers page: a list, a board's link or embed, or the word that nothing is open."""
    blocks = [
        block("h1", f"Careers at {facts.name}"),
        block("p", f"Join a team of {facts.employees} people who build a {facts.what} for {facts.buyers[0]}."),
    ]
    if facts.careers in BOARD_PAGES:
        return document(facts, f"Careers at {facts.name}", (*blocks, *_board_teaser(facts)), embeds=_embeds(facts))
    if facts.careers == "no_openings":
        blocks.append(block("p", "There are currently no open positions. Please check back later."))
        return document(facts, f"Careers at {facts.name}", blocks)
    jobs = openings(world, facts)
    blocks.append(block("h2", "Open positions"))
    base = facts.careers_path.rstrip("/")
    blocks.append(
        block("ul", *((f"{job.title} – {job.department} – {job.place}", f"{base}/{job.number}-{job.slug}")
                      for job in jobs))
    )  # fmt: skip
    return document(facts, f"Careers at {facts.name}", blocks)


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


def job(world: World, facts: Facts, job: Opening) -> Document:
    """One job's page, with JSON-LD where the company writes it."""
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
    return document(
        facts, f"{job.title} | {facts.name}", blocks, json_ld=(posting,) if facts.careers == "json_ld" else ()
    )
