"""One run's side of the limits that all runs on one account share: it reports every second and is told its part.

No call waits for that. A limiter works with the part it has; only the first call to a provider, and one that the part
does not cover, make the next report come sooner. Where the others cannot be asked, a part is good for as long as it was
leased, and then there is none: nobody can know who else has it by then.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Final

from enrichment_assets.core.errors import LeaseLostError
from enrichment_assets.core.together.account_shares import AccountBook, Report, Share
from enrichment_assets.providers.call.pipeline import CallPipeline

log = logging.getLogger(__name__)

EVERY_S: Final = 1.0
SOON_S: Final = 0.2
"""After a part that will grow once the others have reported, or that did not do."""
HEADROOM: Final = 1.5
"""A run may come to want so many times what it used in the last second."""
GIVE_UP_S: Final = 40.0
"""After so long without the others, calls that wait fail, and the run finds out whether it still holds its leases."""


class Sharing:
    """The pipelines of one run that call providers by an account."""

    def __init__(self, book: AccountBook) -> None:
        self._book = book
        self._lines: dict[str, CallPipeline] = {}
        self._new: asyncio.Event = asyncio.Event()
        self._told_at = monotonic()
        self._silent_since: float | None = None

    def join(self, line: CallPipeline, secret: str) -> None:
        """From now on this pipeline has a share of its account, and nothing before it was told how much."""
        line.limiter.share(0.0, 0)
        self._lines[self._book.fingerprint(line.provider, secret)] = line
        self._new.set()

    async def renew(self) -> float:
        """Report and be told. In how many seconds to come again."""
        reports = [self._report(account, line) for account, line in self._lines.items()]
        if not reports:
            return EVERY_S
        asked_at = monotonic()
        try:
            given = await asyncio.to_thread(self._book.exchange, reports)
        except OSError as error:
            self._away(error, asked_at)
            return SOON_S
        self._told_at, self._silent_since = asked_at, None
        for report in reports:
            self._take(self._lines[report.account], given[report.account], asked_at)
        turns = [share.turn_s for share in given.values() if share.turn_s is not None]
        return min([EVERY_S, *turns, *(SOON_S for share in given.values() if share.short)])

    async def keep(self) -> None:
        """Renew for ever."""
        wait_s = EVERY_S
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(wait_s):
                    await self._new.wait()
            self._new.clear()
            wait_s = await self.renew()

    async def leave(self) -> None:
        """Give everything back."""
        with suppress(OSError):
            await asyncio.to_thread(self._book.leave)

    def _report(self, account: str, line: CallPipeline) -> Report:
        limiter = line.limiter
        began, held_up, refused = limiter.since_last()
        rate, in_flight = limiter.whole
        spent_s = max(monotonic() - self._told_at, SOON_S)
        demand = limiter.busy + limiter.waiting
        return Report(
            account,
            line.provider,
            rate,
            in_flight,
            wants=None if held_up else HEADROOM * began / spent_s,
            wants_in_flight=in_flight if held_up else min(in_flight, round(HEADROOM * demand)),
            busy=limiter.busy,
            learned=limiter.learned,
            measured=limiter.measured,
            refused=refused,
            opened=line.circuit.news(),
        )

    def _take(self, line: CallPipeline, share: Share, asked_at: float) -> None:
        good_for_s = min(self._book.lease_s, share.turn_s or self._book.lease_s) - (monotonic() - asked_at)
        line.limiter.share(share.part, share.in_flight, good_for_s, share.begun)
        if share.learned is not None:
            line.limiter.learn(share.learned)
        if share.opened is not None:
            line.circuit.hear(share.opened)
            if line.circuit.is_open:
                line.limiter.refuse_waiting(line.circuit.error)

    def _away(self, error: OSError, now: float) -> None:
        if self._silent_since is None:
            self._silent_since = now
            log.warning("%s: the shares of this run are good for %.0f s more", error, self._book.lease_s)
        if now - self._silent_since > GIVE_UP_S:
            for line in self._lines.values():
                line.limiter.refuse_waiting(lambda: LeaseLostError("the state database is away"))


@asynccontextmanager
async def shared(book: AccountBook | None) -> AsyncIterator[Sharing | None]:
    """Shares of all accounts while the block runs; None where there is nobody to share with."""
    if book is None:
        yield None
        return
    sharing = Sharing(book)
    keeping = asyncio.create_task(sharing.keep())
    try:
        yield sharing
    finally:
        keeping.cancel()
        with suppress(asyncio.CancelledError):
            await keeping
        await sharing.leave()
