"""How fast and how parallel one provider is asked.

A token bucket holds the rate, a window the calls in flight. Both start at their configured ceilings (the plan's) and
give way to what the provider shows:

- **Rate.** A 429 says that the provider's own bucket is empty right now. Between two such moments it has let exactly
  its refill rate through, so accepted calls / time between two 429s *is* the provider's rate (or less than it, where
  our pause let its bucket overflow; never more). A 429 that cannot be measured yet halves the rate and pauses for
  a moment; after a measurement the rate stays just below it and creeps upward: fast while the measurement is rough,
  ever so slowly once it is sure.
- **Window.** Falls to a few calls on a 429 that cannot be measured yet, to half on overload (503), a little on any
  other 429. It doubles back to half of what it was, then grows by one call per window of answers.
- **Retry-After** pauses everybody who waits.

**Shares.** Where an account is used by several runs, each has a part of both ceilings (``share``): what was learned is
in that proportion, so that ``learned`` says it for all of them together.

Nobody waits for a lock: ``acquire`` takes a token on the spot when there is one.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from time import monotonic

from enrichment_assets.core.together.account_shares import Learned

MIN_RATE = 0.05
"""Never slower than a call in 20 seconds: below that, a person should change the plan."""
BURST_S = 0.1
"""Own burst, in seconds of the rate, where none is configured: enough to bridge the event loop's timer."""
LATE_S = 0.25
"""Of the rate: what a queue may have besides that was due while the event loop was busy; halved by each 429."""
FIRST_PAUSE_S = 0.1
"""After a 429 that could not be measured: lets the provider's bucket fill for a measurable time. Doubles each time."""
MARGIN = 0.985
"""The rate stays this much below the measured one."""
ENOUGH_ACCEPTED = 8
"""A measurement needs at least this many accepted calls; it is off by one call at worst."""
RELIABLE_ACCEPTED = 40
"""From so many on the next measurement starts anew; until then it goes on, to become exact."""
PROBE_WINDOW = 4.0
"""Calls in flight after a 429 that could not be measured: the next one then costs few refusals."""
PROBE_STEP = 0.25
"""What the window grows by with each accepted call until there is a measurement."""
ROUGH_GROWTH_PER_S = 0.25
"""Growth of the rate after a rough measurement: few calls, or made too low by a pause."""
SURE_GROWTH_PER_S = 0.001
"""... after a sure one: it agrees with the one before, or with the rate at which the 429 came."""
DOUBT = 0.2
"""In between, growth per second is this part of the disagreement."""
GROWTH_DOUBLES_S = 15.0
"""Without a 429 for so long growth doubles, in case the provider has more to give now."""
MAX_GROWTH_PER_S = 0.5


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
        self._late_s = LATE_S
        self._tokens = self._burst
        self._filled_at = clock()
        self._window_ceiling = float(in_flight)
        self._window = float(in_flight)
        self._in_flight = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._threshold = self._window_ceiling
        self._paused_until = 0.0
        self._cut_at = float("-inf")
        self._empty_at: float | None = None
        self._accepted = 0.0
        self._measured: float | None = None
        self._growth_per_s = ROUGH_GROWTH_PER_S
        self._grown_at = 0.0
        self._pause_s = FIRST_PAUSE_S
        self._needed = ENOUGH_ACCEPTED
        self._whole_rate, self._whole_window = rate, in_flight
        self._part = 1.0
        self._own_measure: float | None = None
        self._told_window: int | None = None
        self._good_until = float("inf")
        self._began = 0
        self._held_up = False
        self._refused = False

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

    @property
    def busy(self) -> int:
        """Calls in flight."""
        return self._in_flight

    @property
    def whole(self) -> tuple[float, int]:
        """The settings' ceilings, for all runs together: calls per second, calls in flight."""
        return self._whole_rate, self._whole_window

    @property
    def learned(self) -> Learned:
        """What the provider has shown, for all runs together. A rate only once it was measured."""
        slower = self._measured is not None and self._part > 0 and self._rate < self._rate_ceiling
        rate = self._rate / self._part if slower else None
        return Learned(rate, self._growth_per_s, self._told_window)

    @property
    def measured(self) -> float | None:
        """The provider's rate for all runs together, by what it let through of this one's; None before two 429s."""
        return self._own_measure / self._part if self._own_measure is not None and self._part > 0 else None

    def since_last(self) -> tuple[int, bool, bool]:
        """Calls begun since this was last asked; whether some had to wait for the share; whether there was a 429."""
        found = self._began, self._held_up or bool(self._waiting), self._refused
        self._began, self._held_up, self._refused = 0, False, False
        return found

    def share(self, part: float, in_flight: int, good_for_s: float = float("inf"), begun: float | None = None) -> None:
        """From now on this part of the rate and so many calls at once; after ``good_for_s`` none at all.

        ``begun``: so much of a call is there, where it had no part so far.
        """
        if begun is not None and part > 0 and self._clock() > self._good_until:
            self._tokens, self._filled_at = begun, self._clock()
        ratio = part / self._part if self._part > 0 and part > 0 else 0.0
        if ratio not in (0.0, 1.0):
            self._rate *= ratio
            self._accepted *= ratio
            self._measured = None if self._measured is None else self._measured * ratio
            self._own_measure = None if self._own_measure is None else self._own_measure * ratio
        if part > 0:
            self._part = part
            self._rate_ceiling = self._whole_rate * part
            self._rate = min(self._rate, self._rate_ceiling)
            self._fit_burst()
        if in_flight != self._window_ceiling:
            full = self._window >= self._window_ceiling
            self._window_ceiling = float(in_flight)
            self._window = self._window_ceiling if full else min(self._window, self._window_ceiling)
            self._threshold = min(self._threshold, self._window_ceiling) if not full else self._window_ceiling
        self._good_until = self._clock() + good_for_s if part > 0 else float("-inf")
        if self._waiting:
            self._pump()

    def learn(self, learned: Learned) -> None:
        """What another run has found out."""
        if learned.rate is not None:
            self._rate = self._measured = min(self._rate_ceiling, max(MIN_RATE, learned.rate) * self._part)
            self._growth_per_s = max(SURE_GROWTH_PER_S, learned.growth)
            self._grown_at = self._clock()
            self._fit_burst()
        if learned.in_flight is not None:
            self._told_window = min(learned.in_flight, self._told_window or learned.in_flight)

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
        if 0 < self._window < self._window_ceiling:
            if self._window >= self._threshold:
                step = 1.0 / self._window
            else:
                step = 1.0 if self._measured is not None or self._empty_at is None else PROBE_STEP
            self._window = min(self._window_ceiling, self._window + step)
        if self._rate < self._rate_ceiling:
            self._grow(self._clock())

    def limited(self, started: float, retry_after_s: float | None = None) -> None:
        """A 429 for the call that started at ``started``. Those already under way at the last cut count once."""
        now = self._clock()
        if retry_after_s:
            self._paused_until = max(self._paused_until, now + retry_after_s)
        if started < self._cut_at:
            return
        self._refused = True
        self._late_s /= 2
        self._cut_at = self._grown_at = now
        self._tokens = 0.0
        if self._empty_at is not None and self._accepted >= self._needed and now > self._empty_at:
            self._settle_at(self._accepted / (now - self._empty_at))
            self._window = max(1.0, self._window * 0.85)
            if self._accepted >= RELIABLE_ACCEPTED:
                self._empty_at, self._accepted, self._needed = now, 0, RELIABLE_ACCEPTED
        elif self._measured is not None:
            self._rate = max(MIN_RATE, self._rate * MARGIN)
        else:
            self._rate = max(MIN_RATE, self._rate / 2)
            self._threshold = max(1.0, self._window / 2)
            self._window = min(self._threshold, PROBE_WINDOW)
            self._paused_until = max(self._paused_until, now + self._pause_s)
            self._pause_s *= 2
            if self._empty_at is None:
                self._empty_at, self._accepted = now, 0
        self._fit_burst()

    def _settle_at(self, measured: float) -> None:
        doubt = abs(1.0 - measured / self._rate)
        if self._measured is not None:
            doubt = min(doubt, abs(1.0 - measured / self._measured))
        if self._accepted < RELIABLE_ACCEPTED or self._measured is None:
            self._growth_per_s = ROUGH_GROWTH_PER_S
        else:
            self._growth_per_s = min(ROUGH_GROWTH_PER_S, max(SURE_GROWTH_PER_S, DOUBT * doubt))
        self._measured = self._own_measure = measured
        self._rate = min(self._rate_ceiling, max(MIN_RATE, MARGIN * measured))

    def _grow(self, now: float) -> None:
        elapsed_s = min(now - self._grown_at, 1.0)
        if elapsed_s < 0.05:
            return
        self._grown_at = now
        self._growth_per_s = min(MAX_GROWTH_PER_S, self._growth_per_s * 2 ** (elapsed_s / GROWTH_DOUBLES_S))
        self._rate = min(self._rate_ceiling, self._rate * (1.0 + self._growth_per_s * elapsed_s))
        self._fit_burst()

    def overloaded(self, started: float, retry_after_s: float | None = None) -> None:
        """The provider has too much to do (503, 529): fewer calls at once."""
        now = self._clock()
        if retry_after_s:
            self._paused_until = max(self._paused_until, now + retry_after_s)
        if started >= self._cut_at:
            self._cut_at = now
            self._window = self._threshold = max(1.0, min(self._window, float(max(self._in_flight, 1))) / 2)

    def crowded(self, started: float) -> None:
        """Calls stood in the provider's queue until they timed out: half as many at once, for good."""
        if started >= self._cut_at:
            self._cut_at = self._clock()
            crowd = min(int(self._window), max(self._in_flight, 1))
            part = max(1.0, self._window_ceiling) / (self._told_window or self._whole_window)
            self._window = self._window_ceiling = self._threshold = float(max(1, crowd // 2))
            self._told_window = max(1, round(self._window / part))

    def at_most(self, in_flight: int) -> None:
        """The provider says how many calls it serves at once: more would only stand in its queue."""
        told = max(1, in_flight)
        if told < (self._told_window or self._whole_window):
            self._told_window = told
        if told < self._window_ceiling:
            self._window = self._window_ceiling = self._threshold = float(told)

    def refuse_waiting(self, error: Callable[[], Exception]) -> None:
        """Everybody in the queue fails with a fresh error."""
        waiting, self._waiting = self._waiting, deque()
        for turn in waiting:
            if not turn.done():
                turn.set_exception(error())

    def _fit_burst(self) -> None:
        self._burst = max(1.0, self._rate * (BURST_S if self._burst_s is None else self._burst_s))

    def _take(self, now: float, late_s: float = 0.0) -> bool:
        if now < self._paused_until:
            return False
        if now > self._good_until or self._in_flight >= int(self._window):
            self._held_up = True
            return False
        tokens = min(self._burst + late_s * self._rate, self._tokens + (now - self._filled_at) * self._rate)
        self._filled_at = now
        if tokens < 1.0:
            self._tokens = tokens
            self._held_up = True
            return False
        self._tokens = tokens - 1.0
        self._in_flight += 1
        self._began += 1
        return True

    def _pump(self) -> None:
        now = self._clock()
        waiting = self._waiting
        while waiting:
            if waiting[0].done():
                waiting.popleft()
            elif self._take(now, self._late_s):
                waiting.popleft().set_result(None)
            else:
                break
        if waiting and self._timer is None and self._in_flight < int(self._window) and now <= self._good_until:
            missing_s = (1.0 - self._tokens) / self._rate
            delay_s = max(self._paused_until - now, missing_s, 0.0)
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._pump()
