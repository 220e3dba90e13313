"""Which stale companies are refreshed now."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.orchestration.sensors.refresh_plan import LONGEST_WAIT, Stale, choose, refreshable
from enrichment_assets_tests.builtin import CATALOG

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ALL_FRESH = dict.fromkeys(CATALOG, "fresh")


def test_a_company_that_never_failed_is_due_at_once():
    assert choose([Stale("a.com", NOW)], NOW, 10) == ["a.com"]


def test_a_company_that_keeps_failing_waits_twice_as_long_each_time():
    waits = [
        next(hours for hours in range(200) if Stale("a.com", NOW, failures, NOW).due(NOW + timedelta(hours=hours)))
        for failures in (1, 2, 3, 4)
    ]
    assert waits == [1, 2, 4, 8]


def test_no_company_waits_longer_than_a_week():
    assert Stale("a.com", NOW, 10**6, NOW).due(NOW + LONGEST_WAIT)


def test_those_that_have_not_failed_come_first_and_no_more_than_asked_for():
    long_ago = NOW - timedelta(days=30)
    stale = [Stale("failed.com", NOW, 3, long_ago), Stale("new.com", NOW), Stale("once.com", NOW, 1, long_ago)]
    assert choose(stale, NOW, 2) == ["new.com", "once.com"]


def test_the_oldest_come_first_so_that_a_small_budget_reaches_everybody_in_turn():
    stale = [Stale(f"{days}.com", NOW - timedelta(days=days)) for days in (1, 9, 5)]
    assert choose(stale, NOW, 2) == ["9.com", "5.com"]


def test_only_what_was_opted_in_is_refreshed():
    found = ALL_FRESH | {"news": "expired", "careers": "expired"}
    assert refreshable(CATALOG, found, ["news"]) == ({"news"}, set())


def test_a_company_whose_upstream_is_stale_and_not_opted_in_is_left_out_and_says_so():
    found = ALL_FRESH | {"news": "expired", "icp": "expired"}
    assert refreshable(CATALOG, found, ["news"]) == ({"news"}, {"icp"})
    assert refreshable(CATALOG, found, ["news", "icp"]) == ({"news", "icp"}, set())


def test_what_was_never_computed_is_not_refreshed():
    assert refreshable(CATALOG, dict.fromkeys(CATALOG, "missing"), list(CATALOG)) == (set(), set())


def test_upstream_includes_the_gates_artifact_and_goes_all_the_way():
    assert CATALOG.upstream("news") >= {"icp", "website", "mx"}
    assert CATALOG.upstream("mx") == set()


@given(
    st.lists(
        st.builds(
            Stale,
            domain=st.uuids().map(str),
            since=st.just(NOW),
            failures=st.integers(0, 100),
            failed_at=st.none() | st.datetimes(datetime(2020, 1, 1), datetime(2027, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the timezone is given beside
        )
    ),
    st.integers(1, 5),
)
def test_never_more_than_the_maximum_never_one_that_waits(stale: list[Stale], at_most: int):
    chosen = choose(stale, NOW, at_most)
    assert len(chosen) <= at_most
    by_domain = {company.domain: company for company in stale}
    assert all(by_domain[domain].due(NOW) for domain in chosen)
