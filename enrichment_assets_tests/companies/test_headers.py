import csv
from pathlib import Path

import pytest

from enrichment_assets.companies import headers
from enrichment_assets.companies.headers import known_headers, map_headers

_ROWS = list(csv.DictReader((Path(headers.__file__).parent / "data" / "headers.csv").open(encoding="utf-8")))
_FIELD = {"company": "names", "legal_name": "names", "website": "sites", "domain": "sites", "email": "emails"}


def test_every_row_maps_its_header_in_any_case_and_spelling():
    for row in _ROWS:
        for header in {row["header"], row["header"].upper(), row["header"].replace(" ", "_"), f" {row['header']} "}:
            columns = map_headers([header, "colour"])
            if row["kind"] in _FIELD:
                assert getattr(columns, _FIELD[row["kind"]]) == (0,), row
            assert known_headers([header]) == [header]


def test_ids_are_unique_and_sources_are_given():
    assert len({row["id"] for row in _ROWS}) == len(_ROWS)
    assert all(row["source"] for row in _ROWS)


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Website(s)", "sites"),
        ("Website 1 - Value", "sites"),
        ("organization_website_url", "sites"),
        ("organizationPrimaryDomain", "sites"),
        ("Company Website (URL)", "sites"),
        ("Account: Website", "sites"),
        ("E-mail 1 - Value", "emails"),
        ("Work Email Address", "emails"),
        ("emails", "emails"),
        ("Contact's email", "emails"),
        ("Organization 1 - Name", "names"),
        ("Account: Account Name", "names"),
        ("Company Legal Name", "names"),
        ("COMPANY_NAME", "names"),
        ("Website adres", "sites"),
        ("Site web de l'entreprise", "sites"),
        ("Website__c", "sites"),
        ("公司官网", "sites"),
        ("ホームページURL", "sites"),
        ("Name of the company", "names"),
        ("Exhibitor Name", "names"),
    ],
)
def test_headers_are_known_by_their_words(header, field):
    assert getattr(map_headers([header]), field) == (0,)


@pytest.mark.parametrize(
    "header",
    [
        "Company LinkedIn URL", "Account Owner Email", "Email Status", "Company Owner", "Website Status", "Logo URL",
        "Organization Name URL", "Parent Account", "Number of Employees", "Company Phone", "E-mail 1 - Type", "Country",
        "Facebook URL", "Parent Website", "Owner email", "公司规模",
        "Company Address", "Company ID", "Email Opt Out", "Notes:", "Report: Accounts with website",
    ],
)  # fmt: skip
def test_headers_of_other_things_are_not(header):
    columns = map_headers([header])
    assert (columns.names, columns.sites, columns.emails) == ((), (), ())


def test_a_legal_name_comes_after_the_name_people_use():
    assert map_headers(["Company Legal Name", "Current Company", "Website"]).names == (1, 0)


def test_columns_that_are_asked_for_replace_those_that_are_found():
    columns = map_headers(["Firma", "Seite 1", "Website", "Mail"], {"website": ["Seite 1", "website"]})
    assert (columns.names, columns.sites, columns.emails) == ((0,), (1, 2), (3,))
