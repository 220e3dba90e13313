"""The job openings of a company on a given day.

Each company has as many desks as its size suggests; a desk is advertised for some weeks, then filled, then opened
again under a new id. So openings come and go with the calendar, and are the same for everybody on the same day.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from enrichment_assets.sandbox.world import vocabulary as words
from enrichment_assets.sandbox.world.dice import Dice, chance
from enrichment_assets.sandbox.world.world import Facts, World

_NO_WORD = re.compile(r"[\W_]+")
_EPOCH_DAY = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Opening:
    """One open job."""

    number: int
    uuid: str
    title: str
    department: str
    city: tuple[str, str, str, str]
    remote: bool
    posted_at: datetime

    @property
    def place(self) -> str:
        """City, region and country as a person writes them."""
        city, region, _, country = self.city
        return ", ".join(part for part in (city, region if country == "United States" else "", country) if part)

    @property
    def slug(self) -> str:
        """The title as part of a URL."""
        return _NO_WORD.sub("-", self.title.lower()).strip("-")


def openings(world: World, facts: Facts, *, days_ago: int = 0) -> tuple[Opening, ...]:
    """What the company hires for now, or hired for once; nothing when it has no careers page."""
    if facts.careers in ("none", "no_openings"):
        return ()
    dice = world.dice(facts.domain)
    desks = min(60, 1 + int(facts.employees * (0.02 + 0.12 * dice.roll("hiring") ** 2)))
    day = (world.now() - _EPOCH_DAY).days - days_ago
    if dice.roll("frozen") < 0.1:
        return ()
    return tuple(opening for desk in range(desks) if (opening := _at_desk(dice, facts, desk, day)))


def _at_desk(dice: Dice, facts: Facts, desk: int, day: int) -> Opening | None:
    period_days = dice.whole(f"desk/{desk}/period", 40, 160)
    shifted = day + dice.whole(f"desk/{desk}/offset", 0, period_days)
    occupant, age_days = divmod(shifted, period_days)
    if age_days > period_days * 0.75 and desk > 0:
        return None  # filled; the desk is opened again in the next period
    department, titles = dice.pick(f"desk/{desk}/department", words.JOBS)
    identity = chance(dice.seed, facts.domain, "opening", desk, occupant)
    posted = _EPOCH_DAY + timedelta(days=day - age_days - 1, seconds=int(identity * 40_000) + 28_800)
    return Opening(
        number=4_000_000 + int(identity * 4_000_000_000),
        uuid=str(UUID(int=int(identity * 2**62) << 64 | 0x4000_8000_0000_0000 | desk, version=4)),
        title=dice.pick(f"desk/{desk}/title", titles),
        department=department,
        city=facts.city if dice.roll(f"desk/{desk}/here") < 0.6 else dice.pick(f"desk/{desk}/city", words.CITIES),
        remote=dice.roll(f"desk/{desk}/remote") < 0.35,
        posted_at=posted,
    )
