"""What changes of a company is told once: by the command, the export and the push that names it."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from enrichment_assets.artifacts import sources
from enrichment_assets.artifacts.icp import artifact as icp
from enrichment_assets.reports.changes import in_words, lately, rows
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.history.changes import Change, Changes
from enrichment_assets.storage.state import state_engine
from enrichment_assets_tests.engine.walking import Road

FIT = "fitting-software.com"
ZOHO = {FIT: [[10, "mx.zoho.com"]]}


@pytest.fixture
def road(sandbox: Sandbox, tmp_path: Path) -> Road:
    sandbox.company(FIT, mx="google", site="normal", fits=True)
    return Road(sandbox, tmp_path / "state")


def told(road: Road) -> list[tuple[str, str]]:
    """Artifact and field of each change."""
    found = lately(road.sandbox.settings(dagster_home=road.home))
    return [(row["artifact"], row["field"]) for row in rows(found)]


async def test_a_change_is_told_with_before_and_after_and_the_push_names_it(road: Road) -> None:
    await road.walk([FIT])
    assert told(road) == []
    road.sandbox.mx(ZOHO)
    road.later(days=31)
    await road.walk([FIT])
    (change,) = [one for one in lately(road.sandbox.settings(dagster_home=road.home))[FIT] if one.artifact == "mx"]
    assert change.cause == "company"
    assert "mx.mailbox_provider: nothing → Zoho Mail" in in_words(change)
    reason = road.sandbox.received()[-1]["body"]["delivery_reason"]
    assert reason.startswith("changed: ")
    assert "mx.mailbox_provider" in reason
    before = told(road)
    await road.walk([FIT])
    assert told(road) == before


async def test_a_value_that_is_made_anew_and_the_same_is_no_change(road: Road, monkeypatch: pytest.MonkeyPatch) -> None:
    await road.walk([FIT])
    road.later(days=5)
    await road.walk([FIT], forced=frozenset({"mx", "website", "icp", "linkedin"}))
    monkeypatch.setattr(sources, "version", lambda *modules: f"other {modules}")
    await road.walk([FIT])
    assert [one for one in told(road) if one[0] in ("mx", "website", "icp", "linkedin")] == []


async def test_what_other_rules_make_of_the_same_answers_is_told_as_that(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    await road.walk([FIT])
    monkeypatch.setattr(sources, "version", lambda *modules: f"other {modules}")
    monkeypatch.setattr(icp, "apply_rules", lambda *_: ("unclear", "a new rule"))
    road.later(hours=1)
    await road.walk([FIT])
    (change,) = lately(road.sandbox.settings(dagster_home=road.home))[FIT]
    assert (change.artifact, change.cause) == ("icp", "rules")
    assert {each["field"] for each in change.fields} >= {"verdict", "reason"}


async def test_a_change_whose_record_a_kill_has_lost_is_told_once(road: Road, tmp_path: Path) -> None:
    await road.walk([FIT])
    before = tmp_path / "before"
    shutil.copytree(road.home, before)
    road.sandbox.mx(ZOHO)
    road.later(days=31)
    await road.walk([FIT])
    once = told(road)
    assert once
    for lost in ("history/events", "artifacts/values.db"):  # as if it had been killed before value and record
        place = road.home / lost
        shutil.rmtree(place) if place.is_dir() else place.unlink()
        kept = before / lost
        shutil.copytree(kept, place) if kept.is_dir() else shutil.copy(kept, place)
    for beside in (road.home / "artifacts").glob("values.db-*"):
        beside.unlink()
    await road.walk([FIT])
    assert told(road) == once


VALUES = st.lists(st.tuples(st.sampled_from("ABC"), st.integers(0, 2)), max_size=8)
COMPANIES = count()


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    made = state_engine(f"sqlite:///{tmp_path_factory.mktemp('changes')}/state.db")
    yield made
    made.dispose()


@given(VALUES)
def test_over_any_kills_each_change_is_told_once_and_none_is_lost(engine: Engine, steps: list[tuple[str, int]]) -> None:
    """Each step is a value that is made and how often a kill came between the note and the value."""
    changes, domain = Changes(engine), f"{next(COMPANIES)}.com"
    value, happened = "A", []
    for made, kills in steps:
        if made == value:
            continue
        for _ in range(kills + 1):
            change = Change(domain, "mx", datetime.now(UTC), "run", "company", value, made, [])
            with engine.begin() as connection:
                changes._note(connection, change)
        happened.append((value, made))
        value = made
    kept = changes.since(datetime.now(UTC) - timedelta(days=1), [domain])
    assert [(change.data_version_before, change.data_version) for change in kept] == happened
    changes.close()
