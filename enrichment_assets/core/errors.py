"""Everything a provider call can raise.

::

    ProviderError
    ├── TransientError        could not find out; worth asking again later (timeout, 429, 5xx, SERVFAIL, nonsense)
    │   ├── NotSentError      no connection: the request never left, so it cannot have cost anything
    │   └── CircuitOpenError  not asked at all: the provider is down and its circuit is open
    ├── PermanentError        this request can never work (bad address, refused input, too large)
    │   ├── UnsafeAddressError  a URL from data led to an address that is not public
    │   └── HeldError         a push got no answer and waits for a person
    ├── OutOfCreditError      the account is empty; every further call to this provider would fail
    └── MisconfiguredError    wrong key, wrong URL, wrong model: a person has to change a setting
    BudgetReachedError        nothing was called: the run's or the company's cap does not cover the worst case
    NotStoredError            nothing was called: this is a replay, and the answer is not stored
    LeaseLostError            nothing was called: the company may be another run's by now

"The provider answered: nothing there" is never an error; it is a typed answer. Messages never hold a key.
"""

from dataclasses import dataclass
from typing import Literal

FILE = "file"
"""What a MisconfiguredError is about where it is neither a provider nor ``settings``: a file that a person wrote."""
Cause = Literal["down", "limited", "overloaded", "crowded", "subject"]
"""What caused a transient failure: a provider that is down, or asks us to slow down (429), or has too much to
do (503), or lets our own calls stand in its queue until they time out (crowded), or the thing that was asked about (a
site, a domain, a model's nonsense) while the provider itself is fine."""


@dataclass
class ProviderError(Exception):
    """A call that gave no answer. ``provider`` is its name in the ledger; ``message`` is for a person."""

    provider: str
    message: str
    status: int | None = None

    def __str__(self) -> str:
        return f"{self.provider}: {self.message}"


@dataclass
class TransientError(ProviderError):
    """Could not find out this time. ``retry_after_s`` is what the provider asked for, in seconds."""

    retry_after_s: float | None = None
    cause: Cause = "down"


@dataclass
class NotSentError(TransientError):
    """No connection came about, so the provider never saw the request."""


@dataclass
class CircuitOpenError(TransientError):
    """Not asked: the provider has been failing and its circuit is open."""


@dataclass
class PermanentError(ProviderError):
    """This request can never work; asking again gives the same."""


@dataclass
class UnsafeAddressError(PermanentError):
    """A URL that came from data led to an address that is not public, or to a port that is not the web's."""


@dataclass
class HeldError(PermanentError):
    """A push was sent, no answer came, and the settings leave the next step to a person."""


@dataclass
class OutOfCreditError(ProviderError):
    """The provider's account is empty."""


@dataclass
class MisconfiguredError(ProviderError):
    """A key, URL or model is wrong; the message names the setting."""


class BudgetReachedError(Exception):
    """Nothing was called: the cap does not cover the worst case of this call."""


class NotStoredError(Exception):
    """Nothing was called: only stored answers are used, and this one is not there."""

    def __init__(self, provider: str) -> None:
        super().__init__(f"{provider} would have to be asked: its answer is not stored")
        self.provider = provider


class LeaseLostError(Exception):
    """Nothing was called: this run may no longer hold the company, because it could not say that it lives."""
