"""Many workers on one Postgres with one provider key, while some are killed, asleep, or have wrong clocks.

A list goes through a deployment (``deployment``) in slices, each a pod of its own. Spider's bucket, which holds a
second of its rate, is what holds them up. While they work some pods are killed, one is stopped for longer than its
leases last, and their clocks are minutes and hours apart; a second command over the same list waits for what the first
one's pods hold, and takes it over. Then the same with a budget for half of it.

Measured: the part of the bucket's rate that is used from 4 s after the last was hurt until the first slice ends (until
then the share of a worker that died is nobody's); calls that it refuses; paid calls beyond those that the list needs (a
killed pod loses the answers that were on their way to it); dollars on the providers' bill beyond the budget.

``python -m benchmarks.workers --workers 4 --companies 300`` prints the same for other sizes.
"""

import argparse
import os
import random
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from benchmarks.deployment import WITHOUT, Deployment, deployed
from benchmarks.figure import Figure
from benchmarks.pods import pod_of
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests import postgres

PAID = ("spider", "openrouter", "serper")
CLOCKS = "0,90,-90,7200"
LATENCY = {"spider": 0.1, "openrouter": 0.2, "serper": 0.05, "clay": 0.02}
OTHERS = ("OPENROUTER", "SERPER", "WEBHOOK", "DNS")
WIDER = 5
"""The other limits are so many times Spider's: Clay's usual 10/s would hold everything up before Spider does."""
PARALLEL = 10
WARM_S = 4
"""Shares of a rate are leased for 3 s: what a worker had that died is used again after that."""


@dataclass(frozen=True)
class Chaos:
    """``kills`` pods die, one is stopped for ``stop_s``; ``rate``: calls to Spider per second."""

    workers: int
    companies: int
    rate: float
    kills: int
    stop_s: float


SMALL = Chaos(workers=3, companies=60, rate=12, kills=1, stop_s=3)
USUAL = Chaos(workers=4, companies=1_200, rate=15, kills=1, stop_s=120)
FULL = Chaos(workers=10, companies=4_000, rate=40, kills=3, stop_s=120)


@dataclass
class Said:
    """What a command has said so far, read by a thread; when each slice began and ended."""

    process: "subprocess.Popen[str]"
    lines: list[str] = field(default_factory=list)
    began: dict[str, float] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if found := re.match(r"Slice \d+ of \d+, run ([0-9a-f-]{36}): (\w+)", line):
                if found[2] == "started":
                    self.began[found[1]] = time.monotonic()
                elif found[2] in ("success", "failure", "canceled"):
                    self.ended[found[1]] = time.monotonic()

    def at_work(self, slices: int) -> list[str]:
        """The runs, once all of them have begun."""
        while len(self.began) < slices:
            if self.process.poll() is not None:
                raise RuntimeError("".join(self.lines[-40:]))
            time.sleep(0.2)
        return list(self.began)

    def over(self) -> int:
        return self.process.wait()

    def tail(self) -> str:
        return "".join(line for line in self.lines if not line.startswith("["))[-2_500:]


@dataclass(frozen=True)
class Outcome:
    """What the providers saw."""

    used: float
    """Of the rate."""
    accepted: int
    refused: int
    again: Mapping[str, int]
    """Paid calls beyond those that the list needs; refused ones and those without an answer are left out."""
    killed: int
    companies: int
    delivered: int
    keys: int
    spent_usd: float
    cap_usd: float
    seconds: float


