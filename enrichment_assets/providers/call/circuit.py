"""A provider that is down is not asked again and again: its circuit opens and calls fail fast until a probe succeeds.

The circuit opens after ``failures`` transient failures in a row that span at least ``after_s`` seconds (a burst of cut
connections is a blip, not an outage), or when the provider asks to be left alone for longer than anybody would wait.
After ``probe_s`` seconds one call is let through: it closes the circuit, or keeps it open twice as long, up to
``MAX_OPEN_S``. A 429 is an answer: the provider is up, unless it has let nothing through for ``REFUSING_S``. An empty
account or a wrong key latches for the rest of the run.
"""

from collections.abc import Callable
from time import monotonic

from enrichment_assets.core.errors import CircuitOpenError, MisconfiguredError, OutOfCreditError, ProviderError
from enrichment_assets.core.together.account_shares import Opened

MAX_OPEN_S = 60.0
"""Longest time between two probes."""
REFUSING_S = 30.0
"""A provider that has answered nothing but 429 for so long is as good as down: waiting for it would hold up the run."""
MAX_REST_S = 3_600.0
"""Longest time a provider is left alone because it asked for it: a date years ahead is somebody's mistake."""


class Circuit:
    """The state of one provider in one run."""

    def __init__(
        self,
        provider: str,
        *,
        failures: int = 10,
        after_s: float = 5.0,
        probe_s: float = 5.0,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.provider = provider
        self._limit = failures
        self._after_s = after_s
        self._probe_s = probe_s
        self._clock = clock
        self._failed = 0
        self._failing_since = 0.0
        self._refused = 0
        self._refusing_since = 0.0
        self._reason = ""
        self._open_until: float | None = None
        self._open_for_s = probe_s
        self._probing = False
        self._latched: OutOfCreditError | MisconfiguredError | None = None
        self._changed = False

    @property
    def is_open(self) -> bool:
        """Calls are refused, a probe apart."""
        return self._open_until is not None or self._latched is not None

    def check(self) -> bool:
        """Let a call through; True for a probe. Raises CircuitOpenError, OutOfCreditError or MisconfiguredError."""
        if self._open_until is None and self._latched is None:
            return False
        if self._latched is not None or self._probing or self._clock() < (self._open_until or 0.0):
            raise self.error()
        self._probing = True
        return True

    def error(self) -> ProviderError:
        """What a call that is not let through raises."""
        if self._latched is not None:
            return type(self._latched)(self.provider, self._latched.message, self._latched.status)
        why = f"it is down after {self._failed} failures in a row" if self._failed else "it asked to be left alone"
        message = f"not asked, {why} (last: {self._reason})"
        left_s = max((self._open_until or 0.0) - self._clock(), 0.0)
        return CircuitOpenError(self.provider, message, retry_after_s=left_s)

    def succeeded(self) -> None:
        """The provider answered, whatever the answer."""
        self._refused = 0
        self._answered()

    def limited(self, reason: str) -> None:
        """A 429."""
        now = self._clock()
        if self._refused == 0:
            self._refusing_since = now
        self._refused += 1
        if self._refused < self._limit or now - self._refusing_since < REFUSING_S:
            self._answered()
            return
        self._failed, self._reason = self._refused, reason
        self._open(now)

    def _answered(self) -> None:
        self._changed = self._changed or self._open_until is not None
        self._failed = 0
        self._probing = False
        self._open_until = None
        self._open_for_s = self._probe_s

    def probed(self) -> None:
        """The probe is over, whether or not it told anything about the provider."""
        self._probing = False

    def failed(self, reason: str) -> None:
        """The provider did not answer, or with a 5xx."""
        now = self._clock()
        if self._failed == 0:
            self._failing_since = now
        self._failed += 1
        self._reason = reason
        is_down = self._failed >= self._limit and now - self._failing_since >= self._after_s
        if self._probing or (self._open_until is None and is_down):
            self._open(now)

    def _open(self, now: float) -> None:
        """For twice as long as before where a probe has failed."""
        if self._probing:
            self._probing = False
            self._open_for_s = min(self._open_for_s * 2, MAX_OPEN_S)
        self._open_until = now + self._open_for_s
        self._changed = True

    def back_off(self, seconds: float, reason: str) -> None:
        """The provider asked to be left alone for longer than a call waits."""
        self._reason = reason
        self._probing = False
        self._open_until = self._clock() + min(seconds, MAX_REST_S)
        self._changed = True

    def lock_open(self, error: OutOfCreditError | MisconfiguredError) -> None:
        """Only a person can help: every later call of this run raises the same."""
        self._latched = error
        self._changed = True

    def news(self) -> Opened | None:
        """How it stands, if that has changed since this was last asked."""
        if not self._changed:
            return None
        self._changed = False
        if self._latched is not None:
            kind = "credit" if isinstance(self._latched, OutOfCreditError) else "setting"
            return Opened(kind, reason=self._latched.message)  # type: ignore[arg-type]
        if self._open_until is None:
            return Opened("")
        return Opened("down", max(0.0, self._open_until - self._clock()), self._reason)

    def hear(self, opened: Opened) -> None:
        """What another run has found out."""
        match opened.kind:
            case "":
                self._answered()
            case "down":
                self.back_off(opened.left_s, opened.reason)
            case "credit":
                self.lock_open(OutOfCreditError(self.provider, opened.reason))
            case "setting":
                self.lock_open(MisconfiguredError(self.provider, opened.reason))
        self._changed = False
