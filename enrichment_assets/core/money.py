"""Money that was spent."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spent:
    """All attempts at one provider for one thing: how many, failed ones included, and US dollars.

    ``stored``: questions that were answered from the store instead, for nothing.
    """

    provider: str
    attempts: int
    usd: float
    stored: int = 0