def simulate(chaos: Chaos, *, clocks: str = CLOCKS) -> Outcome:
    """One simulation from nothing to its end."""
    with (
        Sandbox.start() as sandbox,
        postgres.running() as server,
        tempfile.TemporaryDirectory(prefix="workers-") as at,
    ):
        needed = _needed(sandbox, server, Path(at), chaos)
        sandbox.reset()
        _prepare(sandbox, chaos)
        sandbox.limits({"spider": {"rate": chaos.rate, "burst": chaos.rate}})
        wide = {
            f"{name}_REQUESTS_PER_S": str(WIDER * chaos.rate) for name in ("OPENROUTER", "SERPER", "WEBHOOK", "DNS")
        }
        settings = {**wide, "SPIDER_REQUESTS_PER_S": str(chaos.rate), "ENRICHMENT_CLOCKS": clocks}
        folder = _folder(Path(at), "shared", chaos)
        began = time.monotonic()
        with deployed(sandbox, folder, server, **settings) as running:
            used = _through_chaos(sandbox, running, chaos)
        seconds = time.monotonic() - began
        paid, traffic, received = sandbox.bill(), sandbox.traffic()["spider"], sandbox.received()
        unpaid = {name: sum(paid[name]["statuses"].get(word, 0) for word in ("abandoned", "429")) for name in PAID}
        keys = {row["body"]["delivery_key"] for row in received}
        domains = {row["body"]["domain"] for row in received}
        print(f"after {seconds:.0f} s: {used:.1%} used, needed {needed}, paid {paid}", file=sys.stderr, flush=True)
        cap_usd = sum(paid[name]["usd"] for name in PAID) / 2
        spent_usd = _within_a_budget(sandbox, server, Path(at), chaos, cap_usd)
    return Outcome(
        used=used,
        accepted=traffic["arrived"] - sum(traffic["refused_by_second"]),
        refused=sum(traffic["refused_by_second"]),
        again={name: paid[name]["calls"] - needed[name] - unpaid[name] for name in PAID},
        killed=chaos.kills,
        companies=chaos.companies,
        delivered=len(domains),
        keys=len(keys),
        spent_usd=spent_usd,
        cap_usd=cap_usd,
        seconds=seconds,
    )


def _folder(at: Path, name: str, chaos: Chaos) -> Path:
    folder = at / name
    folder.mkdir()
    rows = "".join(f"Company {number},company{number}.com\n" for number in range(chaos.companies))
    (folder / "list.csv").write_text("company_name,website\n" + rows)
    return folder


def _prepare(sandbox: Sandbox, chaos: Chaos) -> None:
    """Companies with mail, so that each comes to its site; and providers that take their time."""
    sandbox.companies([{"domain": f"company{number}.com", "mx": "google"} for number in range(chaos.companies)])
    sandbox.latency(LATENCY)


def _wide(chaos: Chaos) -> dict[str, str]:
    return {f"{name}_REQUESTS_PER_S": str(WIDER * chaos.rate) for name in (*OTHERS, "SPIDER")}


def _needed(sandbox: Sandbox, server: str, at: Path, chaos: Chaos) -> dict[str, int]:
    """Paid calls of the list where nothing happens."""
    _prepare(sandbox, chaos)
    with deployed(sandbox, _folder(at, "needed", chaos), server, **_wide(chaos)) as running:
        said = Said(running.start(*_command(running)))
        if said.over():
            raise RuntimeError(said.tail())
    return {name: sandbox.bill()[name]["calls"] for name in PAID}


def _command(running: Deployment, slices: int = 1, *more: str) -> Sequence[str]:
    options = ["--slices", str(slices), "--parallel", str(PARALLEL), "--yes", *WITHOUT, *more]
    return ["run", "--file", str(running.folder / "list.csv"), *options]


def _through_chaos(sandbox: Sandbox, running: Deployment, chaos: Chaos) -> float:
    """Run the list and hurt its workers; the part of the rate that they used together."""
    first = Said(running.start(*_command(running, chaos.workers)))
    runs = first.at_work(chaos.workers)
    asleep, *dying = runs[: chaos.kills + 1]
    instants = random.Random(5)
    time.sleep(instants.uniform(1, 3))
    os.killpg(_group(running, asleep), signal.SIGSTOP)
    stopped = time.monotonic()
    for run_id in dying:
        time.sleep(instants.uniform(0.5, 2))
        os.killpg(_group(running, run_id), signal.SIGKILL)
    steady = time.monotonic() + WARM_S
    second = Said(running.start(*_command(running, 2)))
    time.sleep(max(0.0, stopped + chaos.stop_s - time.monotonic()))
    os.killpg(_group(running, asleep), signal.SIGCONT)
    if first.over() not in (0, 1) or second.over() != 0:
        raise RuntimeError(f"{first.tail()}\n--- the second:\n{second.tail()}")
    whole = [at for run_id, at in first.ended.items() if run_id not in dying]
    return _used(sandbox, steady, min(whole), chaos.rate)


