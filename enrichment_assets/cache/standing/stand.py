"""How the artifacts of a company stand: what the engine works out, and the tables here keep."""

from typing import Literal, NamedTuple

Freshness = Literal["fresh", "expired", "outdated", "missing"]


class Stand(NamedTuple):
    """One artifact. ``status`` and ``summary`` are those of its latest record, "" where there is none."""

    artifact: str
    freshness: Freshness
    status: str
    summary: str


Standing = tuple[Stand, ...]
"""All artifacts, in the catalog's order; none of a company of which nothing was ever recorded."""
NOTHING: Standing = ()
