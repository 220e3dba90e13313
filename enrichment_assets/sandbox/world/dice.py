"""Chance without state: the same seed, subject and question give the same answer in any order and any process."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

_UNIT = 1 / 2**64


def chance(*parts: object) -> float:
    """A number in [0, 1) that depends on the parts alone."""
    text = "\x1f".join([str(part) for part in parts])
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) * _UNIT


@dataclass(frozen=True, slots=True)
class Dice:
    """All chance about one subject, usually a domain."""

    seed: int
    subject: str

    def roll(self, question: str) -> float:
        """A number in [0, 1)."""
        text = f"{self.seed}\x1f{self.subject}\x1f{question}"
        return int.from_bytes(blake2b(text.encode(), digest_size=8).digest()) * _UNIT

    def whole(self, question: str, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.roll(question) * (high - low + 1))

    def pick(self, question: str, options: Sequence[T]) -> T:
        """One of the options."""
        return options[int(self.roll(question) * len(options))]

    def sample(self, question: str, options: Sequence[T], count: int) -> list[T]:
        """Up to ``count`` different options."""
        left = list(options)
        chosen: list[T] = []
        while left and len(chosen) < count:
            chosen.append(left.pop(int(self.roll(f"{question}/{len(chosen)}") * len(left))))
        return chosen

    def weighted(self, question: str, shares: Sequence[tuple[T, float]]) -> T:
        """One of the options, by its share of their sum."""
        left = self.roll(question) * sum(share for _, share in shares)
        for option, share in shares:
            left -= share
            if left < 0:
                return option
        return shares[-1][0]
