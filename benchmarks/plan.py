"""Plan against what runs have then cost: over the sandbox's segments, with ever more history, and for a new question.

    python -m benchmarks.plan --backtest 20 --companies 150     # 20 homes of five lists each
    python -m benchmarks.plan --replayed 600 --companies 250    # the same, from records of 250 of each segment
    python -m benchmarks.plan --question 1000                   # stored companies, one new question
    python -m benchmarks.plan --speed 10000                     # `enrich plan` over stored companies, start-up included

A home is given five lists in a row: four of its kind (a single segment, or all of them mixed), then one of another.
Before each run plan is asked; afterwards the sandbox's own bill says what it has cost. ``--replayed`` runs companies of
each segment once, and then puts homes and lists together from their records, hundreds of them in a minute: what a
company costs does not depend on the others in its list.
"""

import argparse
import os
import resource
import sqlite3
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from time import perf_counter

import orjson

from benchmarks.questions import QUESTIONS
from benchmarks.world import companies, facts, home, run
from enrichment_assets.artifacts.catalog import load_catalog
from enrichment_assets.cache.record_index import LatestStatus
from enrichment_assets.cli.planned.making import plan_companies
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import GivenSettings, Settings
from enrichment_assets.planning.plan import Choice, Plan, plan_of
from enrichment_assets.planning.recorded import recorded
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.sandbox.world.world import SEGMENTS

NAMES = [name for name, _ in SEGMENTS]


def planned(settings: Settings, wanted: Sequence[Company], parallel: int = 50) -> Plan:
    catalog = load_catalog(settings)
    choice = Choice(frozenset(catalog), catalog.left_out_by(settings), parallel)
    return plan_companies(settings, catalog, [company.domain for company in wanted], choice)


def billed(served: Sandbox) -> float:
    return sum(billed_by(served).values())


def billed_by(served: Sandbox) -> dict[str, float]:
    return {name: float(provider["usd"]) for name, provider in served.bill().items()}


