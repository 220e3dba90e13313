"""What was spent by provider as one line of text: what an event's metadata shows and our tables keep."""

import re
from collections.abc import Iterable
from functools import lru_cache

from enrichment_assets.core.money import Spent

_ONE = re.compile(r"(?<!\S)(\S+) (\d+)(?: \((\d+) stored\))?(?: for \$([\d.]+))?(?:, |$)")


def spent_as_text(spent: Iterable[Spent]) -> str:
    """``openrouter 1 for $0.000312, spider 0 (1 stored)``: attempts, answers from the store, and US dollars.

    Exact to the nano-dollar.
    """
    return ", ".join(
        f"{paid.provider} {paid.attempts}"
        + (f" ({paid.stored} stored)" if paid.stored else "")
        + (f" for ${_dollars(paid.usd)}" if paid.attempts or paid.usd else "")
        for paid in spent
    )


@lru_cache(maxsize=4096)
def spent_of_text(text: str | None) -> tuple[Spent, ...]:
    """The same back. What is not such a text tells of nothing."""
    return tuple(
        Spent(provider, int(attempts), float(usd or 0), int(stored or 0))
        for provider, attempts, stored, usd in _ONE.findall(text or "")
    )


def _dollars(usd: float) -> str:
    return f"{usd:.9f}".rstrip("0").rstrip(".")
