"""How hard a company is hiring: one word, and the named rule that gave it.

Rules in order; the first that holds decides. "Recent" means posted in the last 30 days.

========================  =====  ======================================================================
``no_openings``           COLD   nothing is open
``stale_openings``        COLD   every posting carries a date, and the newest is more than 180 days old
``unsure_source``         WARM   there are openings, but the source may be another company's or incomplete
``many_openings``         HOT    15 or more are open
``many_recent``           HOT    5 or more are recent
``go_to_market_team``     HOT    3 or more in sales, marketing or customer success
``some_openings``         WARM   anything else
========================  =====  ======================================================================
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

MANY_OPEN = 15
MANY_RECENT = 5
GO_TO_MARKET_OPEN = 3
RECENT_DAYS = 30
STALE_DAYS = 180
GO_TO_MARKET = frozenset({"sales", "marketing", "customer_success"})


@dataclass(frozen=True, slots=True)
class Intensity:
    """``rule`` is the rule's name and what it saw."""

    level: Literal["HOT", "WARM", "COLD"]
    rule: str


def intensity(
    functions: Sequence[str | None], posted_on: Sequence[date | None], today: date, *, sure: bool
) -> Intensity:
    """The level for a company with one function and one date per open job (same order, either may be unknown)."""
    level, rule = _decide(functions, [posted for posted in posted_on if posted], today, sure=sure)
    return Intensity(level, rule)


def _decide(
    functions: Sequence[str | None], dates: Sequence[date], today: date, *, sure: bool
) -> tuple[Literal["HOT", "WARM", "COLD"], str]:
    count = len(functions)
    if not count:
        return "COLD", "no_openings: nothing is open"
    if len(dates) == count and max(dates) < today - timedelta(days=STALE_DAYS):
        return "COLD", f"stale_openings: the newest of {count} is from {max(dates).isoformat()}"
    if not sure:
        return "WARM", f"unsure_source: {count} open, but the source is not certain"
    recent = sum(posted >= today - timedelta(days=RECENT_DAYS) for posted in dates)
    selling = sum(function in GO_TO_MARKET for function in functions)
    hot = (
        (count >= MANY_OPEN, f"many_openings: {count} open"),
        (recent >= MANY_RECENT, f"many_recent: {recent} posted in the last {RECENT_DAYS} days"),
        (selling >= GO_TO_MARKET_OPEN, f"go_to_market_team: {selling} open in sales, marketing or customer success"),
    )
    rule = next((rule for holds, rule in hot if holds), None)
    return ("HOT", rule) if rule else ("WARM", f"some_openings: {count} open")
