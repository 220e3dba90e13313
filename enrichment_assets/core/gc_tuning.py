"""Python's garbage collector around a run: what is loaded at the start is never garbage, so it need not be searched.

Loading Dagster and what goes with it makes half a million objects. Collecting while they are made takes a third of the
start-up; going through them again and again during a run takes a tenth of its CPU.
"""

import gc
from typing import Final

THRESHOLDS: Final = (5_000, 20, 20)
"""https://docs.python.org/3/library/gc.html#gc.set_threshold. With the default of 700 new objects a run spends 7% of
its CPU on searching what its companies in flight still need; with these 2%, in the same memory."""


COMMAND: Final = (500_000, 10, 10)
"""For commands, most of which have loaded, answered and ended before they have made much garbage. Dagster and what
goes with it are 420,000 objects: fewer than this, so that none of them is searched while they load."""


def collect_rarely() -> None:
    """For the life of a command that does nothing else about it."""
    gc.set_threshold(*COMMAND)


def leave_to_the_system() -> None:
    """The process ends: what it has made need not be searched once more for what could be freed."""
    gc.freeze()


def hold_collection() -> None:
    """Until ``spare_what_is_loaded``: nothing is collected while modules load."""
    gc.disable()


def spare_what_is_loaded() -> None:
    """Collect from now on, but never look again at what there is by now."""
    if not gc.get_freeze_count():
        gc.freeze()
    gc.set_threshold(*THRESHOLDS)
    gc.enable()
