"""What every call cost, and the caps that are never exceeded.

A ``CostScope`` is on whose behalf a provider is called: one artifact of one company in one run. Before each attempt
the worst it can cost is set aside; after it the reservation is replaced by what the provider reported. One that a
cap does not cover is refused, so what providers charge never exceeds a cap, at any concurrency, as long as none charges
more than the worst case. One that does is booked as it charged and warned of, and every later reservation sees it.

An attempt without an answer is booked at what such a call usually costs. Nobody knows what it did cost, so against the
caps it counts at its worst.

Money is counted in integer nano-dollars; dollars as floats exist only at the edges. All of it runs in one event loop.
"""

import asyncio
import logging
import math
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from time import monotonic, perf_counter
from types import TracebackType
from typing import Protocol

from enrichment_assets.core.errors import BudgetReachedError, ProviderError
from enrichment_assets.core.money import Spent
from enrichment_assets.providers.call.answers import ArtifactAnswers

log = logging.getLogger(__name__)
NANO = 1_000_000_000
"""Nano-dollars in a dollar."""
ASK_AGAIN_S = 1.0
"""A shared budget that had nothing left is not asked again before: others may give back what they did not need."""


@dataclass(frozen=True, slots=True)
class Charge:
    """One attempt at one call. ``usd`` is what the provider reported, or its list price where it reports none."""

    provider: str
    usd: float
    ok: bool
    status: int | None
    latency_s: float
    attempts: int = 1
    """0 for a share of an attempt that is counted elsewhere."""


class Reservation:
    """The worst case set aside for one attempt, until the attempt is settled.

    Leaving the ``with`` block without ``commit`` or ``cancel`` (a timeout, a cut connection, a cancelled task: the
    request may have been sent and nobody told its price) books it at ``unanswered_usd``, as failed if it raised, and
    leaves the rest of the worst case set aside for good.
    """

    __slots__ = ("_nano", "_open", "_scope", "_since", "provider", "unanswered_usd")

    def __init__(self, scope: "CostScope", provider: str, nano: int, unanswered_usd: float) -> None:
        self._scope = scope
        self._nano = nano
        self._open = True
        self._since = perf_counter()
        self.provider = provider
        self.unanswered_usd = unanswered_usd

    def start(self) -> None:
        """The attempt begins now: waiting for the limiter is not the provider's latency."""
        self._since = perf_counter()

    def commit(self, *, usd: float, ok: bool, status: int | None = None) -> None:
        """Book the attempt at what it cost, in US dollars. Later calls change nothing."""
        self._book(usd, ok=ok, status=status, counted=0)

    def _book(self, usd: float, *, ok: bool, status: int | None, counted: int) -> None:
        if not self._open:
            return
        self._open = False
        nano = round(usd * NANO)
        charge = Charge(self.provider, nano / NANO, ok, status, perf_counter() - self._since)
        self._scope._book(charge, nano, self._nano, max(nano, counted))

    def cancel(self) -> None:
        """Nothing was sent: give the money back and book nothing."""
        if self._open:
            self._open = False
            self._scope.ledger._release(self._scope.company, self._nano)

    def __enter__(self) -> "Reservation":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._book(self.unanswered_usd, ok=kind is None, status=None, counted=self._nano)


