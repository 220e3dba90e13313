"""How fresh each artifact of a company is, by its records alone."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from enrichment_assets.cache.event_log import storage_of
from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.record import Record
from enrichment_assets.cache.record_index import IndexedEvent, forget, write
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.graph import graph
from enrichment_assets.engine.known.freshness import freshness_of
from enrichment_assets.orchestration.census import Census
from enrichment_assets.orchestration.specs import ttls
from enrichment_assets_tests.builtin import CATALOG, SPECS

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ANSWERS = {"mx": "accepts", "icp": "fit"}


@pytest.fixture
def settings() -> Settings:
    return Settings(_env_file=None)


def records_of(settings: Settings, *, age: timedelta = timedelta(hours=1), **answers: str) -> dict[str, Record]:
    """A company whose artifacts were all made at once, with the versions that count."""
    whole = graph(CATALOG, settings, frozenset(CATALOG))
    data_versions = {name: f"data of {name}" for name in CATALOG}
    return {
        name: Record(
            domain="a.com",
            artifact=name,
            status="OK",
            computed_at=NOW - age,
            version=whole.versions(artifact, data_versions)[0],
            data_version=data_versions[name],
            summary={**ANSWERS, **answers}.get(name, ""),
            run_id="run",
        )
        for name, artifact in CATALOG.items()
    }


def skipped(name: str, gate: str) -> Record:
    return Record("a.com", name, "SKIP", NOW, "", "", gate, "run")


def found(records: dict[str, Record], settings: Settings, now: datetime = NOW) -> dict[str, str]:
    whole = graph(CATALOG, settings, frozenset(CATALOG))
    return dict(freshness_of(records, graph=whole, ttls=ttls(SPECS), settings=settings, now=now))


def test_what_was_just_made_is_fresh(settings: Settings):
    assert set(found(records_of(settings), settings).values()) == {"fresh"}


def test_nothing_known_is_missing(settings: Settings):
    assert set(found({}, settings).values()) == {"missing"}


@pytest.mark.parametrize(
    ("age", "expired"),
    [
        (timedelta(hours=13), {"news"}),
        (timedelta(days=4), {"news", "careers"}),
        (timedelta(days=15), {"news", "careers", "website", "icp"}),
        (timedelta(days=100), {"news", "careers", "website", "icp", "mx", "linkedin"}),
    ],
)
def test_each_asset_expires_by_its_own_freshness_policy(settings: Settings, age: timedelta, expired: set[str]):
    fresh = found(records_of(settings, age=age), settings)
    assert {name for name, freshness in fresh.items() if freshness == "expired"} == expired


def test_a_changed_input_makes_what_was_made_from_it_outdated(settings: Settings):
    records = records_of(settings)
    page = records["website"]
    records["website"] = Record(**{**{f: getattr(page, f) for f in page.__slots__}, "data_version": "another page"})
    fresh = found(records, settings)
    assert fresh["website"] == "fresh"
    assert fresh["icp"] == "outdated"


def test_a_skip_is_fresh_while_its_gate_stays_closed_and_outdated_once_it_is_open(settings: Settings):
    behind = ("linkedin", "careers", "news")
    closed = records_of(settings, icp="not_fit") | {name: skipped(name, "icp_pass") for name in behind}
    assert {found(closed, settings)[name] for name in behind} == {"fresh"}
    opened = records_of(settings, icp="fit") | {name: skipped(name, "icp_pass") for name in behind}
    assert {found(opened, settings)[name] for name in behind} == {"outdated"}


def test_a_closed_mail_gate_closes_everything_behind_it(settings: Settings):
    behind = ("website", "icp", "linkedin", "careers", "news")
    closed = {"mx": records_of(settings, mx="rejects")["mx"]} | {name: skipped(name, "mx_pass") for name in behind}
    fresh = found(closed, settings)
    assert {fresh[name] for name in ("mx", *behind)} == {"fresh"}
    assert fresh["webhook_payload"] == "missing"


KINDS = st.sampled_from(["made", "made", "made", "old", "other version", "earlier version", "skip", "absent"])
COMPANY = st.fixed_dictionaries(
    {
        "kinds": st.fixed_dictionaries(dict.fromkeys(CATALOG, KINDS)),
        "mx": st.sampled_from(["accepts", "rejects"]),
        "icp": st.sampled_from(["fit", "unclear", "no"]),
    }
)


def company_of(drawn: dict, settings: Settings) -> dict[str, Record]:
    whole = records_of(settings, mx=drawn["mx"], icp=drawn["icp"])
    versions = graph(CATALOG, settings, frozenset(CATALOG)).versions
    data_versions = {name: record.data_version for name, record in whole.items()}
    earlier = {name: versions(artifact, data_versions)[-1] for name, artifact in CATALOG.items()}
    shaped = {
        "made": lambda record: record,
        "old": lambda record: replace(record, computed_at=NOW - timedelta(days=100)),
        "other version": lambda record: replace(record, version="another"),
        "earlier version": lambda record: replace(record, version=earlier[record.artifact]),
        "skip": lambda record: skipped(record.artifact, "icp_pass"),
    }
    return {name: shaped[kind](whole[name]) for name, kind in drawn["kinds"].items() if kind != "absent"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def instance(home: Path) -> Iterator[dg.DagsterInstance]:
    with open_instance(Settings(_env_file=None, dagster_home=home)) as instance:
        yield instance


@hypothesis_settings(max_examples=50)
@given(st.lists(COMPANY, min_size=1, max_size=12))
def test_all_companies_together_are_what_each_of_them_is(home: Path, instance: dg.DagsterInstance, drawn: list[dict]):
    settings = Settings(_env_file=None, dagster_home=home)
    known = {f"company{number}.com": company_of(one, settings) for number, one in enumerate(drawn)}
    events = [replace(record, domain=domain) for domain, own in known.items() for record in own.values()]
    with storage_of(instance).write_transaction() as connection:
        forget(connection, "TRUE", ())
        write(connection, [IndexedEvent(number, 0.0, "run", record) for number, record in enumerate(events)])
    instance.add_dynamic_partitions("company", sorted(known))
    stale = {domain: found(own, settings) for domain, own in known.items() if own}
    expected = Counter((name, state) for states in stale.values() for name, state in states.items())
    for settled in (False, True):
        census = Census(instance, CATALOG, settings, NOW)
        alike = Counter[tuple[str, str]]()
        for standing, number in census.settled:
            alike.update({(stand.artifact, stand.freshness): number for stand in standing})
        one_by_one = [pair for company in census.others() for pair in company.freshness.items()]
        assert sum((alike, Counter(one_by_one)), Counter()) == expected
        assert not (settled and one_by_one)
    for name in CATALOG:
        such = {domain for domain, states in stale.items() if states[name] == "expired"}
        expired = census.oldest(lambda one: any(each[:2] == (name, "expired") for each in one), [name], 99)  # noqa: B023
        assert dict(expired) == {domain: known[domain][name].computed_at for domain in such}
