"""What the runs that use one provider account tell each other of it, and what each of them may use."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

Closing = Literal["", "down", "credit", "setting"]
"""Why nobody is to be asked: not at all; it is down or asked for rest; no credit; a setting is wrong."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The state of a circuit. ``left_s``: seconds until it is worth another try."""

    kind: Closing
    left_s: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Learned:
    """What a provider has shown of its limits, for all runs together.

    ``rate``: calls per second, None where it has refused none. ``growth``: by which part of itself the rate may grow
    per second. ``in_flight``: calls at the same time, None where there is no sign of fewer than the settings allow.
    """

    rate: float | None = None
    growth: float = 0.0
    in_flight: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What one run did with an account since its last report, and what it would do.

    ``rate`` and ``in_flight`` are the settings', for all runs together. ``wants``: calls per second; None for all that
    can be had. ``busy``: calls in flight now. ``measured``: the account's rate as this run has measured it, if it has;
    ``refused``: it was refused calls since. ``opened`` is None where the circuit has not changed.
    """

    account: str
    provider: str
    rate: float
    in_flight: int
    wants: float | None
    wants_in_flight: int
    busy: int
    learned: Learned
    measured: float | None = None
    refused: bool = False
    opened: Opened | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """What one run may use of an account until its next report.

    ``part`` of the rate (0 to 1) and ``in_flight`` calls at once. ``learned`` and ``opened`` are others' news, or None.
    ``short``: there will be more as soon as others have reported. ``begun``: so much of its first call is there already
    (0 to 1), where there are others, whose calls it is not to fall together with. ``turn_s``: seconds until it is
    another's turn, where not all can have a part at once.
    """

    part: float
    in_flight: int
    learned: Learned | None = None
    opened: Opened | None = None
    short: bool = False
    begun: float | None = field(default=None, compare=False)
    turn_s: float | None = None


class AccountBook(Protocol):
    """Where the runs meet. Everything blocks."""

    lease_s: float
    """For how long a share is good after it was asked for."""

    def fingerprint(self, provider: str, secret: str) -> str:
        """An account's name: a keyed hash, from which nobody reads the key."""

    def exchange(self, reports: list[Report]) -> dict[str, Share]:
        """Report and be told, by account. Raises OSError where that cannot be."""

    def leave(self) -> None:
        """Give back all shares."""