@dataclass(slots=True)
class CostScope:
    """What one artifact of one company spends, and the answers it need not pay for.

    ``permit`` is waited for before anybody is called; it may raise. ``holds`` tells just before each attempt whether
    the run still is the one to make it.
    """

    company: str
    artifact: str
    ledger: "Ledger"
    answers: ArtifactAnswers | None = None
    permit: Callable[[], Awaitable[None]] | None = None
    holds: Callable[[], bool] | None = None
    charges: list[Charge] = field(default_factory=list)
    _nano: int = 0
    _read_at: datetime | None = None

    @property
    def cost_usd(self) -> float:
        """All attempts so far, in US dollars."""
        return self._nano / NANO

    def spent(self) -> tuple[Spent, ...]:
        """All attempts so far by provider, in the order they were first called."""
        totals: dict[str, tuple[int, int]] = {}
        for charge in self.charges:
            attempts, nano = totals.get(charge.provider, (0, 0))
            totals[charge.provider] = attempts + charge.attempts, nano + round(charge.usd * NANO)
        stored = self.answers.stored if self.answers is not None else {}
        for provider in stored:
            totals.setdefault(provider, (0, 0))
        return tuple(
            Spent(provider, attempts, nano / NANO, stored.get(provider, 0))
            for provider, (attempts, nano) in totals.items()
        )

    def as_of(self, now: datetime) -> datetime:
        """How old what was told is: the moment of the oldest answer used so far, ``now`` where there is none."""
        oldest = self.answers.oldest if self.answers is not None else None
        return min(moment for moment in (now, oldest, self._read_at) if moment is not None)

    def used(self, read_at: datetime) -> None:
        """An input was used for what it says, not only as the place to look: a page that was read then."""
        self._read_at = min(read_at, self._read_at or read_at)

    async def refused(self, error: ProviderError) -> None:
        """The artifact has failed with this error: answers that it could not use are not told again."""
        if self.answers is not None:
            await self.answers.refused(error)

    def reserve(self, provider: str, worst_usd: float, *, unanswered_usd: float | None = None) -> Reservation:
        """Set the worst case of one attempt aside: ``with account.reserve("serper", 0.001) as reservation``.

        ``unanswered_usd`` is booked when the attempt ends without an answer; by default the worst case. Raises
        BudgetReachedError when a cap does not cover the worst case.
        """
        nano = math.ceil(worst_usd * NANO)
        self.ledger._reserve(self.company, nano)
        return Reservation(self, provider, nano, worst_usd if unanswered_usd is None else unanswered_usd)

    async def wait_for_room(self, worst_usd: float) -> None:
        """Return when ``reserve`` will succeed: attempts in flight usually cost less than was set aside for them.

        Raises BudgetReachedError when even that cannot help.
        """
        if worst_usd > 0:
            await self.ledger._wait_for_room(self.company, math.ceil(worst_usd * NANO))

    def apart(self) -> "CostScope":
        """An account of the same artifact for what it shares with others: ``divide`` hands it on."""
        answers = self.answers.run.of(self.company, self.artifact) if self.answers is not None else None
        return CostScope(self.company, self.artifact, self.ledger, answers, self.permit, self.holds)

    def divide(self, among: Sequence["CostScope"]) -> None:
        """Hand all that was spent here to others in equal parts; an attempt is counted once, at the first of them.

        The answers that were used here are as old for each of them.
        """
        for place, scope in enumerate(among):
            if self.answers is not None and scope.answers is not None:
                scope.answers.used |= self.answers.used
                scope.answers.failed += self.answers.failed
                scope.answers.stored += self.answers.stored if place == 0 else Counter()
        for charge in self.charges:
            part, rest = divmod(round(charge.usd * NANO), len(among))
            for place, scope in enumerate(among):
                nano = part + (rest if place == 0 else 0)
                share = replace(charge, usd=nano / NANO, attempts=charge.attempts if place == 0 else 0)
                scope.charges.append(share)
                scope._nano += nano
                self.ledger._move(charge.provider, self.artifact, scope.artifact, share.attempts, nano)
        self.charges.clear()
        self._nano = 0

    def _book(self, charge: Charge, nano: int, reserved: int, counted: int) -> None:
        self.charges.append(charge)
        self._nano += nano
        self.ledger._book(self, charge, nano, reserved, counted)


class Purse(Protocol):
    """Money that several runs share, taken in blocks before it is spent."""

    emptied: str
    """Which budget could not give the last time, for a person."""

    async def more(self, least: int) -> int:
        """Take at least so many nano-dollars; how many, 0 where there are not so many."""

    def give_back(self, nano: int) -> None:
        """So much of what was taken was not spent. Blocks."""


