"""Many names: planned, capped, kept, and back to the rows of the list."""

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given
from hypothesis import settings as settings_of
from hypothesis import strategies as st
from sqlalchemy import select

from enrichment_assets.companies.intake import CompanyList, read_list
from enrichment_assets.core.errors import OutOfCreditError
from enrichment_assets.core.settings import Settings
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.site_search.listed import names_of, with_sites
from enrichment_assets.site_search.named import Named
from enrichment_assets.site_search.running import FOUND_TTL, OPEN_TTL, Searched, plan, search_all, version
from enrichment_assets.storage.found_sites import FoundSite
from enrichment_assets.storage.state import open_state
from enrichment_assets.storage.together import limits

NAMES = [Named(f"Quillborn {word}") for word in ("Dynamics", "Robotics", "Logistics", "Analytics", "Foundry")]
NOW = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path) -> Settings:
    for named in NAMES:
        sandbox.company(f"{named.name.replace(' ', '').lower()}.com", name=named.name, site="normal")
    return sandbox.settings(dagster_home=tmp_path)


def calls(sandbox: Sandbox) -> Mapping[str, int]:
    return {name: provider["calls"] for name, provider in sandbox.bill().items()}


def test_an_answer_is_paid_for_once_found_or_open(settings: Settings, sandbox: Sandbox) -> None:
    first = search_all(plan(NAMES, settings), settings, budget_usd=None)
    paid = calls(sandbox)
    assert len(first.found) == len(NAMES)
    assert paid["serper"] == len(NAMES)
    assert sum(usd for _, usd in first.spent_at.values()) == pytest.approx(
        sum(provider["usd"] for provider in sandbox.bill().values()), abs=1e-9
    )
    again = plan([*NAMES, Named("QUILLBORN Dynamics, Inc.")], settings)
    assert len(again.wanted) == 1
    assert search_all(replace(again, wanted=()), settings, budget_usd=None).found == first.found
    assert calls(sandbox) == paid
    assert len(plan(NAMES, settings, refresh=True).wanted) == len(NAMES)


def test_searches_share_the_limits_of_the_account(settings: Settings) -> None:
    search_all(plan(NAMES, settings), settings, budget_usd=None)
    state = open_state(settings)
    with state.connect() as connection:
        assert "serper" in connection.execute(select(limits.accounts.c.provider)).scalars().all()
    state.dispose()


def test_answers_are_asked_for_again_when_their_time_is_over(settings: Settings) -> None:
    searched = search_all(plan(NAMES, settings), settings, budget_usd=None)
    is_open = sum(site.domain is None for site in searched.found.values())
    asked_at = next(iter(searched.found.values())).asked_at
    assert plan(NAMES, settings, now=asked_at + OPEN_TTL - timedelta(seconds=1)).wanted == ()
    assert len(plan(NAMES, settings, now=asked_at + OPEN_TTL + timedelta(seconds=1)).wanted) == is_open
    assert len(plan(NAMES, settings, now=asked_at + FOUND_TTL + timedelta(seconds=1)).wanted) == len(NAMES)


def test_the_price_is_that_of_the_providers_that_are_chosen(settings: Settings) -> None:
    dearer = settings.model_copy(update={"enrichment_search": "brave"})
    assert plan(NAMES, dearer).usual_usd - plan(NAMES, settings).usual_usd == pytest.approx(len(NAMES) * 0.004)
    ladder = settings.model_copy(update={"enrichment_pages": ("direct", "spider")})
    assert plan(NAMES, ladder).usual_usd < plan(NAMES, settings).usual_usd
    assert plan(NAMES, ladder).worst_usd == plan(NAMES, settings).worst_usd


def test_the_budget_holds_and_the_rest_is_named(settings: Settings, sandbox: Sandbox) -> None:
    searched = search_all(plan(NAMES, settings), settings, budget_usd=0.0135)
    assert searched.out_of_budget
    assert sum(provider["usd"] for provider in sandbox.bill().values()) <= 0.0135
    rest = plan(NAMES, settings)
    assert {named.key for named in rest.wanted} == searched.out_of_budget
    planned = plan(NAMES, settings, refresh=True)
    assert 0 < planned.usual_usd < planned.worst_usd


