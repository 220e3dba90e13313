"""How fast and how parallel one provider is asked.

A token bucket holds the rate, a window the calls in flight. Both start at their configured ceilings (the plan's) and
give way to what the provider shows:

- **Rate.** A 429 says that the provider's own bucket is empty right now. Between two such moments it has let exactly
  its refill rate through, so accepted calls / time between two 429s *is* the provider's rate (or less than it, where
  our pause let its bucket overflow; never more). The first 429 halves the rate and pauses for a moment; the next one
  measures, and from then on the rate stays just below the measured one, creeping upward ever more slowly.
- **Window.** Halved on a 429 whose cause is unknown and on overload (503), grown back by one call per window of
  answers.
- **Retry-After** pauses everybody who waits.

Nobody waits for a lock: ``acquire`` takes a token on the spot when there is one.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic

MIN_RATE = 0.05
"""Never slower than a call in 20 seconds: below that, a person should change the plan."""
BURST_S = 0.1
"""Own burst, in seconds of the rate, where none is configured: enough to bridge the event loop's timer."""
PAUSE_S = 1.0
"""After the first 429 without Retry-After: lets the provider's bucket fill for a measurable time."""
MARGIN = 0.985
"""The rate stays this much below the measured one."""
ENOUGH_ACCEPTED = 8
"""A measurement needs at least this many accepted calls; it is off by one call at worst."""
CREEP_PER_S = 0.02
"""How fast the rate grows while it is not trusted; shrinks with every accepted call behind the measurement."""


class Limiter:
    """The rate and the window of one provider."""

    def __init__(
        self,
        *,
        rate: float,
        in_flight: int,
        burst: float | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._clock = clock
        self._rate_ceiling = self._rate = rate
        self._burst_s = None if burst is None else burst / rate
        self._burst = max(1.0, rate * BURST_S) if burst is None else max(1.0, burst)
        self._tokens = self._burst
        self._filled_at = clock()
        self._window_ceiling = float(in_flight)
        self._window = float(in_flight)
        self._in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._paused_until = 0.0
        self._cut_at = float("-inf")
        self._empty_at: float | None = None
        self._accepted = 0
        self._measured = 0.0

    @property
    def rate(self) -> float:
        """Calls per second at present."""
        return self._rate

    @property
    def window(self) -> int:
        """Calls in flight allowed at present."""
        return int(self._window)

    @property
    def waiting(self) -> int:
        """Calls in the queue."""
        return len(self._waiting)

    async def acquire(self) -> float:
        """Wait for a token and a place in the window; the time at which the call may start."""
        now = self._clock()
        if not self._waiting and self._take(now):
            return now
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        self._pump()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.release()
            raise
        return self._clock()

    def release(self) -> None:
        """The call is over, however it ended."""
        self._in_flight -= 1
        if self._waiting:
            self._pump()

    def accepted(self) -> None:
        """The provider did the work."""
        self._accepted += 1
        if self._window < self._window_ceiling:
            self._window = min(self._window_ceiling, self._window + 1.0 / self._window)
        if self._rate < self._rate_ceiling:
            trust = self._measured / (self._measured + 20.0)
            self._rate = min(self._rate_ceiling, self._rate + CREEP_PER_S * (1.0 - trust))
            self._fit_burst()

    def limited(self, started: float, retry_after_s: float | None = None) -> None:
        """A 429 for the call that started at ``started``. Those already under way at the last cut count once."""
        now = self._clock()
        if retry_after_s:
            self._paused_until = max(self._paused_until, now + retry_after_s)
        if started < self._cut_at:
            return
        elapsed = now - self._empty_at if self._empty_at is not None else 0.0
        if elapsed > 0 and self._accepted >= ENOUGH_ACCEPTED:
            self._rate = min(self._rate_ceiling, max(MIN_RATE, MARGIN * self._accepted / elapsed))
            self._measured = float(self._accepted)
        else:
            self._rate = max(MIN_RATE, self._rate / 2)
            self._narrow()
            if not retry_after_s:
                self._paused_until = max(self._paused_until, now + PAUSE_S)
        self._cut_at = now
        if self._empty_at is None or self._measured > 200:
            self._empty_at, self._accepted = now, 0
        self._tokens = 0.0
        self._fit_burst()

    def overloaded(self, started: float, retry_after_s: float | None = None) -> None:
        """The provider has too much to do (503, 529): fewer calls at once."""
        now = self._clock()
        if retry_after_s:
            self._paused_until = max(self._paused_until, now + retry_after_s)
        if started >= self._cut_at:
            self._cut_at = now
            self._narrow()

    def refuse_waiting(self, error: Callable[[], Exception]) -> None:
        """Everybody in the queue fails with a fresh error."""
        waiting, self._waiting = self._waiting, deque()
        for turn in waiting:
            if not turn.done():
                turn.set_exception(error())

    def _narrow(self) -> None:
        self._window = max(1.0, min(self._window, float(max(self._in_flight, 1))) / 2)

    def _fit_burst(self) -> None:
        self._burst = max(1.0, self._rate * (BURST_S if self._burst_s is None else self._burst_s))

    def _take(self, now: float) -> bool:
        if now < self._paused_until or self._in_flight >= int(self._window):
            return False
        tokens = min(self._burst, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if tokens < 1.0:
            self._tokens = tokens
            return False
        self._tokens = tokens - 1.0
        self._in_flight += 1
        return True

    def _pump(self) -> None:
        now = self._clock()
        waiting = self._waiting
        while waiting:
            if waiting[0].done():
                waiting.popleft()
            elif self._take(now):
                waiting.popleft().set_result(None)
            else:
                break
        if waiting and self._timer is None and self._in_flight < int(self._window):
            missing_s = (1.0 - self._tokens) / self._rate
            delay_s = max(self._paused_until - now, missing_s, 0.0)
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._pump()
