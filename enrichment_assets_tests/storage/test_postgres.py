"""The state database on Postgres: two runs at once."""

import asyncio
import random
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from enrichment_assets.cache.leases import Leases
from enrichment_assets.companies.company import Company
from enrichment_assets.storage.database import database_engine, retried, transact
from enrichment_assets.storage.lists import Lists
from enrichment_assets.storage.names import Names
from enrichment_assets.storage.outbox import Outbox, Push
from enrichment_assets.storage.state import state_engine

DOMAINS = [f"c{number}.com" for number in range(400)]


def one_run(url: str, number: int) -> set[str]:
    """A run over the same companies as the other, in another order."""
    engine = state_engine(url)
    shuffled = DOMAINS.copy()
    random.Random(number).shuffle(shuffled)
    companies = [Company(domain, domain) for domain in shuffled]
    Lists(engine).store(companies, "list.csv")
    leases = Leases(engine, f"run-{number}")
    outbox = Outbox(engine, lambda _: True)
    mine: set[str] = set()
    for _ in range(5):
        Names(engine).register(companies)
        mine |= set(leases.take(shuffled))

    async def push() -> None:
        for domain in sorted(mine, reverse=bool(number % 2))[:40]:
            intent = await outbox.intend(Push(domain, "clay", "hash", {}, f"run-{number}"))
            await outbox.submitting("clay", 0)
            await outbox.mark(intent.key, "sent")

    asyncio.run(push())
    outbox.close()
    return mine


def test_runs_that_start_together_migrate_once_share_companies_and_do_not_deadlock(postgres: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        taken = list(threads.map(partial(one_run, postgres), range(4)))
    assert sorted(domain for mine in taken for domain in mine) == sorted(DOMAINS)
    engine = state_engine(postgres)
    assert len(Names(engine).everyone()) == len(DOMAINS)
    pushed = sum(min(40, len(mine)) for mine in taken)
    assert Outbox(engine, lambda _: True).counts("clay") == {"sent": pushed}
    assert Outbox(engine, lambda _: True).submitted("clay") == pushed


def test_a_transaction_that_postgres_rolls_back_is_repeated(postgres: str) -> None:
    engine = state_engine(postgres)
    Names(engine).register([Company("a.com", "0"), Company("b.com", "0")])

    def add_in_order(*domains: str) -> int:
        tries = 0

        def write(connection: Connection) -> None:
            nonlocal tries
            tries += 1
            for domain in domains:
                add = text("UPDATE company_name SET name = (name::int + 1)::text WHERE domain = :domain")
                connection.execute(add, {"domain": domain})
                connection.execute(text("SELECT pg_sleep(0.3)"))

        transact(engine, write)
        return tries

    with ThreadPoolExecutor(2) as threads:
        tries = list(threads.map(lambda domains: add_in_order(*domains), [("a.com", "b.com"), ("b.com", "a.com")]))
    assert sum(tries) > 2, "the two never met"
    assert [found.name for found in Names(engine).everyone()] == ["2", "2"]


def test_who_sleeps_in_a_transaction_holds_up_nobody_and_does_it_again(postgres: str) -> None:
    engine = state_engine(postgres)
    Names(engine).register([Company("a.com", "0")])
    holds, over = threading.Event(), threading.Event()
    tries = 0

    def add(connection: Connection) -> None:
        connection.execute(text("UPDATE company_name SET name = (name::int + 1)::text WHERE domain = 'a.com'"))

    def add_asleep(connection: Connection) -> None:
        nonlocal tries
        tries += 1
        add(connection)
        holds.set()
        over.wait(20)

    with ThreadPoolExecutor(1) as threads:
        asleep = threads.submit(transact, engine, add_asleep)
        assert holds.wait(10)
        transact(engine, add)
        assert tries == 1
        over.set()
        asleep.result()
    assert tries == 2
    assert [found.name for found in Names(engine).everyone()] == ["2"]


def test_any_other_error_is_raised_at_once(postgres: str) -> None:
    with pytest.raises(DBAPIError, match="nonsense"):
        transact(state_engine(postgres), lambda connection: connection.execute(text("SELECT nonsense")))


def test_who_is_rolled_back_in_a_deadlock_does_it_again(postgres: str) -> None:
    engine = database_engine(postgres)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE kept (name TEXT PRIMARY KEY)")
    both_hold_one = threading.Barrier(2)
    attempts: Counter[str] = Counter()

    def insert(first: str, second: str) -> None:
        """As Dagster does, in a transaction of its own, and in whatever order it was given."""
        attempts[first] += 1
        with engine.begin() as connection:
            connection.exec_driver_sql(f"INSERT INTO kept VALUES ('{first}') ON CONFLICT DO NOTHING")
            if attempts[first] == 1:
                both_hold_one.wait(10)
            connection.exec_driver_sql(f"INSERT INTO kept VALUES ('{second}') ON CONFLICT DO NOTHING")

    with ThreadPoolExecutor(2) as threads:
        done = [threads.submit(retried, partial(insert, *order)) for order in (("a", "b"), ("b", "a"))]
    assert [one.result() for one in done] == [None, None]
    assert sorted(attempts.values()) == [1, 2]
    engine.dispose()
