"""What is said of many generated companies, against what is true of them in the sandbox."""

import asyncio
from collections import Counter

from enrichment_assets.artifacts.careers.artifact import Careers
from enrichment_assets.artifacts.careers.declaration import CAREERS
from enrichment_assets.artifacts.linkedin.declaration import LINKEDIN
from enrichment_assets.artifacts.news.declaration import NEWS
from enrichment_assets.artifacts.website.declaration import WEBSITE
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.sandbox.world.openings import openings
from enrichment_assets.sandbox.world.press import results
from enrichment_assets.sandbox.world.world import BOARDS, Facts, World
from enrichment_assets_tests.artifacts.producing import Bench, bench
from enrichment_assets_tests.builtin import EXAMPLES

FIRST = ("Vandor", "Quiltra", "Ostrava", "Nimbrel", "Tarkwell", "Zephrin", "Boldane", "Mirvale", "Hexora", "Lumbrik")
SECOND = ("Dynamics", "Robotics", "Freight", "Analytics", "Biosciences", "Payments", "Mobility", "Foods", "Optics")
LEGAL_FORM = ("", ", Inc.", " Ltd", " GmbH", " Co., Ltd.", " S.A.")


def listed() -> dict[str, str]:
    """Domains and names as lists have them: with legal forms, hyphens and country endings."""
    names = [(one, two) for one in FIRST for two in SECOND]
    endings = ("com", "io", "de", "co.uk", "com.br")
    return {
        f"{one}-{two}.{endings[at % 5]}".lower() if at % 3 else f"{one}{two}.{endings[at % 5]}".lower(): (
            f"{one} {two}{LEGAL_FORM[at % 6]}"
        )
        for at, (one, two) in enumerate(names)
    }


def lands_at(world: World, facts: Facts) -> tuple[str, ...]:
    """Another brand's site may itself be parked, or dead."""
    if facts.site == "other_brand":
        return facts.site, world.company(facts.other_brand).site
    return ({"normal": "same_site", "javascript": "same_site"}.get(facts.site, facts.site),)


def true_openings(world: World, facts: Facts) -> Counter[str]:
    hidden = facts.careers == "ashby"  # the sandbox's Ashby boards have unlisted jobs
    return Counter(job.title for job in openings(world, facts) if not (hidden and job.number % 17 == 0))


def careers_differ(world: World, facts: Facts, said: Careers) -> bool:
    true = true_openings(world, facts)
    status = "no_careers_page" if facts.careers == "none" else "openings" if true else "no_openings"
    board = facts.careers.partition("-")[0] if facts.careers in BOARDS else None
    named = said.board.partition(":")[0] if said.board else None
    if facts.careers == "page" and not true:  # an empty list under a heading does not say that nothing is open
        return said.status not in ("no_openings", "unknown") or bool(said.postings)
    return (said.status, named, Counter(each.title for each in said.postings)) != (status, board, true)


async def differences(lab: Bench, world: World, domain: str, name: str) -> list[tuple[object, ...]]:
    facts = world.company(domain)
    site = await lab.produce(WEBSITE, domain, name)
    found: list[tuple[object, ...]] = []
    if site.landed not in lands_at(world, facts):
        found.append(("website", domain, facts.site, site.landed, site.reason))
    if not site.judgeable:
        return found
    inputs = {"website": site, "icp": EXAMPLES["icp"]}
    careers = await lab.produce(CAREERS, domain, name, inputs=inputs)
    if careers_differ(world, facts, careers):
        found.append(("careers", domain, facts.careers, careers.status, careers.reason))
    page = await lab.produce(LINKEDIN, domain, name, inputs=inputs)
    if page.url != (None if facts.linkedin == "none" else f"https://www.linkedin.com/company/{facts.linkedin_slug}"):
        found.append(("linkedin", domain, facts.linkedin_slug, page.url, page.reason))
    news = await lab.produce(NEWS, domain, name, inputs=inputs)
    published = {item["link"]: facts.name in item["title"] for item in results(world, facts, "en", "qdr:m6")[:10]}
    told = {url for story in news.stories for url in (story.url, *story.also_at)}
    if told != {link for link, is_about in published.items() if is_about}:
        found.append(("news", domain, name, news.query, told ^ published.keys()))
    return found


async def test_what_is_said_of_companies_is_what_is_true_of_them(sandbox: Sandbox) -> None:
    companies = listed()
    taught = [{"domain": domain, "name": name} for domain, name in companies.items()]
    world = World(seed=1)
    world.learn(taught)
    sandbox.companies(taught)
    settings = sandbox.settings(board_requests_per_s=10_000.0, web_requests_per_s_per_host=1_000.0)
    async with bench(settings) as lab:
        said = await asyncio.gather(*(differences(lab, world, *company) for company in companies.items()))
    assert not [difference for company in said for difference in company]
