"""Ctrl-C and Dagster's Terminate during a run: politely first, then not.

Dagster's own handlers raise wherever the main thread happens to be; here the run is asked to stop, writes what it
has, and the run is ended afterwards.
"""

import asyncio
import logging
import signal
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime

from enrichment_assets.engine.stop import Stop

log = logging.getLogger(__name__)

SIGNALS = (signal.SIGINT, signal.SIGTERM)
TERMINATED_POLL_S = 2.0
"""How often the run's status is read: a run in a terminal is terminated from the UI by its status alone."""


@asynccontextmanager
async def stoppable(stop: Stop, terminated: Callable[[], bool], until: datetime | None = None) -> AsyncIterator[None]:
    """Signals, a status set by Dagster and a time stop the run; the handlers there were are back at the end.

    ``terminated`` is asked in a thread. The first signal requests, the second cancels.
    """
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in SIGNALS} if _on_main_thread() else {}
    for number in before:
        loop.add_signal_handler(number, _escalate, stop, number)
    watching = asyncio.create_task(_watch(stop, terminated, until))
    try:
        yield
    finally:
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching
        for number, handler in before.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


def _on_main_thread() -> bool:
    return threading.current_thread() is threading.main_thread()


def _escalate(stop: Stop, number: signal.Signals) -> None:
    if stop.requested:
        log.warning("%s again: dropping the companies in flight", signal.Signals(number).name)
    else:
        log.warning("%s: taking no further company, finishing those in flight", signal.Signals(number).name)
    stop.escalate()


async def _watch(stop: Stop, terminated: Callable[[], bool], until: datetime | None) -> None:
    while not stop.requested:
        await asyncio.sleep(TERMINATED_POLL_S)
        if until is not None and datetime.now(UTC) >= until:
            log.warning("It is %s: taking no further company, finishing those in flight", f"{until:%H:%M}")
            stop.request()
        if await asyncio.to_thread(terminated):
            log.warning("Terminated in Dagster: taking no further company, finishing those in flight")
            stop.request()