def test_a_search_that_fails_is_no_answer(settings: Settings, sandbox: Sandbox) -> None:
    sandbox.faults({"serper": {"http_500": 1}})
    searched = search_all(plan(NAMES, settings), settings, budget_usd=None)
    assert not searched.found
    assert len(searched.failed) == len(NAMES)
    assert len(plan(NAMES, settings).wanted) == len(NAMES)


def listed(tmp_path: Path, text: str) -> CompanyList:
    path = tmp_path / "names.csv"
    path.write_text(text, encoding="utf-8")
    return read_list(path)


def site(domain: str | None, reason: str = "It is.") -> FoundSite:
    return FoundSite(domain, 0.8, reason, ((domain or "a.com", 0.8), ("b.com", 0.2)), version(), NOW)


LIST = """Company,Website,HQ Country,LinkedIn URL
Acme,,Germany,
Beta,https://www.facebook.com/beta,,https://www.linkedin.com/company/beta-gmbh
Gamma,gamma.com,,
Delta,,,
Gamma Inc.,,,
--,,,
,https://www.linkedin.com/company/epsilon,,
"""


def test_rows_with_a_name_and_no_site_are_looked_for_and_come_back(tmp_path: Path) -> None:
    companies = listed(tmp_path, LIST)
    names = names_of(companies)
    assert {at: (n.name, n.country, n.slug) for at, n in names.items()} == {
        0: ("Acme", "Germany", None), 1: ("Beta", "", "beta-gmbh"), 3: ("Delta", "", None), 4: ("Gamma Inc.", "", None),
        6: ("", "", "epsilon"),
    }  # fmt: skip
    searched = Searched(
        {
            Named("Acme", "Germany").key: site("acme.de"),
            names[1].key: site(None, "More than one site may be Beta's: a.com (0.80), b.com (0.20)."),
            names[4].key: site("gamma.com"),
            names[6].key: site("acme.de"),
        },
        failed={names[3].key: "serper: HTTP 500"},
    )
    found = with_sites(companies, names, searched)
    assert found.rows["outcome"].to_list() == [
        "company", "rejected", "company", "rejected", "duplicate", "rejected", "duplicate",
    ]  # fmt: skip
    assert found.rows["code"].to_list()[1] == "not_resolved"
    assert "a.com (0.80)" in found.rows["reason"][1]
    assert found.rows["code"][3] == "look_up_failed"
    assert found.rows["duplicate_of_row"].to_list() == [None, None, None, None, 4, None, 2]
    assert [company.domain for company in found.companies] == ["acme.de", "gamma.com"]
    assert found.rows["resolved"][0] == "0.80: It is. Runner-up: b.com (0.20)."


OUTCOMES = st.sampled_from(["a.com", "b.com", "gamma.com", None, "failed", "budget"])


@settings_of(max_examples=40)
@given(st.lists(st.tuples(st.sampled_from(["", "x.com", "gamma.com", "-"]), OUTCOMES), min_size=1, max_size=12))
def test_every_row_is_one_thing_whatever_is_found(rows: list[tuple[str, Any]]) -> None:
    own = pl.DataFrame({"Company": [f"Name {at}" for at in range(len(rows))], "Website": [cell for cell, _ in rows]})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "l.csv"
        own.write_csv(path)
        companies = read_list(path)
    names = names_of(companies)
    searched = Searched({})
    for at, named in names.items():
        match rows[at][1]:
            case "failed":
                searched.failed[named.key] = "serper: down"
            case "budget":
                searched.out_of_budget.add(named.key)
            case domain:
                searched.found[named.key] = site(domain)
    found = with_sites(companies, names, searched)
    assert sum(found.counts.values()) == len(rows)
    domains = [company.domain for company in found.companies]
    assert len(domains) == len(set(domains))
    assert found.rows.filter(pl.col("outcome") == "rejected")["code"].null_count() == 0


def test_an_empty_account_ends_it_and_keeps_what_was_answered(settings: Settings, sandbox: Sandbox) -> None:
    sandbox.faults({"spider": {"http_402": 1}})
    with pytest.raises(OutOfCreditError):
        search_all(plan(NAMES, settings), settings, budget_usd=None)
