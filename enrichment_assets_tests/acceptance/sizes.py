"""How large the acceptance tests are.

In the suite they are small. ``ENRICHMENT_ACCEPTANCE=full pytest enrichment_assets_tests/acceptance -s`` runs them at
the size the project promises something about, and prints what it measured; that takes about an hour on two cores.
"""

import os
from dataclasses import dataclass

FULL = os.environ.get("ENRICHMENT_ACCEPTANCE") == "full"
TIMEOUT_S = 7_200 if FULL else 600


@dataclass(frozen=True)
class Sizes:
    """Companies per test, and how often the run is killed."""

    faulty: int = 60
    killed: int = 30
    kills: int = 4
    kills_while_changing: int = 2
    aged: int = 50
    three_ways: int = 10
    stored: int = 2_000
    rules: int = 12


SIZES = (
    Sizes(
        faulty=2_000,
        killed=300,
        kills=100,
        kills_while_changing=100,
        aged=10_000,
        three_ways=500,
        stored=50_000,
        rules=10_000,
    )
    if FULL
    else Sizes()
)
