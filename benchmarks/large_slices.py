"""Very many companies through slices on Postgres: a whole deployment, providers that answer at once.

    python -m benchmarks.large_slices --companies 100000 --slices 2

One company in ``--full-every`` goes the whole way; the others end at the mail gate, and their payloads are pushed.
Prints companies per second, peak memory of a slice's process and of the command that follows them, calls refused,
judgements paid again, and the rows that the command accounts for. Exits 1 where a row, a payload or a key is missing or
doubled.
"""

import argparse
import os
import re
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread

from benchmarks.deployment import WITHOUT, deployed
from benchmarks.on_postgres import UNLIMITED
from benchmarks.world import CLOSED, FULL_PATH, companies, facts
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests import postgres

EVERY_S = 1.0


class Memory:
    """Peak resident MB of processes: of each pod the largest, and of the command."""

    def __init__(self, folder: Path, command: int) -> None:
        self.slice_mb = self.command_mb = 0.0
        self._folder, self._command = folder, command
        self._over = Event()
        self._thread = Thread(target=self._look, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(EVERY_S):
            groups = {int(path.read_text() or 0) for path in self._folder.glob("pod-*/pid")}
            for status in Path("/proc").glob("[0-9]*/status"):
                with suppress(OSError, ValueError):
                    pid = int(status.parent.name)
                    if pid == self._command:
                        self.command_mb = max(self.command_mb, _peak_mb(status))
                    elif os.getpgid(pid) in groups:
                        self.slice_mb = max(self.slice_mb, _peak_mb(status))


def _peak_mb(status: Path) -> float:
    found = re.search(r"VmHWM:\s+(\d+)", status.read_text())
    return int(found[1]) / 1024 if found else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.large_slices", description=__doc__)
    parser.add_argument("--companies", type=int, default=100_000)
    parser.add_argument("--slices", type=int, default=2)
    parser.add_argument("--full-every", type=int, default=20)
    given = parser.parse_args()
    wanted = companies(given.companies)
    kinds = [FULL_PATH if number % given.full_every == 0 else CLOSED for number in range(len(wanted))]
    with (
        Sandbox.start(facts(one, kind) for one, kind in zip(wanted, kinds, strict=True)) as sandbox,
        postgres.running(durable=True) as server,
        tempfile.TemporaryDirectory(prefix="large-slices-") as at,
    ):
        folder = Path(at)
        sandbox.clay(lifetime=len(wanted))  # Clay's own is 50,000, and what comes after that vanishes
        rows = "".join(f"{one.name},{one.domain}\n" for one in wanted)
        (folder / "list.csv").write_text("company_name,website\n" + rows)
        with deployed(sandbox, folder, server, WEBHOOK_LIFETIME_SUBMISSIONS="0", **UNLIMITED) as running:
            began = time.monotonic()
            options = ("--slices", str(given.slices), "--parallel", "50", "--yes", *WITHOUT)
            process = running.start("run", "--file", "list.csv", *options)
            memory = Memory(folder, process.pid)
            said = process.communicate()[0]
            seconds = time.monotonic() - began
            memory.stop()
        said_sum = re.search(r"= sum\s+(\d+)", said)
        accounted = int(said_sum[1]) if said_sum else 0
        judged = sandbox.bill()["openrouter"]["statuses"].get("200", 0)
        refused = sum(line["refused"] for line in sandbox.traffic().values())
        domains = [row["body"]["domain"] for row in sandbox.received()]
    full = kinds.count(FULL_PATH)
    print(
        f"{len(wanted):,} companies, {full:,} of them the whole way, {given.slices} slices: {seconds:.0f} s, "
        f"{len(wanted) / seconds:.1f} companies/s; exit code {process.returncode}, load {os.getloadavg()[0]:.1f}\n"
        f"peak memory: {memory.slice_mb:.0f} MB of a slice's process, {memory.command_mb:.0f} MB of the command\n"
        f"refused {refused}; judged again {judged - full}\n"
        f"rows accounted for {accounted:,}; arrived {len(domains):,}, of {len(set(domains)):,} companies"
    )
    if process.returncode:
        print(said[-3_000:])
    whole = accounted == len(wanted) == len(domains) == len(set(domains)) and judged <= full and not refused
    sys.exit(process.returncode or not whole)


if __name__ == "__main__":
    main()
