"""Several runs that use one provider account, each with pipelines of its own."""

import asyncio
import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, select, text, update

from enrichment_assets.core.errors import CircuitOpenError, OutOfCreditError, ProviderError
from enrichment_assets.core.settings import Settings
from enrichment_assets.core.together.account_shares import Learned, Opened, Report, Share
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import Providers, open_providers
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.database import database_clock
from enrichment_assets.storage.state import state_engine
from enrichment_assets.storage.together import limits
from enrichment_assets.storage.together.limits import AccountLimits
from enrichment_assets.storage.together.split import split, split_whole


@pytest.fixture(params=["sqlite", "postgres"])
def state(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Engine]:
    sqlite = f"sqlite:///{tmp_path / 'state.db'}"
    engine = state_engine(sqlite if request.param == "sqlite" else request.getfixturevalue("postgres"))
    yield engine
    engine.dispose()


def report(
    wants: float | None = None, *, window: int = 20, busy: int = 0, learned: Learned | None = None, **more: object
) -> Report:
    return Report("account", "serper", 100.0, 20, wants, window, busy, learned or Learned(), **more)  # type: ignore[arg-type]


def told(book: AccountLimits, one: Report) -> Share:
    return book.exchange([one])["account"]


wanted = st.lists(st.one_of(st.floats(0, 1e4), st.just(float("inf"))), min_size=1, max_size=12)


@given(st.floats(0.1, 1e4), wanted)
def test_nobody_gets_more_than_wanted_and_only_the_content_get_less_than_others(total: float, wants: list[float]):
    parts = split(total, wants)
    assert sum(parts) <= total * (1 + 1e-9)
    assert sum(parts) == pytest.approx(min(total, sum(wants)))
    hungry = [part for part, want in zip(parts, wants, strict=True) if part < want]
    assert all(part <= want for part, want in zip(parts, wants, strict=True))
    assert not hungry or min(hungry) >= max(parts) * (1 - 1e-9)


@given(st.integers(1, 60), st.lists(st.integers(0, 60), min_size=1, max_size=12), st.integers(0, 99))
def test_places_are_whole_and_go_round(total: int, wants: list[int], turn: int):
    parts = split_whole(total, wants, turn)
    assert sum(parts) == min(total, sum(wants))
    assert all(0 <= part <= want for part, want in zip(parts, wants, strict=True))
    rounds = [split_whole(total, wants, turn + step) for step in range(len(wants))]
    for one, want in enumerate(wants):
        assert want == 0 or any(round_[one] > 0 for round_ in rounds)


def test_a_run_alone_has_it_all_and_two_share_it_by_what_they_want(state: Engine):
    one, other = AccountLimits(state), AccountLimits(state)
    assert told(one, report()).part == 1.0
    late = told(other, report())
    assert (late.part, late.in_flight, late.short) == (0.0, 0, True), "what the first holds is not given away"
    assert told(one, report()) == Share(0.5, 10)
    assert told(other, report()) == Share(0.5, 10)
    told(one, report(10.0, window=2))
    assert told(other, report()).part == pytest.approx(0.9)
    one.leave()
    assert told(other, report()) == Share(1.0, 20)


def test_calls_in_flight_are_given_away_once_they_are_over(state: Engine):
    one, other = AccountLimits(state), AccountLimits(state)
    told(one, report(busy=20))
    told(other, report())
    assert told(one, report(busy=18)).in_flight == 10
    assert told(other, report()).in_flight == 2


def test_the_share_of_a_run_that_is_gone_is_free_when_its_lease_ends(state: Engine):
    gone, left = AccountLimits(state), AccountLimits(state)
    told(gone, report())
    assert told(left, report()).part == 0.0
    with state.begin() as connection:
        connection.execute(update(limits.shares).values(expires_at=database_clock(state) - limits.COUNTED_S - 0.01))
    assert told(left, report()).part == 1.0


def test_what_one_run_learns_the_others_hear_and_later_runs_begin_with(state: Engine):
    one, other = AccountLimits(state), AccountLimits(state)
    for book in (one, other, one, other):
        told(book, report())
    told(one, report(learned=Learned(40.0, 0.01), measured=40.0, refused=True))
    heard = told(other, report(learned=Learned(None, 0.5))).learned
    assert heard is not None
    assert heard.rate == pytest.approx(40 * 0.985)
    for book in (one, other):
        book.leave()
    first = told(AccountLimits(state), report())
    assert first.learned is not None
    assert first.learned.rate == pytest.approx(40 * 0.985)
    with state.begin() as connection:
        connection.execute(update(limits.accounts).values(learned_at=database_clock(state) - limits.LEARNED_S - 1))
    assert told(AccountLimits(state), report()).learned is None


