"""What a company's site says: sentences made from its facts."""

from enrichment_assets.sandbox.world import vocabulary as words
from enrichment_assets.sandbox.world.dice import Dice
from enrichment_assets.sandbox.world.pages import Block, block
from enrichment_assets.sandbox.world.world import Facts

_BUSINESS_LEADS = (
    "{name} is a {what} for {b0}. It {does}.",
    "{name} builds the {what} that {b0} and {b1} rely on. Our software {does}.",
    "Meet the {what} for {b0}: {name} {does}, so your team can work on what matters.",
    "{b0_cap} use {name}, a {what}, because it {does} without extra headcount.",
    "From {b0} to {b1}: {name} is the {what} that {does}.",
)
_SERVICE_LEADS = (
    "{name} is a {what} working for {b0} and {b1}. Our team {does}.",
    "As a {what}, {name} {does} for {b0}.",
    "{b0_cap} hire {name} when it has to work: we are a {what} that {does}.",
)
_CONSUMER_LEADS = (
    "{name} is a {what} for {b0}. It {does}.",
    "Made for {b0} and {b1}: {name}, the {what} that {does}.",
    "Welcome to {name}, your {what}. We are here for {b0}.",
)
_VAGUE_LEADS = (
    "{name}. Something new is on its way.",
    "We believe in better. {name} is where tomorrow begins.",
    "{name}: ideas, people, impact.",
)


def headline(facts: Facts) -> str:
    """The page's first line."""
    if facts.segment == "vague":
        return facts.name
    return f"The {facts.what} for {facts.buyers[0]}" if facts.segment != "local" else f"{facts.name}, your {facts.what}"


def description(facts: Facts) -> str:
    """The meta description."""
    if facts.segment == "vague":
        return ""
    return f"{facts.name} is a {facts.what} for {facts.buyers[0]}."


def home_blocks(facts: Facts, dice: Dice) -> tuple[Block, ...]:
    """The visible body of the home page."""
    leads = {"software": _BUSINESS_LEADS, "services": _SERVICE_LEADS, "vague": _VAGUE_LEADS}
    lead = dice.pick("lead", leads.get(facts.segment, _CONSUMER_LEADS))
    blocks = [block("h1", headline(facts)), block("p", _fill(lead, facts))]
    if facts.segment == "vague":
        return (*blocks, block("p", "Leave your e-mail address and we will let you know."))
    benefits = {"software": words.BENEFITS, "services": words.SERVICE_BENEFITS}
    chosen = dice.sample("benefits", benefits.get(facts.segment, words.CONSUMER_BENEFITS), 4)
    lines = [_numbers(line, dice, index) for index, line in enumerate(chosen)]
    blocks += [
        block("h2", dice.pick("why", (f"Why {facts.name}", "How it works", "What you get"))),
        block("ul", *lines),
    ]
    if facts.segment in ("software", "services"):
        first, second, third = dice.sample("customers", words.CUSTOMERS, 3)
        blocks += [
            block("h2", dice.pick("who", ("Trusted by", "Our customers", "Who we work with"))),
            block("p", f"{first}, {second} and {third} are among the companies that work with {facts.name}."),
            block("p", f"“{facts.name} paid for itself within {dice.whole('payback', 2, 9)} months”, says the "
                       f"{dice.pick('says', ('COO', 'head of operations', 'CFO', 'VP of engineering'))} of {second}."),
            block("p", f"We serve {facts.buyers[0]}, {facts.buyers[1]} and {facts.buyers[2]}."),
        ]  # fmt: skip
    blocks += [
        block("h2", "About us"),
        block("p", f"Founded in {facts.founded} in {facts.city[0]}, {facts.name} is a team of {facts.employees} people "
                   f"working in {facts.industry.lower()}."),
        block("p", dice.pick("call", ("Book a demo", "Talk to sales", "Start a free trial", "Contact our team"))
              if facts.segment in ("software", "services") else "Shop now"),
    ]  # fmt: skip
    return tuple(blocks)


def job_blocks(facts: Facts, title: str, department: str, place: str, dice: Dice) -> tuple[Block, ...]:
    """The visible body of one job's page."""
    return (
        block("h1", title),
        block("p", f"{facts.name} is hiring a {title} for its {department} team in {place}."),
        block("h2", "What you will do"),
        block("ul", f"Work with {facts.buyers[0]} every day.", f"Help build our {facts.what}.",
              f"Report to the head of {department.lower()}."),
        block("h2", "What you bring"),
        block("ul", f"{dice.whole(f'years/{title}', 1, 8)} years of experience in a similar role.",
              f"Curiosity about {facts.industry.lower()}.", "Clear writing."),
    )  # fmt: skip


def _fill(template: str, facts: Facts) -> str:
    first, second, _ = (*facts.buyers, "", "", "")[:3]
    return template.format(
        name=facts.name, what=facts.what, does=facts.does, b0=first, b1=second, b0_cap=first[:1].upper() + first[1:]
    )


def _numbers(template: str, dice: Dice, index: int) -> str:
    return template.format(
        n=dice.whole(f"n/{index}", 2, 9), p=dice.whole(f"p/{index}", 12, 95), m=dice.whole(f"m/{index}", 19, 490)
    )