class Ledger:
    """All spending of one run, under the run's cap and a cap per company. Totals are kept by artifact and provider.

    ``purse``: the run may spend no more than it takes out of it, which others take out of as well.
    """

    def __init__(self, *, run_cap_usd: float | None, company_cap_usd: float, purse: Purse | None = None) -> None:
        self._purse = purse
        self._taken = 0
        self._taking = asyncio.Lock()
        self._empty_until = 0.0
        self._run_cap = None if run_cap_usd is None else int(run_cap_usd * NANO)
        self._company_cap = int(company_cap_usd * NANO)
        self._spent = 0
        self._counted = 0  # spent, attempts without an answer at their worst
        self._reserved = 0
        self._companies: dict[str, list[int]] = {}  # counted, reserved
        self._totals: dict[tuple[str, str], list[int]] = {}  # attempts, nano-dollars
        self._waiting: list[asyncio.Future[None]] = []
        self._overran: set[str] = set()
        self.run_is_out = False
        """Whether the run's cap has refused a call."""

    def scope(
        self,
        company: str,
        artifact: str,
        answers: ArtifactAnswers | None = None,
        permit: Callable[[], Awaitable[None]] | None = None,
        holds: Callable[[], bool] | None = None,
    ) -> CostScope:
        """A fresh account."""
        return CostScope(company, artifact, self, answers, permit, holds)

    def close_company(self, company: str) -> None:
        """The company is done: forget its cap's running sum (totals stay)."""
        self._companies.pop(company, None)

    @property
    def spent_usd(self) -> float:
        """Settled spending of the run."""
        return self._spent / NANO

    @property
    def reserved_usd(self) -> float:
        """Set aside for attempts in flight."""
        return self._reserved / NANO

    def totals(self) -> dict[tuple[str, str], tuple[int, float]]:
        """(artifact, provider) to (attempts, US dollars)."""
        return {key: (attempts, nano / NANO) for key, (attempts, nano) in self._totals.items()}

    def settle(self) -> None:
        """The run is over: what it took and did not spend is the others'. Blocks."""
        if self._purse is not None:
            self._purse.give_back(self._taken - self._counted - self._reserved)

    def _reserve(self, company: str, nano: int) -> None:
        mine = self._companies.setdefault(company, [0, 0])
        if nano:
            if self._run_cap is not None and self._counted + self._reserved + nano > self._run_cap:
                raise self._reached("run", self._run_cap, self._counted, self._reserved, nano)
            if not self._covers(nano):
                raise self._none_left(nano)
            if mine[0] + mine[1] + nano > self._company_cap:
                raise self._reached(f"company {company}", self._company_cap, mine[0], mine[1], nano)
        self._reserved += nano
        mine[1] += nano

    async def _wait_for_room(self, company: str, nano: int) -> None:
        while True:
            counted, reserved = self._companies.get(company, (0, 0))
            run_full = self._run_cap is not None and self._counted + self._reserved + nano > self._run_cap
            company_full = counted + reserved + nano > self._company_cap
            if not run_full and not company_full:
                if self._covers(nano):
                    return
                await self._take(nano)
                continue
            if self._run_cap is not None and self._counted + nano > self._run_cap:
                raise self._reached("run", self._run_cap, self._counted, self._reserved, nano)
            if counted + nano > self._company_cap:
                raise self._reached(f"company {company}", self._company_cap, counted, reserved, nano)
            await self._something_settled()

    def _covers(self, nano: int) -> bool:
        return self._purse is None or self._counted + self._reserved + nano <= self._taken

    async def _take(self, nano: int) -> None:
        """Wait for a block out of the purse, or for money back. Raises BudgetReachedError where neither comes."""
        async with self._taking:
            if self._purse is None or self._covers(nano):
                return
            if monotonic() >= self._empty_until:
                taken = await self._purse.more(self._counted + self._reserved + nano - self._taken)
                self._taken += taken
                self._empty_until = 0.0 if taken else monotonic() + ASK_AGAIN_S
        if self._covers(nano):
            return
        if self._counted + nano > self._taken or not self._reserved:
            await self._leave_the_rest()
            raise self._none_left(nano)
        await self._something_settled()

    async def _leave_the_rest(self) -> None:
        """What covers no call here may cover one of another run, with what others leave."""
        rest = self._taken - self._counted - self._reserved
        if self._purse is not None and rest > 0:
            self._taken -= rest
            await asyncio.to_thread(self._purse.give_back, rest)

    async def _something_settled(self) -> None:
        settled = asyncio.get_running_loop().create_future()
        self._waiting.append(settled)
        await settled

    def _none_left(self, nano: int) -> BudgetReachedError:
        self.run_is_out = True
        return BudgetReachedError(
            f"{self._purse.emptied if self._purse else ''} does not cover a call of up to ${nano / NANO:.4f}: all runs "
            f"together have taken the rest. This one has spent ${self._counted / NANO:.4f}"
        )

    def _release(self, company: str, reserved: int) -> None:
        self._reserved -= reserved
        if company in self._companies:
            self._companies[company][1] -= reserved
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for future in waiting:
                if not future.done():
                    future.set_result(None)

    def _book(self, scope: CostScope, charge: Charge, nano: int, reserved: int, counted: int) -> None:
        if nano > reserved and charge.provider not in self._overran:
            self._overran.add(charge.provider)
            log.warning(
                "%s charged $%.6f for a call that was to cost $%.6f at most: no cap holds then, check its price",
                charge.provider,
                charge.usd,
                reserved / NANO,
            )
        self._spent += nano
        self._counted += counted
        if scope.company in self._companies:
            self._companies[scope.company][0] += counted
        total = self._totals.setdefault((scope.artifact, charge.provider), [0, 0])
        total[0] += 1
        total[1] += nano
        self._release(scope.company, reserved)

    def _move(self, provider: str, given: str, taken: str, attempts: int, nano: int) -> None:
        for artifact, sign in ((given, -1), (taken, 1)):
            total = self._totals.setdefault((artifact, provider), [0, 0])
            total[0] += sign * attempts
            total[1] += sign * nano

    def _reached(self, whose: str, cap: int, counted: int, reserved: int, nano: int) -> BudgetReachedError:
        self.run_is_out = self.run_is_out or whose == "run"
        return BudgetReachedError(
            f"the {whose}'s cap of ${cap / NANO:.4f} does not cover a call of up to ${nano / NANO:.4f}: "
            f"${counted / NANO:.4f} spent (calls without an answer at their worst), "
            f"${reserved / NANO:.4f} set aside for calls in flight"
        )
