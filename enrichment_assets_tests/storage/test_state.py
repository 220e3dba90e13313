"""The state database: names, stored lists, and several processes at once."""

import multiprocessing
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from enrichment_assets.companies.company import Company
from enrichment_assets.storage.lists import Lists
from enrichment_assets.storage.names import Names
from enrichment_assets.storage.state import state_engine


@pytest.fixture
def state(tmp_path: Path) -> Engine:
    return state_engine(f"sqlite:///{tmp_path / 'deep' / 'state.db'}")


def test_the_first_list_names_a_company_and_one_without_a_name_is_called_after_its_domain(state: Engine) -> None:
    names = Names(state)
    names.register([Company("acme.com", "Acme Corp")])
    names.register([Company("acme.com", "ACME"), Company("b.com", "B")])
    found = list(names.companies(["b.com", "unknown.io", "acme.com"]))
    assert found == [Company("b.com", "B"), Company("unknown.io", "unknown"), Company("acme.com", "Acme Corp")]


def test_thousands_of_names_keep_their_order(state: Engine) -> None:
    companies = [Company(f"c{number}.com", f"Company {number}") for number in range(3_500)]
    names = Names(state)
    names.register(companies)
    assert list(names.companies(company.domain for company in reversed(companies))) == companies[::-1]


def test_a_list_is_found_again_by_its_id_in_its_order(state: Engine) -> None:
    lists = Lists(state)
    companies = [Company(f"c{number % 977}-{number}.com", "C") for number in range(2_500)]
    stored = lists.store(companies, "crm.csv")
    assert (stored.companies, stored.source) == (2_500, "crm.csv")
    assert lists.store(companies, "copy of crm.csv").list_id == stored.list_id
    assert lists.store(companies[::-1], "other.csv").list_id != stored.list_id
    assert list(lists.companies(stored.list_id)) == companies
    assert lists.describe(stored.list_id) == stored


def test_a_list_there_is_not_is_named(state: Engine) -> None:
    with pytest.raises(LookupError, match="nonsense"):
        Lists(state).companies("nonsense")


def test_the_database_writes_ahead_so_that_readers_never_wait(state: Engine) -> None:
    with state.connect() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == "wal"


def _register(url: str, start: int) -> None:
    names = Names(state_engine(url))
    for number in range(start, start + 30):
        names.register([Company(f"c{number}.com", "C")])


def test_processes_that_start_together_share_one_database(state: Engine) -> None:
    url = state.url.render_as_string(hide_password=False)
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_register, args=(url, start)) for start in (0, 100, 200)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    with state.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM company_name")).scalar_one() == 90
