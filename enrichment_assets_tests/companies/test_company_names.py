import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.companies.company_names import brand_label, core_name, is_ambiguous, same_brand, squashed


@pytest.mark.parametrize(
    ("name", "core"),
    [
        ("Tesla, Inc.", "Tesla"),
        ("Acme Robotics GmbH & Co. KG", "Acme Robotics"),
        ("Stripe (YC S09)", "Stripe"),
        ("Segment.io", "Segment"),
        ("Booking Holdings", "Booking"),
        ("The Company", "The"),
        ("Inc", "Inc"),
        ("Hotai Motor Co.,Ltd.", "Hotai Motor"),
        ("  Zoho   Corp. ", "Zoho"),
        ("Tokyo Radiator Mfg.Co.,Ltd.", "Tokyo Radiator Mfg"),
    ],
)
def test_the_core_of_a_name(name: str, core: str) -> None:
    assert core_name(name) == core


@given(st.text(max_size=40))
def test_the_core_of_a_core_is_itself_and_only_blank_names_have_none(name: str) -> None:
    core = core_name(name)
    assert core_name(core) == core
    assert bool(core) == bool(name.split())
    assert squashed(squashed(name)) == squashed(name)


def test_squashing_twice_changes_nothing_for_any_character() -> None:
    for code in range(0x11_0000):
        assert squashed.__wrapped__(squashed.__wrapped__(chr(code))) == squashed.__wrapped__(chr(code)), hex(code)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("acme", "getacme", True),
        ("acme-hq", "Acme", True),
        ("acme.io".partition(".")[0], "acme", True),
        ("Déjà Vu", "dejavu", True),
        ("get-acme-group", "acme", False),
        ("acme", "acmetools", False),
        ("go", "google", False),
        ("", "acme", False),
    ],
)
def test_one_brand_in_two_spellings(one: str, other: str, same: bool) -> None:
    assert same_brand(one, other) is same
    assert same_brand(other, one) is same


@given(st.text(max_size=20), st.text(max_size=20))
def test_sameness_has_no_direction(one: str, other: str) -> None:
    assert same_brand(one, other) == same_brand(other, one)


@pytest.mark.parametrize("name", ["Notion", "Ramp", "Apple", "Front", "Slack, Inc.", "Gem", "Monday", "General Motion"])
def test_names_that_are_also_said_of_other_things(name: str) -> None:
    assert is_ambiguous(name)


@pytest.mark.parametrize(
    "name", ["Tesla", "HubSpot", "Databricks", "Airtable", "Retool", "Stripe Atlas Robotics", "7shifts"]
)
def test_names_that_are_a_companys_alone(name: str) -> None:
    assert not is_ambiguous(name)


def test_the_label_people_would_say() -> None:
    assert brand_label("acme.co.uk") == "acme"
