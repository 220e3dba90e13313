"""How a run is asked to end early: first politely, then not."""

import asyncio


class Stop:
    """``request`` stops taking new companies; ``cancel`` also drops those in flight. Call from the event loop."""

    def __init__(self) -> None:
        self._requested = asyncio.Event()
        self._cancelled = asyncio.Event()

    def request(self) -> None:
        """Take no further company; those in flight have the grace time to finish."""
        self._requested.set()

    def cancel(self) -> None:
        """Take no further company and drop those in flight. What they had recorded stays."""
        self._requested.set()
        self._cancelled.set()

    def escalate(self) -> None:
        """One more Ctrl-C: request at first, cancel after that."""
        if self._requested.is_set():
            self._cancelled.set()
        self._requested.set()

    @property
    def requested(self) -> bool:
        """Whether no further company is to be taken."""
        return self._requested.is_set()

    async def wait(self, grace_s: float) -> None:
        """Return when companies in flight are to be dropped: on cancel, or ``grace_s`` after the request."""
        await self._requested.wait()
        try:
            async with asyncio.timeout(grace_s):
                await self._cancelled.wait()
        except TimeoutError:
            return
