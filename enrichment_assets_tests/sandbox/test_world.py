"""The world is the same for everybody with the same seed, and in the proportions of real lists."""

from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.sandbox.services import nameserver, sites
from enrichment_assets.sandbox.services.serper import about
from enrichment_assets.sandbox.world.openings import openings
from enrichment_assets.sandbox.world.world import BOARDS, World, domain_of, slug_of

DOMAINS = [f"{word}{number}.{ending}" for number in range(500) for word, ending in (("acme", "com"), ("zeta", "io"))]
LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)


def a_page(world: World, domain: str) -> sites.Visit:
    return sites.visit(world, f"www.{domain}", "/")


def test_the_same_seed_gives_the_same_world_in_any_order() -> None:
    forwards, backwards = World(seed=7), World(seed=7)
    first = [forwards.company(domain) for domain in DOMAINS[:200]]
    second = [backwards.company(domain) for domain in reversed(DOMAINS[:200])]
    assert first == second[::-1]
    assert [a_page(forwards, d) for d in DOMAINS[:50]] == [a_page(backwards, d) for d in DOMAINS[:50]]


def test_another_seed_gives_another_world() -> None:
    here, there = World(seed=1), World(seed=2)
    assert sum(here.company(domain) == there.company(domain) for domain in DOMAINS) < len(DOMAINS) / 100


def test_shares_are_those_of_real_lists() -> None:
    world = World()
    facts = [world.company(domain) for domain in DOMAINS]
    with_mail = sum(bool(nameserver.mail_exchanges(world, f.domain)) or f.mail == "implicit_mx" for f in facts)
    normal = Counter(f.site for f in facts)["normal"]
    software = Counter(f.segment for f in facts)["software"]
    assert 0.88 <= with_mail / len(facts) <= 0.96
    assert 0.74 <= normal / len(facts) <= 0.86
    assert 0.65 <= software / len(facts) <= 0.77
    assert {f.careers for f in facts} >= BOARDS | {"none", "page", "json_ld", "no_openings"}


def test_pages_differ_from_company_to_company() -> None:
    world = World()
    pages = [a_page(world, domain).markdown for domain in DOMAINS if world.company(domain).site == "normal"]
    assert len(set(pages)) == len(pages)


@given(LABEL, st.sampled_from(("com", "io", "co.uk", "com.br", "de")))
def test_a_board_slug_leads_back_to_its_company(label: str, ending: str) -> None:
    domain = f"{label}.{ending}"
    assert domain_of(slug_of(domain)) == domain
    assert domain_of(slug_of(domain).upper()) == domain


def test_openings_come_and_go_with_the_calendar() -> None:
    world = World()
    domain = next(d for d in DOMAINS if world.company(d).careers == "ashby" and world.company(d).employees > 300)
    seen = {}
    for month in (3, 4, 9):
        world.today = date(2027, month, 1)
        seen[month] = {job.uuid: job for job in openings(world, world.company(domain))}
        assert seen[month] == {job.uuid: job for job in openings(world, world.company(domain))}
        assert all(0 <= (world.now() - job.posted_at).days <= 161 for job in seen[month].values())
    assert seen[3].keys() & seen[4].keys()
    assert seen[3].keys() - seen[9].keys()
    assert seen[9].keys() - seen[3].keys()


@pytest.mark.parametrize("name", ["Acme GmbH", "O'Neil & Sons"])
def test_names_come_from_the_list(name: str) -> None:
    world = World()
    world.learn([{"domain": "acme1.com", "name": name, "site": "normal"}])
    assert world.company("www.acme1.com").name == name
    world.reset()
    assert world.company("acme1.com").name == name


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("Zephyr One Technologies Ltd. (YC S21)", '"Zephyr One Technologies"'),
        ("Zephyr One Technologies Ltd. (YC S21)", "zephyr one technologies ltd. (yc s21) linkedin"),
        ("Zephyr Credit (Asia) Company Limited", "Zephyr Credit (Asia)"),
        ("The Zephyr Company, Inc.", "The Zephyr Company accounting software"),
    ],
)
def test_the_press_knows_a_company_by_the_name_people_say(name: str, asked: str) -> None:
    world = World()
    world.learn([{"domain": "zephyrone.com", "name": name}])
    assert about(world, asked).domain == "zephyrone.com"
