"""What a person is told when a database cannot be read or written."""

import os
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cli import main as command
from enrichment_assets.companies.company import Company
from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.settings import GivenSettings
from enrichment_assets.storage.names import Names
from enrichment_assets.storage.state import open_state, state_engine
from enrichment_assets.storage.together.remedies import remedy


def test_a_full_disk_says_so(tmp_path: Path) -> None:
    engine = state_engine(f"sqlite:///{tmp_path / 'state.db'}")

    @event.listens_for(engine, "connect")
    def _no_more(connection, _):
        connection.execute("PRAGMA max_page_count=1")

    engine.dispose()
    with pytest.raises(OperationalError) as raised:
        Names(engine).register([Company(f"c{number}.com", "C" * 500) for number in range(900)])
    assert "disk is full. The disk is full. Make room" in remedy(raised.value)


@pytest.mark.parametrize("what", ["state", "records"])
def test_a_damaged_database_names_its_back_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str) -> None:
    settings = GivenSettings(dagster_home=tmp_path)
    open_state(settings).dispose()
    open_instance(settings).dispose()
    found = tmp_path / "enrichment.db" if what == "state" else next(tmp_path.rglob("history/events/*.db"))
    for beside in found.parent.glob(f"{found.name}-*"):
        beside.unlink()
    found.write_bytes(b"This was a database." * 500)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    with pytest.raises(MisconfiguredError, match="Restore it from its back-up"):
        open_state(settings) if what == "state" else open_instance(settings)
    if what == "records":
        monkeypatch.setattr("sys.argv", ["enrich", "status"])
        with pytest.raises(SystemExit) as ended:
            command.main()
        assert ended.value.code == 2


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://me:SECRET@127.0.0.1:1/x", "Is it running"),
        ("mysql://me:SECRET@127.0.0.1:1/x", "Its driver is not installed: pip install"),
        ("nonsense", "it is no database URL"),
    ],
)
def test_a_state_database_that_is_not_there_says_what_to_do(tmp_path: Path, url: str, told: str) -> None:
    with pytest.raises(MisconfiguredError) as raised:
        open_state(GivenSettings(dagster_home=tmp_path, enrichment_state_db=url))
    assert told in raised.value.message
    assert "SECRET" not in raised.value.message


def test_the_password_of_dagsters_postgres_may_stand_in_env_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, postgres: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DAGSTER_PG_URL", raising=False)
    home = tmp_path / "home"
    home.mkdir()
    (home / "dagster.yaml").write_text(
        "storage:\n  custom:\n    module: enrichment_assets.dagster_storage\n    class: BatchingPostgresStorage\n"
        "    config: {postgres_url: {env: DAGSTER_PG_URL}}\n"
    )
    settings = GivenSettings(dagster_home=home)
    with pytest.raises(MisconfiguredError, match="takes DAGSTER_PG_URL from the environment"):
        open_instance(settings)
    (tmp_path / ".env").write_text(f"DAGSTER_PG_URL='{postgres}'\n")
    try:
        with open_instance(settings) as instance:
            assert instance.get_runs_count() == 0
    finally:
        os.environ.pop("DAGSTER_PG_URL", None)


def test_an_outage_of_a_few_seconds_is_waited_for(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = state_engine(postgres)
    refused = 0

    @event.listens_for(engine, "do_connect")
    def _away(*_: object) -> None:
        nonlocal refused
        refused += 1
        if refused < 4:
            raise OperationalError("connect", {}, Exception("connection refused"))

    engine.pool.dispose()
    Names(engine).register([Company("a.com", "A")])
    assert refused >= 4
    assert [company.domain for company in Names(engine).everyone()] == ["a.com"]
    engine.dispose()