def backtest(homes: int, size: int, seed: int = 1) -> list[tuple[str, Plan, float]]:
    """What each list was, its plan, and its bill in US dollars."""
    found = []
    with Sandbox.start(seed=seed) as served:
        for number in range(homes):
            random = Random(1_000 * seed + number)
            kinds = ["mixed", *NAMES]
            own, other = kinds[number % len(kinds)], random.choice(kinds)
            lists = [own, own, own, own, other]
            with home() as folder:
                settings = served.settings(dagster_home=folder / "home")
                for turn, kind in enumerate(lists):
                    count = random.choice([size // 3, size, size * 2])
                    wanted = [
                        Company(f"b{seed}x{number}x{turn}x{n}.com", f"B{number} {turn} {n} Ltd") for n in range(count)
                    ]
                    served.companies(facts(one, {} if kind == "mixed" else {"segment": kind}) for one in wanted)
                    plan, before = planned(settings, wanted), billed(served)
                    run(settings, wanted, parallel=50)
                    found.append((f"{turn + 1}. {kind} ({count})", plan, billed(served) - before))
                    print(_line(*found[-1]), flush=True)
    return found


def pool(size: int) -> dict[str, dict[str, list[LatestStatus]]]:
    """Segment to company to its records, each segment from a real run over so many companies."""
    found: dict[str, dict[str, list[LatestStatus]]] = {}
    with Sandbox.start() as served, home() as folder:
        for segment in NAMES:
            settings = served.settings(dagster_home=folder / segment)
            wanted = [Company(f"p{segment}{number}.com", f"P {segment} {number} Ltd") for number in range(size)]
            served.companies(facts(one, {"segment": segment}) for one in wanted)
            run(settings, wanted, parallel=50)
            with recorded(settings) as records:
                for status in records.latest([]):
                    found.setdefault(segment, {}).setdefault(status.domain, []).append(status)
    return found


def replayed(lists: int, size: int) -> list[tuple[str, Plan, float]]:
    """Homes put together from records: four lists of a kind, then one of another."""
    pooled, random, found = pool(size), Random(3), []
    weights = dict(SEGMENTS)
    settings = GivenSettings()
    catalog = load_catalog(settings)
    choice = Choice(frozenset(catalog), frozenset(), 50)

    def drawn(kind: str, count: int) -> list[list[LatestStatus]]:
        segments = (
            random.choices(NAMES, [weights[name] for name in NAMES], k=count) if kind == "mixed" else [kind] * count
        )
        return [random.choice(list(pooled[segment].values())) for segment in segments]

    while len(found) < lists:
        kinds = ["mixed", *NAMES]
        own, other = random.choice(kinds), random.choice(kinds)
        history: list[LatestStatus] = []
        for turn, kind in enumerate([own, own, own, own, other]):
            count = random.choice([20, 60, 120, 300])
            listed = drawn(kind, count)
            names = [f"h{turn}x{place}.com" for place in range(count)]
            plan = plan_of(
                names,
                sorted(history, key=lambda one: one.domain),
                [],
                catalog=catalog,
                settings=settings,
                choice=choice,
                now=datetime.now(UTC),
                limits=lambda _: None,
            )
            usd = sum(one.record.cost_usd for company in listed for one in company if one.record is not None)
            found.append((f"{turn + 1}. {own} {kind} ({count})", plan, usd))
            for name, company in zip(names, listed, strict=True):
                for one in company:
                    record = one.record and replace(one.record, domain=name, run_id=f"run {turn}")
                    history.append(replace(one, domain=name, record=record))
    return found


def _line(name: str, plan: Plan, usd: float) -> str:
    low, expected, high = plan.cost.low, plan.cost.expected, plan.cost.high
    inside = "inside" if low <= usd <= high else "OUTSIDE"
    return f"{name:<22} low {low:.4f}  expected {expected:.4f}  high {high:.4f}  billed {usd:.4f}  {inside}"


def summary(found: Sequence[tuple[str, Plan, float]]) -> list[str]:
    lines = []
    groups = {
        "first list of a home": "1.",
        "second": "2.",
        "third": "3.",
        "fourth": "4.",
        "of any kind": "5.",
        "all": "",
    }
    for name, begins in groups.items():
        mine = [(plan, usd) for label, plan, usd in found if label.startswith(begins)]
        inside = sum(plan.cost.low <= usd <= plan.cost.high for plan, usd in mine)
        width = sorted(plan.cost.high / max(plan.cost.low, 1e-9) for plan, _ in mine)[len(mine) // 2]
        off = sorted(abs(plan.cost.expected / usd - 1) for plan, usd in mine)[len(mine) // 2]
        lines.append(
            f"{name:<22} {inside} of {len(mine)} inside; medians: high is {width:.1f} x low, expected {off:.0%} off"
        )
    return lines


def question(count: int, pages: str) -> tuple[Plan, dict[str, float]]:
    """A finished list, and one new question on these pages: its plan, and its bill by provider."""
    wanted = companies(count)
    with home() as folder, Sandbox.start(facts(company, {}) for company in wanted) as served:
        asked = folder / "questions"
        asked.mkdir()
        settings = served.settings(dagster_home=folder / "home", enrichment_questions_dir=asked)
        run(settings, wanted, parallel=50)
        (asked / "charges.yaml").write_text(f"name: charges\n{QUESTIONS['charges']}pages: [{pages}]\n")
        plan, before = planned(settings, wanted), billed_by(served)
        run(settings, wanted, parallel=50)
        return plan, {name: usd - before.get(name, 0.0) for name, usd in billed_by(served).items()}


def speed(count: int, times: int = 5) -> list[tuple[float, float]]:
    """(wall, CPU) seconds of `enrich plan` over so many stored companies, in processes of their own.

    The records of a hundred companies are multiplied: plan reads nothing else.
    """
    wanted = companies(100)
    took = []
    with home() as folder, Sandbox.start(facts(company, {}) for company in wanted) as served:
        state = folder / ".state" / "sandbox"
        run(served.settings(dagster_home=state), wanted, parallel=50)
        listed = [*wanted, *_multiply(state, wanted, count)]
        rows = "".join(f"{company.domain},{company.name}\n" for company in listed)
        (folder / "list.csv").write_text(f"website,company_name\n{rows}")
        base = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        command = [sys.executable, "-m", "enrichment_assets", "plan", "--sandbox", "--file", "list.csv", "--json"]
        for _ in range(times):
            before, started = resource.getrusage(resource.RUSAGE_CHILDREN), perf_counter()
            said = subprocess.run(command, cwd=folder, env=base, check=True, capture_output=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            took.append((perf_counter() - started, cpu_s))
    plan = orjson.loads(said.stdout)
    if (plan["companies"], plan["artifacts"]["mx"]["fresh"]) != (count, count):
        raise RuntimeError("the stored companies are not fresh")
    return took


def _multiply(state: Path, wanted: Sequence[Company], count: int) -> list[Company]:
    more = [Company(f"more{number:06}.com", f"More {number} Works") for number in range(count - len(wanted))]
    with closing(sqlite3.connect(state / "history" / "events" / "event_log.db")) as connection, connection:
        names = [row[1] for row in connection.execute("PRAGMA table_info(enrichment_latest)") if row[1] != "domain"]
        columns = ", ".join(names)
        connection.executemany(
            f"INSERT INTO enrichment_latest (domain, {columns}) "
            f"SELECT ?, {columns} FROM enrichment_latest WHERE domain = ?",
            [(company.domain, wanted[place % len(wanted)].domain) for place, company in enumerate(more)],
        )
    return more


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plan", description=__doc__)
    parser.add_argument("--backtest", type=int, metavar="HOMES")
    parser.add_argument("--companies", type=int, default=150)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--replayed", type=int, metavar="LISTS")
    parser.add_argument("--question", type=int, metavar="COMPANIES")
    parser.add_argument("--pages", default="home", help="Of the question: home,pricing")
    parser.add_argument("--speed", type=int, metavar="COMPANIES")
    given = parser.parse_args()
    if given.backtest:
        print("\n".join(summary(backtest(given.backtest, given.companies, given.seed))))
    if given.replayed:
        found = replayed(given.replayed, given.companies)
        print(
            "\n".join(
                [*(_line(*one) for one in found if not one[1].cost.low <= one[2] <= one[1].cost.high), *summary(found)]
            )
        )
    if given.question:
        plan, by_provider = question(given.question, given.pages)
        usd = sum(by_provider.values())
        print(_line(f"one question, {given.question}", plan, usd))
        print(f"expected is {plan.cost.expected / usd - 1:+.1%} from the bill")
        for name, expected in plan.by_provider.items():
            print(f"{name:<22} expected {expected.expected:.4f}  billed {by_provider.get(name, 0.0):.4f}")
    if given.speed:
        took = sorted(speed(given.speed))
        wall, cpu = ([round(one[part], 2) for one in took] for part in (0, 1))
        print(f"enrich plan, {given.speed} stored companies: {wall} s, CPU {cpu} s; load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
