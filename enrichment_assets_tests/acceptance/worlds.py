"""Lists of companies whose every answer is definite, and what they cost."""

from collections.abc import Mapping
from itertools import count

from enrichment_assets.companies.company import Company
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.sandbox.world.world import World

PAID = ("spider", "openrouter", "serper")


def companies(many: int, prefix: str) -> list[Company]:
    """So many companies of the sandbox's world. Those whose nameservers never answer are left out."""
    world = World(seed=1)
    found: list[Company] = []
    for number in count():
        if len(found) == many:
            return found
        domain = f"{prefix}-{number}.com"
        if world.company(domain).mail != "broken":
            found.append(Company(domain, f"{prefix.title()} {number}"))
    raise AssertionError("unreachable")


def csv_of(listed: list[Company]) -> str:
    """The list as a person has it."""
    return "company_name,website\n" + "".join(f"{company.name},https://{company.domain}\n" for company in listed)


def paid_calls(sandbox: Sandbox) -> dict[str, int]:
    """Calls the paid providers have had so far."""
    bill = sandbox.bill()
    return {provider: bill.get(provider, {"calls": 0})["calls"] for provider in PAID}


def since(before: Mapping[str, int], now: Mapping[str, int]) -> dict[str, int]:
    """Calls between two looks."""
    return {provider: now[provider] - before[provider] for provider in now}
