"""Runs at one account over minutes, by a mocked clock: late, asleep, killed, cut off, and with clocks of their own."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from enrichment_assets.core.together.account_shares import Learned, Report
from enrichment_assets.providers.call.limiter import LATE_S, Limiter
from enrichment_assets.providers.call.sharing import EVERY_S, SOON_S
from enrichment_assets.storage.state import state_engine
from enrichment_assets.storage.together import limits
from enrichment_assets.storage.together.limits import LEASE_S, AccountLimits

STEP_S = 0.02
SECONDS = 40.0
NEVER = float("inf")


@dataclass
class Clock:
    now: float = 1_000_000.0


@dataclass(frozen=True)
class Fate:
    """``late_s``: so long a report takes. ``offset_s``: its own clock is so far off. Moments are from the start."""

    joins: float
    dies: float
    sleeps: tuple[float, float]
    cut_off: tuple[float, float]
    late_s: float
    offset_s: float


moments = st.floats(0, SECONDS)
spans = st.one_of(
    st.just((NEVER, NEVER)), st.tuples(moments, st.floats(0.1, 12)).map(lambda span: (span[0], sum(span)))
)
fates = st.builds(
    Fate,
    joins=st.floats(0, 5),
    dies=st.one_of(st.just(NEVER), moments),
    sleeps=spans,
    cut_off=spans,
    late_s=st.floats(0, 0.3),
    offset_s=st.sampled_from([0.0, 90.0, -7200.0, 1e9]),
)


@dataclass
class Run:
    """One run that wants all it can get: the product's limiter, and its side of the exchange."""

    engine: Engine
    clock: Clock
    fate: Fate
    rate: float
    granted: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.book = AccountLimits(self.engine)
        self.limiter = Limiter(rate=self.rate, in_flight=50, clock=lambda: self.clock.now + self.fate.offset_s)
        self.limiter.share(0.0, 0)
        self.due = self.started = self.clock.now + self.fate.joins

    def step(self, passed: float) -> None:
        now = self.clock.now
        if not self.fate.joins <= passed < self.fate.dies or _within(passed, self.fate.sleeps):
            return
        if now >= self.due:
            self.due = now + self._renew(passed)
        while self.limiter._take(now + self.fate.offset_s, self.limiter._late_s):
            self.granted.append(now)
            self.limiter.release()

    def _renew(self, passed: float) -> float:
        if _within(passed, self.fate.cut_off):
            return SOON_S
        share = self.book.exchange([Report("account", "serper", self.rate, 50, None, 50, 0, Learned())])["account"]
        lasts_s = min(LEASE_S, share.turn_s or LEASE_S) - self.fate.late_s
        self.limiter.share(share.part, share.in_flight, lasts_s, share.begun)
        return self.fate.late_s + min(EVERY_S, share.turn_s or EVERY_S, SOON_S if share.short else EVERY_S)


def _within(passed: float, span: tuple[float, float]) -> bool:
    return span[0] <= passed < span[1]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = state_engine(f"sqlite:///{tmp_path_factory.mktemp('limits') / 'state.db'}")
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def clock() -> Iterator[Clock]:
    mocked = Clock()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(limits, "database_now", lambda _connection: mocked.now)
        yield mocked


def _simulate(engine: Engine, clock: Clock, rate: float, fates: list[Fate]) -> list[Run]:
    clock.now = began = clock.now + 1_000.0  # nothing is left of the example before
    runs = [Run(engine, clock, fate, rate) for fate in fates]
    while clock.now < began + SECONDS:
        clock.now += STEP_S
        for run in runs:
            run.step(clock.now - began)
    return runs


def _most_above(calls: list[float], rate: float) -> float:
    """How many calls some span of time had beyond what the rate allows in it: what a bucket has to hold."""
    level, last, worst = 0.0, None, 0.0
    for at in sorted(calls):
        level = max(0.0, level - (0.0 if last is None else (at - last) * rate)) + 1
        last, worst = at, max(worst, level)
    return worst


def _most_at_once(fates: list[Fate], rate: float) -> float:
    """Each run has one call at hand, or a tenth of a second of its part, and a queue another tenth besides."""
    places = min(len(fates), max(1, int(rate)))
    return places + 0.1 * rate + LATE_S * rate + 1


def _calm(fates: list[Fate]) -> list[int]:
    """The seconds in which every run that is there has been there, awake and in touch, for a lease and a turn."""
    settled_s = LEASE_S + limits.COUNTED_S + EVERY_S
    rough = [(0.0, max(fate.joins for fate in fates) + settled_s)]
    rough += [(fate.dies, fate.dies + settled_s) for fate in fates]
    rough += [(span[0], span[1] + settled_s) for fate in fates for span in (fate.sleeps, fate.cut_off)]
    return [second for second in range(int(SECONDS)) if not any(a <= second + 1 and second < b for a, b in rough)]


@settings(max_examples=20, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(fates, min_size=1, max_size=6), st.sampled_from([1.0, 2.5, 4.0, 15.0, 60.0]))
def test_a_rate_is_never_exceeded_and_hardly_lost(engine: Engine, clock: Clock, fates: list[Fate], rate: float) -> None:
    runs = _simulate(engine, clock, rate, fates)
    began = clock.now - SECONDS
    calls = [at - began for run in runs for at in run.granted]
    assert _most_above(calls, rate) <= _most_at_once(fates, rate)
    calm = [second for second in _calm(fates) if any(second + 1 < fate.dies for fate in fates)]
    in_calm = sum(int(at) in set(calm) for at in calls)
    stretches = sum(second - 1 not in calm for second in calm)
    at_the_edges = (stretches + 1) * min(len(fates), max(1, int(rate)))  # where one that makes calls may miss one
    assert in_calm >= 0.97 * rate * len(calm) - at_the_edges


@pytest.mark.parametrize(("rate", "workers"), [(1.0, 4), (2.5, 10)])
def test_more_runs_than_calls_in_a_second_make_them_by_turns(
    engine: Engine, clock: Clock, rate: float, workers: int
) -> None:
    always = (NEVER, NEVER)
    fates = [Fate(0.1 * number, NEVER, always, always, 0.02 * number, 0.0) for number in range(workers)]
    runs = _simulate(engine, clock, rate, fates)
    calls = [at for run in runs for at in run.granted]
    assert _most_above(calls, rate) <= max(1, int(rate)) + 0.75, "no whole call more at once than there are in a second"
    assert len(calls) >= 0.95 * rate * (SECONDS - LEASE_S)
    assert sum(bool(run.granted) for run in runs) >= min(workers, 2 * int(rate)), "everybody comes to their turn"
