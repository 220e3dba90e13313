"""Does a stored record still count? The only place that says so."""

from collections.abc import Collection
from datetime import datetime, timedelta

from enrichment_assets.cache.record import Decision, Record

AHEAD = timedelta(minutes=5)
"""By so much clocks may differ. A record of later than that was made by a clock that was wrong: its age is not known,
and a run counts it as of now, once (``run_cache``)."""


def decide(
    record: Record | None,
    *,
    ttl: timedelta | None,
    versions: Collection[str],
    now: datetime,
    forced: bool = False,
    resumed: Collection[str] = (),
) -> Decision:
    """Whether a record counts in this run.

    Fresh is ``computed_at`` within ``ttl`` (None: as long as the inputs stay the same, which the version says) and one
    of the ``versions`` that count. ``forced`` asks for a refresh: nothing counts. What one of the ``resumed`` runs
    recorded counts all the same, expired and forced or not, as long as its version does.

    A SKIP has neither version nor age: it is a HIT here, and it counts only while its gate stays closed, which the
    engine asks first because only it knows the gate's answer in this run.
    """
    if record is None:
        return Decision.MISSING
    if record.status == "SKIP":
        return Decision.HIT
    if record.version not in versions:
        return Decision.VERSION
    aged = ttl is not None and (now - record.computed_at >= ttl or record.computed_at > now + AHEAD)
    too_old = forced or aged
    return Decision.EXPIRED if too_old and record.run_id not in resumed else Decision.HIT
