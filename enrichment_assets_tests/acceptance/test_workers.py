"""Workers on one Postgres with one key, of which some are killed, one sleeps, and clocks are hours apart.

Three of them in half a minute, always, with leases of companies that end within seconds; ten only when asked for: that
starts a whole deployment three times and waits until leases of dead workers end. ``cli/test_slices`` kills and stops
the slices of a list.
"""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy import func, select

from benchmarks.on_postgres import records_in
from benchmarks.workers import FULL, PARALLEL, simulate
from enrichment_assets.cache.leases import in_flight
from enrichment_assets.providers.call.ledger import NANO
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.state import state_engine
from enrichment_assets.storage.together.budgets import purses
from enrichment_assets_tests.acceptance import sizes
from enrichment_assets_tests.acceptance.worker import SHORT
from enrichment_assets_tests.orchestration.conftest import until

COMPANIES, RATE, AT_ONCE = 45, 8.0, 3
CAP_USD = 1.0
OFFSETS = {"killed": 0.0, "asleep": -90.0, "ahead": 7_200.0, "rest": 90.0}


def _worker(name: str, folder: Path, listed: list[int], url: str, sandbox: Sandbox) -> subprocess.Popen[bytes]:
    home = folder / name
    home.mkdir()
    records_in(home, url)
    rows = "".join(f"Company {number},company{number}.com\n" for number in listed)
    (folder / f"{name}.csv").write_text("company_name,website\n" + rows)
    environment = {
        **{given: os.environ[given] for given in ("PATH", "HOME") if given in os.environ},
        **{given: value for given, value in sandbox.environment().items() if given != "ENRICHMENT_SANDBOX"},
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "DAGSTER_HOME": str(home),
        "ENRICHMENT_STATE_DB": url,
        "ENRICHMENT_STORE": url,
        "ENRICHMENT_DAILY_BUDGET_USD": str(CAP_USD),
        "SPIDER_REQUESTS_PER_S": str(RATE),
    }
    options = ["--file", f"{name}.csv", "--parallel", str(AT_ONCE), "--without", "careers", "--yes"]
    command = [sys.executable, "-m", "enrichment_assets_tests.acceptance.worker", str(OFFSETS[name])]
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen([*command, "run", *options], cwd=folder, env=environment, stdout=log, stderr=log)


def test_three_workers_of_which_two_are_hurt_keep_to_rate_and_budget(
    sandbox: Sandbox, postgres: str, tmp_path: Path
) -> None:
    sandbox.companies([{"domain": f"company{number}.com", "mx": "google"} for number in range(COMPANIES)])
    sandbox.latency({"spider": 0.3, "openrouter": 1.0, "serper": 0.1})
    sandbox.limits({"spider": {"rate": RATE, "burst": RATE}})
    everything = list(range(COMPANIES))
    state = state_engine(postgres)
    records_in(tmp_path, postgres)
    workers = {
        name: _worker(name, tmp_path, everything[number::3], postgres, sandbox)
        for number, name in enumerate(("killed", "asleep", "ahead"))
    }

    def at_work() -> bool:
        with state.connect() as connection:
            return connection.scalar(select(func.count(in_flight.c.run_id.distinct()))) == 3

    try:
        until(at_work, "all have companies in flight")
        workers["killed"].send_signal(signal.SIGKILL)
        workers["asleep"].send_signal(signal.SIGSTOP)
        workers["rest"] = _worker("rest", tmp_path, everything, postgres, sandbox)
        time.sleep(SHORT["STALE_S"] + SHORT["STILL_S"] + 3)
        workers["asleep"].send_signal(signal.SIGCONT)
        ended = {name: process.wait(120) for name, process in workers.items()}
    finally:
        for process in workers.values():
            process.kill()
    said = {name: (tmp_path / f"{name}.log").read_text()[-1_500:] for name in workers}
    assert (ended["ahead"], ended["rest"]) == (0, 0), said
    assert {row["body"]["domain"] for row in sandbox.received()} == {f"company{number}.com" for number in everything}
    assert len({row["body"]["delivery_key"] for row in sandbox.received()}) == COMPANIES
    paid, traffic = sandbox.bill(), sandbox.traffic()["spider"]
    in_flight_when_hurt = 2 * AT_ONCE
    assert paid["openrouter"]["calls"] <= COMPANIES + in_flight_when_hurt
    assert traffic["refused"] <= max(1, 0.005 * traffic["arrived"])
    with state.connect() as connection:
        taken = connection.execute(select(purses.c.purse, func.sum(purses.c.nano)).group_by(purses.c.purse)).all()
    assert len(taken) == 1, "a day is one for all clocks"
    rounding = 1_000  # a microdollar: each call is booked in whole nanodollars, and billed in fractions
    assert sum(line["usd"] for line in paid.values()) * NANO - rounding <= taken[0][1] <= CAP_USD * NANO
    state.dispose()


@pytest.mark.skipif(not sizes.FULL, reason="minutes: ENRICHMENT_ACCEPTANCE=full, or python -m benchmarks.workers")
@pytest.mark.timeout(sizes.TIMEOUT_S)
def test_workers_keep_to_one_rate_and_one_budget_and_pay_nothing_twice() -> None:
    seen = simulate(FULL)
    print(f"\n{FULL}: {seen}")
    assert seen.delivered == seen.keys == FULL.companies
    assert seen.refused < 0.005 * (seen.accepted + seen.refused)
    assert seen.used >= 0.97
    assert seen.spent_usd <= seen.cap_usd
    assert sum(max(0, calls) for calls in seen.again.values()) <= FULL.kills * PARALLEL