def _used(sandbox: Sandbox, since: float, until: float, rate: float) -> float:
    traffic = sandbox.traffic()["spider"]
    first_second = traffic["first_at"]
    accepted = traffic["accepted_by_second"][max(0, int(since - first_second)) : int(until - first_second)]
    return sum(accepted) / len(accepted) / rate if accepted else 0.0


def _group(running: Deployment, run_id: str) -> int:
    return int((pod_of(running.folder, run_id) / "pid").read_text())


def _within_a_budget(sandbox: Sandbox, server: str, at: Path, chaos: Chaos, cap_usd: float) -> float:
    """The providers' bill for a list with a budget for half of it, of which a worker was killed."""
    sandbox.reset()
    _prepare(sandbox, chaos)
    with deployed(sandbox, _folder(at, "budget", chaos), server, **_wide(chaos)) as running:
        said = Said(running.start(*_command(running, chaos.workers, "--budget", f"{cap_usd:.6f}")))
        runs = said.at_work(chaos.workers)
        time.sleep(1)
        os.killpg(_group(running, runs[0]), signal.SIGKILL)
        if said.over() != 1:
            raise RuntimeError(said.tail())
    return sum(line["usd"] for name, line in sandbox.bill().items() if name in PAID)


def measure(quick: bool, *, full: bool = False) -> list[Figure]:
    chaos = SMALL if quick else FULL if full else USUAL
    return _figures(chaos, simulate(chaos))


def _figures(chaos: Chaos, seen: Outcome) -> list[Figure]:
    name = f"workers: {chaos.workers}, {chaos.companies} companies, {chaos.kills} killed, one asleep {chaos.stop_s:g} s"
    answered = seen.accepted + seen.refused
    again = sum(max(0, calls) for calls in seen.again.values())
    figure = Figure
    return [
        figure(f"{name}: rate", f"{seen.used * chaos.rate:.1f} calls/s", f"{chaos.rate:g}/s", seen.used, "used", 0.97),
        figure(
            f"{name}: refused", f"{seen.refused} of {answered}", "",
            seen.refused / max(1, answered), "of all calls", 0.005, at_most=True,
        ),
        figure(
            f"{name}: paid again", f"{dict(seen.again)}, {seen.killed} killed", f"{seen.companies} companies",
            again, "answers on their way to killed workers", seen.killed * PARALLEL, at_most=True,
        ),
        figure(
            f"{name}: delivered", f"{seen.keys} keys", f"{seen.companies}",
            seen.delivered, "companies", seen.companies,
        ),
        figure(
            f"{name}: budget", f"${seen.spent_usd:.4f}", f"${seen.cap_usd:.4f}",
            seen.spent_usd / seen.cap_usd, "of the cap", 1.0, at_most=True,
        ),
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.workers", description=__doc__)
    parser.add_argument("--workers", type=int, default=USUAL.workers)
    parser.add_argument("--companies", type=int, default=USUAL.companies, help="Of the list, not of a worker.")
    parser.add_argument("--rate", type=float, default=USUAL.rate)
    parser.add_argument("--kills", type=int, default=USUAL.kills)
    parser.add_argument("--stop", type=float, default=USUAL.stop_s, metavar="SECONDS")
    given = parser.parse_args()
    chaos = Chaos(given.workers, given.companies, given.rate, given.kills, given.stop)
    seen = simulate(chaos)
    figures = _figures(chaos, seen)
    for figure in figures:
        print(f"{'yes' if figure.ok else 'NO ':4}{figure.name}: {figure.measured} ({figure.reached:.4g} {figure.unit})")
    print(f"{seen.seconds:.0f} s, load {os.getloadavg()[0]:.1f}")
    sys.exit(not all(figure.ok for figure in figures))


if __name__ == "__main__":
    main()
