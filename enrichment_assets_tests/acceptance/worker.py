"""``enrich`` with a clock that is off by the first argument in seconds, and leases of companies that soon end."""

import datetime
import sys

import time_machine

from enrichment_assets.cache import leases
from enrichment_assets.cli.main import main

SHORT = {"HEARTBEAT_S": 0.5, "STALE_S": 4.0, "STOP_S": 3.0, "STILL_S": 1.0}

if __name__ == "__main__":
    offset = datetime.timedelta(seconds=float(sys.argv.pop(1)))
    for name, seconds in SHORT.items():
        setattr(leases, name, seconds)
    if offset:
        time_machine.travel(datetime.datetime.now(datetime.UTC) + offset, tick=True).start()
    main()
