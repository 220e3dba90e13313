"""When a record counts."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.cache.decide import AHEAD, decide
from enrichment_assets.cache.record import Decision
from enrichment_assets_tests.cache.instances import NOW, record

AGES = st.timedeltas(min_value=timedelta(days=-1), max_value=timedelta(days=400))
TTLS = st.one_of(st.none(), st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=365)))
VERSIONS = st.sampled_from([("one",), ("two",), ("two", "one"), ("two", "three")])


@given(AGES, TTLS, VERSIONS, st.booleans(), st.booleans())
def test_a_record_is_a_hit_exactly_when_its_version_counts_and_it_is_young_enough_or_resumed(
    age: timedelta, ttl: timedelta | None, versions: tuple[str, ...], forced: bool, resumed: bool
) -> None:
    found = record("a.com", version="one", computed_at=NOW - age, run_id="earlier")
    decision = decide(
        found,
        ttl=ttl,
        versions=versions,
        now=NOW,
        forced=forced,
        resumed={"earlier"} if resumed else frozenset(),
    )
    young = ttl is None or -AHEAD <= age < ttl
    assert (decision is Decision.HIT) == ("one" in versions and (resumed or (young and not forced)))
    assert (decision is Decision.VERSION) == ("one" not in versions)


@given(AGES.filter(lambda age: age >= -AHEAD), TTLS, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_record_never_becomes_fresh_by_waiting(age: timedelta, ttl: timedelta | None, later: timedelta) -> None:
    found = record("a.com", version="one", computed_at=NOW - age)
    now = decide(found, ttl=ttl, versions=["one"], now=NOW)
    then = decide(found, ttl=ttl, versions=["one"], now=NOW + later)
    assert not (now is Decision.EXPIRED and then is Decision.HIT)


def test_no_record_is_missing() -> None:
    assert decide(None, ttl=None, versions=["one"], now=NOW) is Decision.MISSING


def test_a_record_counts_until_its_ttl_has_passed_to_the_second() -> None:
    found = record("a.com", version="one")
    day = timedelta(days=1)
    assert decide(found, ttl=day, versions=["one"], now=NOW + day - timedelta(seconds=1)) is Decision.HIT
    assert decide(found, ttl=day, versions=["one"], now=NOW + day) is Decision.EXPIRED


def test_a_skip_has_no_age_and_no_version() -> None:
    skip = record("a.com", status="SKIP", version="", data_version="", summary="mx_pass")
    assert decide(skip, ttl=timedelta(hours=1), versions=["one"], now=NOW + timedelta(days=99)) is Decision.HIT