def test_a_circuit_that_opens_is_open_for_all_and_an_empty_account_is_tried_by_who_starts(state: Engine):
    one, other = AccountLimits(state), AccountLimits(state)
    for book in (one, other):
        told(book, report())
    told(one, report(opened=Opened("down", 30.0, "502")))
    heard = told(other, report()).opened
    assert heard is not None
    assert (heard.kind, heard.reason) == ("down", "502")
    assert heard.left_s == pytest.approx(30, abs=2)
    assert told(other, report()).opened is None
    told(other, report(opened=Opened("")))
    assert told(one, report()).opened == Opened("", 0.0, "")
    told(one, report(opened=Opened("credit", reason="no credits left")))
    assert told(other, report()).opened == Opened("credit", 0.0, "no credits left")
    assert told(AccountLimits(state), report()).opened is None


def test_no_key_is_kept(state: Engine):
    book = AccountLimits(state)
    name = book.fingerprint("serper", "SECRET-KEY")
    assert name == AccountLimits(state).fingerprint("serper", "SECRET-KEY") != book.fingerprint("brave", "SECRET-KEY")
    book.exchange([Report(name, "serper", 1.0, 1, None, 1, 0, Learned())])
    with state.connect() as connection:
        assert "SECRET" not in str(connection.execute(text("SELECT * FROM provider_account")).all())


async def _ask(providers: Providers, seconds: float, callers: int = 20) -> None:
    scope = Ledger(run_cap_usd=None, company_cap_usd=1e6).scope("acme.com", "news")

    async def ask() -> None:
        while True:
            with contextlib.suppress(ProviderError):
                await providers.search.news("acme.com", scope)

    asking = [asyncio.create_task(ask()) for _ in range(callers)]
    await asyncio.sleep(seconds)
    for task in asking:
        task.cancel()
    await asyncio.wait(asking)


async def test_four_runs_at_one_limit_are_hardly_refused_and_use_it(sandbox: Sandbox, state: Engine):
    """A rate that a busy machine can ask at too; `python -m benchmarks --only shared_limits` measures."""
    sandbox.limits({"serper": {"rate": 20, "burst": 20}})
    settings = sandbox.settings(serper_requests_per_s=20, serper_in_flight=20, retry_attempts=1)

    async def run() -> None:
        async with open_providers(settings, book=AccountLimits(state)) as providers:
            await _ask(providers, 5.0)

    async with asyncio.TaskGroup() as runs:
        for _ in range(4):
            runs.create_task(run())
    traffic = sandbox.traffic()["serper"]
    assert traffic["refused"] <= 0.02 * traffic["arrived"]
    assert traffic["accepted"] >= 0.7 * 20 * 4
    with state.connect() as connection:
        assert connection.execute(select(limits.shares)).all() == []


async def test_no_call_is_made_once_a_share_may_be_another_s(
    sandbox: Sandbox, state: Engine, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(AccountLimits, "lease_s", 0.6)
    settings = sandbox.settings(serper_requests_per_s=50, serper_in_flight=20, retry_attempts=1)
    async with open_providers(settings, book=AccountLimits(state)) as providers:
        await _ask(providers, 0.5)
        with state.begin() as connection:
            connection.execute(text("ALTER TABLE provider_share RENAME TO away"))
        await _ask(providers, 2.5)
        with state.begin() as connection:
            connection.execute(text("ALTER TABLE away RENAME TO provider_share"))
        asked = sandbox.traffic()["serper"]["arrived"]
        assert asked <= 50 * 2.2
        await _ask(providers, 1.5)
        assert sandbox.traffic()["serper"]["arrived"] > asked


async def test_a_run_hears_from_another_that_the_account_is_empty(sandbox: Sandbox, state: Engine):
    settings: Settings = sandbox.settings(retry_attempts=1)
    scope = Ledger(run_cap_usd=None, company_cap_usd=1e6).scope("acme.com", "news")
    async with (
        open_providers(settings, book=AccountLimits(state)) as one,
        open_providers(settings, book=AccountLimits(state)) as other,
    ):
        for providers in (one, other):
            await providers.search.news("acme.com", scope)
        one.search._pipeline.circuit.lock_open(OutOfCreditError("serper", "no credits left"))  # type: ignore[attr-defined]
        for _ in range(200):
            if other.search._pipeline.circuit.is_open:  # type: ignore[attr-defined]
                break
            await asyncio.sleep(0.1)
        with pytest.raises(OutOfCreditError, match="no credits left"):
            await other.search.news("acme.com", scope)
    async with open_providers(settings, book=AccountLimits(state)) as later:
        with contextlib.suppress(CircuitOpenError):
            await later.search.news("acme.com", scope)
