"""What a search engine shows for a company's name alone: its site, pages about it, and others of that name."""

import re
from typing import Any, Final

from enrichment_assets.sandbox.world.dice import Dice
from enrichment_assets.sandbox.world.world import Facts, World

_ENDINGS: Final = ("net", "io", "co", "co.uk", "de", "org", "app", "com.au")
_TRADES: Final = ("consulting", "studio", "partners", "media", "capital", "foundation")
_SHORTENED: Final = 140
"""Characters after which a snippet is cut."""


def name_results(world: World, facts: Facts) -> list[dict[str, Any]]:
    """Results in the order of a search engine that mostly, not always, has the right one first."""
    dice = world.dice(facts.domain)
    found = [(0.2 + dice.roll("s/namesake"), item) for item in _namesakes(world, facts, dice)]
    known = [_site(world.company(domain)) for domain in world.namesakes.get(facts.domain, ())]
    found += [(dice.roll(f"s/known/{at}"), item) for at, item in enumerate(known)]
    found += [(0.3 + dice.roll(f"s/about/{at}"), item) for at, item in enumerate(_about(facts, dice))]
    if dice.roll("s/indexed") < 0.95:
        found.append((dice.roll("s/home") * 0.6, _site(facts, "www." if facts.on_www else "")))
    return [item for _, item in sorted(found, key=lambda one: one[0])]


def _site(facts: Facts, www: str = "") -> dict[str, Any]:
    said = f"{facts.name} is a {facts.what} for {facts.buyers[0]}. It {facts.does}."
    return {
        "title": f"{facts.name} - {facts.what.capitalize()}", "link": f"https://{www}{facts.domain}/",
        "snippet": said[:_SHORTENED],
    }  # fmt: skip


def _namesakes(world: World, facts: Facts, dice: Dice) -> list[dict[str, Any]]:
    """Other companies: of the same name at another ending, and of a longer name."""
    label = re.sub(r"[^a-z0-9]", "", facts.name.lower()) or facts.domain.partition(".")[0]
    found = []
    if dice.roll("s/same_name") < 0.35:
        others = (world.company(f"{label}.{ending}") for ending in dice.sample("s/endings", _ENDINGS, len(_ENDINGS)))
        distinct = (o for o in others if o.domain != facts.domain and o.linkedin_slug != facts.linkedin_slug)
        other = next(distinct, None)
        if other is not None:
            found.append(_site(other))
            if dice.roll("s/same_name_profile") < 0.4:
                found.append(_profile(other, f"{label}-{other.city[0].lower().replace(' ', '-')}", dice, "other"))
    if dice.roll("s/longer_name") < 0.4:
        found.append(_site(world.company(f"{label}-{dice.pick('s/trade', _TRADES)}.com")))
    return found


def _about(facts: Facts, dice: Dice) -> list[dict[str, Any]]:
    """Profiles, directories and the press."""
    slug, found = facts.linkedin_slug, []
    if facts.linkedin != "none":
        found.append(_profile(facts, slug, dice, "own"))
    if dice.roll("s/crunchbase") < 0.6:
        site = f" Website: {facts.domain}." if dice.roll("s/crunchbase_site") < 0.3 else ""
        found.append({
            "title": f"{facts.name} - Crunchbase Company Profile & Funding",
            "link": f"https://www.crunchbase.com/organization/{slug}",
            "snippet": f"{facts.name} is a {facts.industry} company located in {facts.city[0]}.{site}",
        })  # fmt: skip
    if dice.roll("s/directory") < 0.4:
        found.append({
            "title": f"{facts.name} Reviews 2026: Details, Pricing, & Features | G2",
            "link": f"https://www.g2.com/products/{slug}/reviews",
            "snippet": f"Filter reviews of {facts.name} by the users' company size, role or industry.",
        })  # fmt: skip
    if dice.roll("s/press") < 0.4:
        found.append({
            "title": f"{facts.name} raises ${dice.whole('s/raised', 2, 60)}M to reach {facts.buyers[0]}",
            "link": f"https://techcrunch.com/2025/03/11/{slug}-raises/",
            "snippet": f"{facts.city[0]}-based {facts.name} has raised a new round.",
        })  # fmt: skip
    if dice.roll("s/encyclopedia") < 0.1:
        found.append({
            "title": f"{facts.name} - Wikipedia", "link": f"https://en.wikipedia.org/wiki/{slug}",
            "snippet": f"{facts.name} may refer to: a river, a surname, or a company.",
        })  # fmt: skip
    return found


def _profile(facts: Facts, slug: str, dice: Dice, whose: str) -> dict[str, Any]:
    site = f" https://{facts.domain}" if dice.roll(f"s/{whose}_site") < 0.5 else ""
    return {
        "title": f"{facts.name} | LinkedIn", "link": f"https://www.linkedin.com/company/{slug}",
        "snippet": f"{facts.name} | {dice.whole(f's/{whose}_followers', 90, 50_000)} followers on LinkedIn. "
                   f"{facts.what.capitalize()} for {facts.buyers[0]}.{site}",
    }  # fmt: skip
