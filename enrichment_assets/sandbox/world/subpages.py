"""Further pages of a company's own site: pricing, customers, security, integrations, blog."""

from collections.abc import Callable, Mapping
from typing import Final

from enrichment_assets.sandbox.world import vocabulary as words
from enrichment_assets.sandbox.world.dice import Dice
from enrichment_assets.sandbox.world.pages import Block, block
from enrichment_assets.sandbox.world.world import Facts

CHARGES: Final = ("per seat", "by usage", "flat", "quote only", "not said")
"""How a company charges; what its pricing page says of it."""
TOOLS: Final = (
    "Salesforce",
    "HubSpot",
    "Slack",
    "Zapier",
    "NetSuite",
    "Snowflake",
    "Microsoft Teams",
    "Jira",
    "Workday",
)
_CHARGED: Final[Mapping[str, tuple[str, ...]]] = {
    "per seat": (
        "Plans start at ${n} per seat and month, billed per user.",
        "You pay ${n} for each user, every month, and add seats whenever you like.",
    ),
    "by usage": (
        "Pricing follows your usage: ${n} for every thousand requests.",
        "Pay as you go, metered by usage, from ${n} a month.",
    ),
    "flat": (
        "One flat price: ${n} a month for the whole company.",
        "A flat fee of ${n} a month, whatever the size of your team.",
    ),
    "quote only": (
        "Pricing depends on your needs: talk to sales for a quote.",
        "We price every project on request; contact us for a custom quote.",
    ),
    "not said": ("We are reworking how we charge for this.",),
}


def charge(facts: Facts, dice: Dice) -> str:
    """How it charges."""
    if facts.segment == "services":
        return "quote only"
    return dice.weighted("charge", tuple(zip(CHARGES, (0.4, 0.2, 0.15, 0.15, 0.1), strict=True)))


def _pricing(facts: Facts, dice: Dice) -> tuple[Block, ...]:
    how = charge(facts, dice)
    line = dice.pick("pricing line", _CHARGED[how]).replace("{n}", str(dice.whole("price", 9, 490)))
    start = dice.pick("start", ("Start a free 14-day trial, no credit card needed.", "Book a demo to get started."))
    return (
        block("h1", "Pricing"),
        block("p", line),
        block("p", start),
        block("p", f"Prices of {facts.name} exclude VAT."),
    )


def _customers(facts: Facts, dice: Dice) -> tuple[Block, ...]:
    chosen = dice.sample("customer page", words.CUSTOMERS, 4)
    stories = [block("p", f"{name} works with {facts.name} since {dice.whole(name, 2016, 2025)}.") for name in chosen]
    return block("h1", "Customers"), *stories


def _security(facts: Facts, dice: Dice) -> tuple[Block, ...]:
    yes = dice.roll("soc 2") < 0.6
    line = (
        f"{facts.name} is SOC 2 Type II certified and audited every year by an independent firm."
        if yes
        else "We are not SOC 2 certified yet; the audit is planned."
    )
    return (
        block("h1", "Security"),
        block("p", line),
        block("p", "All customer data is encrypted in transit and at rest."),
    )


def _integrations(facts: Facts, dice: Dice) -> tuple[Block, ...]:
    tools = dice.sample("tools", TOOLS, 3)
    lines = (f"{facts.name} integrates with {tool}, both ways and in minutes." for tool in tools)
    return block("h1", "Integrations"), block("ul", *lines)


def _blog(facts: Facts, dice: Dice) -> tuple[Block, ...]:
    year = dice.whole("post", 2024, 2026)
    return block("h1", "Blog"), block("p", f"Published on 3 May {year}: what {facts.buyers[0]} taught us this spring.")


_PAGES: Final[Mapping[str, tuple[str, Callable[[Facts, Dice], tuple[Block, ...]]]]] = {
    "/pricing": ("Pricing", _pricing),
    "/customers": ("Customers", _customers),
    "/security": ("Security", _security),
    "/integrations": ("Integrations", _integrations),
    "/blog": ("Blog", _blog),
}
IN_SITEMAP: Final = ("/pricing", "/customers", "/security")
"""The home page links to pricing and customers; the blog and the integrations stand where they usually do."""


def subpage(facts: Facts, dice: Dice, path: str) -> tuple[str, tuple[Block, ...]] | None:
    """Title and blocks of a page; None where the company has no such page."""
    found = _PAGES.get(path.rstrip("/"))
    if found is None or facts.segment not in ("software", "services"):
        return None
    title, write = found
    return f"{title} | {facts.name}", write(facts, dice)
