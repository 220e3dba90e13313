"""Dividing what there is among those who want some of it."""

from collections.abc import Sequence


def split(total: float, wants: Sequence[float]) -> list[float]:
    """Everybody gets what they want, or the same as all others who do not: max-min fairness.

    ``wants`` may be infinite. The parts never exceed the total.
    """
    parts = [0.0] * len(wants)
    left, open_ones = total, sorted(range(len(wants)), key=lambda one: wants[one])
    while open_ones:
        even = left / len(open_ones)
        one = open_ones.pop(0)
        parts[one] = min(wants[one], even)
        left -= parts[one]
    return parts


def split_rate(rate: float, wants: Sequence[float], turn: int) -> list[float]:
    """All of the rate, calls per second: what is left over goes to everybody alike.

    Where more want a call than there are in a second, so many at a time have it all, and the next with the next turn:
    a part of a call is of no use, and would be rounded up to a whole one by everybody at once.
    """
    wanting = [one for one, want in enumerate(wants) if want > 0]
    places = max(1, int(rate))
    chosen: Sequence[int] = range(len(wants))
    if len(wanting) > places and sum(wants) > rate:
        chosen = [wanting[(turn * places + step) % len(wanting)] for step in range(places)]
    parts = [0.0] * len(wants)
    given = split(rate, [wants[one] for one in chosen])
    for one, part in zip(chosen, given, strict=True):
        parts[one] = part + (rate - sum(given)) / len(given)
    return parts


def split_whole(total: int, wants: Sequence[int], turn: int) -> list[int]:
    """The same in whole numbers. What is left over goes round with ``turn``, so that nobody always has to wait."""
    parts = [int(part) for part in split(total, [float(want) for want in wants])]
    left = total - sum(parts)
    hungry = [one for one in range(len(wants)) if wants[one] > parts[one]]
    for step in range(min(left, len(hungry))):
        parts[hungry[(turn + step) % len(hungry)]] += 1
    return parts
